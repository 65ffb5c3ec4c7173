"""One exact equal error rate: against every threshold tried in whole numbers, for figures and for methods alike."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmark.metrics.roc import Ranked, eer
from methods.clip.scoring import smallest_hter
from methods.eer import equal_error_rate
from protocols.eer import between, beyond, nearest

few = st.integers(-4, 4).map(float)  # many ties
some = st.floats(-1e6, 1e6, allow_nan=False)
endless = st.sampled_from([-math.inf, -1.0, 0.0, 0.5, math.inf])


def sides(values):
    return st.tuples(st.lists(values, min_size=1, max_size=10), st.lists(values, min_size=1, max_size=10))


silent = st.tuples(st.integers(0, 2), st.integers(0, 2))


def every_point(bona_fide, attack, mute):
    """(gap, mean, threshold) of every threshold, as fractions: the definition."""
    scores = sorted({*bona_fide, *attack})
    above = beyond(scores[-1])
    for t in scores + ([] if above is None else [above]):
        frr = Fraction(mute[0] + sum(s < t for s in bona_fide), len(bona_fide) + mute[0])
        far = Fraction(mute[1] + sum(s >= t for s in attack), len(attack) + mute[1])
        yield abs(frr - far), (frr + far) / 2, t


@given(st.one_of(sides(few), sides(some), sides(endless)), silent)
@example(([0.0, 0.0], [0.0]), (0, 0))
@settings(max_examples=300, deadline=None)
def test_it_is_that_of_the_definition_whichever_of_two_is_taken(pair, mute):
    points = list(every_point(*pair, mute))
    ordered = [np.sort(np.array(side)) for side in pair]
    found = {ties: nearest(*ordered, *mute, ties=ties) for ties in ("lesser", "lower")}
    assert found["lesser"].rate == pytest.approx(float(min(points)[1]), abs=1e-15)
    assert found["lower"].rate == pytest.approx(float(min(points, key=lambda p: (p[0], p[2]))[1]), abs=1e-15)


@given(st.one_of(sides(few), sides(some)))
@settings(max_examples=300, deadline=None)
def test_figures_and_methods_have_it_from_here(pair):
    scores = np.array([*pair[0], *pair[1]])
    labels = np.array([1] * len(pair[0]) + [0] * len(pair[1]), np.int8)
    ordered = [np.sort(np.array(side)) for side in pair]
    lower, lesser = nearest(*ordered, ties="lower"), nearest(*ordered)
    assert equal_error_rate(scores, labels) == lower.rate
    with_silence = np.append(scores, math.nan), np.append(labels, np.int8(1))
    assert smallest_hter(*with_silence) == smallest_hter(scores, labels) == lower.rate
    point = eer(Ranked.of(*pair))
    assert (point.threshold, point.hter) == (lesser.threshold, lesser.rate)
    assert lesser.rate <= lower.rate


def test_two_points_equally_near():
    """Two attacks share the score 0: at it FRR is 1/4 and FAR 1/2, above it FRR is 1/4 and FAR 0."""
    sides = np.array([-1.0, 1.0, 2.0, 3.0]), np.array([-3.0, -2.0, 0.0, 0.0])
    lower, lesser = (nearest(*sides, ties=ties) for ties in ("lower", "lesser"))
    assert (lower.rejected, lower.accepted, lower.rate, lower.threshold) == (1, 2, 3 / 8, -0.5)
    assert (lesser.rejected, lesser.accepted, lesser.rate, lesser.threshold) == (1, 0, 1 / 8, 0.5)


def test_nobody_has_no_rate():
    nothing = np.array([])
    assert nearest(nothing, np.array([1.0])) is None
    assert nearest(nothing, nothing, 2, 2) is None
    assert math.isnan(smallest_hter(np.array([1.0, math.nan]), np.array([0, 1], np.int8)))


def test_thresholds_between_and_beyond_scores():
    assert between(1.0, 2.0) == 1.5
    assert between(1.0, math.nextafter(1.0, 2.0)) == math.nextafter(1.0, 2.0)
    assert between(-math.inf, 2.0) == 2.0
    assert beyond(1.0) > 1.0
    assert beyond(math.inf) is None
