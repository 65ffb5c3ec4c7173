"""`table species` and `table policies`: what stands behind one HTER."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmark.metrics.coverage import BOOTSTRAP, BREAKDOWN
from benchmark.metrics.rates import Outcomes, Rate, Worst, highest, total
from benchmark.metrics.species import title
from benchmark.metrics.summary import APCER_PERCENT
from benchmark.metrics.thresholds import DEFAULTS, TolerantAnswer, of_run, parse
from benchmark.results.figures import Bounds, Curves
from benchmark.tables.collect import Choice, Entry, Measured, World, provenance, remarks, subsets
from benchmark.tables.model import DASH, Cell, Column, Row, Table, between, percent
from protocols.species import in_order


def species_tables(world: World, choice: Choice) -> list[Table]:
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
        notes=(*_policy_notes(entries, measured), *_seed_note(entries)),
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
    notes_of_all = [*_policy_notes(entries, measured), *_seed_note(entries)]
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


def _seed_note(entries: list[Entry]) -> list[str]:
    several = [entry for entry in entries if len(entry.runs) > 1]
    notes = [
        f"{e.title}: seed {e.runs[0].seed} of {len(e.runs)} (counts of several seeds do not add up)." for e in several
    ]
    return notes + [f"{entry.title}: {note}." for entry in entries for note in entry.notes]


def policies_tables(world: World, choice: Choice) -> list[Table]:
    """Every method under every policy, promised (dev) against obtained (target); and figures without a threshold."""
    tables = []
    for protocol in world.protocols(choice):
        entries = world.of_protocol(protocol, choice)
        tables += [_transfer(world, protocol, entries, choice), _operating_points(world, protocol, entries, choice)]
    return tables


_SIDES = ("promised (source dev)", "obtained (target)")


def _transfer(world: World, protocol: str, entries: list[Entry], choice: Choice) -> Table:
    wanted = [of_run("", choice.policy, choice.answer_rule)] if choice.policy else [parse(name) for name in DEFAULTS]
    choice = replace(choice, answer_rule=None)  # both rules stand side by side
    rows = []
    for entry in entries:
        for policy in wanted:
            m = entry.first(choice, policy)
            if len(wanted) > 1 and policy == TolerantAnswer() and not m.texts:
                continue
            dev, target = _sides(m.on_dev), _sides(m.outcomes)
            runs = (provenance(m),)
            hter = None if m.outcomes is None else m.outcomes.hter
            threshold = m.entry.threshold
            cells = [Cell(DASH if threshold is None else f"{threshold:.4g}", threshold)]
            cells += [Cell(percent(v), v) for v in dev]
            cells += [Cell(percent(v), v, runs=runs) for v in target]
            notes = [m.why] if m.why else list(m.notes)
            if policy.oracle:
                notes.append(policy.meaning)
            cells.append(Cell(percent(hter), hter, runs=runs, notes=tuple(notes)))
            rows.append(Row(f"{entry.title}, {policy.name}", tuple(cells), key=entry.method))
    rates = ("BPCER", "pooled FAR", "max APCER")
    return Table(
        name="policies",
        caption=f"Threshold policies, {world.title(protocol)}: promised and obtained rates in %. {world.caption}"
        + subsets(entry.first(choice).run for entry in entries),
        stub="Method, policy",
        columns=(
            Column("threshold"),
            *(Column(rate, side) for side in _SIDES for rate in rates),
            Column("HTER", _SIDES[1]),
        ),
        rows=tuple(rows),
        notes=(*_rule_note(rows), *_seed_note(entries)),
        world=world.name,
        protocol=protocol,
    )


def _rule_note(rows: list[Row]) -> list[str]:
    name = TolerantAnswer.word
    told = f"{name}: a text that the strict rule cannot read is read where its answer holds one class word and no other"
    return [f"{told} meaning; scores, and the other policies, stay."] if any(name in r.title for r in rows) else []


def _sides(outcomes: Outcomes | None) -> tuple[float | None, float | None, float | None]:
    if outcomes is None:
        return None, None, None
    worst = outcomes.apcer_max
    return outcomes.frr.value, outcomes.far.value, None if worst is None else worst.rate.value


def _operating_points(world: World, protocol: str, entries: list[Entry], choice: Choice) -> Table:
    rows = []
    for entry in entries:
        m = entry.first(choice)
        runs = (provenance(m),)
        curves = m.curves or Curves()
        cells = [
            _with_interval(curves.eer, curves.eer_interval, runs),
            _with_interval(curves.auc, curves.auc_interval, runs),
        ]
        for kind in ("max", "pooled"):
            for asked in APCER_PERCENT:
                point = curves.point(kind, asked)
                value = None if point is None else Rate(point.errors, point.n).value
                facts = () if point is None else tuple(vars(point).items())
                cells.append(Cell(percent(value), value, runs=runs, facts=facts))
        counts = () if m.figures is None else (m.figures.counts.distinct, m.figures.counts.tied)
        cells += [Cell(str(n), n) for n in counts] or [Cell(), Cell()]
        rows.append(Row(entry.title, tuple(cells), (m.why,) if m.why else m.notes, key=entry.method))
    heads = [Column(f"{p} %", f"BPCER at {kind}") for kind in ("max APCER", "pooled FAR") for p in APCER_PERCENT]
    return Table(
        name="operating-points",
        caption=f"Figures without a threshold, {world.title(protocol)}, in %. {world.caption}"
        + subsets(entry.first(choice).run for entry in entries),
        stub="Method",
        columns=(Column("EER"), Column("AUC"), *heads, Column("distinct scores"), Column("tied")),
        rows=tuple(rows),
        notes=(
            "All read off the target's own labels: they describe the scores and are no result of a fixed system.",
            "BPCER at an APCER: the greatest APCER of a species is at most the one asked for; a dash where none is.",
            "tied: bona fide presentations with the very score of an attack.",
            f"In brackets: 95 % intervals, {BOOTSTRAP}.",
            *_seed_note(entries),
        ),
        world=world.name,
        protocol=protocol,
    )


def _with_interval(value: float | None, interval: Bounds | None, runs: tuple[dict[str, Any], ...]) -> Cell:
    text = percent(value) + (f" [{percent(interval.low)}, {percent(interval.high)}]" if interval else "")
    return Cell(text, value, runs=runs, facts=(("interval", interval),))
