"""`table species` and `table policies`: what stands behind one HTER."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmark.metrics.coverage import BOOTSTRAP, EXACT
from benchmark.metrics.rates import BONA_FIDE, Outcomes, Rate, highest, total
from benchmark.metrics.summary import APCER_PERCENT
from benchmark.metrics.thresholds import DEFAULTS, TolerantAnswer, of_run, parse
from benchmark.results.figures import Bounds, Curves
from benchmark.tables.collect import Choice, Entry, Measured, World, provenance, remarks, subsets
from benchmark.tables.model import DASH, Cell, Column, Row, Table, percent
from protocols.species import GROUPS


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


def _species(measured: list[Measured]) -> list[str]:
    """Every species seen, grouped as the taxonomy is, bona fide first."""
    order = {name: i for i, name in enumerate(GROUPS)}
    seen = {name for m in measured if m.outcomes for name in m.outcomes.counts}
    return sorted(seen, key=lambda name: (order.get(name, len(order)), name))


_TOTALS: tuple[tuple[str, Callable[[Outcomes], tuple[str, Rate] | Rate | None]], ...] = (
    ("maximum APCER", lambda o: o.apcer_max),
    ("pooled FAR (no APCER)", lambda o: o.far),
    ("non-response, attacks (worst APNRR)", lambda o: highest(o.apnrr)),
    ("non-response, attacks pooled", lambda o: total(o.apnrr.values())),
    ("non-response, bona fide (BPNRR)", lambda o: o.bpnrr),
)


def _label(species: str) -> str:
    return "bona fide (BPCER)" if species == BONA_FIDE else species


def _matrix(world: World, protocol: str, entries: list[Entry], measured: list[Measured]) -> Table:
    rows = [
        Row(_label(name), tuple(_rate(m, lambda o, name=name: o.rate(name)) for m in measured))  # type: ignore[misc]
        for name in _species(measured)
    ]
    rows += [Row(title, tuple(_rate(m, figure) for m in measured)) for title, figure in _TOTALS]
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


def _rate(m: Measured, figure: Callable[[Outcomes], tuple[str, Rate] | Rate | None]) -> Cell:
    runs = (provenance(m),)
    if m.outcomes is None:
        return Cell(runs=runs, notes=(m.why,) if m.why else ())
    found = figure(m.outcomes)
    where, rate = found if found is not None and not isinstance(found, Rate) else ("", found)
    if rate is None or rate.value is None:
        return Cell(runs=runs)
    text = f"{percent(rate.value)} ({rate.errors}/{rate.n})" + (f" {where}" if where and rate.errors else "")
    facts = (("errors", rate.errors), ("n", rate.n), *((("species", where),) if where else ()))
    return Cell(text, rate.value, runs=runs, facts=facts, notes=m.notes)


def _detailed(world: World, protocol: str, entries: list[Entry], measured: list[Measured]) -> Table:
    from benchmark.metrics.intervals import clopper_pearson, flags, rule_of_3

    entry, m = entries[0], measured[0]
    rows = []
    for name in _species(measured):
        assert m.outcomes is not None
        rate = m.outcomes.rate(name)
        silent = m.outcomes.bpnrr if name == BONA_FIDE else m.outcomes.apnrr[name]
        exact = clopper_pearson(rate)
        notes = {
            "rule of 3": f"rule of 3: no error seen; 95 % upper bound about {percent(rule_of_3(max(1, rate.n)))} %",
            "rule of 30": "rule of 30: fewer than 30 errors, known to no better than 30 % of itself",
        }
        rows.append(
            Row(
                _label(name),
                (
                    Cell(str(rate.n), rate.n),
                    Cell(str(rate.errors), rate.errors),
                    Cell(
                        percent(rate.value),
                        rate.value,
                        notes=tuple(notes[flag] for flag in flags(rate)),
                        runs=(provenance(m),),
                    ),
                    Cell(DASH if exact is None else f"{percent(exact.low)} to {percent(exact.high)}"),
                    Cell(percent(silent.value), silent.value),
                ),
            )
        )
    heads = ("n", "errors", "APCER", "exact 95 % interval", "non-response")
    notes_of_all = [*_policy_notes(entries, measured), *_seed_note(entries)]
    if m.why:
        notes_of_all.append(f"No figures: {m.why}.")
    elif m.outcomes is not None and (worst := m.outcomes.apcer_max) is not None:
        notes_of_all.append(f"Maximum APCER: {percent(worst[1].value)} % ({worst[0]}).")
    notes_of_all.append(f"Intervals: {EXACT}.")
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
    return outcomes.frr.value, outcomes.far.value, None if worst is None else worst[1].value


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
