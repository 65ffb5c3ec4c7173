"""A method trained on a few synthetic faces, saved, and asked for its answers: what the checks look at."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from methods.contract.faces import make_faces
from methods.method import Job, Method, Predictions, Settings, restore
from protocols.store.faces import Faces


@dataclass(frozen=True)
class Trial:
    """A trained method, what it was trained on and tried with, and what it left in `saved`."""

    kind: type[Method]
    settings: Settings
    folder: Path
    job: Job
    train: Faces
    dev: Faces
    target: Faces
    method: Method
    predictions: Predictions
    saved: Path

    @classmethod
    def of(cls, kind: type[Method], folder: Path, cache: Path | None = None) -> Self:
        """Train and save `kind` below an empty folder; `cache` is shared with other methods (default: its own)."""
        for name in ("scratch", "cache", "saved"):
            (folder / name).mkdir()
        settings = kind.contract_settings()
        job = Job(seed=3, scratch=folder / "scratch", cache=cache or folder / "cache", demo=True)
        train, dev, target = make_faces(16, seed=1), make_faces(8, seed=2), make_faces(9, seed=3).unlabelled()
        method = kind(settings)
        method.fit(train, dev, job)
        predictions = method.predict(target, job)
        method.save(folder / "saved")
        return cls(kind, settings, folder, job, train, dev, target, method, predictions, folder / "saved")

    def again(self) -> Method:
        """The method trained once more with the same seed, from an empty scratch folder."""
        with self.place() as scratch:
            method = self.kind(self.settings)
            method.fit(self.train, self.dev, replace(self.job, scratch=scratch))
            return method

    def loaded(self, folder: Path) -> Method:
        """The method as the harness reads it back from a folder."""
        return restore(self.kind(self.settings), folder, self.job)

    @contextmanager
    def place(self) -> Iterator[Path]:
        """An empty folder for one check."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield Path(name)


def same(a: Predictions, b: Predictions) -> bool:
    """Whether two answers are the same, bit for bit."""
    return np.array_equal(a.scores, b.scores, equal_nan=True) and (a.decisions, a.texts) == (b.decisions, b.texts)
