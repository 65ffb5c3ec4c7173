"""Runs and models taken away: only by name, only whole, and no model from under a run that refers to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmark.results import models
from benchmark.results.lookup import open_run
from benchmark.results.runs import find
from protocols.errors import InputError


def delete_runs(results: Path, words: Sequence[str]) -> list[str]:
    """Remove runs by their ids; what was removed. Each word must name one run. Raises `InputError` before anything is
    gone."""
    chosen = {run.id: run.path for run in (open_run(results, word) for word in words)}
    _remove(chosen.values())
    return list(chosen)


def delete_models(results: Path, words: Sequence[str], force: bool) -> list[str]:
    """Remove models by their ids; what was removed. Raises `InputError`, before anything is gone, for one that runs
    refer to, unless `force`: they keep their scores, but can predict no more."""
    chosen = [models.place_of(results, word) for word in words]
    users: dict[str, list[str]] = {}
    for run in find(results):
        if run.model.id is not None:
            users.setdefault(run.model.id, []).append(run.id)
    names = [place.relative_to(results / "models").as_posix() for place in chosen]
    for name in names:
        if (held := users.get(name)) and not force:
            raise InputError(
                f"{name}: {len(held)} runs refer to it, such as {held[0]}; delete them first, or say --force: their "
                "scores stay, `predict` with them ends"
            )
    _remove(chosen)
    return names


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise InputError(f"{folder}: cannot be removed ({error.strerror})") from error
