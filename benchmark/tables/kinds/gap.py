"""`table gap`: in-domain against cross-domain error, what a method has learnt and what is left of it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.metrics.gap import InDomain, in_domain
from benchmark.tables.collect import Choice, Entry, World
from benchmark.tables.measured import Measured, provenance
from benchmark.tables.model import DASH, Cell, Column, Row, Table, percent
from benchmark.tables.registry import register
from protocols.errors import DamagedError

HEADS = ("HTER in domain", "HTER cross-domain", "gap", "AUC in domain", "AUC cross-domain")


@register("gap", about="in-domain against cross-domain error")
def gap(world: World, choice: Choice) -> list[Table]:
    """A table per protocol; means over seeds."""
    return [_gap(world, protocol, choice) for protocol in world.protocols(choice)]


def _gap(world: World, protocol: str, choice: Choice) -> Table:
    rows = [_row(entry, choice) for entry in world.of_protocol(protocol, choice)]
    return Table(
        name="gap",
        caption=f"The gap, {world.title(protocol)}: figures in %, in domain and across domains. {world.caption}",
        stub="Method",
        columns=tuple(Column(title) for title in HEADS),
        rows=tuple(rows),
        notes=(
            "In domain: the sources' test part, which nobody trained on, under the threshold that decides on the "
            "target. Gap: cross-domain HTER less in-domain HTER, in points. AUC: non-responses count as "
            f"{'errors' if choice.non_response == 'error' else 'not there'}; 50 is chance.",
        ),
        world=world.name,
        protocol=protocol,
    )


def _row(entry: Entry, choice: Choice) -> Row:
    measured = entry.measure(choice)
    notes = list(entry.notes)
    own: list[InDomain | None] = []
    for m in measured:
        try:
            own.append(in_domain(m.run, m.policy, choice.non_response))
        except DamagedError as error:
            own.append(None)
            notes.append(str(error))
    policies = dict.fromkeys(m.policy.name for m in measured)
    notes += [f"policy {name}" for name in policies]
    if any(one is not None and one.part == "dev" for one in own):
        notes.append("its sources hold no unused test part: in domain is their dev part, which set the threshold")
    if any(one is None for one in own):
        notes.append("no in-domain figure: no scores of its sources (made elsewhere, or by an earlier version)")
    runs = tuple(provenance(m) for m in measured)
    here = _mean([None if one is None else one.outcomes.hter for one in own])
    there = _mean([m.outcomes.hter if m.outcomes else None for m in measured])
    gap = None if here is None or there is None else there - here
    cells = (
        Cell(percent(here), here, runs=runs),
        Cell(percent(there), there, runs=runs, notes=_why(measured)),
        Cell(DASH if gap is None else f"{100 * gap:+.2f}", gap, runs=runs),
        _auc([None if one is None else one.auc for one in own]),
        _auc([m.curves.auc if m.curves else None for m in measured]),
    )
    return Row(entry.title, cells, tuple(dict.fromkeys(notes)), key=entry.method)


def _why(measured: Sequence[Measured]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.why for m in measured if m.why))


def _auc(values: Sequence[float | None]) -> Cell:
    mean = _mean(values)
    return Cell(percent(mean), mean)


def _mean(values: Sequence[float | None]) -> float | None:
    """None if any of them is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
