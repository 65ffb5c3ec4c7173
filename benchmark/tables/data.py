"""CSV and JSON: values as numbers (rates as fractions), with the runs behind every cell in JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from benchmark.results.shape import encode
from benchmark.tables.model import Cell, Table
from benchmark.untrusted import printable

DIGITS = 8
"""Significant digits of a fraction in CSV: more than any count of presentations gives, and no trace of binary."""


def as_csv(tables: Sequence[Table]) -> str:
    """One head and body per table, an empty line between; undefined cells are empty.

    Notes of a row stand in it, those of the whole table once, in a last line that is called `notes`. A text that a
    spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for number, table in enumerate(tables):
        if number:
            out.write("\n")
        heads = [f"{c.group} {c.title}".strip() for c in table.columns]
        writer.writerow(["table", "world", _safe(table.stub), *map(_safe, heads), "published", "notes"])
        for row in table.rows:
            notes = dict.fromkeys([*row.notes, *(note for cell in row.cells for note in cell.notes)])
            values = [_value(cell) for cell in row.cells]
            start = [table.name, _safe(table.world or ""), _safe(row.title)]
            writer.writerow([*start, *values, "yes" if row.published else "no", _safe("; ".join(notes))])
        if table.notes:
            blank = [""] * (len(heads) + 1)
            writer.writerow([table.name, _safe(table.world or ""), "notes", *blank, _safe(" ".join(table.notes))])
    return out.getvalue()


def as_json(tables: Sequence[Table]) -> str:
    """`{"tables": [{name, world, caption, columns, rows: [{..., cells: [{value, text, runs, ...}]}], notes}]}`."""
    return json.dumps({"tables": [encode(_table(table)) for table in tables]}, indent=1, allow_nan=False) + "\n"


def _table(table: Table) -> dict[str, object]:
    return {
        "name": table.name,
        "world": table.world,
        "protocol": table.protocol or None,
        "caption": table.caption,
        "columns": [
            {"title": c.title, "group": c.group, "name": c.name or None, "protocol": c.protocol or None}
            for c in table.columns
        ],
        "rows": [
            {
                "title": row.title,
                "method": row.key or None,
                "published": row.published,
                "notes": list(row.notes),
                "cells": [_cell(cell) for cell in row.cells],
            }
            for row in table.rows
        ],
        "notes": list(table.notes),
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {
        "value": cell.value,
        "text": cell.text,
        "mark": cell.mark or None,
        "notes": list(cell.notes),
        **dict(cell.facts),
        "runs": list(cell.runs),
    }


def _value(cell: Cell) -> float | str:
    if cell.value is None:
        return ""
    if isinstance(cell.value, str):
        return _safe(cell.value)
    return float(f"{cell.value:.{DIGITS}g}") if isinstance(cell.value, float) else cell.value


def _safe(text: str) -> str:
    text = printable(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
