from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from methods import Job
from methods.colour_texture import SIZES, ColourTexture, ColourTextureSettings
from methods.contract.faces import make_faces
from methods.eer import equal_error_rate
from protocols.errors import InputError


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(seed=0, scratch=tmp_path, cache=tmp_path)


@pytest.mark.parametrize(("descriptor", "size"), [("lbp", 354), ("coalbp-lpq", 19968)])
def test_it_learns_and_comes_back(job: Job, tmp_path: Path, descriptor: str, size: int) -> None:
    settings = ColourTextureSettings().override({"descriptor": descriptor})
    method = ColourTexture(settings)
    train, target = make_faces(30, seed=1, separation=0.7), make_faces(30, seed=3, separation=0.7)
    method.fit(train, make_faces(12, seed=2, separation=0.7), job)
    assert target.labels is not None
    scores = method.predict(target.unlabelled(), job).scores
    assert equal_error_rate(scores, target.labels) <= 0.1
    assert SIZES[descriptor] == size == len(method.machine.weights)
    method.save(tmp_path)
    again = ColourTexture(settings)
    again.load(tmp_path, job)
    assert np.array_equal(again.predict(target.unlabelled(), job).scores, scores)
    assert again.provenance()["cost"] == method.cost
    assert again.provenance() == method.provenance()
    other = "lbp" if descriptor != "lbp" else "coalbp-lpq"
    with pytest.raises(InputError, match="settings ask for"):
        ColourTexture(ColourTextureSettings().override({"descriptor": other})).load(tmp_path, job)


def test_nothing_to_see_nothing_learnt(job: Job) -> None:
    method = ColourTexture(ColourTextureSettings())
    method.fit(make_faces(40, seed=1, separation=0), make_faces(30, seed=2, separation=0), job)
    target = make_faces(60, seed=3, separation=0)
    assert target.labels is not None
    assert 0.25 <= equal_error_rate(method.predict(target.unlabelled(), job).scores, target.labels) <= 0.75


def test_the_cost_has_the_smallest_eer_on_dev_and_the_machine_is_linear_svcs(tmp_path: Path) -> None:
    rows: list[dict] = []
    job = Job(seed=0, scratch=tmp_path, cache=tmp_path, log=lambda **row: rows.append(row))
    train, dev = make_faces(30, seed=1, separation=0.15), make_faces(30, seed=2, separation=0.15)
    method = ColourTexture(ColourTextureSettings(costs=(4.0, 1.0, 256.0)))
    method.fit(train, dev, job)
    assert [row["cost"] for row in rows] == [1.0, 4.0, 256.0]
    assert method.cost == min(rows, key=lambda row: (row["dev_eer"], row["cost"]))["cost"]
    features = [method._describe(faces, np.arange(faces.frames)).astype(float) for faces in (train, dev)]
    theirs = LinearSVC(dual=False, C=method.cost, fit_intercept=False, tol=1e-8, max_iter=100_000)
    expected = theirs.fit(features[0], train.frame_labels).decision_function(features[1])
    expected = np.array([expected[dev.owner == i].mean() for i in range(len(dev))])
    assert np.abs(method.predict(dev.unlabelled(), job).scores - expected).max() <= 1e-3 * np.ptp(expected)


def test_dev_without_attacks_is_refused(job: Job) -> None:
    faces = make_faces(8)
    with pytest.raises(InputError, match="dev part holds no attacks"):
        ColourTexture(ColourTextureSettings()).fit(faces, faces.subset([1, 3]), job)


@pytest.mark.parametrize("bad", [{"costs": ""}, {"costs": "1,-2"}, {"face_scale": "0"}, {"descriptor": "bsif"}])
def test_senseless_settings_are_refused(bad: dict[str, str]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        ColourTextureSettings().override(bad)
