"""Table 2: the language model as it comes, taught by examples, and taught by reinforcement."""

from __future__ import annotations

from functools import partial

from benchmark.tables.collect import Choice, World
from benchmark.tables.model import Table
from benchmark.tables.paper import missing, paper_table
from benchmark.tables.registry import register


@register(
    "2",
    about="supervised against reinforcement fine-tuning",
    published=True,
    columns=True,
    suite=False,
    gaps=partial(missing, "2"),
)
def fine_tuning(world: World, choice: Choice) -> list[Table]:
    """The paper's three rows."""
    return [paper_table("2", "Supervised against reinforcement fine-tuning", world, choice)]
