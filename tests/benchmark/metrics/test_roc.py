import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from benchmark.metrics.roc import Ranked, auc, bpcer_at_apcer, bpcer_threshold, curve, eer, expected_performance_curve

few = st.integers(-6, 6).map(float)  # many ties
some = st.floats(-1e6, 1e6, allow_nan=False)
endless = st.sampled_from([-math.inf, -1.0, 0.0, 0.5, 1.0, math.inf])


def sides(values, least=1):
    return st.tuples(st.lists(values, min_size=least, max_size=12), st.lists(values, min_size=least, max_size=12))


anything = st.one_of(sides(few), sides(some), sides(endless))
silent = st.tuples(st.integers(0, 3), st.integers(0, 3))


def operating_points(bona_fide, attack, mute=(0, 0)):
    """The oracle: every threshold tried against every score, O(n^2)."""
    values = sorted({*bona_fide, *attack})
    tries = values + ([math.nextafter(values[-1], math.inf)] if values[-1] < math.inf else [])
    n_b, n_a = len(bona_fide) + mute[0], len(attack) + mute[1]
    for t in tries:
        rejected, accepted = mute[0] + sum(s < t for s in bona_fide), mute[1] + sum(s >= t for s in attack)
        yield t, Fraction(rejected, n_b), Fraction(accepted, n_a)


def slow_eer(bona_fide, attack, mute=(0, 0)):
    points = list(operating_points(bona_fide, attack, mute))
    return min(((abs(frr - far), (frr + far) / 2) for _, frr, far in points))[1]


@given(anything, silent)
@example(([0.0], [0.0]), (0, 0))
@example(([math.inf], [math.inf]), (0, 0))
@example(([-math.inf, math.inf], [math.inf, math.inf, 0.0]), (1, 0))
@settings(max_examples=300)
def test_eer_agrees_with_trying_every_threshold(pair, mute):
    point = eer(Ranked.of(*pair, *mute))
    assert point.hter == pytest.approx(float(slow_eer(*pair, mute)), abs=1e-15)


@given(anything, silent)
@settings(max_examples=200)
def test_the_eer_s_threshold_gives_its_rates(pair, mute):
    ranked = Ranked.of(*pair, *mute)
    point = eer(ranked)
    assert point.frr.errors == mute[0] + sum(s < point.threshold for s in pair[0])
    assert point.far.errors == mute[1] + sum(s >= point.threshold for s in pair[1])


@given(sides(few), silent)
def test_auc_agrees_with_comparing_every_pair(pair, mute):
    wins = sum((b > a) + (b == a) / 2 for b in pair[0] for a in pair[1])
    n = (len(pair[0]) + mute[0]) * (len(pair[1]) + mute[1])
    assert auc(Ranked.of(*pair, *mute)) == pytest.approx(wins / n, abs=1e-12)


@given(anything, st.integers(0, 100), silent)
@settings(max_examples=200)
def test_bpcer_at_apcer_agrees_with_trying_every_threshold(pair, asked, mute):
    at_most = Fraction(asked, 100)
    found = bpcer_at_apcer([Ranked.of(*pair, *mute)], at_most)
    allowed = [frr for _, frr, far in operating_points(*pair, mute) if far <= at_most]
    if not allowed:
        assert found is None
    else:
        assert Fraction(found.frr.errors, found.frr.n) == min(allowed)
        assert Fraction(found.far.errors, found.far.n) <= at_most


@given(st.lists(few, min_size=1, max_size=8), st.lists(st.lists(few, min_size=1, max_size=6), min_size=1, max_size=4))
def test_bpcer_at_the_maximum_apcer_holds_for_every_species(bona_fide, species):
    at_most = Fraction(1, 5)
    ranked = [Ranked.of(bona_fide, attack) for attack in species]
    found = bpcer_at_apcer(ranked, at_most)
    values = sorted({*bona_fide, *(s for attack in species for s in attack)})
    tries = [*values, values[-1] + 1]
    allowed = [
        sum(s < t for s in bona_fide)
        for t in tries
        if all(Fraction(sum(s >= t for s in attack), len(attack)) <= at_most for attack in species)
    ]
    assert found.frr.errors == min(allowed)
    assert all(side.at(found.threshold).far.value <= 0.2 for side in ranked)


