"""The equal error rate of the source's dev part, by which methods choose a constant. (Figures come from elsewhere.)"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def equal_error_rate(scores: NDArray[np.floating], labels: NDArray) -> float:
    """The mean of FRR and FAR at the threshold where they differ least, in 0..1; bona fide = 1 scores higher.

    Raises ValueError unless both labels are present and all scores are numbers.
    """
    bona_fide, attack = np.sort(scores[labels > 0]), np.sort(scores[labels <= 0])
    if not len(bona_fide) or not len(attack) or not np.isfinite(scores).all():
        raise ValueError("an equal error rate needs finite scores of both labels")
    thresholds = np.append(np.unique(scores), np.inf)
    rejected = np.searchsorted(bona_fide, thresholds, side="left") / len(bona_fide)
    accepted = 1 - np.searchsorted(attack, thresholds, side="left") / len(attack)
    best = np.abs(rejected - accepted).argmin()
    return float(rejected[best] + accepted[best]) / 2
