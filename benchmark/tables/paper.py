"""Tables 1, 2 and 3 in the paper's shape: FRR, FAR and HTER per protocol, best bold, second underlined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from benchmark.metrics.rates import Rate
from benchmark.metrics.significance import Spread, over_seeds
from benchmark.tables import published
from benchmark.tables.collect import Choice, Entry, Measured, World, provenance, remarks, spread
from benchmark.tables.model import Cell, Column, Row, Table, percent, rank

TITLES = {
    "1": "Cross-domain evaluation",
    "2": "Supervised against reinforcement fine-tuning",
    "3": "Rewards left out, one at a time",
}
_FIGURES = ("FRR", "FAR", "HTER")


def paper_table(number: str, world: World, choice: Choice) -> Table:
    """Table `1`, `2` or `3`. A missing run is a dash; Table 1 goes on with the methods that the paper does not have.

    Where no column is the paper's, Table 1 has the methods with runs alone.
    """
    suite = choice.suite
    protocols = columns(number, choice)
    printed = _printed_methods(number, choice)
    rows: list[Row] = []
    oracles: dict[int, set[int]] = {}
    policies: list[set[str]] = []
    every: list[Measured] = []
    for method, title in (*printed.items(), *(_others(world, protocols, printed) if number == "1" else ())):
        if not choice.wants(method):
            continue
        measured = {
            p: entry.measure(choice) for p in protocols if (entry := world.entries.get((method, p))) is not None
        }
        cells = [cell for p in protocols for cell in _cells(world.entries.get((method, p)), measured.get(p, []))]
        oracles[len(rows)] = {
            3 * i + 2 for i, p in enumerate(protocols) if any(m.policy.oracle for m in measured.get(p, []))
        }
        here = [m for ms in measured.values() for m in ms]
        every += here
        policies.append({f"{m.policy.name}: {m.policy.meaning}" for m in here if not m.fault})
        rows.append(Row(title, tuple(cells), key=method))
    shared = set().union(*policies)
    if len(shared) > 1:
        rows = [
            replace(row, notes=tuple(f"policy {text}" for text in sorted(used)))
            for row, used in zip(rows, policies, strict=True)
        ]
    for column in range(2, 3 * len(protocols), 3):
        oracle_rows = [i for i, columns in oracles.items() if column in columns]
        rows = rank(rows, column, skip=oracle_rows if _some_honest(rows, column, oracle_rows) else ())
    if choice.published:
        rows = _interleave(rows, _printed_rows(number, protocols))
    own = not _papers(number, choice)
    title = suite.title if suite else TITLES[number] if own else f"Table {number}. {TITLES[number]}"
    caption = f"{title}: error rates in %. {world.caption}{remarks(every)}"
    return Table(
        name=f"table{number}-{suite.name}" if suite else f"table{number}",
        caption=caption,
        stub="Method",
        columns=tuple(
            Column(figure, suite.title_of(p, world) if suite else world.title(p))
            for p in protocols
            for figure in _FIGURES
        ),
        rows=tuple(rows),
        notes=(*_general_notes(shared, choice, protocols), *(_elsewhere(world, choice) if number == "1" else ())),
        world=world.name,
    )


def columns(number: str, choice: Choice) -> list[str]:
    """The protocols of a table: the suite's, else the paper's, as far as asked for, then others that were asked for."""
    asked = choice.protocols
    usual = choice.suite.protocols if choice.suite else published.protocols(number)
    return [p for p in usual if not asked or p in asked] + [p for p in asked if p not in usual]


def missing(number: str, world: World, choice: Choice) -> list[tuple[str, str]]:
    """(method, protocol) of every row and column that no run stands for, as far as one can be made."""
    protocols = columns(number, choice)
    absent = choice.suite.absent if choice.suite else {}
    rows = dict(_printed_methods(number, choice)) or dict(_others(world, protocols, {})) or published.methods(number)
    return [
        (method, protocol)
        for method in rows
        for protocol in protocols
        if choice.wants(method)
        and " " not in method  # rows of changed settings are of runs that were made
        and protocol not in absent
        and (method, protocol) not in world.entries
    ]


def _papers(number: str, choice: Choice) -> bool:
    """Whether a table is the paper's: whether it has a column of it."""
    return not choice.suite and bool(set(published.protocols(number)) & set(columns(number, choice)))


def _printed_methods(number: str, choice: Choice) -> Mapping[str, str]:
    """The rows that the paper has; of other protocols Tables 2 and 3 still have them, Table 1 has what was run."""
    own = number == "1" and not _papers(number, choice)
    return {} if choice.suite or own else published.methods(number)


def _elsewhere(world: World, choice: Choice) -> list[str]:
    """Protocols with runs that stand in no column because nobody asked for them."""
    shown = columns("1", choice)
    others = [p for p in world.protocols(choice) if p not in shown]
    said = f"Protocols with runs that have no column: {', '.join(others)} (see `table 1 --protocol NAME`)."
    return [said] if others else []


