"""Runs as people name them."""

from __future__ import annotations

from pathlib import Path

from benchmark.results.records import FILE
from benchmark.results.runs import Run, find
from protocols.errors import DamagedError, InputError


def open_run(results: Path, word: str) -> Run:
    """A run by its directory or by its id (`world/protocol/method/s0-...`, which may be cut short if it stays clear).

    Raises `InputError` where there is none or more than one, `DamagedError` for one that cannot be read.
    """
    path = Path(word)
    if (path / FILE).exists():
        return Run.open(path)
    wanted = word.strip("/")
    matching = [run for run in find(results) if run.id.startswith(wanted)]
    exact = [run for run in matching if run.id == wanted]
    if len(exact or matching) == 1:
        (run,) = exact or matching
        if run.fault is not None:
            raise DamagedError(run.fault)
        return run
    if matching:
        raise InputError(f"{word}: {len(matching)} runs begin like this, such as {matching[0].id}; write more of it")
    raise InputError(f"{word}: neither a run directory nor the id of a run in {results}")
