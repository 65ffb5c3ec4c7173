"""A table before it has a format: cells that know their runs, rows, footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

DASH = "–"
_HINT = re.compile(r" \(see `[^()]*\)")
Mark = Literal["", "best", "second"]
Rank = Literal["", "least", "greatest"]
LEGEND = (
    "Bold: best; underlined: second best {}. Oracle rows do not compete with others, published rows only among "
    "themselves."
)
"""Of the marks, where bold and underlined can be had; `Table.footnotes` says of which columns."""


@dataclass(frozen=True)
class Cell:
    """One figure. `value` is the number behind `text` (a fraction for rates), None where there is none.

    `runs` are facts about the runs that it comes from (`collect.provenance`), `facts` what else JSON should hold.
    """

    text: str = DASH
    value: float | str | None = None
    mark: Mark = ""
    notes: tuple[str, ...] = ()
    runs: tuple[dict[str, object], ...] = ()
    facts: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Column:
    """A column and, in a head of two lines, what it belongs to.

    Attributes:
        name: of the metric that it holds (`benchmark.tables.metric`), empty for any other figure.
        protocol: the protocol whose runs fill it; empty where all or none do.
        rank: which values are marked best and second best; empty for none.
    """

    title: str
    group: str = ""
    name: str = ""
    protocol: str = ""
    rank: Rank = ""


@dataclass(frozen=True)
class Row:
    """A row. `published` marks figures that were printed elsewhere and not measured here; `key` is a method's name."""

    title: str
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    published: bool = False
    key: str = ""


@dataclass(frozen=True)
class Table:
    """A whole table. `notes` belong to all of it; those of rows and cells get letters in order of appearance.

    `protocol`: the one that it is about, empty for a table of several.
    """

    name: str
    caption: str
    stub: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    world: str | None = None
    protocol: str = ""

    def letters(self) -> dict[str, str]:
        """Footnote text -> its letter."""
        return self._letters

    @cached_property
    def _letters(self) -> dict[str, str]:
        by_row = ((*row.notes, *(note for cell in row.cells for note in cell.notes)) for row in self.rows)
        every = dict.fromkeys(note for notes in by_row for note in notes)
        return {note: _letter(i) for i, note in enumerate(every)}

    def refs(self, notes: Sequence[str], form: str) -> str:
        """The letters of some notes, in order, in a form such as ` [{}]`; nothing where there are none."""
        letters = self.letters()
        return form.format(",".join(sorted({letters[note] for note in notes}, key=_order))) if notes else ""

    def said(self) -> list[str]:
        """Every note of the table, its rows and its cells."""
        return [*self.notes, *self.letters()]

    def cells(self, row: Row, title: str) -> tuple[Cell, ...]:
        """A row's cells below a column's title, one for each group that has such a column."""
        return tuple(cell for cell, column in zip(row.cells, self.columns, strict=True) if column.title == title)

    def cell(self, row: Row, title: str, group: str | None = None) -> Cell:
        """A row's cell below a column's title, of the first group or of the one that is named. Raises KeyError."""
        for cell, column in zip(row.cells, self.columns, strict=True):
            if column.title == title and group in (None, column.group):
                return cell
        raise KeyError(title)

    def protocols(self) -> tuple[str, ...]:
        """The protocols that its columns are about, each once."""
        return tuple(dict.fromkeys(column.protocol for column in self.columns if column.protocol))

    def noted(self, *notes: str) -> Table:
        """The table with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    def marked(self) -> list[str]:
        """The titles of the columns in which a cell is marked best or second."""
        pairs = [pair for row in self.rows for pair in zip(self.columns, row.cells, strict=True)]
        return list(dict.fromkeys(column.title for column, cell in pairs if cell.mark))

    def footnotes(self, legend: str) -> list[str]:
        """The notes of the whole table and the legend of its marks, if it has any; not the lettered ones."""
        titles = self.marked()
        return [*self.notes, *([legend.format(" and ".join(titles))] if titles else [])]

    def groups(self) -> list[tuple[str, int]]:
        """The upper line of the head: (group, how many columns it spans), in order."""
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return spans


def without_commands(note: str) -> str:
    """A note as a paper prints it: without where to look on the command line. Such hints read `(see ...)`."""
    return _HINT.sub("", note)


def percent(value: float | None) -> str:
    """A fraction in %, two decimals as in the paper; a dash for None."""
    return DASH if value is None else f"{100 * value:.2f}"


def between(interval: tuple[float, float] | None) -> str:
    """The bounds of an interval in %; a dash for None."""
    return DASH if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def rank(rows: Sequence[Row], column: int, order: Rank = "least", skip: Iterable[int] = ()) -> list[Row]:
    """Mark the best and second best value of a column, equals alike. Rows in `skip` do not compete."""
    left_out = set(skip)
    values = {
        i: value
        for i, row in enumerate(rows)
        if i not in left_out and isinstance(value := row.cells[column].value, (int, float))
    }
    first = sorted(set(values.values()), reverse=order == "greatest")[:2]
    marks: dict[float, Mark] = dict(zip(first, ("best", "second"), strict=False))
    return [
        replace(row, cells=_with_mark(row.cells, column, marks.get(values[i], ""))) if i in values else row
        for i, row in enumerate(rows)
    ]


def _with_mark(cells: tuple[Cell, ...], column: int, mark: Mark) -> tuple[Cell, ...]:
    return tuple(replace(cell, mark=mark) if i == column else cell for i, cell in enumerate(cells))


def _order(letter: str) -> tuple[int, str]:
    return len(letter), letter


def _letter(number: int) -> str:
    rest, last = divmod(number, 26)
    return (_letter(rest - 1) if rest else "") + "abcdefghijklmnopqrstuvwxyz"[last]
