"""Do scores rank the wrong way round? A file in which high scores mean an attack gives an AUC near 0, not near 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.roc import auc
from benchmark.metrics.thresholds import answered

if TYPE_CHECKING:
    from benchmark.results.scores import Scores

_TWO_SIDED = 1.959964


def backwards(scores: Scores) -> float | None:
    """The AUC if the upper end of its 95 % interval lies below one half, else None.

    The standard error is that of clustered data (each cluster's sum of placement values; Obuchowski 1997), and never
    less than that of scores without any information, so that a handful of presentations proves nothing. Presentations
    without an answer say nothing about the order of scores and are left out.
    """
    area = auc(answered(scores))
    if area is None or area >= 0.5:
        return None
    answer, bona_fide = scores.responded, scores.bona_fide
    real, attack = (np.flatnonzero(answer & side) for side in (bona_fide, ~bona_fide))
    _, cluster = scores.codes("group")
    influence = np.zeros(int(cluster.max()) + 1)
    for mine, other, sign in ((real, attack, 1), (attack, real, -1)):
        against = np.sort(scores.score[other])
        values = scores.score[mine]
        below = (np.searchsorted(against, values, "left") + np.searchsorted(against, values, "right")) / 2
        placed = below / len(against) if sign > 0 else 1 - below / len(against)
        influence += np.bincount(cluster[mine], (placed - area) / len(mine), len(influence))
    clusters = np.unique(cluster[answer]).size
    clustered = float((influence**2).sum()) * clusters / max(1, clusters - 1)
    no_information = (len(real) + len(attack) + 1) / (12 * len(real) * len(attack))
    return area if area + _TWO_SIDED * math.sqrt(max(clustered, no_information)) < 0.5 else None
