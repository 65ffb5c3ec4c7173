"""LaTeX: a `table` with booktabs rules, ready to be included; needs only `\\usepackage{booktabs}`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from benchmark.tables.model import LEGEND, Cell, Row, Table, without_commands
from benchmark.untrusted import printable

_SUP = r"\textsuperscript{{{}}}"
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
    "–": "--",
    "\ufffd": "?",
}


_UNSETTABLE = frozenset("«»ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲųſ")
"""Latin letters that LaTeX's default font encoding (OT1) stops at."""


def escape(text: str) -> str:
    """Text that LaTeX sets as it is, with its default fonts; a character that they lack becomes `?`."""
    return "".join(_ESCAPES.get(c, c if ord(c) < 0x180 and c not in _UNSETTABLE else "?") for c in printable(text))


def latex(tables: Sequence[Table]) -> str:
    """All tables, each with a label of its own: a document refers to them by it."""
    used: Counter[str] = Counter()
    texts = []
    for table in tables:
        label = re.sub(r"[^a-z0-9-]+", "-", f"{table.name}-{table.protocol}".lower()).strip("-")
        used[label] += 1
        texts.append(_latex(table, label if used[label] == 1 else f"{label}-{used[label]}"))
    return "\n".join(texts)


def _latex(table: Table, label: str) -> str:
    """One table. Comments name the runs behind each row."""
    letters = table.letters()

    def cell(one: Cell) -> str:
        text = escape(one.text)
        text = (
            rf"\textbf{{{text}}}" if one.mark == "best" else rf"\underline{{{text}}}" if one.mark == "second" else text
        )
        return text + table.refs(one.notes, _SUP)

    def line(row: Row) -> str:
        title = rf"\textit{{{escape(row.title)}}}" if row.published else escape(row.title)
        return " & ".join([title + table.refs(row.notes, _SUP), *map(cell, row.cells)]) + r" \\" + _comment(row)

    caption = re.sub(r"^Table \d\. ", "", table.caption)  # LaTeX numbers its tables
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{escape(caption)}}}"]
    lines += [rf"\label{{tab:{label}}}", rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}", r"\toprule"]
    lines += _group_lines(table)
    lines.append(" & ".join([escape(table.stub), *(escape(c.title) for c in table.columns)]) + r" \\")
    lines += [r"\midrule", *map(line, table.rows), r"\bottomrule", r"\end{tabular}"]
    notes = [rf"\textsuperscript{{{letter}}}~{escape(without_commands(note))}" for note, letter in letters.items()]
    notes += [escape(without_commands(note)) for note in table.footnotes(LEGEND)]
    if notes:
        lines += [r"\par\smallskip", r"\begin{minipage}{\linewidth}\footnotesize", *(rf"{n}\par" for n in notes)]
        lines.append(r"\end{minipage}")
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _group_lines(table: Table) -> list[str]:
    if not any(column.group for column in table.columns):
        return []
    heads, rules, at = [""], [], 2
    for group, span in table.groups():
        heads.append(rf"\multicolumn{{{span}}}{{c}}{{{escape(group)}}}")
        if group:
            rules.append(rf"\cmidrule(lr){{{at}-{at + span - 1}}}")
        at += span
    return [" & ".join(heads) + r" \\", " ".join(rules)]


def _comment(row: Row) -> str:
    runs = {
        f"{run['id']} commit {run['commit'] or 'unknown'}{' (dirty)' if run['dirty'] else ''}"
        for cell in row.cells
        for run in cell.runs
    }
    return " % " + re.sub(r"[^\w ./;()-]", "?", printable("; ".join(sorted(runs)))) if runs else ""
