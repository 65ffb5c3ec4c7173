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
    builders = {kind: _builder(kind) for kind in kinds}
    return [
        replace(table, notes=(*table.notes, *world.coverage(_of_table(kind, table, choice))))
        for world in worlds
        for kind, build in builders.items()
        for table in build(world, choice)
    ]


def with_columns(kinds: Sequence[str], choice: Choice) -> tuple[str, ...]:
    """Those of the paper's tables that print a protocol asked for; Table 1, which prints any, where none does."""
    from benchmark.tables.published import protocols

    asked = () if choice.suite else choice.protocols
    return tuple(kind for kind in kinds if set(protocols(kind)) & set(asked)) or ("1",)


def _of_table(kind: str, table: Table, choice: Choice) -> Choice:
    """The choice cut down to the protocols that a table shows."""
    from benchmark.tables.paper import columns

    if table.protocol:
        return replace(choice, protocols=(table.protocol,))
    return replace(choice, protocols=tuple(columns(kind, choice))) if kind in PAPER else choice


def printed(kinds: Sequence[str], worlds: Sequence[World], choice: Choice) -> str:
    """Tables for a screen, and how to fill them."""
    from benchmark.tables.render import render

    text, how = render(tables_of(kinds, worlds, choice), "text"), how_to_fill(kinds, worlds, choice)
    return f"{text}\n{how}\n" if how else text


def how_to_fill(kinds: Sequence[str], worlds: Sequence[World], choice: Choice) -> str:
    """One line for the dashes of Tables 1 to 3 that stand for runs not made yet; empty where there is none."""
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
    if choice.suite:
        every = f"python -m benchmark run --method {method} --protocol {choice.suite.name}{where}"
    missing_runs = len({(world.name, *gap) for world, *gap in gaps})
    rest = (
        ""
        if choice.protocols and not choice.suite
        else f", `{every}` all" + (" of this method" if choice.suite else "")
    )
    return f"{DASH}: no run yet, {missing_runs} missing: {demo}`{one}` makes one{rest}"


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