def test_at_most_the_asked_apcer_even_where_the_nearest_point_lies_above():
    found = bpcer_at_apcer([Ranked.of([1.0], np.arange(70.0))], Fraction(1, 100))  # 1/70 = 1.43 % is nearer to 1 %
    assert found.far.errors == 0


@given(anything, st.integers(0, 99))
def test_bpcer_threshold_is_the_highest_within_the_bound(pair, asked):
    at_most = Fraction(asked, 100)
    threshold = bpcer_threshold(Ranked.of(*pair), at_most)
    if threshold is None:
        assert min(pair[0]) == math.inf or all(frr > at_most for _, frr, _ in operating_points(*pair))
        return
    best = max(frr for _, frr, _ in operating_points(*pair) if frr <= at_most)
    assert Fraction(sum(s < threshold for s in pair[0]), len(pair[0])) == best


@given(sides(few, least=2), silent)
@settings(max_examples=100)
def test_monotone_transforms_change_nothing(pair, mute):
    def stretch(values):
        return [math.exp(v / 3) * 7 - 2 for v in values]

    one, other = Ranked.of(*pair, *mute), Ranked.of(*map(stretch, pair), *mute)
    assert (eer(one).frr, eer(one).far) == (eer(other).frr, eer(other).far)
    assert auc(one) == auc(other)
    for percent in (1, 5, 10, 20):
        a, b = (bpcer_at_apcer([side], Fraction(percent, 100)) for side in (one, other))
        assert (a is None) == (b is None)
        assert a is None or a.frr == b.frr


@given(sides(some))
@settings(max_examples=100)
def test_turning_the_polarity_swaps_the_sides(pair):
    one = eer(Ranked.of(*pair))
    other = eer(Ranked.of([-s for s in pair[1]], [-s for s in pair[0]]))
    assert one.hter == pytest.approx(other.hter, abs=1e-12)
    assert auc(Ranked.of(*pair)) == pytest.approx(1 - auc(Ranked.of(pair[1], pair[0])), abs=1e-12)


@given(sides(some), st.randoms())
def test_the_order_does_not_matter(pair, random):
    assert eer(Ranked.of(*pair)) == eer(Ranked.of(*(random.sample(side, len(side)) for side in pair)))


@given(anything, silent)
def test_the_curve_holds_every_operating_point(pair, mute):
    found = curve(Ranked.of(*pair, *mute))
    slow = [(frr, far) for _, frr, far in operating_points(*pair, mute)]
    assert found.frr.tolist() == pytest.approx([float(frr) for frr, _ in slow])
    assert found.far.tolist() == pytest.approx([float(far) for _, far in slow])


@pytest.mark.parametrize("ranked", [Ranked.of([], [1.0]), Ranked.of([1.0], []), Ranked.of([], [], 2, 2)])
def test_one_class_or_no_score_is_undefined(ranked):
    assert eer(ranked) is None
    assert curve(ranked) is None
    assert bpcer_threshold(Ranked.of([], [1.0]), Fraction(1, 10)) is None
    assert bpcer_at_apcer([], Fraction(1, 10)) is None


def test_auc_of_one_class_is_undefined():
    assert auc(Ranked.of([], [1.0])) is None


def test_a_nan_score_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        Ranked.of([1.0, math.nan], [0.0])


@given(sides(few, least=2), sides(few, least=2))
@settings(max_examples=50)
def test_the_ends_of_the_performance_curve_care_for_one_side_only(dev, target):
    assume(max(dev[1]) < 6)
    weights, thresholds, hter = expected_performance_curve(Ranked.of(*dev), Ranked.of(*target), points=5)
    assert weights.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert sum(s < thresholds[0] for s in dev[0]) == 0  # weight 0: no bona fide presentation of dev is rejected
    assert sum(s >= thresholds[-1] for s in dev[1]) == 0  # weight 1: no attack of dev is accepted
    assert hter[2] == Ranked.of(*target).at(float(thresholds[2])).hter
