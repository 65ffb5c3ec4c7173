"""`table species`: the errors of every PAI species behind one FAR."""

from __future__ import annotations

from collections.abc import Callable

from benchmark.metrics.coverage import BREAKDOWN
from benchmark.metrics.species import title
from benchmark.results.rates import Outcomes, Rate, Worst, highest, total
from benchmark.tables.collect import Choice, Entry, World, of_first_seed
from benchmark.tables.measured import Measured, provenance, remarks
from benchmark.tables.model import Cell, Column, Row, Table, between, percent
from benchmark.tables.registry import register
from protocols.species import in_order


@register("species", about="APCER per PAI species, maximum, BPCER, non-responses")
def species(world: World, choice: Choice) -> list[Table]:
    """APCER per PAI species, its maximum, BPCER and non-response rates, one table per protocol.

    With a single method the table goes into detail: exact intervals, the rules of 3 and 30.
    """
    tables = []
    for protocol in world.protocols(choice):
        entries = world.of_protocol(protocol, choice)
        first = [entry.first(choice) for entry in entries]
        build = _detailed if choice.methods and len(entries) == 1 else _matrix
        tables.append(build(world, protocol, entries, first))
    return tables


_TOTALS: tuple[tuple[str, Callable[[Outcomes], Worst | Rate | None]], ...] = (
    ("maximum APCER", lambda o: o.apcer_max),
    ("pooled FAR (no APCER)", lambda o: o.far),
    ("non-response, attacks (worst APNRR)", lambda o: highest(o.apnrr)),
    ("non-response, attacks pooled", lambda o: total(o.apnrr.values())),
    ("non-response, bona fide (BPNRR)", lambda o: o.bpnrr),
)


def _matrix(world: World, protocol: str, entries: list[Entry], measured: list[Measured]) -> Table:
    rows = [
        Row(title(name), tuple(_rate(m, lambda o, name=name: o.rate(name)) for m in measured))  # type: ignore[misc]
        for name in in_order(name for m in measured if m.outcomes for name in m.outcomes.counts)
    ]
    rows += [Row(head, tuple(_rate(m, figure) for m in measured)) for head, figure in _TOTALS]
    return Table(
        name="species",
        caption=f"Errors per PAI species, {world.title(protocol)}: % (errors / presentations). {world.caption}"
        + remarks(measured),
        stub="Species",
        columns=tuple(Column(entry.title) for entry in entries),
        rows=tuple(rows),
        notes=(*_policy_notes(entries, measured), *of_first_seed(entries)),
        world=world.name,
        protocol=protocol,
    )


def _rate(m: Measured, figure: Callable[[Outcomes], Worst | Rate | None]) -> Cell:
    runs = (provenance(m),)
    if m.outcomes is None:
        return Cell(runs=runs, notes=(m.why,) if m.why else ())
    found = figure(m.outcomes)
    worst, rate = (found, found.rate) if isinstance(found, Worst) else (None, found)
    if rate is None or rate.value is None:
        return Cell(runs=runs)
    text, notes = f"{percent(rate.value)} ({rate.errors}/{rate.n})", m.notes
    if worst is not None and rate.errors:
        tied = len(worst.species)
        text += f" {worst.text}" if tied == 1 else f" {tied} species tie"
        notes = (*notes, *([] if tied == 1 else [f"{worst.text}; the counts are of the first"]))
    facts = (("errors", rate.errors), ("n", rate.n), *((("species", worst.species),) if worst else ()))
    return Cell(text, rate.value, runs=runs, facts=facts, notes=notes)


def _detailed(world: World, protocol: str, entries: list[Entry], measured: list[Measured]) -> Table:
    entry, m = entries[0], measured[0]
    rows = []
    for one in m.species:
        rate, silent = one.rate, one.silent
        rows.append(
            Row(
                one.title,
                (
                    Cell(str(rate.n), rate.n),
                    Cell(str(rate.errors), rate.errors),
                    Cell(percent(rate.value), rate.value, notes=one.remarks, runs=(provenance(m),)),
                    Cell(between(one.interval), facts=(("interval", one.interval),)),
                    Cell(percent(silent.value), silent.value),
                ),
            )
        )
    heads = ("n", "errors", "APCER", "95 % interval", "non-response")
    notes_of_all = [*_policy_notes(entries, measured), *of_first_seed(entries)]
    if m.why:
        notes_of_all.append(f"No figures: {m.why}.")
    elif m.outcomes is not None and (worst := m.outcomes.apcer_max) is not None:
        notes_of_all.append(f"Maximum APCER: {percent(worst.rate.value)} % ({worst.text}).")
    notes_of_all.append(f"Intervals: {BREAKDOWN}.")
    return Table(
        name="species",
        caption=f"{entry.title} per PAI species, {world.title(protocol)}. {world.caption}{remarks(measured)}",
        stub="Species",
        columns=tuple(Column(head) for head in heads),
        rows=tuple(rows),
        notes=tuple(notes_of_all),
        world=world.name,
        protocol=protocol,
    )


def _policy_notes(entries: list[Entry], measured: list[Measured]) -> list[str]:
    """Which policy decided, said once if it is the same for all. That of a damaged run is not known."""
    titles: dict[str, list[str]] = {}
    for entry, m in zip(entries, measured, strict=True):
        if not m.fault:
            titles.setdefault(f"{m.policy.name} ({m.policy.meaning})", []).append(entry.title)
    if len(titles) == 1:
        return [f"Threshold policy: {next(iter(titles))}."]
    return [f"Threshold policy {name}: {', '.join(of)}." for name, of in titles.items()]
