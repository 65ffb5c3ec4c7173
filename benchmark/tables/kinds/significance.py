"""`table significance`: paired differences to one method, corrected for their number."""

from __future__ import annotations

from benchmark.metrics.significance import Difference, Verdicts, compare, holm
from benchmark.metrics.thresholds import decide
from benchmark.tables.collect import Choice, World
from benchmark.tables.measured import Measured, provenance, remarks
from benchmark.tables.model import DASH, Cell, Column, Row, Table, percent
from benchmark.tables.registry import register
from protocols.errors import unknown

OURS = "grpo"
"""The paper's method: what the others are compared with unless another is asked for."""
HEADS = ("HTER", "difference", "95 % interval", "p", "p (Holm)", "detectable", "clusters that differ")


@register("significance", about="paired differences to one method", against=True)
def significance(world: World, choice: Choice) -> list[Table]:
    """Each method against one reference on the same presentations: a table per protocol, Holm over all of them."""
    plans = [_Plan.of(world, protocol, choice) for protocol in world.protocols(choice)]
    tests = [test for plan in plans for test in plan.tests if test is not None and test.complete]
    adjusted = dict(zip(map(id, tests), holm([test.p for test in tests]), strict=True))
    return [plan.table(world, adjusted, len(tests)) for plan in plans if plan.others]


class _Plan:
    """The comparisons of one protocol."""

    def __init__(self, protocol: str, reference: Measured | None, others: list[Measured]) -> None:
        self.protocol, self.reference, self.others = protocol, reference, others
        self.tests = [] if reference is None else [_test(m, reference) for m in others]

    @classmethod
    def of(cls, world: World, protocol: str, choice: Choice) -> _Plan:
        every = {entry.method: entry.first(choice) for entry in world.of_protocol(protocol, choice)}
        if choice.against is not None and choice.against not in {method for method, _ in world.entries}:
            raise unknown("reference method with runs", choice.against, {method for method, _ in world.entries})
        wanted = choice.against or (OURS if OURS in every else None)
        if wanted is not None and wanted not in every:
            entry = world.entries.get((wanted, protocol))
            reference = None if entry is None else entry.first(choice)
        elif wanted is not None:
            reference = every[wanted]
        else:
            reference = min(every.values(), key=_hter, default=None)
        return cls(protocol, reference, [m for m in every.values() if reference is None or m.run != reference.run])

    def table(self, world: World, adjusted: dict[int, float], tests: int) -> Table:
        rows = []
        for i, m in enumerate(self.others):
            rows.append(_row(m, self.reference, self.tests[i] if self.reference else None, adjusted))
        title = DASH if self.reference is None else self.reference.run.title
        found = [t.detectable for t in self.tests if t is not None and t.complete]
        notes = [
            f"Difference: HTER minus that of {title}; positive where {title} is better. Paired test over clusters "
            f"(subjects), Holm's correction over {tests} test(s) of all protocols.",
            "95 % interval: the differences that the same test does not reject, one comparison by itself; it leaves "
            "out 0 exactly where p, not p (Holm), is below .05.",
        ]
        if found:
            notes.append(
                f"Minimum detectable difference on this protocol (5 %, power 80 %): {percent(min(found))} to "
                f"{percent(max(found))} points; a lesser true difference would mostly stay unseen."
            )
        return Table(
            name="significance",
            caption=f"Differences to {title}, {world.title(self.protocol)}, in points of %. {world.caption}"
            + remarks([*self.others, *([self.reference] if self.reference else [])]),
            stub="Method",
            columns=tuple(Column(head) for head in HEADS),
            rows=tuple(rows),
            notes=tuple(notes),
            world=world.name,
            protocol=self.protocol,
        )


def _hter(m: Measured) -> float:
    hter = None if m.outcomes is None else m.outcomes.hter
    return float("inf") if hter is None else hter


def _test(m: Measured, reference: Measured) -> Difference | None:
    if m.outcomes is None or reference.outcomes is None or m.outcomes.hter is None or reference.outcomes.hter is None:
        return None
    return compare(_verdicts(m), _verdicts(reference))


def _verdicts(m: Measured) -> Verdicts:
    assert m.outcomes is not None
    decided = decide(m.policy, m.run.scores, m.run.dev_scores)
    return Verdicts.of(m.run.id, m.run.scores, decided, exclude=m.outcomes.non_response == "exclude")


def _row(m: Measured, reference: Measured | None, test: Difference | None, adjusted: dict[int, float]) -> Row:
    hter = None if m.outcomes is None else m.outcomes.hter
    runs = tuple(provenance(one) for one in (m, reference) if one is not None)
    notes = [f"policy {m.policy.name}: {m.policy.meaning}", *m.notes, *([m.why] if m.why else [])]
    if reference is not None and reference.why:
        notes.append(f"reference: {reference.why}")
    cells = {"HTER": Cell(percent(hter), hter, runs=runs[:1])}
    if test is not None and not test.complete:
        notes.append(
            f"not compared: {test.only_first} presentation(s) only in this run, {test.only_second} only in the "
            "reference"
        )
    elif test is not None:
        cells |= _compared(test, adjusted[id(test)], runs)
    every = tuple(cells.get(head, Cell(runs=runs)) for head in HEADS)
    return Row(m.run.title, every, tuple(notes), key=m.run.method)


def _compared(test: Difference, corrected: float, runs: tuple[dict[str, object], ...]) -> dict[str, Cell]:
    """The cells of a test, by head."""
    low_high = DASH if test.interval is None else f"{_points(test.interval.low)} to {_points(test.interval.high)}"
    facts = (("paired", test.paired), ("clusters", test.clusters))
    return {
        "difference": Cell(_points(test.hter), test.hter, runs=runs, facts=facts),
        "95 % interval": Cell(low_high),
        "p": Cell(f"{test.p:.4f}", test.p, runs=runs),
        "p (Holm)": Cell(f"{corrected:.4f}", corrected, runs=runs),
        "detectable": Cell(percent(test.detectable), test.detectable),
        "clusters that differ": Cell(f"{test.decisive} of {test.clusters}", test.decisive),
    }


def _points(value: float) -> str:
    return f"{100 * value:+.2f}"
