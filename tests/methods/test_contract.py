"""Every registered method passes the contract test that plug-ins can use, too; it appears here when it registers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import methods
from methods import Method, Predictions, Settings
from methods.contract import CHECKS, Trial, check_method

HEAVY = ("torch", "sklearn", "scipy", "pandas", "transformers", "open_clip", "timm", "matplotlib", "datasets", "trl")


@pytest.fixture(scope="module", params=list(methods.METHODS))
def trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clip_cache: Path) -> Trial:
    """Each method, with a cache in which a CLIP lies: else each that needs one would teach it first."""
    return Trial.of(methods.get(request.param), tmp_path_factory.mktemp(request.param), clip_cache)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_contract(trial: Trial, check: Callable[[Trial], None]) -> None:
    check(trial)


class Good(Method):
    """Brightness, which keeps the contract; each of those below breaks it in one place."""

    name, title = "good", "Good"
    middle = 0.0

    def fit(self, train, dev, job):
        self.middle = float(self.brightness(train).mean())

    def predict(self, faces, job):
        return Predictions(self.brightness(faces) - self.middle)

    def save(self, folder):
        (folder / "model.json").write_text(json.dumps({"middle": self.middle}))

    def load(self, folder, job):
        self.middle = json.loads((folder / "model.json").read_text())["middle"]

    def brightness(self, faces):
        return faces.mean(np.concatenate([x.mean((1, 2, 3)) for x in faces.batches(64, 32)]))


class Undescribed(Good):
    __doc__ = ""


class Oracle(Good):
    """Looks at the target."""

    policy = "oracle-target-eer"


class TooFew(Good):
    """Answers once."""

    def predict(self, faces, job):
        return Predictions(np.zeros(1))


class Silent(Good):
    """Gives no reason."""

    def predict(self, faces, job):
        return Predictions(np.full(len(faces), np.nan))


class Forgetful(Good):
    """Counts its calls."""

    calls = 0

    def predict(self, faces, job):
        self.calls += 1
        return Predictions(np.full(len(faces), float(self.calls)))


class Relative(Good):
    """Scores by who else is there."""

    def predict(self, faces, job):
        return Predictions(self.brightness(faces) - self.brightness(faces).mean())


class Random(Good):
    """Begins anywhere."""

    def fit(self, train, dev, job):
        self.middle = float(np.random.default_rng().normal())


class Careless(Good):
    """Reads nothing back."""

    def load(self, folder, job):
        assert folder.exists()


class Pickled(Good):
    """Writes a pickle beside."""

    def save(self, folder):
        super().save(folder)
        (folder / "model.pkl").write_bytes(b"x")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Undescribed, "no docstring"),
        (Oracle, "looks at the target"),
        (TooFew, r"\(1,\) scores for 9 presentations"),
        (Silent, "no reason"),
        (Forgetful, "asked again, predict gives other answers"),
        (Relative, "alone get"),
        (Random, "the same seed gives other scores"),
        (Careless, "after save and load scores differ"),
        (Pickled, "files that may run code: model.pkl"),
    ],
)
def test_each_breach_is_found_and_named(kind: type[Method], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_method(kind)


def test_a_method_that_lets_errors_of_its_files_through_is_read_by_the_harness_all_the_same() -> None:
    check_method(Good)


def test_a_setting_without_a_source_is_found() -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Bare(Settings):
        size: int = 3

    class Sourceless(Good):
        """Settings from nowhere."""

        settings_class = Bare

    with pytest.raises(AssertionError, match="settings without a source: size"):
        check_method(Sourceless)


def test_listing_methods_imports_nothing_heavy() -> None:
    code = f"import sys, methods; list(methods.available()); print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
