"""What the paper says in words of Tables 1 and 3, computed from the cells: by how much one HTER is below another.

The paper's own words (`results/published/words.csv`) are computed again from its printed figures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from benchmark.results.task import named
from benchmark.tables import published
from benchmark.tables.metric import MAIN
from benchmark.tables.model import Cell, Table
from benchmark.tables.published import Words


def gains(table: Table) -> list[str]:
    """A note on how far the best HTER of each protocol lies below the second best, of the measured rows that compete;
    none where no protocol has two."""
    found = list(_gains(table))
    return [f"Best against second best HTER, (second - best) / second: {'; '.join(found)}."] if found else []


def _gains(table: Table) -> Iterator[str]:
    for place, column in enumerate(table.columns):
        if column.name != MAIN or not column.protocol:
            continue
        cells = [(row, row.cells[place]) for row in table.rows if not row.published]
        best, second = ([pair for pair in cells if pair[1].mark == mark] for mark in ("best", "second"))
        if len(best) > 1:
            yield f"{column.group} no difference ({' and '.join(row.title for row, _ in best)})"
        elif best and second:
            gain = relative(_value(second[0][1]), _value(best[0][1]))
            yield f"{column.group} {gain} % ({best[0][0].title} below {' and '.join(row.title for row, _ in second)})"


def increases(table: Table, whole: str) -> list[str]:
    """A note on how far the HTERs of a method with something left out lie above those of the whole method, which is the
    row called `whole`; none where either is missing."""
    found = list(_increases(table, whole))
    return [f"HTER above that of the whole method, (without - whole) / whole: {'; '.join(found)}."] if found else []


def _increases(table: Table, whole: str) -> Iterator[str]:
    base = next((row for row in table.rows if row.key == whole and not row.published), None)
    if base is None:
        return
    for place, column in enumerate(table.columns):
        if column.name != MAIN or not column.protocol:
            continue
        value = _value(base.cells[place])
        parts = [
            f"{row.title} {relative(value, _value(row.cells[place]), sign=-1)} %"
            for row in table.rows
            if not row.published and row is not base and row.cells[place].value is not None and value
        ]
        if parts:
            yield f"{column.group}: {', '.join(parts)}"


def relative(before: float, after: float, sign: int = 1) -> str:
    """(before - after) / before in %, two decimals; with `sign` -1 the increase, with its sign."""
    share = 100 * sign * (before - after) / before
    return f"{share:.2f}" if sign > 0 else f"{share:+.2f}"


def _value(cell: Cell) -> float:
    return cell.value if isinstance(cell.value, float) else 0.0


def in_words(number: str, protocols: Collection[str]) -> list[str]:
    """What the paper's text says of its own table, for the protocols that are shown, and what its printed figures give.

    An "increase" that is none is said to be what it is.
    """
    words = [one for one in published.words(number) if one.protocol in protocols]
    gained = [one for one in words if one.said == "improvement"]
    rest = [one for one in words if one.said != "improvement"]
    return [*([_improvement(gained)] if gained else []), *([_increase(number, rest)] if rest else [])]


def _improvement(words: list[Words]) -> str:
    said, computed = [], []
    for one in words:
        best, (second, title) = _printed(one.table, one.protocol, one.method)[0], _second(one)
        said.append(f"{one.percent} % ({named(one.protocol).title}, over {title})")
        computed.append(relative(second, best))
    same = computed == [one.percent for one in words]
    found = "the same" if same else ", ".join(f"{value} %" for value in computed)
    return (
        f"Published rows, in the paper's words: improvement over the second best HTER of {', '.join(said)}; "
        f"(second - best) / second of the printed figures gives {found}."
    )


def _increase(number: str, words: list[Words]) -> str:
    pairs = [(_printed(number, w.protocol, w.method), _printed(number, w.protocol, w.against)[0]) for w in words]
    said = " and ".join(f"{w.percent} % ({title})" for w, ((_, title), _) in zip(words, pairs, strict=True))
    increases = [relative(whole, without, sign=-1).removeprefix("+") for (without, _), whole in pairs]
    decreases = [relative(without, whole) for (without, _), whole in pairs]
    printed = [w.percent for w in words]
    text = f"Published rows, in the paper's words: HTER increases by {said}"
    if printed == increases:
        return f"{text}; (without - whole) / whole of the printed figures gives the same."
    seen = "these are decreases seen from the other side, (without - whole) / without; " if printed == decreases else ""
    return f"{text}; {seen}the increases, (without - whole) / whole, are {' and '.join(f'{n} %' for n in increases)}."


def _printed(table: str, protocol: str, method: str) -> tuple[float, str]:
    """(HTER in %, title) of a published row."""
    row = next(one for one in published.load(table) if (one.protocol, one.method) == (protocol, method))
    return float(row.hter), row.title


def _second(one: Words) -> tuple[float, str]:
    """(HTER in %, title) of the best published row but the one that the words are about."""
    rows = published.load(one.table)
    return min((float(r.hter), r.title) for r in rows if r.protocol == one.protocol and r.method != one.method)
