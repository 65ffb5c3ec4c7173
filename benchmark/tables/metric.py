"""Metrics by name: what a column of Tables 1 to 3 may hold (`table 1 --columns FRR,FAR,HTER,AUC`).

One function of a measured run each, decorated by `metric`, in `benchmark/tables/columns` or in a package that names it
as an entry point in the group `pad_benchmark.columns`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from benchmark.metrics.significance import over_seeds
from benchmark.results.rates import Rate
from benchmark.tables.model import Cell, Column, Rank, percent
from protocols.registry import Registry

if TYPE_CHECKING:
    from benchmark.results.figures import Bounds
    from benchmark.tables.measured import Measured
    from benchmark.tables.published import Published

    Value = Callable[[Measured], Rate | float | None]
    Interval = Callable[[Measured], Bounds | None]
    Printed = Callable[[Published], str]

V = TypeVar("V", bound="Value")
MAIN = "hter"
"""The metric at which the notes on a run stand, where it is shown."""


@dataclass(frozen=True)
class Metric:
    """A figure of merit of one run.

    Attributes:
        name: what the registry calls it.
        title: what stands above the column.
        about: what it is, for the notes below a table; empty for one that needs no word.
        value: the figure of a run that has outcomes: a fraction, or a rate with its counts; None where it is undefined.
        text: a fraction as it is printed.
        interval: its 95 % interval, where it has one.
        printed: the figure in a published row, in % as printed, where the paper prints it.
        rank: whether the best and the second best are marked, and which is best.
        threshold: whether it depends on the threshold, so that an oracle's does not compete with others.
    """

    name: str
    title: str
    about: str
    value: Value
    text: Callable[[float | None], str] = percent
    interval: Interval | None = None
    printed: Printed | None = None
    rank: Rank = ""
    threshold: bool = True

    def column(self, group: str, protocol: str = "") -> Column:
        """Its column below the title of a protocol."""
        return Column(self.title, group, self.name, protocol, self.rank)

    def cell(
        self, measured: Sequence[Measured], runs: tuple[dict[str, object], ...] = (), notes: tuple[str, ...] = ()
    ) -> Cell:
        """The mean over seeds; of a single run its counts and interval as well. A dash where one seed has no figure."""
        values = [None if m.outcomes is None else self.value(m) for m in measured]
        mean = over_seeds([value.value if isinstance(value, Rate) else value for value in values])
        if mean is None:
            return Cell(runs=runs, notes=notes)
        facts: tuple[tuple[str, object], ...] = ()
        if mean.n > 1:
            facts = (("std", mean.std), ("seeds", mean.n)) if self.rank else ()
        else:
            rate = values[0]
            facts += (("errors", rate.errors), ("n", rate.n)) if isinstance(rate, Rate) else ()
            facts += (("interval", self.interval(measured[0])),) if self.interval else ()
        return Cell(self.text(mean.mean), mean.mean, notes=notes, runs=runs, facts=facts)

    def printed_cell(self, row: Published | None, notes: tuple[str, ...] = ()) -> Cell:
        """The figure of a published row as printed; a dash where the paper prints none."""
        text = "" if row is None or self.printed is None else self.printed(row)
        if not text:
            return Cell(notes=notes)
        return Cell(text, float(text) / 100, notes=notes)


COLUMNS: Registry[Metric] = Registry("column", "benchmark.tables.columns")
"""Every metric, by name."""


def metric(
    name: str,
    title: str = "",
    *,
    about: str = "",
    text: Callable[[float | None], str] = percent,
    interval: Interval | None = None,
    printed: Printed | None = None,
    rank: Rank = "",
    threshold: bool = True,
) -> Callable[[V], V]:
    """Function decorator: makes a metric known as `name` (lower case, hyphens), with `title` (default: the name in
    capitals) above its columns. The other arguments are those of `Metric`.

    Raises ValueError for an odd name, and if another metric already has it.
    """

    def add(value: V) -> V:
        head = title or name.upper()
        made = Metric(name, head, about, value, text, interval, printed, rank, threshold)
        COLUMNS.add(name, made, f"{value.__module__}.{value.__qualname__}")
        return value

    return add


def named(word: str) -> Metric:
    """The metric of a name or a title, as people write them: `AUC`, `tpr-at-fpr-1`, `TPR@FPR=1%`.

    Raises `InputError` with a suggestion for an unknown one.
    """
    plain = _plain(word)
    same = [one for one in COLUMNS.values() if plain in (_plain(one.name), _plain(one.title))] if plain else []
    return same[0] if same else COLUMNS.named(word)


def of_words(words: Iterable[str]) -> tuple[str, ...]:
    """Names of metrics in the order given, each once."""
    return tuple(dict.fromkeys(named(word).name for word in words))


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", word.lower())
