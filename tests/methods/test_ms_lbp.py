from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.svm import SVC

from methods import Job
from methods.arrays import load_arrays, save_arrays
from methods.contract.faces import make_faces
from methods.eer import equal_error_rate
from methods.ms_lbp import MsLbp, MsLbpSettings
from protocols.errors import InputError


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(seed=0, scratch=tmp_path, cache=tmp_path)


def fitted(job: Job, separation: float, **settings: float) -> MsLbp:
    method = MsLbp(MsLbpSettings(**settings))
    method.fit(make_faces(40, seed=1, separation=separation), make_faces(8, seed=2, separation=separation), job)
    return method


def test_it_learns_what_can_be_seen_and_nothing_else(job: Job) -> None:
    for separation, low, high in ((1.0, 0.0, 0.05), (0.0, 0.25, 0.75)):
        target = make_faces(60, seed=3, separation=separation)
        assert target.labels is not None
        scores = fitted(job, separation).predict(target.unlabelled(), job).scores
        assert low <= equal_error_rate(scores, target.labels) <= high


def test_scores_are_those_of_the_recipe_step_by_step(job: Job) -> None:
    """Min-max to [-1, 1] on the training frames, `SVC(C=1, gamma=1/833)`, decision values, mean over frames."""
    train, target = make_faces(40, seed=1, separation=0.4), make_faces(12, seed=3, separation=0.4)
    method = MsLbp(MsLbpSettings())
    method.fit(train, target, job)
    features = method._describe(train, np.arange(train.frames))
    low, high = features.min(0), features.max(0)
    span = np.where(high > low, high - low, 1)

    def scaled(rows: np.ndarray) -> np.ndarray:
        return (rows - low) / span * 2 - 1

    machine = SVC(C=1.0, gamma=1 / 833).fit(scaled(features), train.frame_labels)
    expected = machine.decision_function(scaled(method._describe(target, np.arange(target.frames))))
    expected = np.array([expected[target.owner == i].mean() for i in range(len(target))])
    assert np.abs(method.predict(target.unlabelled(), job).scores - expected).max() <= 2e-3 * np.ptp(expected)


def test_one_label_or_a_foreign_file_is_refused(job: Job, tmp_path: Path) -> None:
    faces = make_faces(8)
    with pytest.raises(InputError, match="holds no attacks"):
        MsLbp(MsLbpSettings()).fit(faces.subset([1, 3]), faces, job)
    fitted(job, 1.0).save(tmp_path)
    path = tmp_path / "ms-lbp.safetensors"
    arrays, facts = load_arrays(path)
    save_arrays(path, arrays | {"duals": arrays["duals"][1:]}, **facts)
    with pytest.raises(InputError, match=r"ms-lbp\.safetensors: its arrays do not fit"):
        MsLbp(MsLbpSettings()).load(tmp_path, job)


@pytest.mark.parametrize("bad", [{"cost": 0.0}, {"gamma": -1.0}, {"face_scale": float("nan")}])
def test_senseless_settings_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        MsLbpSettings(**bad)
