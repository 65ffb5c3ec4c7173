from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from benchmark.results.rates import Count, Outcomes, Rate, Worst, half_total, highest, tally, total

SPECIES = ("bona fide", "print", "replay", "wig")
presentations = st.lists(st.tuples(st.sampled_from(SPECIES), st.booleans(), st.booleans()), max_size=60)


def test_the_paper_s_rates_by_hand():
    outcomes = Outcomes({"bona fide": Count(10, 2, 1), "print": Count(4, 1, 0), "replay": Count(6, 3, 2)})
    assert outcomes.frr == outcomes.bpcer == Rate(3, 10)
    assert outcomes.far == Rate(6, 10)
    assert outcomes.hter == (0.3 + 0.6) / 2
    assert outcomes.apcer == {"print": Rate(1, 4), "replay": Rate(5, 6)}
    assert outcomes.apcer_max == Worst(Rate(5, 6), ("replay",))
    assert outcomes.bpnrr == Rate(1, 10)
    assert outcomes.apnrr == {"print": Rate(0, 4), "replay": Rate(2, 6)}


def test_excluded_non_responses_leave_errors_and_presentations():
    outcomes = Outcomes({"bona fide": Count(10, 2, 1), "print": Count(4, 1, 4)}, "exclude")
    assert outcomes.frr == Rate(2, 9)
    assert outcomes.far == Rate(1, 0)
    assert outcomes.far.value is None
    assert outcomes.hter is None
    assert outcomes.apcer_max is None
    assert outcomes.bpnrr == Rate(1, 10)


def test_undefined_is_none_and_never_zero():
    assert Rate(0, 0).value is None
    assert half_total(Rate(0, 0), Rate(0, 5)) is None
    assert highest({}) is None
    only_attacks = tally({("print", False, True): 1})
    assert only_attacks.frr.value is None
    assert only_attacks.hter is None
    assert only_attacks.far.value == 0


def test_all_that_share_the_maximum_are_named_those_with_more_presentations_first():
    found = highest({"wig": Rate(1, 2), "replay": Rate(2, 4), "print": Rate(2, 4), "mask": Rate(1, 3)})
    assert found == Worst(Rate(2, 4), ("print", "replay", "wig"))
    assert found.text == "3 species tie: print, replay, wig"
    assert highest({"print": Rate(1, 3), "wig": Rate(0, 9)}).text == "print"
    assert highest({"print": Rate(0, 3), "wig": Rate(0, 9)}).text == "no species with an error"


@given(presentations)
def test_tally_counts_every_presentation_once(rows):
    outcomes = _of(rows)
    assert sum(c.n for c in outcomes.counts.values()) == len(rows)
    wrong = sum(1 for name, accept, answer in rows if not answer or accept != (name == "bona fide"))
    assert outcomes.frr.errors + outcomes.far.errors == wrong


@given(presentations)
def test_the_maximum_is_no_less_than_any_species_and_than_the_pooled_rate(rows):
    outcomes = _of(rows)
    if outcomes.apcer_max is None:
        assert not outcomes.attacks
        return
    worst = outcomes.apcer_max.rate.value
    assert all((outcomes.apcer[name].value == worst) == (name in outcomes.apcer_max.species) for name in outcomes.apcer)
    assert all(worst >= rate.value for rate in outcomes.apcer.values())
    assert worst >= outcomes.far.value


@given(presentations, st.randoms())
def test_the_order_of_presentations_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert _of(rows) == _of(shuffled)


@given(presentations)
def test_turning_every_decision_turns_the_rates_over(rows):
    answered = [(name, accept, True) for name, accept, _ in rows]
    turned = [(name, not accept, True) for name, accept, _ in rows]
    a, b = _of(answered), _of(turned)
    assert a.frr.errors + b.frr.errors == a.frr.n
    assert a.far.errors + b.far.errors == a.far.n


def _of(rows):
    return tally(Counter(rows))


def test_total_adds_up():
    assert total([Rate(1, 3), Rate(2, 5)]) == Rate(3, 8)
