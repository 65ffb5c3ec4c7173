"""Tables 1, 2 and 3 in the paper's shape: metrics per protocol, a row per method, best bold, second underlined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmark.results.task import subset_of
from benchmark.tables import published
from benchmark.tables.collect import Choice, Entry, World
from benchmark.tables.measured import Measured, provenance, remarks
from benchmark.tables.metric import COLUMNS, MAIN, Metric
from benchmark.tables.model import Cell, Column, Row, Table, rank
from benchmark.tables.published import Published

PRINTED = ("frr", "far", "hter")
"""The metrics that the paper prints."""
OF_SUITES = ("hter", "auc", "tpr-at-fpr-1")
"""Those of another suite's table: what its reports have in common."""
MEAN = "mean"
APART = "Rows with another target than most do not compete."


@dataclass(frozen=True)
class _Line:
    """What a row is made from: the runs of one method, by protocol."""

    title: str
    key: str
    entries: Mapping[str, Entry]
    measured: Mapping[str, Sequence[Measured]]

    @classmethod
    def of(cls, method: str, title: str, world: World, protocols: Iterable[str], choice: Choice) -> _Line:
        entries = {p: entry for p in protocols if (entry := world.entries.get((method, p))) is not None}
        return cls(title, method, entries, {p: entry.measure(choice) for p, entry in entries.items()})

    def every(self, protocols: Iterable[str]) -> list[Measured]:
        """The measured runs on some protocols."""
        return [m for p in protocols for m in self.measured.get(p, ())]


@dataclass(frozen=True)
class _Plan:
    """What the columns of a table stand for. `mean`: a last group over all protocols."""

    protocols: tuple[str, ...]
    titles: Mapping[str, str]
    metrics: tuple[Metric, ...]
    mean: bool = False

    @classmethod
    def of(cls, number: str, world: World, choice: Choice) -> _Plan:
        suite = choice.suite
        protocols = tuple(columns(number, choice))
        titles = {p: suite.title_of(p, world) if suite else world.title(p) for p in protocols}
        names = choice.columns or (OF_SUITES if suite else PRINTED)
        return cls(protocols, titles, tuple(COLUMNS[n] for n in names), bool(suite) and len(protocols) > 1)

    @property
    def main(self) -> Metric:
        """The metric at which notes stand."""
        return next((one for one in self.metrics if one.name == MAIN), self.metrics[-1])

    def columns(self) -> tuple[Column, ...]:
        """One column per protocol and metric, and the means."""
        columns = [one.column(self.titles[p], p) for p in self.protocols for one in self.metrics]
        return (*columns, *(one.column(MEAN) for one in self.metrics if self.mean))

    def row(self, line: _Line) -> Row:
        """The row of one method."""
        parts = [self._cells(line.entries.get(p), line.measured.get(p, ())) for p in self.protocols]
        cells = [cell for part in parts for cell in part.values()]
        if self.mean:
            cells += [_mean(one, [part[one.name] for part in parts]) for one in self.metrics]
        return Row(line.title, tuple(cells), key=line.key)

    def printed(self, every: Sequence[Published], method: str, title: str, suite: str = "") -> Row:
        """A published row, figures as printed; footnotes tell what the numbers show about them."""
        found = {r.protocol: r for r in every if r.method == method}
        cells = []
        notes = {p: (f"published policy: {found[p].policy}", *found[p].notes) if p in found else () for p in found}
        for protocol in self.protocols:
            for one in self.metrics:
                said = notes.get(protocol, ()) if one == self.main else ()
                cells.append(one.printed_cell(found.get(protocol), said))
        cells += [one.printed_cell(found.get(suite)) for one in self.metrics if self.mean]
        return _lifted(Row(f"{title}, published", tuple(cells), published=True, key=method))

    def apart(self, lines: Sequence[_Line], rows: Sequence[Row], place: int) -> tuple[set[int], bool]:
        """(rows that do not compete in a column, whether some of them have another target).

        An oracle competes with oracles alone, and a narrowed target is not the whole one.
        """
        column = self.columns()[place]
        where = [column.protocol] if column.protocol else self.protocols
        valued = {i: line.every(where) for i, line in enumerate(lines) if rows[i].cells[place].value is not None}
        skip: set[int] = set()
        if COLUMNS[column.name].threshold:
            oracles = {i for i, measured in valued.items() if any(m.policy.oracle for m in measured)}
            skip |= oracles if oracles < valued.keys() else set()
        targets = {i: tuple(dict.fromkeys(subset_of(m.run) for m in measured)) for i, measured in valued.items()}
        kinds = list(targets.values())
        usual = max(kinds, key=lambda kind: (not any(kind), kinds.count(kind)), default=())
        others = {i for i, target in targets.items() if target != usual}
        return skip | others, bool(others)

    def _cells(self, entry: Entry | None, measured: Sequence[Measured]) -> dict[str, Cell]:
        """One method on one protocol, a cell per metric."""
        if entry is None or not measured:
            return {one.name: Cell() for one in self.metrics}
        runs = tuple(provenance(m) for m in measured)
        cells = {one.name: one.cell(measured, runs) for one in self.metrics}
        main = cells[self.main.name]
        cells[self.main.name] = replace(main, notes=tuple(_notes(entry, measured, main.value is not None)))
        return cells


