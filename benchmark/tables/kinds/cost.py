"""`table cost`: what runs took."""

from __future__ import annotations

from benchmark.tables.collect import Choice, Entry, World
from benchmark.tables.measured import subsets
from benchmark.tables.model import Cell, Column, Row, Table
from benchmark.tables.registry import register


@register("cost", about="seconds and memory")
def cost(world: World, choice: Choice) -> list[Table]:
    """Seconds and memory per method and stage, means over seeds: a table per protocol."""
    return [_cost(world, protocol, world.of_protocol(protocol, choice)) for protocol in world.protocols(choice)]


def _cost(world: World, protocol: str, entries: list[Entry]) -> Table:
    stages = list(dict.fromkeys(stage for e in entries for run in e.runs for stage in run.stages))
    units = (("CPU s", "cpu_s"), ("GPU s", "gpu_s"), ("wall s", "wall_s"), ("peak MiB", "peak_mb"))
    rows = [
        Row(
            entry.title,
            tuple(_cost_cell(entry, stage, key) for stage in stages for _, key in units),
            (f"on {_hardware(entry)}", *(run.fault for run in entry.runs if run.fault is not None), *entry.notes),
            key=entry.method,
        )
        for entry in entries
    ]
    return Table(
        name="cost",
        caption=f"Cost per run, {world.title(protocol)}. {world.caption}"
        + subsets(run for entry in entries for run in entry.runs),
        stub="Method",
        columns=tuple(Column(title, stage) for stage in stages for title, _ in units),
        rows=tuple(rows),
        notes=("Means over seeds. Attempts that were killed are not counted.",),
        world=world.name,
        protocol=protocol,
    )


def _hardware(entry: Entry) -> str:
    named = [str(value) for run in entry.runs for value in run.hardware.values() if isinstance(value, str)]
    return ", ".join(dict.fromkeys(named)) or "unknown hardware"


def _cost_cell(entry: Entry, stage: str, key: str) -> Cell:
    if not all(stage in run.stages for run in entry.runs):
        return Cell()
    values = [getattr(run.stages[stage], key) for run in entry.runs]
    mean = sum(values) / len(values)
    return Cell(f"{mean:.0f}" if key == "peak_mb" else f"{mean:.2f}", mean)
