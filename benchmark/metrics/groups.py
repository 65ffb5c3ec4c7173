"""Errors by groups of people or of conditions: rates with intervals, and whether the largest difference is real.

A group is the presentations of one side (bona fide, or attacks) of which a covariate has one value. Whether the groups
differ is asked by shuffling the values: between clusters (subjects) where each has one value only, as for ethnicity or
sex; within clusters where a subject has several, as for light or sensor, so that people who are hard for a method are
compared with themselves. The statistic is the largest difference of the rates of two groups, so that looking for it
among many pairs is accounted for. Groups too small to tell anything are shown and not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.results.figures import Bounds
from benchmark.results.rates import Rate
from protocols.order import natural

CLUSTERS, PRESENTATIONS = 10, 30
"""What a group needs to be compared: clusters (subjects), presentations of the side."""
SHUFFLES = 9_999
_BLOCK = 1 << 22
_ZERO = 1e-12
"""Rates of the same counts in another order differ in the last bits."""


@dataclass(frozen=True)
class Side:
    """The presentations of one side that count, one entry each: `wrong`, the cluster, the value of a covariate."""

    wrong: NDArray[np.bool_]
    cluster: NDArray[np.str_]
    value: NDArray[np.str_]


@dataclass(frozen=True)
class GroupRate:
    """The errors of one group; `interval` is 95 %, None for n = 0; `clusters` counts its subjects."""

    name: str
    rate: Rate
    clusters: int
    interval: Bounds | None

    @property
    def few(self) -> str:
        """Why it is not compared; empty if it is."""
        if self.clusters >= CLUSTERS and self.rate.n >= PRESENTATIONS:
            return ""
        return (
            f"too small to be compared: {self.rate.n} presentations of {self.clusters} subjects; "
            f"{PRESENTATIONS} of {CLUSTERS} are wanted"
        )


@dataclass(frozen=True)
class Gap:
    """The largest difference between two groups that are compared, and the p-value of their being alike; `within`: by
    what each subject's own presentations show."""

    worst: GroupRate
    best: GroupRate
    compared: int
    p: float
    within: bool

    @property
    def value(self) -> float:
        """The difference of the rates, at least 0."""
        return (self.worst.rate.value or 0.0) - (self.best.rate.value or 0.0)


def rates(side: Side) -> list[GroupRate]:
    """Every group of a side, by name; presentations of which the value is not known (empty) are in none."""
    return [_rate(side, name) for name in sorted(set(side.value.tolist()) - {""}, key=natural)]


def largest(side: Side, groups: Sequence[GroupRate], seed: int = 0) -> Gap | None:
    """The largest difference among the groups that can be compared; None where there are not two."""
    compared = [one for one in groups if not one.few]
    if len(compared) < 2:
        return None
    ordered = sorted(compared, key=lambda one: one.rate.value or 0.0)
    keep = np.isin(side.value, [one.name for one in compared])
    p, within = _test(side.wrong[keep], side.cluster[keep], side.value[keep], seed)
    return Gap(ordered[-1], ordered[0], len(compared), p, within)


def _rate(side: Side, name: str) -> GroupRate:
    from benchmark.metrics.intervals import ClusterBootstrap, clopper_pearson, percentile

    of = side.value == name
    wrong, cluster = side.wrong[of], side.cluster[of]
    rate = Rate(int(wrong.sum()), len(wrong))
    found = clopper_pearson(rate)
    if 0 < rate.errors < rate.n:  # resampling cannot move a rate of 0 or 100 %
        found = percentile(ClusterBootstrap(cluster).rate(wrong, np.ones_like(wrong)))
    interval = None if found is None else Bounds(round(found.low, 6), round(found.high, 6))
    return GroupRate(name, rate, len(set(cluster.tolist())), interval)


def _test(
    wrong: NDArray[np.bool_], cluster: NDArray[np.str_], value: NDArray[np.str_], seed: int
) -> tuple[float, bool]:
    """p: of all shuffles and what was seen, the part whose largest difference is at least the one seen; and whether
    they were within clusters."""
    names, where = np.unique(cluster, return_inverse=True)
    kinds, group = np.unique(value, return_inverse=True)
    n = np.zeros((len(names), len(kinds)))
    np.add.at(n, (where, group), 1)
    errors = np.bincount(where, wrong.astype(np.float64), len(names))
    seen = np.zeros(len(kinds))
    np.add.at(seen, group, wrong)
    least = np.ptp(seen / n.sum(0)) - _ZERO
    one_each = bool(((n > 0).sum(1) == 1).all())
    shuffled = _between(errors, n, seed) if one_each else _within(errors, n, seed)
    reached = sum(int((np.ptp(rates, axis=1) >= least).sum()) for rates in shuffled)
    return (1 + reached) / (1 + SHUFFLES), not one_each


def _between(errors: NDArray[np.number], n: NDArray[np.floating], seed: int) -> Iterator[NDArray[np.float64]]:
    """Rates of the groups, (shuffles, groups) in blocks, with whole clusters dealt anew to groups of as many."""
    random = np.random.default_rng(seed)
    sizes, group = n.sum(1), n.argmax(1)
    rows = max(1, _BLOCK // len(errors))
    for start in range(0, SHUFFLES, rows):
        dealt = group[np.argsort(random.random((min(rows, SHUFFLES - start), len(errors))), axis=1)]
        of = [dealt == kind for kind in range(n.shape[1])]
        yield np.stack([(one @ errors) / (one @ sizes) for one in of], axis=1)


def _within(errors: NDArray[np.number], n: NDArray[np.floating], seed: int) -> Iterator[NDArray[np.float64]]:
    """The same with the errors of each cluster dealt anew to its own presentations."""
    random = np.random.default_rng(seed)
    total = np.zeros((SHUFFLES, n.shape[1]))
    counts = n.astype(np.int64)
    for wrong, own in zip(errors.astype(np.int64).tolist(), counts, strict=True):
        total += (
            random.multivariate_hypergeometric(own, wrong, SHUFFLES) if 0 < wrong < own.sum() else own * (wrong > 0)
        )
    yield total / n.sum(0)
