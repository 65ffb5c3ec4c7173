"""Every table by its name: built from worlds of finished runs, with a line on what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmark.tables.registry import TABLES

if TYPE_CHECKING:
    from benchmark.tables.collect import Choice, World
    from benchmark.tables.model import Table


def tables_of(kinds: Sequence[str], worlds: Sequence[World], choice: Choice) -> list[Table]:
    """The tables of some kinds for every world, one world after the other."""
    found = [TABLES.named(kind) for kind in kinds]
    return [
        replace(table, notes=(*table.notes, *world.coverage(_of_table(table, choice))))
        for world in worlds
        for kind in found
        for table in kind.build(world, choice)
    ]


def with_columns(kinds: Sequence[str], choice: Choice) -> tuple[str, ...]:
    """Those of the paper's tables that print a protocol asked for; Table 1, which prints any, where none does."""
    from benchmark.tables.published import protocols

    asked = () if choice.suite else choice.protocols
    return tuple(kind for kind in kinds if set(protocols(kind)) & set(asked)) or ("1",)


def _of_table(table: Table, choice: Choice) -> Choice:
    """The choice cut down to the protocols that a table shows."""
    shown = (table.protocol,) if table.protocol else table.protocols()
    return replace(choice, protocols=shown) if shown else choice


def printed(kinds: Sequence[str], worlds: Sequence[World], choice: Choice) -> str:
    """Tables for a screen, and how to fill them."""
    from benchmark.tables.render import render

    text, how = render(tables_of(kinds, worlds, choice), "text"), how_to_fill(kinds, worlds, choice)
    return f"{text}\n{how}\n" if how else text


def how_to_fill(kinds: Sequence[str], worlds: Sequence[World], choice: Choice) -> str:
    """One line for the dashes that stand for runs not made yet; empty where there is none."""
    from benchmark.tables.model import DASH

    listed = [kind.gaps for kind in map(TABLES.named, kinds) if kind.gaps is not None]
    gaps = [(world, *gap) for world in worlds for each in listed for gap in each(world, choice)]
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
