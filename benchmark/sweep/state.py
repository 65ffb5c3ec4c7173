"""What has become of each run of a sweep, read from the results folder alone: no clock, no database, no daemon."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from benchmark.spec import RunSpec
from benchmark.sweep.plan import Planned, Sweep
from benchmark.workspace import lock_file, write_json
from protocols.world import World

State = Literal["done", "running", "failed", "waiting"]


@dataclass(frozen=True)
class Entry:
    """One run of a sweep with its place in the results folder."""

    planned: Planned
    spec: RunSpec
    results: Path

    @property
    def final(self) -> Path:
        """The run's directory once it is done."""
        return self.spec.folder(self.results)

    @property
    def note(self) -> Path:
        """Where a failure is noted; gone when the run is started again."""
        return self.final.parent / f".{self.final.name}.failed.json"

    @property
    def log(self) -> Path:
        """What the run printed, appended over its attempts."""
        return self.results / "sweeps" / "logs" / (self.spec.id.replace("/", ".") + ".log")

    def state(self) -> State:
        """Where the run stands now."""
        if (self.final / "run.json").exists():
            return "done"
        if self.held():
            return "running"
        return "failed" if self.note.exists() else "waiting"

    def held(self) -> bool:
        """True while a live process works on the run (an operating system's lock: a dead holder holds nothing)."""
        file = lock_file(self.final)
        if not file.exists():
            return False
        try:
            with FileLock(file, timeout=0):
                return False
        except Timeout:
            return True

    def reason(self) -> str:
        """Why it failed: the last line that it printed."""
        try:
            return str(json.loads(self.note.read_bytes())["reason"])
        except (OSError, ValueError, KeyError):
            return ""

    def fail(self, code: int, reason: str) -> None:
        """Note a failure."""
        self.note.parent.mkdir(parents=True, exist_ok=True)
        write_json(self.note, {"code": code, "reason": reason})


def entries(sweep: Sweep, world: World, results: Path) -> list[Entry]:
    """Every run of a sweep, resolved. Raises `InputError` for the first that cannot be."""
    return [Entry(run, run.spec(world), results) for run in sweep.runs]


def last_line(log: Path) -> str:
    """The last line with anything on it, read from the end of a log of any size."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 20_000))
            lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    return lines[-1].strip()[:500] if lines else ""


def tally(every: Sequence[Entry]) -> dict[State, list[Entry]]:
    """The entries by state."""
    found: dict[State, list[Entry]] = {"done": [], "running": [], "failed": [], "waiting": []}
    for entry in every:
        found[entry.state()].append(entry)
    return found