def paper_table(number: str, title: str, world: World, choice: Choice, *, others: bool = False) -> Table:
    """Table `1`, `2` or `3`. A missing run is a dash; with `others` methods that the paper does not have come below.

    Where no column is the paper's, the methods with runs make the rows of such a table.
    """
    suite = choice.suite
    plan = _Plan.of(number, world, choice)
    printed = _printed_methods(number, choice)
    titles = [*printed.items(), *(_others(world, plan.protocols, printed) if others else ())]
    lines = [_Line.of(m, t, world, plan.protocols, choice) for m, t in titles if choice.wants(m)]
    every = [m for line in lines for m in line.every(plan.protocols)]
    rows, shared = _policies(lines, [plan.row(line) for line in lines])
    notes = _general_notes(plan, shared, choice)
    heads = plan.columns()
    for place, column in enumerate(heads):
        if column.rank:
            skip, different = plan.apart(lines, rows, place)
            rows = rank(rows, place, column.rank, skip)
            notes += [APART] if different and APART not in notes else []
    if choice.published:
        rows = _interleave(rows, _printed_rows(number, plan, choice), all_of_them=bool(suite))
    heading = suite.title if suite else f"Table {number}. {title}" if _papers(number, choice) else title
    return Table(
        name=f"table{number}-{suite.name}" if suite else f"table{number}",
        caption=f"{heading}: error rates in %. {world.caption}{remarks(every)}",
        stub="Method",
        columns=heads,
        rows=tuple(rows),
        notes=(*notes, *(_elsewhere(world, choice) if others else ())),
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


def _others(world: World, protocols: Sequence[str], printed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Methods with runs that stand in no row yet: the paper's in its order, then others by name.

    Beside the paper's Table 1, methods of its other tables stay where they are.
    """
    paper = published.every_method()
    found = {m: entry.title for (m, p), entry in sorted(world.entries.items()) if p in protocols}
    known = [] if printed else [(m, found[m]) for m in paper if m in found]
    return [*known, *((m, title) for m, title in found.items() if m not in paper)]


def _policies(lines: Sequence[_Line], rows: list[Row]) -> tuple[list[Row], set[str]]:
    """Rows that say by which policies they were decided, where these are not the same for all; and all policies."""
    used = [
        {f"{m.policy.name}: {m.policy.meaning}" for m in line.every(line.measured) if not m.fault} for line in lines
    ]
    shared = set().union(*used)
    if len(shared) > 1:
        pairs = zip(rows, used, strict=True)
        rows = [replace(row, notes=tuple(f"policy {text}" for text in sorted(mine))) for row, mine in pairs]
    return rows, shared


def _general_notes(plan: _Plan, policies: set[str], choice: Choice) -> list[str]:
    about = "; ".join(one.about for one in plan.metrics if one.about)
    notes = [f"{about}."] if about else []
    notes += choice.suite.remarks(plan.protocols) if choice.suite else []
    if plan.mean:
        notes.append(f"{MEAN}: over the {len(plan.protocols)} protocols; a dash where one of them has no figure.")
    if len(policies) == 1:
        notes.append(f"Threshold policy of every row: {next(iter(policies))}.")
    if choice.non_response == "error":
        notes.append("A presentation without an answer counts as an error of its class.")
    if choice.published and choice.suite:
        notes.append(
            "Published rows are as printed, on real data, with CelebA-Spoof in every training where that is said and "
            "by thresholds and checkpoints of the target: beside rows of other policies they do not compare."
        )
    elif choice.published:
        notes.append(
            "Published rows are figures of the paper on real data and hold three threshold policies in one table, so "
            "that their columns do not compare as printed."
        )
    return notes


def _notes(entry: Entry, measured: Sequence[Measured], shown: bool) -> Iterable[str]:
    """What is said of the runs of one method and protocol; `shown`: they have a figure."""
    yield from dict.fromkeys(note for m in measured for note in m.notes)
    yield from dict.fromkeys(m.why for m in measured if m.why)
    yield from entry.notes
    if not shown:
        if not any(m.why for m in measured):
            yield "one class is missing from the answers"
        return
    if len(measured) > 1:
        seeds = ", ".join(str(m.run.seed) for m in measured)
        yield f"mean of {len(measured)} seeds ({seeds}) (see `table seeds` for the standard deviations)"
    if entry.set_aside:
        yield f"{entry.set_aside} older or differently configured run(s) of this method set aside"


def _mean(one: Metric, cells: Sequence[Cell]) -> Cell:
    """The mean over protocols, None where one of them has no figure."""
    values = [cell.value for cell in cells if isinstance(cell.value, float)]
    if len(values) < len(cells):
        return Cell()
    mean = sum(values) / len(values)
    return Cell(one.text(mean), mean, runs=tuple(run for cell in cells for run in cell.runs))


def _printed_rows(number: str, plan: _Plan, choice: Choice) -> dict[str, Row]:
    """The published rows by method, ranked among themselves."""
    suite = choice.suite
    every = published.beside(suite.name, plan.protocols) if suite else published.load(number)
    titles = {row.method: row.title for row in every if choice.wants(row.method) or not suite}
    rows = [plan.printed(every, method, title, suite.name if suite else "") for method, title in titles.items()]
    for place, column in enumerate(plan.columns()):
        if column.rank:
            rows = rank(rows, place, column.rank)
    return {row.key: row for row in rows}


def _lifted(row: Row) -> Row:
    """Notes that stand at every figure with notes belong to the row."""
    noted = [cell.notes for cell in row.cells if cell.notes]
    at_all = [note for note in dict.fromkeys(n for notes in noted for n in notes) if all(note in n for n in noted)]
    cells = tuple(replace(cell, notes=tuple(n for n in cell.notes if n not in at_all)) for cell in row.cells)
    return replace(row, cells=cells, notes=(*row.notes, *at_all))


def _interleave(rows: list[Row], printed: dict[str, Row], *, all_of_them: bool = False) -> list[Row]:
    """Each published row below the measured row of the same method; the others last where all of them are wanted."""
    together = [one for row in rows for one in (row, printed.get(row.key)) if one is not None]
    here = {row.key for row in rows}
    return [*together, *(row for key, row in printed.items() if all_of_them and key not in here)]
