"""`table significance`, `table seeds` and `table cost`."""

from __future__ import annotations

from benchmark.metrics.significance import Difference, Verdicts, compare, holm
from benchmark.metrics.thresholds import decide
from benchmark.tables.collect import Choice, Entry, Measured, World, provenance, remarks, spread, subsets
from benchmark.tables.model import DASH, Cell, Column, Row, Table, percent
from protocols.errors import unknown

OURS = "grpo"
"""The paper's method: what the others are compared with unless another is asked for."""


def significance_tables(world: World, choice: Choice) -> list[Table]:
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
        heads = ("HTER", "difference", "95 % interval", "p", "p (Holm)", "detectable", "clusters that differ")
        return Table(
            name="significance",
            caption=f"Differences to {title}, {world.title(self.protocol)}, in points of %. {world.caption}"
            + remarks([*self.others, *([self.reference] if self.reference else [])]),
            stub="Method",
            columns=tuple(Column(head) for head in heads),
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
    first = Cell(percent(hter), hter, runs=runs[:1])
    if test is None or not test.complete:
        if test is not None:
            notes.append(
                f"not compared: {test.only_first} presentation(s) only in this run, {test.only_second} only in the "
                "reference"
            )
        return Row(m.run.title, (first, *(Cell(runs=runs) for _ in range(6))), tuple(notes), key=m.run.method)
    low_high = DASH if test.interval is None else f"{_points(test.interval.low)} to {_points(test.interval.high)}"
    corrected = adjusted[id(test)]
    cells = (
        first,
        Cell(_points(test.hter), test.hter, runs=runs, facts=(("paired", test.paired), ("clusters", test.clusters))),
        Cell(low_high),
        Cell(f"{test.p:.4f}", test.p, runs=runs),
        Cell(f"{corrected:.4f}", corrected, runs=runs),
        Cell(percent(test.detectable), test.detectable),
        Cell(f"{test.decisive} of {test.clusters}", test.decisive),
    )
    return Row(m.run.title, cells, tuple(notes), key=m.run.method)


def _points(value: float) -> str:
    return f"{100 * value:+.2f}"


def seeds_tables(world: World, choice: Choice) -> list[Table]:
    """Mean, sample standard deviation (ddof 1) and number of seeds of every method's HTER."""
    protocols = world.protocols(choice)
    methods = {entry.method: entry.title for p in protocols for entry in world.of_protocol(p, choice)}
    rows = [
        Row(
            title,
            tuple(cell for p in protocols for cell in _seed_cells(world.entries.get((method, p)), choice)),
            key=method,
        )
        for method, title in methods.items()
    ]
    columns = tuple(Column(head, world.title(p)) for p in protocols for head in ("mean", "std", "n"))
    every = [m for p in protocols for entry in world.of_protocol(p, choice) for m in entry.measure(choice)]
    return [
        Table(
            name="seeds",
            caption=f"HTER over seeds, in %. {world.caption}{remarks(every)}",
            stub="Method",
            columns=columns,
            rows=tuple(rows),
            notes=("std: sample standard deviation (n - 1); a dash for one seed. Nothing is averaged over a gap.",),
            world=world.name,
        )
    ]


def _seed_cells(entry: Entry | None, choice: Choice) -> list[Cell]:
    if entry is None:
        return [Cell(), Cell(), Cell()]
    measured = entry.measure(choice)
    found = spread(measured, lambda o: o.hter)
    runs = tuple(provenance(m) for m in measured)
    reasons = [m.why for m in measured if m.why]
    notes = tuple(dict.fromkeys([*reasons, *(n for m in measured for n in m.notes), *entry.notes]))
    if found is None:
        return [Cell(runs=runs), Cell(runs=runs), Cell(str(len(measured)), len(measured), notes=notes)]
    seeds = tuple(("seed", m.run.seed) for m in measured)
    return [
        Cell(percent(found.mean), found.mean, runs=runs),
        Cell(percent(found.std), found.std, runs=runs),
        Cell(str(found.n), found.n, notes=notes, facts=seeds[:1]),
    ]


def cost_tables(world: World, choice: Choice) -> list[Table]:
    """Seconds and memory per method and stage, means over seeds: a table per protocol."""
    return [_cost(world, protocol, world.of_protocol(protocol, choice)) for protocol in world.protocols(choice)]


def _cost(world: World, protocol: str, entries: list[Entry]) -> Table:
    stages = list(dict.fromkeys(stage for e in entries for run in e.runs for stage in run.stages))
    units = (("CPU s", "cpu_s"), ("GPU s", "gpu_s"), ("wall s", "wall_s"), ("peak MiB", "peak_mb"))
    rows = [
        Row(
            entry.title,
            tuple(_cost_cell(entry, stage, key) for stage in stages for _, key in units),
            (f"on {_hardware(entry)}", *(run.fault for run in entry.runs if run.fault is not None), *entry.notes),
            key=entry.method,
        )
        for entry in entries
    ]
    return Table(
        name="cost",
        caption=f"Cost per run, {world.title(protocol)}. {world.caption}"
        + subsets(run for entry in entries for run in entry.runs),
        stub="Method",
        columns=tuple(Column(title, stage) for stage in stages for title, _ in units),
        rows=tuple(rows),
        notes=("Means over seeds. Attempts that were killed are not counted.",),
        world=world.name,
        protocol=protocol,
    )


def _hardware(entry: Entry) -> str:
    named = [str(value) for run in entry.runs for value in run.hardware.values() if isinstance(value, str)]
    return ", ".join(dict.fromkeys(named)) or "unknown hardware"


def _cost_cell(entry: Entry, stage: str, key: str) -> Cell:
    if not all(stage in run.stages for run in entry.runs):
        return Cell()
    values = [getattr(run.stages[stage], key) for run in entry.runs]
    mean = sum(values) / len(values)
    return Cell(f"{mean:.0f}" if key == "peak_mb" else f"{mean:.2f}", mean)