def _others(world: World, protocols: list[str], printed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Methods with runs that stand in no row yet: the paper's in its order, then others by name.

    Beside the paper's Table 1, methods of its other tables stay where they are.
    """
    paper = dict.fromkeys(method for number in TITLES for method in published.methods(number))
    found = {m: entry.title for (m, p), entry in sorted(world.entries.items()) if p in protocols}
    known = [] if printed else [(m, found[m]) for m in paper if m in found]
    return [*known, *((m, title) for m, title in found.items() if m not in paper)]


def _some_honest(rows: list[Row], column: int, oracle_rows: list[int]) -> bool:
    return any(row.cells[column].value is not None for i, row in enumerate(rows) if i not in oracle_rows)


def _general_notes(policies: set[str], choice: Choice, protocols: list[str]) -> list[str]:
    notes = ["FRR = BPCER; FAR is pooled over all attack species, no APCER of ISO/IEC 30107-3 (see `table species`)."]
    notes += choice.suite.remarks(protocols) if choice.suite else []
    if len(policies) == 1:
        notes.append(f"Threshold policy of every row: {next(iter(policies))}.")
    if choice.non_response == "error":
        notes.append("A presentation without an answer counts as an error of its class.")
    if choice.published:
        notes.append(
            "Published rows are figures of the paper on real data and hold three threshold policies in one table, so "
            "that their columns do not compare as printed."
        )
    return notes


def _cells(entry: Entry | None, measured: list[Measured]) -> list[Cell]:
    """FRR, FAR and HTER of one method and protocol; notes stand at the HTER."""
    if entry is None or not measured:
        return [Cell(), Cell(), Cell()]
    runs = tuple(provenance(m) for m in measured)
    notes = list(dict.fromkeys(note for m in measured for note in m.notes))
    notes += dict.fromkeys(m.why for m in measured if m.why)
    notes += entry.notes
    hter = spread(measured, lambda o: o.hter)
    if hter is None:
        if not any(m.why for m in measured):
            notes.append("one class is missing from the answers")
        return [Cell(runs=runs), Cell(runs=runs), Cell(runs=runs, notes=tuple(notes))]
    if hter.n > 1:
        seeds = ", ".join(str(m.run.seed) for m in measured)
        notes.append(f"mean of {hter.n} seeds ({seeds}) (see `table seeds` for the standard deviations)")
    if entry.set_aside:
        notes.append(f"{entry.set_aside} older or differently configured run(s) of this method set aside")
    one = measured[0] if len(measured) == 1 else None
    return [
        _rate_cell([m.outcomes.frr for m in measured if m.outcomes], "frr", one, runs),
        _rate_cell([m.outcomes.far for m in measured if m.outcomes], "far", one, runs),
        Cell(percent(hter.mean), hter.mean, notes=tuple(notes), runs=runs, facts=_interval(one, "hter") or _std(hter)),
    ]


def _rate_cell(rates: list[Rate], name: str, one: Measured | None, runs: tuple[dict, ...]) -> Cell:
    mean = over_seeds([rate.value for rate in rates])
    facts = tuple((key, getattr(rates[0], key)) for key in ("errors", "n")) if one else ()
    value = None if mean is None else mean.mean
    return Cell(percent(value), value, runs=runs, facts=(*facts, *_interval(one, name)))


def _interval(one: Measured | None, name: str) -> tuple[tuple[str, object], ...]:
    """The 95 % interval of a single run; seeds are not pooled into one."""
    return () if one is None or one.outcomes is None else (("interval", one.interval(name)),)


def _std(hter: Spread) -> tuple[tuple[str, object], ...]:
    return (("std", hter.std), ("seeds", hter.n)) if hter.n > 1 else ()


def _printed_rows(number: str, protocols: list[str]) -> dict[str, Row]:
    """The paper's rows, figures as printed; footnotes tell what the numbers show about them."""
    rows = {}
    for method, title in published.methods(number).items():
        cells: list[Cell] = []
        for protocol in protocols:
            found = next((r for r in published.load(number) if (r.method, r.protocol) == (method, protocol)), None)
            if found is None:  # a protocol that the paper does not have
                cells += [Cell()] * 3
                continue
            notes = [f"published policy: {found.policy}", *found.notes]
            for text in (found.frr, found.far):
                cells.append(Cell(text, float(text) / 100))
            cells.append(Cell(found.hter, float(found.hter) / 100, notes=tuple(notes)))
        rows[method] = Row(f"{title}, published", tuple(cells), published=True, key=method)
    ordered = list(rows.values())
    for column in range(2, 3 * len(protocols), 3):
        ordered = rank(ordered, column)
    return {method: _lift(row) for method, row in zip(rows, ordered, strict=True)}


def _lift(row: Row) -> Row:
    """Notes that stand at every HTER of a row belong to the row."""
    at_all = [note for note in row.cells[2].notes if all(note in cell.notes for cell in row.cells[2::3])]
    cells = tuple(replace(cell, notes=tuple(n for n in cell.notes if n not in at_all)) for cell in row.cells)
    return replace(row, cells=cells, notes=(*row.notes, *at_all))


def _interleave(rows: list[Row], printed: dict[str, Row]) -> list[Row]:
    """Each published row below the measured row of the same method."""
    return [one for row in rows for one in (row, printed.get(row.key)) if one is not None]
