from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from methods import Job
from methods.cnn import Cnn, CnnSettings
from methods.contract.faces import make_faces
from methods.eer import equal_error_rate
from protocols.errors import InputError

QUICK = CnnSettings(steps=70, batch=16, rate=1e-2, drop_at=55, width=0.12, costs=(0.01, 1.0))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(seed=0, scratch=tmp_path, cache=tmp_path)


@pytest.mark.parametrize(("classifier", "layer"), [("svm", "pool"), ("svm", "fc7"), ("softmax", "pool")])
def test_it_learns_what_can_be_seen(job: Job, tmp_path: Path, classifier: str, layer: str) -> None:
    settings = QUICK.override({"classifier": classifier, "layer": layer})
    train, dev, target = (make_faces(n, 2, seed=seed) for n, seed in ((32, 1), (12, 2), (24, 3)))
    method = Cnn(settings)
    method.fit(train, dev, job)
    assert target.labels is not None
    scores = method.predict(target.unlabelled(), job).scores
    assert equal_error_rate(scores, target.labels) <= 0.2
    assert scores[target.labels == 1].mean() > scores[target.labels == 0].mean()
    assert (method.machine is None) == (classifier == "softmax")
    method.save(tmp_path)
    again = Cnn(settings)
    again.load(tmp_path, job)
    assert np.array_equal(again.predict(target.unlabelled(), job).scores, scores)


def test_softmax_scores_are_log_odds(job: Job) -> None:
    method = Cnn(replace(QUICK, steps=2, classifier="softmax"))
    faces = make_faces(8, 1)
    method.fit(faces, faces, job)
    with torch.inference_mode():
        odds = torch.log_softmax(method.net(method._input(faces, np.arange(faces.frames))), 1)
    assert np.allclose(method.predict(faces.unlabelled(), job).scores, (odds[:, 1] - odds[:, 0]).numpy(), atol=1e-4)


def test_the_training_mean_is_subtracted(job: Job) -> None:
    method = Cnn(replace(QUICK, steps=1))
    faces = make_faces(10, 3)
    method.fit(faces, faces, job)
    crops = faces.crops(np.arange(faces.frames), 128, 1.8)
    assert np.allclose(method.mean, crops.mean(0), atol=1e-3)
    assert abs(method._input(faces, np.arange(faces.frames)).mean().item()) < 1e-4


def test_a_fit_killed_after_training_keeps_its_network(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second fit takes no step: its network is the checkpoint's, its machine the same."""
    settings = replace(QUICK, steps=8)
    train, dev = make_faces(16, 2, seed=1), make_faces(8, 2, seed=2)
    whole = Cnn(settings)
    whole.fit(train, dev, job)
    titles: list[tuple[str, int, int]] = []

    def progress(items, title, total, done=0):
        titles.append((title, total, done))
        return items

    again = Cnn(settings)
    again.fit(train, dev, replace(job, progress=progress))
    assert ("training", 8, 8) in titles
    assert np.array_equal(whole.predict(dev, job).scores, again.predict(dev, job).scores)


def test_a_file_of_other_settings_is_named(job: Job, tmp_path: Path) -> None:
    method = Cnn(replace(QUICK, steps=1))
    faces = make_faces(8, 1)
    method.fit(faces, faces, job)
    method.save(tmp_path)
    with pytest.raises(InputError, match=r"cnn\.safetensors: does not fit the settings"):
        Cnn(replace(QUICK, width=0.2)).load(tmp_path, job)


@pytest.mark.parametrize("bad", [{"steps": "0"}, {"dropout": "1"}, {"rate": "nan"}, {"costs": "0"}, {"layer": "fc9"}])
def test_senseless_settings_are_refused(bad: dict[str, str]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        CnnSettings().override(bad)
