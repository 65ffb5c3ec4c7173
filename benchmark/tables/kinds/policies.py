"""`table policies`: every method under every threshold policy, promised against obtained."""

from __future__ import annotations

from dataclasses import replace

from benchmark.metrics.coverage import BOOTSTRAP
from benchmark.metrics.summary import APCER_PERCENT
from benchmark.metrics.thresholds import DEFAULTS, TolerantAnswer, of_run, parse
from benchmark.results.figures import Bounds, Curves
from benchmark.results.rates import Outcomes, Rate
from benchmark.tables.collect import Choice, Entry, World, of_first_seed
from benchmark.tables.measured import provenance, subsets
from benchmark.tables.model import DASH, Cell, Column, Row, Table, percent
from benchmark.tables.registry import register


@register("policies", about="every threshold policy, promised against obtained; EER, AUC, BPCER at APCER")
def policies(world: World, choice: Choice) -> list[Table]:
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
        notes=(*_rule_note(rows), *of_first_seed(entries)),
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
            *of_first_seed(entries),
        ),
        world=world.name,
        protocol=protocol,
    )


def _with_interval(value: float | None, interval: Bounds | None, runs: tuple[dict[str, object], ...]) -> Cell:
    text = percent(value) + (f" [{percent(interval.low)}, {percent(interval.high)}]" if interval else "")
    return Cell(text, value, runs=runs, facts=(("interval", interval),))
