import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.metrics.significance import Spread, Verdicts, compare, holm, over_seeds
from benchmark.metrics.thresholds import Decided
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores


def verdicts(name, wrong, groups=None, ids=None, bona_fide=None):
    n = len(wrong)
    return Verdicts(
        name,
        tuple(ids if ids is not None else (f"p{i}" for i in range(n))),
        np.array(groups if groups is not None else range(n)).astype(str),
        np.arange(n) % 2 == 0 if bona_fide is None else np.array(bona_fide),
        np.array(wrong, bool),
    )


def test_the_difference_is_that_of_the_hters():
    random = np.random.default_rng(0)
    a, b = random.random(200) < 0.3, random.random(200) < 0.1
    found = compare(verdicts("a", a), verdicts("b", b))
    side = np.arange(200) % 2 == 0
    assert found.hter == pytest.approx(
        (a[side].mean() + a[~side].mean()) / 2 - (b[side].mean() + b[~side].mean()) / 2, abs=1e-12
    )
    assert found.interval.low < found.hter < found.interval.high
    assert found.p < 0.01
    assert found.complete


def test_the_same_decisions_differ_by_nothing():
    wrong = np.arange(50) % 7 == 0
    found = compare(verdicts("a", wrong), verdicts("b", wrong))
    assert (found.hter, found.p, found.decisive) == (0, 1, 0)
    assert found.interval is None  # a difference that was not seen once cannot be bounded by swaps


def test_few_clusters_are_tested_over_every_swap():
    wrong = [True] * 4 + [False] * 4
    found = compare(verdicts("a", wrong), verdicts("b", [False] * 8))
    assert found.decisive == 4
    assert found.p == 2 / 2**4  # all four differ in one direction: this swap and its mirror image


def test_frames_of_one_subject_are_one_trial():
    """1000 frames that all fail on two subjects out of forty say no more than two subjects."""
    groups = np.arange(1000) // 25
    wrong = groups < 2
    clustered = compare(verdicts("a", wrong, groups), verdicts("b", np.zeros(1000)))
    apart = compare(verdicts("a", wrong), verdicts("b", np.zeros(1000)))
    assert clustered.p == 0.5
    assert apart.p < 0.001
    assert clustered.detectable > 3 * apart.detectable


def test_false_alarms_are_as_rare_as_promised():
    random = np.random.default_rng(2)
    groups = np.repeat(np.arange(40), 5)
    alarms = 0
    for trial in range(100):
        a, b = (random.random(200) < np.repeat(random.beta(1, 4, 40), 5) for _ in range(2))
        alarms += compare(verdicts("a", a, groups), verdicts("b", b, groups), seed=trial).p <= 0.05
    assert alarms / 100 <= 0.10


presentation = st.tuples(st.integers(0, 23), st.booleans(), st.booleans(), st.booleans())


@settings(max_examples=150, deadline=None)
@given(st.lists(presentation, min_size=2, max_size=80), st.integers(0, 3))
def test_the_interval_leaves_out_0_if_and_only_if_p_is_below_5_percent(rows, seed):
    groups, bona_fide, a, b = map(list, zip(*rows, strict=True))
    bona_fide[0], bona_fide[1] = True, False
    for wrong in (a, [x or group < 9 for x, group in zip(a, groups, strict=True)]):  # the second is often significant
        _agree(
            compare(verdicts("a", wrong, groups, bona_fide=bona_fide), verdicts("b", b, groups, None, bona_fide), seed)
        )


def test_they_agree_at_every_size_of_a_difference():
    """40 subjects, from no difference to one of 20 points: p passes 5 % on the way, once, and the interval with it."""
    random = np.random.default_rng(3)
    groups, draw = np.arange(400) // 10, random.random(400)
    b, significant = draw < 0.1, []
    for more in np.linspace(0, 0.2, 41):
        found = compare(verdicts("a", draw < 0.1 + more, groups), verdicts("b", b, groups))
        _agree(found)
        significant.append(found.p < 0.05)
    assert 5 < sum(significant) < 40
    assert significant == sorted(significant)


