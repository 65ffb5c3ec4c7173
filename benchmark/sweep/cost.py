"""What a sweep will cost: from runs that were recorded, else from the sweep's own stated hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

from benchmark.results.runs import Run
from benchmark.sweep.state import Entry


@dataclass(frozen=True)
class Estimate:
    """One run's expected cost. `recorded` is the number of runs it was worked out from; 0 = the stated hours."""

    cpu_hours: float
    gpu_hours: float
    memory_gb: float
    disk_mb: float
    recorded: int


def estimates(todo: Sequence[Entry], finished: Iterable[Run]) -> list[Estimate]:
    """An estimate per run, from the mean of the finished runs of the same method and preset."""
    known: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in finished:
        known[run.method, run.preset].append(run)
    return [_estimate(entry, known[entry.spec.method.name, entry.spec.preset]) for entry in todo]


def _estimate(entry: Entry, seen: Sequence[Run]) -> Estimate:
    need = entry.planned.resources
    stages = [run.stages.values() for run in seen if run.stages]
    if not stages:
        cores = need.cpus * need.processes
        return Estimate(need.hours * cores, need.hours * need.gpus, need.memory_gb, 0.0, 0)
    return Estimate(
        cpu_hours=mean(sum(s.cpu_s for s in run) for run in stages) / 3600,
        gpu_hours=mean(sum(s.gpu_s for s in run) for run in stages) * max(1, need.gpus) / 3600,
        memory_gb=max(max(s.peak_mb for s in run) for run in stages) / 1024,
        disk_mb=mean(sum(f.stat().st_size for f in run.path.rglob("*") if f.is_file()) for run in seen) / 2**20,
        recorded=len(stages),
    )
