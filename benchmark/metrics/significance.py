"""Is a difference real? Paired cluster tests, Holm's correction, seeds, minimum detectable difference.

Two methods are compared on the same presentations, cluster by cluster (`Scores.group`): if they were alike, swapping
their decisions on any subject would change nothing, so the test swaps (exact over all 2^k swaps while k <= 12 clusters
differ, else 9999 random ones). The statistic is the difference of their HTERs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocols.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmark.metrics.intervals import Interval
    from benchmark.metrics.thresholds import Decided
    from benchmark.results.scores import Scores

_EXACT = 12
_SWAPS = 9999


@dataclass(frozen=True)
class Difference:
    """HTER of the first method minus HTER of the second, over the presentations that both have.

    Attributes:
        hter: the difference, in [-1, 1]; negative where the first is better.
        p: two-sided p-value of the paired cluster test.
        interval: 95 % interval of the difference, bootstrap over clusters; None where it cannot be had.
        detectable: the least true difference that such a pair would show (5 %, power 80 %), from its standard error.
        clusters: number of clusters; `decisive`: those on which the two differ.
        paired: presentations compared. `only_first`, `only_second`: those that the other run lacks.
    """

    hter: float
    p: float
    interval: Interval | None
    detectable: float
    clusters: int
    decisive: int
    paired: int
    only_first: int = 0
    only_second: int = 0

    @property
    def complete(self) -> bool:
        """False if the two runs hold different presentations: the comparison is then of a remainder."""
        return not (self.only_first or self.only_second)


def compare(first: Verdicts, second: Verdicts, seed: int = 0) -> Difference:
    """Compare two methods. Raises `InputError` if they share nothing, disagree about a label or lack a side."""
    import numpy as np

    place = {name: i for i, name in enumerate(second.ids)}
    pairs = [(i, place[name]) for i, name in enumerate(first.ids) if name in place]
    if not pairs:
        raise InputError(f"{first.name} and {second.name} have no presentation in common: nothing to compare")
    a, b = np.array(pairs).T
    if not np.array_equal(first.bona_fide[a], second.bona_fide[b]):
        raise InputError(f"{first.name} and {second.name} disagree about labels: their releases were read differently")
    bona_fide = first.bona_fide[a]
    n_b, n_a = int(bona_fide.sum()), int((~bona_fide).sum())
    if not n_b or not n_a:
        raise InputError(f"{first.name} and {second.name} share presentations of one class only: HTER is undefined")
    change = first.wrong[a].astype(np.float64) - second.wrong[b]
    change /= np.where(bona_fide, 2 * n_b, 2 * n_a)
    names, cluster = np.unique(first.groups[a], return_inverse=True)
    of_cluster = np.bincount(cluster, change, len(names))
    error = math.sqrt(float((of_cluster**2).sum()))  # under no difference; clusters independent
    from benchmark.metrics.intervals import minimum_detectable

    return Difference(
        hter=float(of_cluster.sum()),
        p=_swap_test(of_cluster[of_cluster != 0], seed),
        interval=_interval(first.groups[a], first.wrong[a], second.wrong[b], bona_fide),
        detectable=minimum_detectable(error),
        clusters=len(names),
        decisive=int((of_cluster != 0).sum()),
        paired=len(pairs),
        only_first=len(first.ids) - len(pairs),
        only_second=len(second.ids) - len(pairs),
    )


@dataclass(frozen=True)
class Verdicts:
    """Which presentations a method got wrong under a policy: one entry per presentation that counts."""

    name: str
    ids: tuple[str, ...]
    groups: NDArray[np.str_]
    bona_fide: NDArray[np.bool_]
    wrong: NDArray[np.bool_]

    @classmethod
    def of(cls, name: str, scores: Scores, decided: Decided, exclude: bool = False) -> Verdicts:
        """From decisions; a non-response is wrong, or left out with `exclude`."""
        wrong = (decided.accepted != scores.bona_fide) | ~decided.responded
        keep = decided.responded if exclude else decided.responded | True
        ids = tuple(f"{r}/{i}" for r, i, k in zip(scores.release, scores.id, keep.tolist(), strict=True) if k)
        return cls(name, ids, scores.group[keep], scores.bona_fide[keep], wrong[keep])


def _swap_test(values: NDArray[np.float64], seed: int) -> float:
    """Two-sided p-value of the sum of `values` under random signs."""
    import numpy as np

    if not len(values):
        return 1.0
    observed = abs(float(values.sum())) - 1e-12  # sums in another order differ in the last bits
    if len(values) <= _EXACT:
        every = 1 - 2 * ((np.arange(2 ** len(values))[:, None] >> np.arange(len(values))) & 1)
        return float(np.mean(np.abs(every @ values) >= observed))
    random = np.random.default_rng(seed)
    beyond = 0
    for start in range(0, _SWAPS, 1000):
        rows = min(1000, _SWAPS - start)
        signs = random.integers(0, 2, (rows, len(values)), dtype=np.int8).astype(np.float64) * 2 - 1
        beyond += int((np.abs(signs @ values) >= observed).sum())
    return (beyond + 1) / (_SWAPS + 1)


def _interval(
    groups: NDArray[np.str_], first: NDArray[np.bool_], second: NDArray[np.bool_], bona_fide: NDArray[np.bool_]
) -> Interval | None:
    """Bootstrap interval of the difference, which may be negative."""
    import numpy as np

    from benchmark.metrics.intervals import ClusterBootstrap, percentile

    draws, everything = ClusterBootstrap(groups), np.ones(len(bona_fide), bool)
    return percentile(draws.hter(first, bona_fide, everything)[2] - draws.hter(second, bona_fide, everything)[2])


def holm(p_values: Mapping[str, float] | Sequence[float]) -> list[float]:
    """Holm's step-down correction (Holm 1979): adjusted p-values in the order given."""
    values = list(p_values.values()) if isinstance(p_values, Mapping) else list(p_values)
    adjusted = [0.0] * len(values)
    least = 0.0
    for rank, i in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        least = max(least, min(1.0, (len(values) - rank) * values[i]))
        adjusted[i] = least
    return adjusted


@dataclass(frozen=True)
class Spread:
    """A figure over seeds. `std` is the sample standard deviation (ddof 1), None for one seed."""

    mean: float
    std: float | None
    n: int


def over_seeds(values: Sequence[float | None]) -> Spread | None:
    """Mean and spread; None if there is no value or one of them is undefined (nothing is averaged over a gap)."""
    defined = [v for v in values if v is not None]
    if not defined or len(defined) < len(values):
        return None
    n = len(defined)
    mean = math.fsum(defined) / n
    std = math.sqrt(math.fsum((v - mean) ** 2 for v in defined) / (n - 1)) if n > 1 else None
    return Spread(mean, std, n)
