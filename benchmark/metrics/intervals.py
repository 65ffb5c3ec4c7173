"""95 % intervals: bootstrap over clusters (subjects) for rates, EER and AUC; exact ones for single species.

Frames or videos of one subject are no independent trials: with 40 subjects of 25 presentations each a binomial 95 %
interval covers the truth 50 to 70 times in 100, as their errors go together. So whole clusters are drawn
(`Scores.group`), with all their presentations. That is no 95 either, but 92 to 95: `benchmark.metrics.coverage`.

A replicate never touches the scores again: scores are sorted once and cut into blocks, clusters become rows of block
counts, and a replicate is a product of draws with counts. The block in which FRR meets FAR is opened, so the
EER of every replicate is exact. So is the AUC of up to 4096 presentations; of more, pairs inside one block take the
block's AUC in the full sample (error below 1e-4 in tests).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.results.rates import Rate

REPLICATES = 1000
LEVEL = 0.95
_BLOCKS = 256
_ONE_BLOCK_PER_SCORE = 4096  # presentations up to which nothing is approximated
_DENSE = 1 << 24  # cluster x block entries above which replicates are counted one at a time


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval in [0, 1]; `undefined` replicates had no figure (a side was not drawn)."""

    low: float
    high: float
    undefined: int = 0


def clopper_pearson(rate: Rate, level: float = LEVEL) -> Interval | None:
    """The exact binomial interval (Clopper and Pearson 1934); None for n = 0. Its coverage is that of
    its name only for independent presentations; of several of a subject it is far less (`benchmark.metrics.coverage`).
    """
    from scipy.special import betaincinv

    errors, n = rate
    if not n:
        return None
    tail = (1 - level) / 2
    low = float(betaincinv(errors, n - errors + 1, tail)) if errors else 0.0
    high = float(betaincinv(errors + 1, n - errors, 1 - tail)) if errors < n else 1.0
    return Interval(low, high)


def flags(rate: Rate) -> tuple[str, ...]:
    """What a count is too small for (ISO/IEC 19795-1, annex B).

    `rule of 3`: no error in n independent trials only bounds the rate by 3 / n (one-sided 95 %). `rule of 30`: with
    fewer than 30 errors the true rate is not within 30 % of the measured one (90 % confidence).
    """
    if not rate.n:
        return ()
    return ("rule of 3",) if rate.errors == 0 else ("rule of 30",) if rate.errors < 30 else ()


def rule_of_3(n: int) -> float:
    """Upper bound of a rate of which no error was seen in n independent trials: 3 / n, at most 1."""
    return min(1.0, 3 / n)


