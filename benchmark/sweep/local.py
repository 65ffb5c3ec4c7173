"""Runs of a sweep on this machine: a process each, bounded by cores, accelerators and memory.

One loop starts what fits and looks at what runs; there are no threads. Several sweeps on one results folder, on one
machine or many, share the work: a run belongs to who holds its lock, and the others wait for it or take over.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.running.machine import cores
from benchmark.running.workspace import held
from benchmark.sweep.attempt import Worker
from benchmark.sweep.plan import Resources
from benchmark.sweep.state import SweepRun
from protocols.errors import InputError
from protocols.progress import Progress

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Share:
    """A part of the machine."""

    cpus: int
    gpus: tuple[str, ...]
    memory_gb: float


class Budget:
    """What the machine has left. A run that wants more cores or memory than there are gets the machine for itself."""

    def __init__(self, cpus: int, gpus: Sequence[str], memory_gb: float) -> None:
        self._all = Share(cpus, tuple(gpus), memory_gb)
        self._cpus, self._gpus, self._memory = cpus, list(gpus), memory_gb

    def take(self, need: Resources) -> Share | None:
        """A share for a run, or None while it does not fit."""
        cpus = min(need.cpus * need.processes, self._all.cpus)
        memory = min(need.memory_gb, self._all.memory_gb)
        if cpus > self._cpus or need.gpus > len(self._gpus) or memory > self._memory + 1e-6:
            return None
        self._cpus -= cpus
        self._memory -= memory
        return Share(cpus, tuple(self._gpus.pop(0) for _ in range(need.gpus)), memory)

    def give(self, share: Share) -> None:
        """Take a share back."""
        self._cpus += share.cpus
        self._gpus += share.gpus
        self._memory += share.memory_gb

    def check(self, todo: Sequence[SweepRun]) -> None:
        """Raise `InputError` for a run that can never start here."""
        for entry in todo:
            need = entry.planned.resources
            if need.gpus > len(self._all.gpus):
                raise InputError(
                    f"{entry.planned.title} needs {need.gpus} GPUs and {len(self._all.gpus)} are visible here: "
                    "use --engine slurm, change its resources in the sweep's file, or ask for --device cpu"
                )


def run_all(
    todo: Sequence[SweepRun], options: Sequence[str], budget: Budget, say: Callable[[str], None] = print
) -> dict[SweepRun, str]:
    """Run what is not done, and return what failed, with the reason.

    `options` are words that every run gets (`--world`, `--config`, `--results`). Interrupting stops the runs; what
    they have finished stays, and the same sweep goes on from there.
    """
    budget.check(todo)
    desk = _Desk(list(todo), options, budget)
    with Progress("runs", len(todo)) as progress:
        try:
            while desk.open:
                ended = desk.turn()
                for line in ended:
                    say(line)
                    progress.advance()
                if not ended:
                    progress.advance(0)
                    time.sleep(POLL_SECONDS)
        except BaseException:
            desk.stop()
            raise
    return desk.failed


class _Desk:
    """The runs of a sweep by what is done about them: waiting for room, running here, or at work elsewhere."""

    def __init__(self, waiting: list[SweepRun], options: Sequence[str], budget: Budget) -> None:
        self._waiting, self._options, self._budget = waiting, options, budget
        self._running: dict[SweepRun, tuple[Worker, Share]] = {}
        self._elsewhere: list[SweepRun] = []
        self.failed: dict[SweepRun, str] = {}

    @property
    def open(self) -> bool:
        return bool(self._waiting or self._running or self._elsewhere)

    def turn(self) -> list[str]:
        """Look at everything once; a line for people for each run that ended."""
        ended = [*self._gather(), *self._revisit()]
        for entry in list(self._waiting):
            if entry.spec.training in {other.spec.training for other in self._running}:
                continue  # that run trains the model that this one takes up
            share = self._budget.take(entry.planned.resources)
            if share is None:
                continue
            self._waiting.remove(entry)
            if entry.done:
                ended.append(_line("done", entry, "by another sweep"))
            elif held(entry.final):
                self._elsewhere.append(entry)
            else:
                self._running[entry] = (entry.attempt(self._options).start(_surroundings(entry, share)), share)
                continue
            self._budget.give(share)
        return ended

    def _gather(self) -> list[str]:
        found = []
        for entry, (worker, share) in list(self._running.items()):
            if not worker.ended():
                continue
            del self._running[entry]
            self._budget.give(share)
            verdict = worker.verdict()
            if verdict == "busy":
                self._elsewhere.append(entry)
                continue
            if verdict == "failed":
                self.failed[entry] = worker.reason
            found.append(_line(verdict, entry, worker.reason or worker.last_line()))
        return found

    def _revisit(self) -> list[str]:
        """What other processes worked on and no longer do: done, failed there, or left behind by a dead one."""
        found = []
        for entry in [e for e in self._elsewhere if not held(e.final)]:
            self._elsewhere.remove(entry)
            if not entry.done and entry.note.exists():
                self.failed[entry] = f"in another sweep: {entry.reason()}"
                found.append(_line("failed", entry, self.failed[entry]))
            else:
                self._waiting.insert(0, entry)
        return found

    def stop(self) -> None:
        for worker, _ in self._running.values():
            worker.stop()


def _surroundings(entry: SweepRun, share: Share) -> dict[str, str]:
    on_cpu = entry.planned.resources.processes > 1 and not share.gpus
    return {"CUDA_VISIBLE_DEVICES": ",".join(share.gpus)} | ({"ACCELERATE_USE_CPU": "true"} if on_cpu else {})


def _line(verdict: str, entry: SweepRun, text: str) -> str:
    return f"  {verdict if verdict == 'done' else 'FAILED':8} {entry.planned.title:40} {text}"


def this_machine(jobs: int | None) -> Budget:
    """Cores (or `jobs`), visible accelerators and four fifths of the memory that this process may use."""
    return Budget(jobs or cores(), _accelerators(), 0.8 * _memory() / 2**30)


def _memory() -> float:
    installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(installed, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):  # no such file, or `max`
        return installed


def _accelerators() -> list[str]:
    if (given := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [name for name in given.split(",") if name.strip() and name.strip() != "-1"]
    return [str(i) for i in range(len(list(Path("/proc/driver/nvidia/gpus").glob("*"))))]
