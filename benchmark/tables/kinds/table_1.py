"""Table 1: every method, trained on one release and tested on another."""

from __future__ import annotations

from functools import partial

from benchmark.tables.collect import Choice, World
from benchmark.tables.improvement import gains, in_words
from benchmark.tables.model import Table
from benchmark.tables.paper import missing, paper_table
from benchmark.tables.registry import register


@register(
    "1", about="cross-domain evaluation: FRR, FAR, HTER", published=True, columns=True, gaps=partial(missing, "1")
)
def cross_domain(world: World, choice: Choice) -> list[Table]:
    """The paper's methods in its order, then all others with runs."""
    table = paper_table("1", "Cross-domain evaluation", world, choice, others=True)
    return [table.noted(*gains(table), *(in_words("1", table.protocols()) if choice.published else ()))]