def _agree(found):
    assert (found.interval is None) == (found.decisive == 0)
    if found.interval is None:
        assert found.p == 1
        return
    assert -1 <= found.interval.low <= found.hter <= found.interval.high <= 1
    assert (found.interval.low <= 0 <= found.interval.high) == (found.p >= 0.05)


def test_five_subjects_cannot_bound_a_difference():
    """2 of 2^5 swaps are more than 5 %, whatever was seen."""
    side = [True, True, True, False, False]
    found = compare(verdicts("a", [1] * 5, bona_fide=side), verdicts("b", [0] * 5, bona_fide=side))
    assert (found.hter, found.p) == (1, 2 / 2**5)
    assert (found.interval.low, found.interval.high) == (-1, 1)


def test_the_interval_is_what_the_test_does_not_reject():
    """Against the definition: shift the changes by a supposed difference and test again, over every swap."""
    random = np.random.default_rng(4)
    groups = np.repeat(np.arange(10), 6)
    a, b = random.random(60) < 0.6, random.random(60) < 0.2
    found = compare(verdicts("a", a, groups), verdicts("b", b, groups))
    change = np.bincount(groups, (a.astype(float) - b) / 60)
    signs = 1 - 2 * (np.arange(2**10)[:, None] >> np.arange(10) & 1)

    def p(supposed):
        rest = change - supposed / 10  # every subject has a tenth of the presentations of either class
        return np.mean(np.abs(signs @ rest) >= abs(rest.sum()) - 1e-12)

    for bound, inward in ((found.interval.low, 1), (found.interval.high, -1)):
        assert p(bound + inward * 1e-6) >= 0.05 > p(bound - inward * 1e-6)


@pytest.mark.parametrize(("subjects", "rate", "other"), [(12, 0.2, 0.1), (40, 0.2, 0.05)])
def test_the_interval_holds_the_true_difference_as_often_as_it_says(subjects, rate, other):
    random = np.random.default_rng(subjects)
    groups = np.repeat(np.arange(subjects), 5)
    side, held = groups % 2 == 0, 0
    for trial in range(150):
        a, b = (
            random.random(len(groups)) < np.repeat(random.beta(9 * r, 9 * (1 - r), subjects), 5) for r in (rate, other)
        )
        found = compare(verdicts("a", a, groups, None, side), verdicts("b", b, groups, None, side), seed=trial)
        held += found.interval.low <= rate - other <= found.interval.high
    assert 0.91 <= held / 150 <= 0.99


def test_missing_presentations_are_counted_and_never_dropped_silently():
    found = compare(
        verdicts("a", [1, 0, 1, 0], ids="wxyz"), verdicts("b", [1, 0, 1], ids="xyw", bona_fide=[False, True, True])
    )
    assert (found.paired, found.only_first, found.only_second) == (3, 1, 0)
    assert not found.complete


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (verdicts("b", [0, 0], ids="qr"), "no presentation in common"),
        (verdicts("b", [0, 0], bona_fide=[False, True]), "disagree about labels"),
        (verdicts("b", [0], ids=["p0"]), "one class only"),
    ],
)
def test_what_cannot_be_compared_is_refused(other, says):
    with pytest.raises(InputError, match=says):
        compare(verdicts("a", [0, 1]), other)


def test_non_responses_are_wrong_or_left_out():
    scores = made_up_scores(silent=3)
    decided = Decided(scores.decision == "bona fide", None, scores.responded)
    kept, left = Verdicts.of("r", scores, decided), Verdicts.of("r", scores, decided, exclude=True)
    assert len(kept.ids) - len(left.ids) == 6
    assert kept.wrong.sum() - left.wrong.sum() == 6
    assert kept.ids[0] == "hq-wmca/bona fide-00000"


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm({"a": 0.9, "b": 0.8}) == [1, 1]
    assert holm([]) == []


def test_spread_over_seeds():
    assert over_seeds([0.1, 0.2, 0.3]) == Spread(pytest.approx(0.2), pytest.approx(0.1), 3)
    assert over_seeds([0.1]) == Spread(0.1, None, 1)
    assert over_seeds([0.1, None]) is None
    assert over_seeds([]) is None
