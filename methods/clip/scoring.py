"""From logits of frames to one score per presentation, and the figure that chooses a checkpoint."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from methods.frames import middle_frames
from methods.method import Predictions
from protocols.decision import decision_of
from protocols.eer import nearest
from protocols.store.faces import Faces


def predictions(faces: Faces, logits: NDArray[np.floating], aggregate: str) -> Predictions:
    """Log-odds of bona fide for each presentation.

    Args:
        faces: the presentations.
        logits: (frames, 2), class 0 spoof, class 1 real.
        aggregate: `probability`: the mean softmax probability over the frames, as in the released codes, and then its
            log-odds (a monotone change of scale: no error rate moves); `logit`: the mean of the frames' log-odds;
            `frame-wise`: FLIP's released code takes means where the list's names tell frames of a video apart (MCIO),
            and scores the frames of its WCS lists as samples of their own. So does the harness, which then hands each
            frame as a presentation (`Method.frame_wise`); of several frames in one the middle stands for it.

    A presentation without frames is a non-response.
    """
    pairs = np.asarray(logits, np.float64)
    odds = pairs[:, 1] - pairs[:, 0]
    if aggregate == "logit":
        scores = faces.mean(odds)
    elif aggregate == "frame-wise":
        scores = np.full(len(faces), np.nan)
        middle = middle_frames(faces)
        scores[faces.owner[middle]] = odds[middle]
    else:  # log p = -log(1 + exp(-odds)); both classes on their own, so that no probability is rounded to one
        real, spoof = (faces.mean(np.exp(-np.logaddexp(0.0, sign * odds))) for sign in (-1.0, 1.0))
        scores = np.log(real) - np.log(spoof)
    if not np.isnan(scores).any():
        return Predictions(scores)
    return Predictions(
        scores, tuple(map(decision_of, scores)), reasons=tuple("no frames" if np.isnan(s) else None for s in scores)
    )


def smallest_hter(scores: NDArray[np.float64], labels: NDArray[np.int8]) -> float:
    """HTER at the threshold where FRR and FAR are nearest, of two the lower one, what FLIP's released `evaluate.py`
    selects by; 0 .. 1, NaN where a label has no score."""
    live, spoof = (np.sort(scores[(labels == label) & ~np.isnan(scores)]) for label in (1, 0))
    found = nearest(live, spoof, ties="lower")
    return math.nan if found is None else found.rate
