"""Is a difference real? Paired cluster tests, Holm's correction, seeds, minimum detectable difference.

Two methods are compared on the same presentations, cluster by cluster (`Scores.group`): if they were alike, swapping
their decisions on any subject would change nothing, so the test swaps (over all 2^k swaps while k <= 12 clusters
differ, else the identity and 9999 random ones). The statistic is the difference of their HTERs.

The interval comes from the same swaps: it holds every true difference that the test, made for that difference, does
not reject at 5 % (inversion of a sign test; Garthwaite 1996 calls it the usual one). So it leaves out 0 if and only if
p < .05.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocols.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmark.metrics.intervals import Interval
    from benchmark.metrics.thresholds import Decided
    from benchmark.results.scores import Scores

    Values = NDArray[np.float64]

_EXACT = 12
_SWAPS = 10_000
_REJECTED = 20
"""A difference is rejected where less than one swap in so many reaches it: p < .05."""
_ZERO = 1e-12
"""Sums in another order differ in the last bits."""


@dataclass(frozen=True)
class Difference:
    """HTER of the first method minus HTER of the second, over the presentations that both have.

    Attributes:
        hter: the difference, in [-1, 1]; negative where the first is better.
        p: two-sided p-value of the paired cluster test.
        interval: 95 % interval of the difference, in [-1, 1]; it leaves out 0 if and only if p < .05. None where no
            cluster differs: swaps then say nothing of a difference that was not seen.
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
    share = 1 / np.where(bona_fide, 2 * n_b, 2 * n_a)  # of a presentation in the HTER
    change = (first.wrong[a].astype(np.float64) - second.wrong[b]) * share
    names, cluster = np.unique(first.groups[a], return_inverse=True)
    of_cluster, of_hter = (np.bincount(cluster, x, len(names)).astype(np.float64) for x in (change, share))
    error = math.sqrt(float((of_cluster**2).sum()))  # under no difference; clusters independent
    from benchmark.metrics.intervals import minimum_detectable

    p, interval = _swap_test(of_cluster, of_hter, seed)
    return Difference(
        hter=float(of_cluster.sum()),
        p=p,
        interval=interval,
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
        import numpy as np

        wrong = (decided.accepted != scores.bona_fide) | ~decided.responded
        keep = decided.responded if exclude else np.ones_like(decided.responded)
        ids = tuple(f"{r}/{i}" for r, i, k in zip(scores.release, scores.id, keep.tolist(), strict=True) if k)
        return cls(name, ids, scores.group[keep], scores.bona_fide[keep], wrong[keep])


def _swap_test(change: Values, share: Values, seed: int) -> tuple[float, Interval | None]:
    """Two-sided p-value of the sum of `change` under swaps, and the interval of what they do not reject.

    Args:
        change: of each cluster, its part of the difference.
        share: of each cluster, its part of the HTER; they add up to 1. Under a true difference of t a cluster changes
            by t times its share, and what remains of its change is as likely to have the other sign.

    A swap s (signs of the clusters) reaches t where |s (change - t share)| >= |sum of change - t|. That is an interval
    of t around the sum, with both ends in closed form; p of t is the part of all swaps that reach it, so what is not
    rejected is an interval, too, between two order statistics of the ends.
    """
    import numpy as np

    from benchmark.metrics.intervals import Interval

    decisive = change != 0
    if not decisive.any():
        return 1.0, None
    order = np.argsort(~decisive, kind="stable")
    change, share = change[order], share[order]
    total = float(change.sum())
    sums = np.concatenate([signs @ np.stack([change, share], 1) for signs in _swaps(decisive.sum(), len(change), seed)])
    below, above = (np.where(np.abs(gap) < _ZERO, 0.0, gap) for gap in (total - sums[:, 0], total + sums[:, 0]))
    minus, plus = 1 - sums[:, 1], 1 + sums[:, 1]
    everywhere = np.minimum(minus, plus) < _ZERO  # every sign alike: reached whatever the true difference is
    ends = np.stack([below / np.where(everywhere, 1, minus), above / np.where(everywhere, 1, plus)])
    low = np.where(everywhere, -1.0, np.minimum(ends.min(0), total))
    high = np.where(everywhere, 1.0, np.maximum(ends.max(0), total))
    reached = int(((low <= 0) & (high >= 0)).sum())
    kept = -(-len(low) // _REJECTED) - 1
    bounds = np.partition(low, kept)[kept], -np.partition(-high, kept)[kept]
    return reached / len(low), Interval(max(-1.0, float(bounds[0])), min(1.0, float(bounds[1])))


def _swaps(decisive: int, clusters: int, seed: int) -> Iterator[Values]:
    """Signs of the clusters, float64, (swaps, clusters) in blocks, the identity first; decisive clusters first.

    Up to `_EXACT` decisive ones have every combination equally often, so that p is exact, and so have up to as many
    clusters in all. The sign of the first cluster stays: the mirror image of a swap says the same.
    """
    import numpy as np

    every = min(_EXACT, clusters) if decisive <= _EXACT else 0
    patterns = 2 ** (every - 1) if every else 1
    times = 1 if every == clusters else -(-_SWAPS // patterns)
    random = np.random.default_rng(seed)
    rows = max(1, (1 << 22) // clusters)
    for start in range(0, patterns * times, rows):
        number = np.arange(start, min(start + rows, patterns * times))
        bits = np.empty((len(number), clusters), np.int8)
        if every:
            bits[:, 0] = 0
            bits[:, 1:every] = (number[:, None] % patterns >> np.arange(every - 1)) & 1
        bits[:, every:] = random.integers(0, 2, (len(number), clusters - every), dtype=np.int8)
        if not start:
            bits[0] = 0
        yield 1 - 2 * bits.astype(np.float64)


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
