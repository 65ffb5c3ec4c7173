"""What every registered method must do, whatever it is. A method appears here as soon as it is registered.

A method whose demo preset takes more than a few seconds offers `contract_settings()`, settings for these tests alone.
"""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from methods import Job, Method, Predictions, Settings, available
from protocols.errors import InputError
from protocols.store.faces import Faces
from tests.methods.faces_factory import make_faces

METHODS = {cls.name: cls for cls in available()}
HEAVY = ("torch", "sklearn", "scipy", "pandas", "transformers", "open_clip", "timm", "matplotlib", "datasets", "trl")


def settings_for(cls: type[Method]) -> Settings:
    own = getattr(cls, "contract_settings", None)
    return own() if own else cls.settings_class.preset("demo")


@dataclass
class Fitted:
    cls: type[Method]
    method: Method
    train: Faces
    dev: Faces
    target: Faces
    job: Job
    predictions: Predictions
    saved: Path

    def again(self, scratch: Path) -> Method:
        scratch.mkdir()
        method = self.cls(self.method.settings)
        method.fit(self.train, self.dev, replace(self.job, scratch=scratch))
        return method

    def loaded(self, folder: Path) -> Method:
        method = self.cls(self.method.settings)
        method.load(folder, self.job)
        return method


@pytest.fixture(scope="module", params=sorted(METHODS))
def fitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    cls = METHODS[request.param]
    folder = tmp_path_factory.mktemp(cls.name)
    for name in ("scratch", "cache", "saved"):
        (folder / name).mkdir()
    on_clip = any(base.__module__ == "methods.clip.method" for base in cls.__mro__)
    cache = request.getfixturevalue("clip_cache") if on_clip else folder / "cache"  # else each would teach a CLIP first
    job = Job(seed=3, scratch=folder / "scratch", cache=cache, demo=True)
    train, dev, target = make_faces(16, seed=1), make_faces(8, seed=2), make_faces(9, seed=3).unlabelled()
    method = cls(settings_for(cls))
    method.fit(train, dev, job)
    predictions = method.predict(target, job)
    method.save(folder / "saved")
    return Fitted(cls, method, train, dev, target, job, predictions, folder / "saved")


def same(a: Predictions, b: Predictions) -> bool:
    return np.array_equal(a.scores, b.scores, equal_nan=True) and (a.decisions, a.texts) == (b.decisions, b.texts)


def test_one_answer_per_presentation(fitted: Fitted) -> None:
    predictions, n = fitted.predictions, len(fitted.target)
    assert fitted.target.frames > n
    assert predictions.scores.shape == (n,)
    assert predictions.scores.dtype == np.float64
    for column in (predictions.decisions, predictions.texts, predictions.reasons):
        assert column is None or len(column) == n
    for i, score in enumerate(predictions.scores):
        assert np.isfinite(score) or (np.isnan(score) and predictions.reasons and predictions.reasons[i])
    assert set(predictions.decisions or ()) <= {"bona fide", "attack", "non-response"}


def test_prediction_is_pure_and_blind_to_labels(fitted: Fitted) -> None:
    shown = replace(fitted.target, labels=np.ones(len(fitted.target), np.int8), domains=("cefa",) * len(fitted.target))
    assert same(fitted.predictions, fitted.method.predict(fitted.target, fitted.job))
    assert same(fitted.predictions, fitted.method.predict(shown, fitted.job))


def test_chunks_and_order_do_not_change_scores(fitted: Fitted) -> None:
    for chunk in ([8, 2, 5], [0, 1], [3, 4, 6, 7]):
        part = fitted.method.predict(fitted.target.subset(chunk), fitted.job)
        whole = fitted.predictions.scores[chunk]
        largest = np.abs(whole[np.isfinite(whole)]).max(initial=1.0)  # a language model may answer none of them
        assert np.allclose(part.scores, whole, rtol=0, atol=1e-4 * largest, equal_nan=True)
        if part.decisions is not None and fitted.predictions.decisions is not None:
            assert part.decisions == tuple(fitted.predictions.decisions[i] for i in chunk)


def test_the_same_seed_gives_the_same_scores(fitted: Fitted, tmp_path: Path) -> None:
    again = fitted.again(tmp_path / "scratch")
    assert same(fitted.predictions, again.predict(fitted.target, fitted.job))


def test_saved_and_loaded_gives_the_same_scores(fitted: Fitted, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(fitted.saved, moved)
    loaded = fitted.loaded(moved)
    assert same(fitted.predictions, loaded.predict(fitted.target, fitted.job))
    assert loaded.weights_digest() == fitted.method.weights_digest()


def test_saved_files_cannot_run_code(fitted: Fitted) -> None:
    unsafe = {".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib"}
    assert not [path for path in fitted.saved.rglob("*") if path.suffix in unsafe]


def test_a_missing_or_truncated_file_is_one_clear_line(fitted: Fitted, tmp_path: Path) -> None:
    files = [path for path in fitted.saved.rglob("*") if path.is_file()]
    assert files or not fitted.cls.needs_training
    if not files:
        return
    largest = max(files, key=lambda path: path.stat().st_size).relative_to(fitted.saved)
    for damage in ("missing", "truncated"):
        folder = tmp_path / damage
        shutil.copytree(fitted.saved, folder)
        content = (folder / largest).read_bytes()
        (folder / largest).unlink()
        if damage == "truncated":
            (folder / largest).write_bytes(content[: len(content) // 2])
        with pytest.raises(InputError) as caught:
            fitted.loaded(folder)
        assert "\n" not in str(caught.value)
        assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_settings_have_sources_and_survive_text(name: str) -> None:
    kind = METHODS[name].settings_class
    assert all(field.metadata.get("source") for field in dataclasses.fields(kind))
    assert kind.preset("paper") == kind()
    for settings in (kind.preset("paper"), kind.preset("demo"), settings_for(METHODS[name])):
        texts = {
            key: ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            for key, value in settings.as_dict().items()
        }
        assert kind().override(texts) == settings


@pytest.mark.parametrize("name", sorted(METHODS))
def test_registered_facts(name: str) -> None:
    cls = METHODS[name]
    assert cls.title
    assert cls.__doc__
    assert cls.chunk >= 1
    assert cls.policy == "answer" or cls.policy.startswith(("source-", "fixed:"))


def test_listing_methods_imports_nothing_heavy() -> None:
    code = f"import sys, methods; list(methods.available()); print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
