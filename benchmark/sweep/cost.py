"""What a sweep will cost: from runs that were recorded, else from the sweep's own stated hours.

A model is trained once: of the runs that share one, the first bears the training and the others only ask it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

from benchmark.results.records import Stage
from benchmark.results.runs import Run
from benchmark.sweep.state import SweepRun

FIT = "fit"


@dataclass(frozen=True)
class Estimate:
    """One run's expected cost. `recorded` is the number of runs it was worked out from; 0 = the stated hours.
    `trains`: it bears the training of its model."""

    cpu_hours: float
    gpu_hours: float
    memory_gb: float
    disk_mb: float
    recorded: int
    trains: bool = True


def estimates(todo: Sequence[SweepRun], finished: Iterable[Run], done: Iterable[SweepRun] = ()) -> list[Estimate]:
    """An estimate per run, from the mean of the finished runs of the same method and preset; `done`: runs of the sweep
    whose models are there already."""
    known: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in finished:
        known[run.method, run.preset].append(run)
    trained = {entry.spec.training for entry in done}
    found = []
    for entry in todo:
        trains = entry.spec.training not in trained
        trained.add(entry.spec.training)
        found.append(_estimate(entry, known[entry.spec.method.name, entry.spec.preset], trains))
    return found


def _estimate(entry: SweepRun, seen: Sequence[Run], trains: bool) -> Estimate:
    need = entry.planned.resources
    stages = [_borne(run, trains) for run in seen if run.stages]
    if not stages:
        hours = need.hours if trains else min(need.hours, need.answer_hours)
        return Estimate(hours * need.cpus * need.processes, hours * need.gpus, need.memory_gb, 0.0, 0, trains)
    return Estimate(
        cpu_hours=mean(sum(s.cpu_s for s in run) for run in stages) / 3600,
        gpu_hours=mean(sum(s.gpu_s for s in run) for run in stages) * max(1, need.gpus) / 3600,
        memory_gb=max(max((s.peak_mb for s in run), default=0.0) for run in stages) / 1024,
        disk_mb=mean(sum(f.stat().st_size for f in run.path.rglob("*") if f.is_file()) for run in seen) / 2**20,
        recorded=len(stages),
        trains=trains,
    )


def _borne(run: Run, trains: bool) -> list[Stage]:
    """The stages of a recorded run that one like it will have."""
    return [stage for name, stage in run.stages.items() if trains or name != FIT]
