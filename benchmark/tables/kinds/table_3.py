"""Table 3: the paper's method without one of its rewards."""

from __future__ import annotations

from functools import partial

from benchmark.tables.collect import Choice, World
from benchmark.tables.improvement import gains, in_words, increases
from benchmark.tables.model import Table
from benchmark.tables.paper import missing, paper_table
from benchmark.tables.registry import register

WHOLE = "grpo"


@register(
    "3",
    about="rewards left out",
    published=True,
    columns=True,
    suite=False,
    gaps=partial(missing, "3"),
)
def ablation(world: World, choice: Choice) -> list[Table]:
    """The paper's rows, and by how much each reward matters."""
    table = paper_table("3", "Rewards left out, one at a time", world, choice)
    notes = [*gains(table), *increases(table, WHOLE)]
    return [table.noted(*notes, *(in_words("3", table.protocols()) if choice.published else ()))]
