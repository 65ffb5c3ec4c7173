"""`table seeds`: how much one method's HTER varies."""

from __future__ import annotations

from benchmark.tables.collect import Choice, Entry, World
from benchmark.tables.measured import provenance, remarks, spread
from benchmark.tables.model import Cell, Column, Row, Table, percent
from benchmark.tables.registry import register

HEADS = ("mean", "std", "n")


@register("seeds", about="mean and standard deviation over seeds")
def seeds(world: World, choice: Choice) -> list[Table]:
    """Mean, sample standard deviation (ddof 1) and number of seeds of every method's HTER."""
    protocols = world.protocols(choice)
    methods = {entry.method: entry.title for p in protocols for entry in world.of_protocol(p, choice)}
    rows = [
        Row(
            title,
            tuple(cell for p in protocols for cell in _seed_cells(world.entries.get((method, p)), choice)),
            key=method,
        )
        for method, title in methods.items()
    ]
    columns = tuple(Column(head, world.title(p)) for p in protocols for head in HEADS)
    every = [m for p in protocols for entry in world.of_protocol(p, choice) for m in entry.measure(choice)]
    return [
        Table(
            name="seeds",
            caption=f"HTER over seeds, in %. {world.caption}{remarks(every)}",
            stub="Method",
            columns=columns,
            rows=tuple(rows),
            notes=("std: sample standard deviation (n - 1); a dash for one seed. Nothing is averaged over a gap.",),
            world=world.name,
        )
    ]


def _seed_cells(entry: Entry | None, choice: Choice) -> list[Cell]:
    if entry is None:
        return [Cell() for _ in HEADS]
    measured = entry.measure(choice)
    found = spread(measured, lambda o: o.hter)
    runs = tuple(provenance(m) for m in measured)
    reasons = [m.why for m in measured if m.why]
    notes = tuple(dict.fromkeys([*reasons, *(n for m in measured for n in m.notes), *entry.notes]))
    if found is None:
        return [Cell(runs=runs), Cell(runs=runs), Cell(str(len(measured)), len(measured), notes=notes)]
    seeds = tuple(("seed", m.run.seed) for m in measured)
    return [
        Cell(percent(found.mean), found.mean, runs=runs),
        Cell(percent(found.std), found.std, runs=runs),
        Cell(str(found.n), found.n, notes=notes, facts=seeds[:1]),
    ]
