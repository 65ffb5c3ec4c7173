"""From frames to presentations: what every method that scores single frames needs before and after its classifier."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from methods.arrays import keep_rows, kept_rows
from methods.method import Job, Predictions
from protocols.decision import decision_of
from protocols.errors import InputError
from protocols.store.faces import Faces

BATCH = 48
Describe = Callable[[Faces, NDArray[np.int64]], NDArray[np.float32]]


def middle_frames(faces: Faces) -> NDArray[np.int64]:
    """The middle frame of each presentation that has any, as positions among the frames, int64."""
    starts = np.searchsorted(faces.owner, np.arange(len(faces)))
    counts = np.bincount(faces.owner, minlength=len(faces))
    return (starts + counts // 2)[counts > 0]


def require_both_labels(faces: Faces, part: str) -> None:
    """Raises `InputError` unless `faces` hold frames of bona fide presentations and of attacks."""
    labels = faces.frame_labels
    for label, word in ((1, "bona fide presentations"), (0, "attacks")):
        if not (labels == label).any():
            raise InputError(f"the source's {part} part holds no {word} with frames: choose another source or subset")


def describe_frames(faces: Faces, describe: Describe, job: Job, title: str) -> NDArray[np.float32]:
    """`describe` over all frames, a batch at a time, with a progress bar: float32, (frames, features)."""
    starts = range(0, faces.frames, BATCH)
    rows = [
        describe(faces, np.arange(start, min(start + BATCH, faces.frames)))
        for start in job.progress(starts, title, len(starts))
    ]
    return np.concatenate(rows) if rows else np.empty((0, 0), np.float32)


def remembered_frames(faces: Faces, describe: Describe, job: Job, title: str, version: str) -> NDArray[np.float32]:
    """`describe_frames`, kept in the run's cache under the faces' digest and `version`, the descriptor's name with
    everything that changes its numbers. Faces without a digest are described anew; so is whatever cannot be read."""
    if not faces.digest:
        return describe_frames(faces, describe, job, title)
    key = hashlib.sha256(f"{version}\n{faces.digest}\n{faces.frames}".encode()).hexdigest()[:32]
    path = job.cache / "features" / f"{key}.safetensors"
    features = kept_rows(path, faces.frames, job.say)
    if features is None:
        features = describe_frames(faces, describe, job, title)
        keep_rows(path, features)
    return features


def average(faces: Faces, values: NDArray[np.floating]) -> Predictions:
    """One score per presentation, the mean of its frames' margins; without frames a non-response."""
    scores = faces.mean(values)
    reasons = tuple("no frames" if np.isnan(score) else None for score in scores)
    if not any(reasons):
        return Predictions(scores)
    return Predictions(scores, decisions=tuple(map(decision_of, scores)), reasons=reasons)