class ClusterBootstrap:
    """Replicates of a set of clusters, shared by every figure of that set, so that figures stay comparable."""

    def __init__(self, groups: ArrayLike, replicates: int = REPLICATES, seed: int = 0) -> None:
        """`groups`: one cluster name or number per presentation."""
        names, self.cluster = np.unique(np.asarray(groups), return_inverse=True)
        self.clusters = len(names)
        self.replicates = replicates
        self._seed = seed

    @cached_property
    def draws(self) -> NDArray[np.float32]:
        """How often each cluster is drawn, (replicates, clusters); every row adds up to the number of clusters."""
        random = np.random.default_rng(self._seed)
        out = np.empty((self.replicates, self.clusters), np.float32)
        step = max(1, (1 << 22) // max(1, self.clusters))
        for start in range(0, self.replicates, step):
            rows = out[start : start + step]
            drawn = random.integers(0, self.clusters, rows.shape, dtype=np.int32)
            drawn += (np.arange(len(rows), dtype=np.int32) * self.clusters)[:, None]
            rows[:] = np.bincount(drawn.ravel(), minlength=rows.size).reshape(rows.shape)
        return out

    def sums(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Replicates of the sum of `values`, (n,) or (n, k) -> (replicates,) or (replicates, k)."""
        columns = np.asarray(values, np.float64)
        table = np.stack([np.bincount(self.cluster, c, self.clusters) for c in np.atleast_2d(columns.T)], axis=1)
        out = self.draws.astype(np.float64) @ table
        summed: NDArray[np.float64] = out[:, 0] if columns.ndim == 1 else out
        return summed

    def rate(self, wrong: NDArray[np.bool_], among: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Replicates of the rate of `wrong` among the presentations `among`; NaN where none of them was drawn."""
        both = self.sums(np.stack([wrong & among, among], axis=1).astype(np.float64))
        out: NDArray[np.float64] = np.divide(
            both[:, 0], both[:, 1], out=np.full(len(both), np.nan), where=both[:, 1] > 0
        )
        return out

    def hter(
        self, wrong: NDArray[np.bool_], bona_fide: NDArray[np.bool_], counted: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Replicates of FRR, FAR and HTER, float64, (3, replicates), over the presentations `counted`."""
        frr, far = self.rate(wrong, bona_fide & counted), self.rate(wrong, ~bona_fide & counted)
        return np.stack([frr, far, (frr + far) / 2])

    def eer_auc(self, score: NDArray[np.float64], bona_fide: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Replicates of EER and AUC, float64, (2, replicates); NaN where a replicate lacks a side.

        `score` must not hold NaN; give silent presentations -inf (bona fide) or inf (attack).
        """
        blocks = _Blocks.of(score, bona_fide)
        b, a = (self._block_counts(blocks, side) for side in (bona_fide, ~bona_fide))
        upto_b, upto_a = (np.cumsum(counts, axis=1, dtype=np.float64) for counts in (b, a))
        pairs = upto_b[:, -1] * upto_a[:, -1]
        wins = np.einsum("rb,rb->r", b, upto_a - a * (1 - blocks.inner_auc))
        area = np.divide(wins, pairs, out=np.full(self.replicates, np.nan), where=pairs > 0)
        return np.stack([self._eer(blocks, upto_b, upto_a), area])

    def _block_counts(self, blocks: _Blocks, side: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Drawn presentations of a side per block, (replicates, blocks)."""
        cluster, block = self.cluster[side], blocks.of_score[side]
        if self.clusters * blocks.number <= _DENSE:
            flat = np.bincount(cluster * blocks.number + block, minlength=self.clusters * blocks.number)
            return self.draws @ flat.reshape(self.clusters, blocks.number).astype(np.float32)
        out = np.empty((self.replicates, blocks.number), np.float32)
        for row, draw in zip(out, self.draws, strict=True):
            row[:] = np.bincount(block, draw[cluster], blocks.number)
        return out

    def _eer(self, blocks: _Blocks, rejected: NDArray[np.float64], passed: NDArray[np.float64]) -> NDArray[np.float64]:
        """EERs from how many of each side lie in or below each block, (replicates, blocks)."""
        n_b, n_a = rejected[:, -1], passed[:, -1]
        # The first block above which FRR >= FAR holds the crossing.
        block = np.argmax(rejected * n_a[:, None] >= (n_a[:, None] - passed) * n_b[:, None], axis=1)
        out = np.full(self.replicates, np.nan)
        every = np.arange(self.replicates)
        before = np.maximum(block - 1, 0)
        start_b, start_a = (np.where(block > 0, side[every, before], 0.0) for side in (rejected, passed))
        for number in np.unique(block):
            rows = np.flatnonzero((block == number) & (n_b > 0) & (n_a > 0))
            inside = blocks.members(int(number))
            weight = self.draws[rows][:, self.cluster[inside.rows]]
            of_bona_fide = weight * inside.bona_fide
            r = start_b[rows, None] + inside.cumulate(of_bona_fide)
            p = start_a[rows, None] + inside.cumulate(weight - of_bona_fide)
            out[rows] = _closest(r, p, n_b[rows, None], n_a[rows, None])
        return out


def _closest(
    rejected: NDArray[np.float64], passed: NDArray[np.float64], n_b: NDArray[np.float64], n_a: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(FRR + FAR) / 2 at the point of each row where they lie closest; of equals the lesser, as in `eer`."""
    left, right = rejected * n_a, (n_a - passed) * n_b  # FRR and FAR times n_b n_a: whole numbers, so no rounding
    gap = np.abs(left - right)
    both = np.where(gap == gap.min(1, keepdims=True), left + right, np.inf).min(1)
    out: NDArray[np.float64] = both / (2 * n_b * n_a)[:, 0]
    return out


@dataclass(frozen=True)
class _Inside:
    """The presentations of one block in ascending order of score."""

    rows: NDArray[np.int64]
    bona_fide: NDArray[np.bool_]
    last_of_value: NDArray[np.int64]

    def cumulate(self, weight: NDArray[np.float32]) -> NDArray[np.float64]:
        """Weights below each cut of the block, from its lower edge (0) to its upper edge; ties stay together."""
        sums = np.zeros((len(weight), weight.shape[1] + 1))
        np.cumsum(weight, axis=1, out=sums[:, 1:])
        return sums if len(self.last_of_value) == weight.shape[1] else sums[:, np.append(0, self.last_of_value + 1)]


@dataclass(frozen=True)
class _Blocks:
    """Sorted scores in blocks of about equal size; equal scores share a block, a very frequent score has its own."""

    order: NDArray[np.int64]
    score: NDArray[np.float64]
    side: NDArray[np.bool_]
    edges: NDArray[np.int64]
    of_score: NDArray[np.int64]
    inner_auc: NDArray[np.float64]

    @property
    def number(self) -> int:
        return len(self.edges) - 1

    @classmethod
    def of(cls, score: NDArray[np.float64], bona_fide: NDArray[np.bool_]) -> _Blocks:
        order = np.argsort(score)
        ordered, side = score[order], bona_fide[order]
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        number = _BLOCKS if len(score) > _ONE_BLOCK_PER_SCORE else len(score)
        wanted = np.linspace(0, len(score), number + 1)[1:-1]
        place = np.searchsorted(starts, wanted, "right")
        after = np.append(starts, len(score))[place]
        edges = np.unique(np.concatenate([[0, len(score)], starts[place - 1], after]))
        block = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        of_score = np.empty(len(score), np.int64)
        of_score[order] = block
        return cls(order, ordered, side, edges, of_score, cls._inner(ordered, side, edges, block))

    @staticmethod
    def _inner(
        ordered: NDArray[np.float64], side: NDArray[np.bool_], edges: NDArray[np.int64], block: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The AUC within each block on the full sample; a half where a block lacks a side."""
        attacks = np.concatenate([[0], np.cumsum(~side)])
        value = np.searchsorted(ordered, ordered, "left"), np.searchsorted(ordered, ordered, "right")
        wins = np.where(side, (attacks[value[0]] + attacks[value[1]]) / 2 - attacks[edges[block]], 0.0)
        per_block = np.bincount(block, wins, len(edges) - 1)
        pairs = np.bincount(block, side, len(edges) - 1) * np.diff(attacks[edges])
        out: NDArray[np.float64] = np.divide(per_block, pairs, out=np.full(len(pairs), 0.5), where=pairs > 0)
        return out

    def members(self, number: int) -> _Inside:
        here = slice(int(self.edges[number]), int(self.edges[number + 1]))
        values = self.score[here]
        last = np.flatnonzero(np.concatenate([values[1:] != values[:-1], [True]]))
        return _Inside(self.order[here], self.side[here], last)


def percentile(replicates: NDArray[np.float64], level: float = LEVEL) -> Interval | None:
    """The percentile interval of replicates; None if more than one in twenty is undefined."""
    defined = replicates[~np.isnan(replicates)]
    missing = len(replicates) - len(defined)
    if not len(defined) or missing > 0.05 * len(replicates):
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(low), float(high), missing)


def minimum_detectable(standard_error: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """The least true difference that a two-sided test at `alpha` finds with `power`, given its standard error."""
    from statistics import NormalDist

    z = NormalDist().inv_cdf
    return math.inf if math.isnan(standard_error) else (z(1 - alpha / 2) + z(power)) * standard_error
