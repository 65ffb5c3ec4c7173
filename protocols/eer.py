"""The equal error rate, exactly, for figures and for methods that choose a constant by it.

A presentation is accepted as bona fide if its score is at or above the threshold. FRR and FAR only change at scores
that occur, and FRR - FAR only grows with the threshold: so two points lie nearest to equality, on either side, and a
bisection over sorted scores finds them. They are compared in whole numbers, so that no rounding decides.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Ties = Literal["lesser", "lower"]
"""Of two points equally near: the one with the lesser mean of FRR and FAR, or the one with the lower threshold."""


@dataclass(frozen=True)
class Nearest:
    """The point at which FRR and FAR lie nearest: a threshold, and how many are rejected and accepted wrongly there."""

    threshold: float
    rejected: int
    accepted: int
    n_bona_fide: int
    n_attack: int

    @property
    def rate(self) -> float:
        """The equal error rate: the mean of FRR and FAR, in 0..1."""
        return (self.rejected / self.n_bona_fide + self.accepted / self.n_attack) / 2


def nearest(
    bona_fide: Scores, attack: Scores, silent_bona_fide: int = 0, silent_attack: int = 0, *, ties: Ties = "lesser"
) -> Nearest | None:
    """The point where FRR and FAR lie nearest, its threshold midway between the two scores that it parts.

    Args:
        bona_fide, attack: float64, ascending, without NaN; infinite ones will do.
        silent_bona_fide, silent_attack: presentations without a score, errors at every threshold.
        ties: which of two points equally near is taken.

    None if a side is empty or nobody has a score. Costs two bisections, O(log^2 n).
    """
    n_b, n_a = len(bona_fide) + silent_bona_fide, len(attack) + silent_attack
    sides = (bona_fide, attack)
    if not n_b or not n_a or not any(map(len, sides)):
        return None

    def point(threshold: float) -> Nearest:
        rejected = silent_bona_fide + int(np.searchsorted(bona_fide, threshold, "left"))
        return Nearest(threshold, rejected, n_a - int(np.searchsorted(attack, threshold, "left")), n_b, n_a)

    def gap(threshold: float) -> int:
        there = point(threshold)
        return there.rejected * n_a - there.accepted * n_b

    firsts = [bisect_left(side, 0, key=gap) for side in sides]
    after = min((float(side[i]) for side, i in zip(sides, firsts, strict=True) if i < len(side)), default=None)
    if after is None:
        after = beyond(max(float(side[-1]) for side in sides if len(side)))
    before = last_below(sides, math.nan if after is None else after)
    points = [point(t) for t in (before, after) if t is not None]

    def order(one: Nearest) -> tuple[int, int, float]:
        lesser = one.rejected * n_a + one.accepted * n_b if ties == "lesser" else 0
        return abs(one.rejected * n_a - one.accepted * n_b), lesser, one.threshold

    best = min(points, key=order)
    below = last_below(sides, best.threshold)
    return best if below is None else point(between(below, best.threshold))


def last_below(sides: Sequence[Scores], value: float) -> float | None:
    """The greatest score of either side below `value`; of all, if that is NaN."""
    places = [(side, int(np.searchsorted(side, value, "left"))) for side in sides]
    return max((float(side[i - 1]) for side, i in places if i), default=None)


def between(low: float, high: float) -> float:
    """A threshold in (low, high]: the middle, so that no rounding decides; `high` where there is no middle."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return high
    middle = low / 2 + high / 2
    return middle if low < middle <= high else high


def beyond(top: float) -> float | None:
    """The threshold that rejects everything up to `top`; None if nothing can (an infinite score is always accepted)."""
    above = math.nextafter(top, math.inf)
    return above if above > top else None
