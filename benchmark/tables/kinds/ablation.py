"""Table 3: the paper's method without one of its rewards."""

from __future__ import annotations

from functools import partial

from benchmark.tables.collect import Choice, World
from benchmark.tables.model import Table
from benchmark.tables.paper import missing, paper_table
from benchmark.tables.registry import register


@register(
    "3",
    about="rewards left out",
    published=True,
    columns=True,
    suite=False,
    gaps=partial(missing, "3"),
)
def ablation(world: World, choice: Choice) -> list[Table]:
    """The paper's rows."""
    return [paper_table("3", "Rewards left out, one at a time", world, choice)]
