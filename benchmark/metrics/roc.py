"""Threshold-free figures by order statistics: EER, AUC, BPCER at a given APCER, ROC / DET points, the EPC.

A presentation is accepted as bona fide if its score is >= the threshold. FRR(t) counts bona fide scores below t, FAR(t)
attack scores at or above it; both only change at a score that occurs, so two sorts and a bisection give exact figures,
ties and infinities included. Presentations without a score are errors at every threshold (`silent_*`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.results.rates import Rate, half_total
from protocols.eer import between, beyond, last_below, nearest


@dataclass(frozen=True)
class Ranked:
    """The scores of both sides, float64 in ascending order, and how many presentations of each side have none."""

    bona_fide: NDArray[np.float64]
    attack: NDArray[np.float64]
    silent_bona_fide: int = 0
    silent_attack: int = 0

    @classmethod
    def of(cls, bona_fide: ArrayLike, attack: ArrayLike, silent_bona_fide: int = 0, silent_attack: int = 0) -> Ranked:
        """Sort both sides. Raises ValueError for NaN: a presentation without a score belongs to the silent ones."""
        ordered = [np.sort(np.asarray(side, np.float64).ravel()) for side in (bona_fide, attack)]
        if any(len(side) and np.isnan(side[-1]) for side in ordered):  # NaN sorts to the end
            raise ValueError("a NaN score has no rank: count the presentation as a non-response")
        return cls(ordered[0], ordered[1], silent_bona_fide, silent_attack)

    @property
    def n_bona_fide(self) -> int:
        """Bona fide presentations, silent ones included."""
        return len(self.bona_fide) + self.silent_bona_fide

    @property
    def n_attack(self) -> int:
        """Attack presentations, silent ones included."""
        return len(self.attack) + self.silent_attack

    def at(self, threshold: float) -> Point:
        """The operating point of a threshold."""
        rejected = self.silent_bona_fide + int(np.searchsorted(self.bona_fide, threshold, "left"))
        accepted = self.n_attack - int(np.searchsorted(self.attack, threshold, "left"))
        return Point(float(threshold), Rate(rejected, self.n_bona_fide), Rate(accepted, self.n_attack))

    def _first_above(self, value: float) -> float | None:
        """The least score of either side above `value`."""
        places = [(side, int(np.searchsorted(side, value, "right"))) for side in (self.bona_fide, self.attack)]
        return min((float(side[i]) for side, i in places if i < len(side)), default=None)


@dataclass(frozen=True)
class Point:
    """An operating point: a threshold and what it costs on either side."""

    threshold: float
    frr: Rate
    far: Rate

    @property
    def hter(self) -> float | None:
        """(FRR + FAR) / 2; at the point that `eer` returns, the EER."""
        return half_total(self.frr, self.far)


@dataclass(frozen=True)
class Curve:
    """Every distinct operating point, thresholds ascending; int64 error counts of the same length."""

    thresholds: NDArray[np.float64]
    rejected: NDArray[np.int64]
    accepted: NDArray[np.int64]
    n_bona_fide: int
    n_attack: int

    @property
    def frr(self) -> NDArray[np.float64]:
        """FRR (BPCER) at each threshold."""
        return self.rejected / self.n_bona_fide

    @property
    def far(self) -> NDArray[np.float64]:
        """FAR (APCER of the attacks given) at each threshold."""
        return self.accepted / self.n_attack


def eer(sides: Ranked) -> Point | None:
    """The operating point at which FRR and FAR lie closest; its HTER is the EER. None if a side is empty.

    Of two points equally close the one with the lesser HTER, then the lower threshold. The threshold lies midway
    between the two scores that it parts. Cost: two binary searches over sorted scores, O(log^2 n).
    """
    found = nearest(sides.bona_fide, sides.attack, sides.silent_bona_fide, sides.silent_attack)
    return None if found is None else sides.at(found.threshold)


def auc(sides: Ranked) -> float | None:
    """Area under the ROC curve: the chance that a bona fide score exceeds an attack's, ties counting half.

    A silent presentation loses every comparison. None if a side is empty.
    """
    pairs = sides.n_bona_fide * sides.n_attack
    if not pairs:
        return None
    below = np.searchsorted(sides.attack, sides.bona_fide, "left")
    upto = np.searchsorted(sides.attack, sides.bona_fide, "right")
    return (int(below.sum()) + int(upto.sum())) / (2 * pairs)


def curve(sides: Ranked) -> Curve | None:
    """All operating points, for ROC and DET plots; None if a side is empty or nobody has a score."""
    if not sides.n_bona_fide or not sides.n_attack or not (len(sides.bona_fide) or len(sides.attack)):
        return None
    thresholds = np.unique(np.concatenate([sides.bona_fide, sides.attack]))
    top = beyond(float(thresholds[-1]))
    if top is not None:
        thresholds = np.append(thresholds, top)
    rejected = sides.silent_bona_fide + np.searchsorted(sides.bona_fide, thresholds, "left")
    accepted = sides.n_attack - np.searchsorted(sides.attack, thresholds, "left")
    return Curve(thresholds, rejected, accepted, sides.n_bona_fide, sides.n_attack)


def bpcer_at_apcer(species: Sequence[Ranked], at_most: Fraction) -> Point | None:
    """The least BPCER at which no species' APCER exceeds `at_most` (ISO/IEC 30107-3, BPCER_AP).

    One `Ranked` per species, all with the same bona fide side; a single one with all attacks gives the pooled figure.
    `far` of the answer is the greatest APCER obtained, at most what was asked for, never the nearest. None where no
    threshold gets there (a species without presentations, too many silent ones) or where nothing is bona fide.
    """
    if not species or not species[0].n_bona_fide or not all(side.n_attack for side in species):
        return None
    if at_most >= 1:
        return _worst([side.at(-math.inf) for side in species])
    must_reject = -math.inf  # the greatest score that has to fall below the threshold
    for side in species:
        allowed = math.floor(at_most * side.n_attack) - side.silent_attack
        if allowed < 0:
            return None
        must_reject = max(must_reject, float(side.attack[len(side.attack) - 1 - allowed]))
    above = [score for side in species if (score := side._first_above(must_reject)) is not None]
    threshold = between(must_reject, min(above)) if above else beyond(must_reject)
    return None if threshold is None else _worst([side.at(threshold) for side in species])


def bpcer_threshold(sides: Ranked, at_most: Fraction) -> float | None:
    """The highest threshold whose BPCER is at most `at_most`; None where none gets there."""
    allowed = math.floor(at_most * sides.n_bona_fide) - sides.silent_bona_fide
    if allowed < 0 or not len(sides.bona_fide):
        return None
    if allowed >= len(sides.bona_fide):
        return beyond(max(float(s[-1]) for s in (sides.bona_fide, sides.attack) if len(s)))
    score = float(sides.bona_fide[allowed])
    below = last_below((sides.bona_fide, sides.attack), score)
    return score if below is None else between(below, score)


def expected_performance_curve(dev: Ranked, target: Ranked, points: int = 51) -> tuple[NDArray[np.float64], ...] | None:
    """The EPC (Bengio, Mariéthoz and Keller 2005): what thresholds chosen on dev cost on the target.

    For each weight a in [0, 1] the threshold minimises a FAR + (1 - a) FRR on dev. Returns (weights, thresholds, HTER
    on the target), float64, (points,) each; None if either set lacks a side.
    """
    chosen = curve(dev)
    if chosen is None or not target.n_bona_fide or not target.n_attack:
        return None
    weights = np.linspace(0, 1, points)
    cost = weights[:, None] * chosen.far + (1 - weights[:, None]) * chosen.frr
    thresholds = chosen.thresholds[np.argmin(cost, axis=1)]
    hter = np.array([target.at(float(t)).hter for t in thresholds], np.float64)
    return weights, thresholds, hter


def _worst(points: list[Point]) -> Point:
    return max(points, key=lambda point: point.far.errors / point.far.n)
