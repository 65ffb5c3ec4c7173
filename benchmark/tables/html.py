"""HTML: one self-contained page, no request to anywhere, light and dark; a cell's tooltip names its runs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as html_escape

from benchmark.tables.model import LEGEND, Cell, Row, Table
from benchmark.untrusted import printable

_SUP = "<sup>{}</sup>"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem; max-width: 80rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; }
caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
th, td { padding: .2rem .6rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th[scope=row], thead th:first-child { text-align: left; font-weight: 400; }
thead tr:last-child th { border-bottom: 1px solid; }
th[scope=colgroup] { text-align: center; }
.published { font-style: italic; opacity: .75; }
.second { text-decoration: underline; }
.best { font-weight: 700; }
.notes { font-size: .85rem; padding-left: 0; list-style: none; max-width: 60rem; }
"""


def escape(text: str) -> str:
    """Text for an element or an attribute in quotes."""
    return html_escape(printable(text), quote=True)


def page(tables: Sequence[Table]) -> str:
    """All tables on one page."""
    title = escape(tables[0].caption.split(":")[0]) if tables else "Tables"
    body = "\n".join(map(fragment, tables))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def fragment(table: Table) -> str:
    """One table and its notes, to stand in any page."""
    letters = table.letters()

    def cell(one: Cell) -> str:
        kind = f' class="{one.mark}"' if one.mark else ""
        return f"<td{kind}{_tooltip(one)}>{escape(one.text)}{table.refs(one.notes, _SUP)}</td>"

    def line(row: Row) -> str:
        kind = ' class="published"' if row.published else ""
        cells = "".join(map(cell, row.cells))
        return f'<tr{kind}><th scope="row">{escape(row.title)}{table.refs(row.notes, _SUP)}</th>{cells}</tr>'

    notes = [f"<li><sup>{letter}</sup> {escape(note)}</li>" for note, letter in letters.items()]
    notes += [f"<li>{escape(note)}</li>" for note in table.footnotes(LEGEND)]
    return "\n".join(
        [
            f'<div class="wide"><table id="{escape(table.name)}">',
            f"<caption>{escape(table.caption)}</caption>",
            "<thead>",
            *_head(table),
            "</thead>",
            "<tbody>",
            *map(line, table.rows),
            "</tbody>",
            "</table></div>",
            '<ul class="notes">',
            *notes,
            "</ul>",
        ]
    )


def _head(table: Table) -> list[str]:
    lines = []
    if any(column.group for column in table.columns):
        groups = "".join(
            f'<th scope="colgroup" colspan="{span}">{escape(group)}</th>' for group, span in table.groups()
        )
        lines.append(f"<tr><td></td>{groups}</tr>")
    heads = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in table.columns)
    return [*lines, f'<tr><th scope="col">{escape(table.stub)}</th>{heads}</tr>']


def _tooltip(cell: Cell) -> str:
    if not cell.runs:
        return ""
    lines = [
        f"{run['id']}, commit {run['commit'] or 'unknown'}{' (dirty)' if run['dirty'] else ''}, "
        f"data {str(run['target_digest'])[:12]}, n {run['bona_fide']} + {run['attack']}, {run['policy']}"
        for run in cell.runs
    ]
    return f' title="{escape("; ".join(lines))}"'
