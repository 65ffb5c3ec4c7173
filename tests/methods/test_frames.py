from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from methods import Job
from methods.contract.faces import make_faces
from methods.frames import average, describe_frames, remembered_frames, require_both_labels
from protocols.errors import InputError
from protocols.store.faces import Faces


def brightness(faces: Faces, frames: np.ndarray) -> np.ndarray:
    return faces.crops(frames, 8).mean((1, 2, 3), dtype=np.float32)[:, None]


def test_descriptions_are_in_frame_order_and_show_progress(tmp_path: Path) -> None:
    faces, shown = make_faces(30, 3), []

    def progress(items, title, total):
        shown.append((title, total, len(list(items))))
        return items

    job = Job(seed=0, scratch=tmp_path, cache=tmp_path, progress=progress)
    rows = describe_frames(faces, brightness, job, "brightness")
    assert np.array_equal(rows, brightness(faces, np.arange(faces.frames)))
    assert shown == [("brightness", 2, 2)]


def test_features_are_computed_once_for_pixels_and_version(tmp_path: Path) -> None:
    faces, calls = make_faces(), []

    def counted(part: Faces, frames: np.ndarray) -> np.ndarray:
        calls.append(len(frames))
        return brightness(part, frames)

    job = Job(seed=0, scratch=tmp_path, cache=tmp_path)
    first = remembered_frames(faces, counted, job, "", "v1")
    assert np.array_equal(first, remembered_frames(faces, counted, job, "", "v1"))
    assert len(calls) == 1
    remembered_frames(faces, counted, job, "", "v2")
    remembered_frames(faces.subset([1, 2]), counted, job, "", "v1")
    remembered_frames(replace(faces, digest=""), counted, job, "", "v1")
    assert len(calls) == 4
    for path in (tmp_path / "features").iterdir():
        path.write_bytes(path.read_bytes()[:-5])
    assert np.array_equal(first, remembered_frames(faces, counted, job, "", "v1"))
    assert len(calls) == 5


def test_average_and_a_presentation_without_frames() -> None:
    faces = make_faces(4, 2)
    values = np.arange(faces.frames, dtype=float) - 2
    predictions = average(faces, values)
    assert predictions.scores.tolist() == [values[faces.owner == i].mean() for i in range(4)]
    assert predictions.reasons is None
    without = replace(
        faces,
        rows=faces.rows[faces.owner != 1],
        owner=faces.owner[faces.owner != 1],
        context=faces.context[faces.owner != 1],
    )
    predictions = average(without, values[faces.owner != 1])
    assert np.isnan(predictions.scores[1])
    assert predictions.decisions is not None
    assert predictions.reasons is not None
    assert predictions.decisions[1] == "non-response"
    assert predictions.reasons == (None, "no frames", None, None)
    assert predictions.decisions[3] == "bona fide"


def test_nothing_is_learnt_from_one_label() -> None:
    faces = make_faces(8)
    require_both_labels(faces, "train")
    with pytest.raises(InputError, match="train part holds no attacks"):
        require_both_labels(faces.subset([1, 3, 5]), "train")
    with pytest.raises(InputError, match="dev part holds no bona fide"):
        require_both_labels(faces.subset([0, 2]), "dev")
