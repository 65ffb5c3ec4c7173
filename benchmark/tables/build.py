"""Every table by its name: built from worlds of finished runs, with a line on what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.tables.collect import Choice, World
    from benchmark.tables.model import Table

PAPER = ("1", "2", "3")
"""The paper's own tables: what is printed where none is named."""
KINDS = {
    "1": "cross-domain evaluation: FRR, FAR, HTER",
    "2": "supervised against reinforcement fine-tuning",
    "3": "rewards left out",
    "species": "APCER per PAI species, maximum, BPCER, non-responses",
    "policies": "every threshold policy, promised against obtained; EER, AUC, BPCER at APCER",
    "significance": "paired differences to one method",
    "seeds": "mean and standard deviation over seeds",
    "cost": "seconds and memory",
    "gap": "in-domain against cross-domain error",
}


def tables_of(kinds: Sequence[str], worlds: Sequence[World], choice: Choice) -> list[Table]:
    """The tables of some kinds for every world, one world after the other."""
    builders = [_builder(kind) for kind in kinds]
    return [
        replace(table, notes=(*table.notes, *world.coverage(choice, table.protocol)))
        for world in worlds
        for build in builders
        for table in build(world, choice)
    ]


def printed(kinds: Sequence[str], worlds: Sequence[World], choice: Choice) -> str:
    """Tables for a screen, and how to fill them."""
    from benchmark.tables.render import render

    text, how = render(tables_of(kinds, worlds, choice), "text"), how_to_fill(kinds, worlds, choice)
    return f"{text}\n{how}\n" if how else text


def how_to_fill(kinds: Sequence[str], worlds: Sequence[World], choice: Choice) -> str:
    """One line for the dashes of the paper's tables that stand for runs not made yet; empty where there is none."""
    from benchmark.tables.model import DASH
    from benchmark.tables.paper import missing

    gaps = [
        (world, *gap) for world in worlds for kind in kinds if kind in PAPER for gap in missing(kind, world, choice)
    ]
    if not gaps:
        return ""
    world, method, protocol = gaps[0]
    where = " --world demo" if world.name == "demo" else ""
    demo = "`python -m benchmark demo` makes some in the demo world, " if world.name is None else ""
    one = f"python -m benchmark run --method {method} --protocol {protocol}{where}"
    every = f"python -m benchmark sweep paper{' --quick' if where else ''}{where}"
    missing_runs = len({(world.name, *gap) for world, *gap in gaps})
    return f"{DASH}: no run yet, {missing_runs} missing: {demo}`{one}` makes one, `{every}` all"


def _builder(kind: str) -> Callable[[World, Choice], list[Table]]:
    if kind in PAPER:
        from benchmark.tables.paper import paper_table

        return lambda world, choice: [paper_table(kind, world, choice)]
    if kind in ("species", "policies"):
        from benchmark.tables import breakdown

        return {"species": breakdown.species_tables, "policies": breakdown.policies_tables}[kind]
    if kind == "gap":
        from benchmark.tables.gap import gap_tables

        return gap_tables
    from benchmark.tables import statistics

    return {
        "significance": statistics.significance_tables,
        "seeds": statistics.seeds_tables,
        "cost": statistics.cost_tables,
    }[kind]
