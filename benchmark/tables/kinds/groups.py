"""`table groups`: who is wronged, and under which conditions: errors by ethnicity, sex, sensor, light ..."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.metrics.coverage import BOOTSTRAP, EXACT
from benchmark.metrics.groups import CLUSTERS, PRESENTATIONS, Gap, GroupRate, Side, largest, rates
from benchmark.metrics.significance import holm
from benchmark.metrics.thresholds import decide
from benchmark.results.runs import Run
from benchmark.tables.collect import Choice, Entry, World, of_first_seed
from benchmark.tables.measured import Measured, provenance, remarks
from benchmark.tables.model import DASH, Cell, Column, Row, Table, between, percent
from benchmark.tables.registry import register
from protocols.errors import DamagedError, InputError
from protocols.presentation import COVARIATES

MOST = 40
"""Values of a covariate up to which they are groups: more are numbers of takes, or name people."""
SIDES = ("bona fide", "attacks")
HEADS = tuple(
    Column(head, group)
    for group, rate in zip(SIDES, ("BPCER", "APCER, pooled"), strict=True)
    for head in ("n", rate, "95 % interval")
)
NOTES = (
    "APCER, pooled: over all species of a group, whose mixture may be another than that of the next group; the "
    "standard's own is by species (see `table species`).",
    f"A group is compared where it has {PRESENTATIONS} presentations of {CLUSTERS} subjects. Difference: of the worst "
    "and the best of those. p: of the largest difference, whichever pair shows it, with the groups dealt anew to "
    "subjects or, where a subject is in several, to the presentations of each; Holm's correction over all tests of "
    "this command.",
    f"Intervals: rates of 0 or 100 %: {EXACT}; others: {BOOTSTRAP}.",
)


@dataclass(frozen=True)
class _Line:
    """One method under one covariate: the groups and the largest difference of each side."""

    entry: Entry
    measured: Measured
    groups: tuple[list[GroupRate], ...] = ()
    gaps: tuple[Gap | None, ...] = ()
    unknown: int = 0
    why: str = ""
    fault: bool = False


@register("groups", about="errors by group: ethnicity, sex, age, sensor ...; largest difference with p-value", by=True)
def groups(world: World, choice: Choice) -> list[Table]:
    """A table per protocol and covariate: the one asked for, else each that is known. Raises `InputError` where no run
    has the one asked for."""
    every = {
        (protocol, name): [_line(entry, entry.first(choice), name, choice) for entry in entries]
        for protocol in world.protocols(choice)
        if (entries := world.of_protocol(protocol, choice))
        for name in ([choice.by] if choice.by else COVARIATES)
    }
    lines = {key: found for key, found in every.items() if any(not line.why or line.fault for line in found)}
    if choice.by and every and not lines:
        raise InputError(_absent(world, choice, next(iter(every.values()))[0].why))
    gaps = [gap for found in lines.values() for line in found for gap in line.gaps if gap is not None]
    adjusted = dict(zip(map(id, gaps), holm([gap.p for gap in gaps]), strict=True))
    return [_table(world, protocol, name, found, adjusted) for (protocol, name), found in lines.items()]


def _absent(world: World, choice: Choice, why: str) -> str:
    known = {
        name
        for protocol in world.protocols(choice)
        for entry in world.of_protocol(protocol, choice)
        for name in _known(entry.runs[0])
    }
    there = f"known: {', '.join(n for n in COVARIATES if n in known)}" if known else "nothing is known of any group"
    return (
        f"--by {choice.by}: no run has such groups: {why} ({there}). Releases and lists bring them; a run made before "
        "they did has to be made again (`run --force`)"
    )


def _known(run: Run) -> tuple[str, ...]:
    try:
        return () if run.fault or run.covariates is None else run.covariates.names
    except DamagedError:
        return ()


def _line(entry: Entry, m: Measured, name: str, choice: Choice) -> _Line:
    if m.outcomes is None:
        return _Line(entry, m, why=m.why or "no figures", fault=m.fault)
    try:
        known = m.run.covariates
    except DamagedError as error:
        return _Line(entry, m, why=str(error), fault=True)
    if known is None or name not in known.names:
        return _Line(entry, m, why=f"no {name} is known")
    scores, value = m.run.scores, known.values(name)
    if len(set(value.tolist())) > MOST:
        return _Line(entry, m, why=f"its {name} has more than {MOST} values: no groups")
    decided = decide(m.policy, scores, m.run.dev_scores)
    wrong = (decided.accepted != scores.bona_fide) | ~decided.responded
    counts = (decided.responded if choice.non_response == "exclude" else np.ones(len(scores), bool)) & (value != "")
    sides = [
        Side(wrong[among], scores.group[among], value[among])
        for among in (counts & scores.bona_fide, counts & ~scores.bona_fide)
    ]
    found = tuple(rates(side) for side in sides)
    gaps = tuple(largest(side, each) for side, each in zip(sides, found, strict=True))
    return _Line(entry, m, found, gaps, int((value == "").sum()))


def _table(world: World, protocol: str, name: str, lines: list[_Line], adjusted: dict[int, float]) -> Table:
    shown = [line for line in lines if not line.why or line.fault]
    unknown = max((line.unknown for line in shown), default=0)
    missing = [f"The {name} of {unknown} presentations is not known: they are in no group."] if unknown else []
    others = ", ".join(f"{line.entry.title} ({line.why})" for line in lines if line not in shown)
    missing += [f"Not shown: {others}."] if others else []
    of_one = f", {shown[0].entry.title}" if len(shown) == 1 else ""
    policies = dict.fromkeys(f"{line.measured.policy.name} ({line.measured.policy.meaning})" for line in shown)
    return Table(
        name=f"groups-{name.replace(' ', '-')}",
        caption=f"Errors by {name}{of_one}, {world.title(protocol)}: %. {world.caption}"
        + remarks([line.measured for line in shown]),
        stub="Group",
        columns=HEADS,
        rows=tuple(row for line in shown for row in _rows(line, adjusted, len(shown) > 1)),
        notes=(
            f"Threshold policy: {'; '.join(policies)}.",
            *missing,
            *NOTES,
            *of_first_seed([line.entry for line in shown]),
        ),
        world=world.name,
        protocol=protocol,
    )


def _rows(line: _Line, adjusted: dict[int, float], several: bool) -> list[Row]:
    """The groups of a method, then its largest differences."""
    head = f"{line.entry.title}: " if several else ""
    runs = (provenance(line.measured),)
    if line.why:
        return [Row(line.entry.title, tuple(Cell(runs=runs) for _ in HEADS), (line.why,), key=line.entry.method)]
    names = list(dict.fromkeys(one.name for side in line.groups for one in side))
    by_name = [{one.name: one for one in side} for side in line.groups]
    out = [
        Row(head + name, tuple(c for side in by_name for c in _cells(side.get(name), runs)), key=line.entry.method)
        for name in names
    ]
    cells = tuple(c for gap in line.gaps for c in _difference(gap, adjusted, runs))
    return [*out, Row(f"{head}largest difference", cells, key=line.entry.method)]


def _cells(one: GroupRate | None, runs: tuple[dict[str, object], ...]) -> tuple[Cell, ...]:
    if one is None:
        return (Cell("0", 0.0), Cell(), Cell())
    facts = (("errors", one.rate.errors), ("n", one.rate.n), ("subjects", one.clusters))
    return (
        Cell(str(one.rate.n), one.rate.n),
        Cell(percent(one.rate.value), one.rate.value, notes=(one.few,) if one.few else (), runs=runs, facts=facts),
        Cell(between(one.interval), facts=(("interval", one.interval),)),
    )


def _difference(gap: Gap | None, adjusted: dict[int, float], runs: tuple[dict[str, object], ...]) -> tuple[Cell, ...]:
    if gap is None:
        return (Cell(), Cell(notes=("fewer than two groups are large enough to be compared",)), Cell())
    p = adjusted[id(gap)]
    facts = (("worst", gap.worst.name), ("best", gap.best.name), ("p", gap.p), ("p_holm", p), ("within", gap.within))
    how = "within subjects" if gap.within else "between subjects"
    pair = f"{gap.worst.name} less {gap.best.name}" if gap.value else "none"
    return (
        Cell(DASH),
        Cell(f"{percent(gap.value)} ({pair})", gap.value, runs=runs, facts=facts),
        Cell(f"p {_p(gap.p)}, Holm {_p(p)}", p, notes=(f"{how}, {gap.compared} groups compared",)),
    )


def _p(value: float) -> str:
    return f"{value:.4f}"
