"""What has become of each run of a sweep, read from the results folder alone: no database, no daemon."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from benchmark.results.runs import Run
from benchmark.running.runner import used
from benchmark.running.spec import RunSpec
from benchmark.running.stale import Today
from benchmark.running.workspace import held, progress_file
from benchmark.sweep.attempt import Attempt, command, last_line
from benchmark.sweep.plan import Planned, Sweep
from protocols.errors import DamagedError, InputError
from protocols.progress import LINE_EVERY, duration
from protocols.world import World

State = Literal["done", "running", "failed", "waiting"]


@dataclass(frozen=True)
class SweepRun:
    """One run of a sweep with its place in the results folder.

    `outdated` is the time of change (ns) of a record that stands there but was made from other data than lie there now.
    """

    planned: Planned
    spec: RunSpec
    results: Path
    outdated: int | None = None

    def __hash__(self) -> int:
        return hash(self.spec.id)

    @cached_property
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

    @property
    def done(self) -> bool:
        """True once the run stands."""
        try:
            return (self.final / "run.json").stat().st_mtime_ns != self.outdated
        except FileNotFoundError:
            return False

    def state(self) -> State:
        """Where the run stands now."""
        if self.done:
            return "done"
        if held(self.final):
            return "running"
        return "failed" if self.note.exists() else "waiting"

    def reason(self) -> str:
        """Why it failed; "" where no failure is noted."""
        try:
            return str(json.loads(self.note.read_bytes())["reason"])
        except (OSError, ValueError, KeyError):
            return ""

    def said(self) -> str:
        """The last line of its log."""
        return last_line(self.log)

    def at(self) -> str:
        """How far it is while it runs: step, rate and time to go where it is in a loop, else what it said last."""
        note = progress_file(self.final)
        try:
            text, age = note.read_text(), time.time() - note.stat().st_mtime
        except OSError:
            return self.said()
        return f"{text} ({duration(age)} ago)" if age > LINE_EVERY else text

    def attempt(self, options: Sequence[str]) -> Attempt:
        """A process that makes the run; `options` are words that every run of a sweep gets."""
        words = command([*self.planned.words(), *options], self.planned.resources)
        return Attempt(words, self.final.resolve(), self.log.resolve(), self.note.resolve(), Path.cwd())


def entries(sweep: Sweep, world: World, results: Path) -> list[SweepRun]:
    """Every run of a sweep, resolved; what comes to the same run in other words (a setting's default) stands once.

    Raises `InputError` for the first that cannot be resolved.
    """
    found: dict[str, SweepRun] = {}
    for run in sweep.runs:
        try:
            spec = run.spec(world)
        except InputError as error:
            raise InputError(f"sweep {sweep.name}, run {run.title}: {error}") from error
        found.setdefault(spec.id, SweepRun(run, spec, results))
    return list(found.values())


def tally(every: Sequence[SweepRun]) -> dict[State, list[SweepRun]]:
    """The entries by state."""
    found: dict[State, list[SweepRun]] = {"done": [], "running": [], "failed": [], "waiting": []}
    for entry in every:
        found[entry.state()].append(entry)
    return found


def outdated(done: Sequence[SweepRun], world: World, workers: int) -> dict[SweepRun, str]:
    """Runs that stand but were made from other data than lie there now, as not done, and what has changed."""
    today = Today(world, workers)
    found = {}
    for entry in done:
        try:
            run = Run.open(entry.final)
            verdict = today.compare(used(entry.spec, run), entry.spec.recipe, run.listed)
        except DamagedError:
            continue  # the tables name it
        if verdict.changed:
            made = (entry.final / "run.json").stat().st_mtime_ns
            found[replace(entry, outdated=made)] = "; ".join(verdict.changed)
    return found
