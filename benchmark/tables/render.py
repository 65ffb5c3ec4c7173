"""A table in a format: `text`, `markdown`, `latex`, `csv`, `html` or `json`.

Every word that came from outside (titles, worlds, run names) is made printable first, then escaped for its format.
Text is laid out here: importing a layout package costs as much time as reading 300 runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.tables.model import LEGEND, Cell, Row, Table
from benchmark.untrusted import printable

FORMATS = ("text", "markdown", "latex", "csv", "html", "json")
_MARKS = {"": "", "best": "*", "second": "+"}
_LEGEND = "* best, + second best {}; oracle rows do not compete with others, published rows only among themselves."


def render(tables: Sequence[Table], form: str) -> str:
    """All tables in one text that ends with a line feed."""
    if form == "text":
        return "\n".join(map(_text, tables))
    if form == "markdown":
        return "\n".join(map(_markdown, tables))
    if form == "latex":
        from benchmark.tables.latex import latex

        return latex(tables)
    if form == "html":
        from benchmark.tables.html import page

        return page(tables)
    from benchmark.tables.data import as_csv, as_json

    return as_csv(tables) if form == "csv" else as_json(tables)


def _text(table: Table) -> str:
    """For a screen: columns aligned, `*` and `+` for best and second."""
    letters = table.letters()

    def shown(cell: Cell) -> str:
        return printable(cell.text) + _MARKS[cell.mark] + table.refs(cell.notes, " [{}]")

    first = [printable(row.title) + table.refs(row.notes, " [{}]") for row in table.rows]
    body = [[shown(cell) for cell in row.cells] for row in table.rows]
    heads = [printable(column.title) for column in table.columns]
    widths = [max([len(head), *(len(line[i]) for line in body)]) for i, head in enumerate(heads)]
    at = 0
    for group, span in table.groups():  # a long group title widens the last of its columns
        widths[at + span - 1] += max(0, len(group) - sum(widths[at : at + span]) - 2 * (span - 1))
        at += span
    left = max(len(table.stub), *map(len, first), 0) if first else len(table.stub)
    lines = [printable(table.caption), ""]
    if any(column.group for column in table.columns):
        lines.append("  ".join([" " * left, *_group_heads(table, widths)]).rstrip())
    lines.append("  ".join([table.stub.ljust(left), *(head.rjust(w) for head, w in zip(heads, widths, strict=True))]))
    lines.append("-" * max(map(len, lines[2:])))
    for title, line in zip(first, body, strict=True):
        lines.append("  ".join([title.ljust(left), *(c.rjust(w) for c, w in zip(line, widths, strict=True))]).rstrip())
    lines.append("")
    lines += [f"[{letter}] {printable(note)}" for note, letter in letters.items()]
    lines += [printable(note) for note in table.footnotes(_LEGEND)]
    return "\n".join(lines) + "\n"


def _group_heads(table: Table, widths: Sequence[int]) -> list[str]:
    heads, at = [], 0
    for group, span in table.groups():
        heads.append(printable(group).rjust(sum(widths[at : at + span]) + 2 * (span - 1)))
        at += span
    return heads


def _markdown(table: Table) -> str:
    """A pipe table; bold and underlined as the paper's."""
    letters = table.letters()

    def line(title: str, cells: Sequence[str]) -> str:
        return "| " + " | ".join([title, *cells]) + " |"

    def cell(one: Cell) -> str:
        text = markdown(one.text)
        text = f"**{text}**" if one.mark == "best" else f"<u>{text}</u>" if one.mark == "second" else text
        return text + table.refs(one.notes, "<sup>{}</sup>")

    def title(row: Row) -> str:
        text = markdown(row.title)
        return (f"*{text}*" if row.published else text) + table.refs(row.notes, "<sup>{}</sup>")

    heads = [markdown(f"{c.group} {c.title}".strip()) for c in table.columns]
    lines = [f"**{markdown(table.caption)}**", "", line(markdown(table.stub), heads)]
    lines.append(line(":---", ["---:"] * len(table.columns)))
    lines += [line(title(row), [cell(one) for one in row.cells]) for row in table.rows]
    notes = [f"<sup>{letter}</sup> {markdown(note)}" for note, letter in letters.items()]
    notes += [markdown(note) for note in table.footnotes(LEGEND)]
    return "\n".join(lines) + "\n\n" + "  \n".join(notes) + "\n"


def markdown(text: str) -> str:
    """Text in which Markdown and the HTML inside it find nothing to interpret."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join("\\" + c if c in "\\`*_{}[]()#+!|~$" else c for c in text)
