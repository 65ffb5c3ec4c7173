"""How a sweep stands and what it needs, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmark.results import runs
from benchmark.sweep.cost import estimates
from benchmark.sweep.state import State, SweepRun

Tally = Mapping[State, Sequence[SweepRun]]


def to_do(tally: Tally) -> list[SweepRun]:
    """Every run that is not done."""
    return [entry for name, entries in tally.items() if name != "done" for entry in entries]


def status(title: str, tally: Tally) -> Iterator[str]:
    """How many runs are in which state, then those that run and those that failed."""
    yield f"{title}: " + ", ".join(f"{len(entries)} {name}" for name, entries in tally.items())
    for entry in tally["running"]:
        yield f"  running: {entry.planned.title}  {entry.at()}"
    for entry in tally["failed"]:
        yield f"  failed: {entry.planned.title}  {entry.reason()}  (log: {entry.log})"


def price(title: str, tally: Tally, results: Path) -> Iterator[str]:
    """What the runs that are not done need, one row each and all together."""
    from tabulate import tabulate

    todo = to_do(tally)
    prices = estimates(todo, runs.find(results), tally["done"])
    rows = [
        (
            e.planned.title,
            e.state(),
            "trains" if p.trains else "asks",
            e.planned.resources.cpus * e.planned.resources.processes,
            e.planned.resources.gpus,
            f"{p.memory_gb:.1f}",
            f"{p.cpu_hours:.3f}",
            f"{p.gpu_hours:.2f}",
            f"{p.disk_mb:.1f}" if p.recorded else "",
            f"{p.recorded} runs" if p.recorded else "stated hours",
        )
        for e, p in zip(todo, prices, strict=True)
    ]
    head = ("run", "state", "model", "cores", "GPUs", "GB", "CPU h", "GPU h", "MB on disk", "estimate from")
    trainings = sum(p.trains for p in prices)
    yield f"{title}: {len(tally['done'])} done, {len(todo)} to do: {trainings} train a model, the rest only ask it"
    yield tabulate(rows, headers=head, disable_numparse=True)
    cpu, gpu, disk = (sum(getattr(p, k) for p in prices) for k in ("cpu_hours", "gpu_hours", "disk_mb"))
    yield f"together: {cpu:.2f} CPU hours, {gpu:.1f} GPU hours, {disk / 1024:.2f} GB of results"
