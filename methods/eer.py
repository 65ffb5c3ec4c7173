"""The equal error rate of the source's dev part, by which methods choose a constant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from protocols.eer import nearest


def equal_error_rate(scores: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The mean of FRR and FAR at the threshold where they differ least, in 0..1; bona fide = 1 scores higher.

    Of two such thresholds the lower one, as released codes have it. Raises ValueError unless both labels are present
    and all scores are numbers.
    """
    bona_fide, attack = (np.sort(np.asarray(scores[side], np.float64)) for side in (labels > 0, labels <= 0))
    found = nearest(bona_fide, attack, ties="lower") if np.isfinite(scores).all() else None
    if found is None or not len(bona_fide) or not len(attack):
        raise ValueError("an equal error rate needs finite scores of both labels")
    return found.rate
