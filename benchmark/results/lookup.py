"""Runs as people name them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmark.results.records import FILE
from benchmark.results.runs import Run, find
from protocols.errors import DamagedError, InputError


def open_run(results: Path, word: str) -> Run:
    """A run by its directory or by its id (`world/protocol/method/s0-...`, which may be cut short if it stays clear:
    `demo/cefa2siw/grpo` is the only run of that method, or the only one with the preset's settings).

    Raises `InputError` where there is none or more than one, `DamagedError` for one that cannot be read.
    """
    path = Path(word)
    if (path / FILE).exists():
        return Run.open(path)
    matching = _meant(list(find(results)), word.strip("/"))
    if len(matching) == 1:
        (run,) = matching
        if run.fault is not None:
            raise DamagedError(run.fault)
        return run
    if matching:
        few = ", ".join(run.id for run in matching[:3]) + (", ..." if len(matching) > 3 else "")
        raise InputError(f"{word}: {len(matching)} runs begin like this ({few}); write more of the id")
    raise InputError(f"{word}: neither a run directory nor the id of a run in {results}")


def _meant(runs: list[Run], wanted: str) -> list[Run]:
    """The runs that a word can mean: the one of that id, else those below it (`demo/cefa2siw/grpo` is no `grpo-lora`),
    else those that begin so; of several those without changed settings, as the tables show them."""
    ways: tuple[Callable[[Run], bool], ...] = (
        lambda run: run.id == wanted,
        lambda run: run.id.startswith((f"{wanted}/", f"{wanted}-") if wanted.count("/") > 2 else f"{wanted}/"),
        lambda run: run.id.startswith(wanted),
    )
    for fits in ways:
        found = [run for run in runs if fits(run)]
        if found:
            usual = [run for run in found if run.fault is None and not run.overrides]
            return usual if len(usual) == 1 else found
    return []
