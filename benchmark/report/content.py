"""What a test report says of one run (ISO/IEC 30107-3, clause 14; ISO/IEC 19795-1), as plain rows for the page."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.metrics.summary import APCER_PERCENT
from benchmark.metrics.thresholds import DEFAULTS, Answer, TolerantAnswer, parse
from benchmark.results.figures import Bounds, Curves
from benchmark.results.rates import Outcomes, Rate
from benchmark.results.runs import DEMO
from benchmark.results.task import task_of, title_of
from benchmark.tables.measured import Measured
from benchmark.tables.model import DASH, between, percent
from benchmark.untrusted import one_line

if TYPE_CHECKING:
    from benchmark.report.charts import Chart
    from benchmark.results.runs import Run

STATEMENT = (
    "This page has the shape of a report under ISO/IEC 30107-3. It is no certificate and no conformity assessment: a "
    "benchmark on recorded data tests a PAD subsystem on these presentations and says nothing of a product, of capture "
    "conditions that were not recorded, or of attacks that were not tried."
)
NEAR_MISSES = 200
"""Near misses that a report lists; all are counted, and `figures.json` and the score file hold them."""
TAIL = 160
"""Characters of a response that show how its answer is spelt: it stands at the end."""
_SHOWN_THRESHOLDS = ("source-eer", "fixed:0", "oracle-target-eer")


@dataclass(frozen=True)
class Figure:
    """A cell: what it shows and, for sorting, its number (None: no figure)."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class Section:
    """One run. Facts are (name, text); rows of tables are cells, the first of them the row's head."""

    anchor: str
    title: str
    measured: Measured
    identity: tuple[tuple[str, str], ...]
    test_set: tuple[tuple[str, str], ...]
    decision: tuple[tuple[str, str], ...]
    headline: tuple[tuple[str, str], ...]
    species: tuple[tuple[Figure, ...], ...]
    policies: tuple[tuple[Figure, ...], ...]
    points: tuple[tuple[Figure, ...], ...]
    deviations: tuple[str, ...]
    coverage: tuple[tuple[Figure, ...], ...]
    near_misses: tuple[tuple[Figure, ...], ...]
    settings: tuple[tuple[str, str, str], ...]
    det: Chart | None = None
    histogram: Chart | None = None


SPECIES_HEADS = ("species", "group", "n", "errors", "APCER / BPCER (%)", "95 % interval", "non-response (%)", "too few")
POLICY_HEADS = ("policy", "threshold", "BPCER dev", "max APCER dev", "BPCER", "max APCER", "pooled FAR", "HTER")
NEAR_MISS_HEADS = ("presentation", "species", "read tolerantly", "its words, the end of them")
COVERAGE_HEADS = (
    *("part", "release", "species", "published", "found", "left out", "used whole", "used in part", "lost", "why"),
)
POINT_HEADS = ("APCER of every species at most", "BPCER (%)", "errors / n", "greatest APCER (%)", "threshold")


def section(measured: Measured, number: int, charts: bool) -> Section:
    """Everything the page says of a run. `charts=False` leaves the score files closed."""
    run = measured.run
    det = histogram = None
    if charts and measured.figures is not None:
        from benchmark.report import charts as draw

        title = f"{run.title}, {title_of(run)}"
        found = measured.figures.policies
        det = draw.det(run.scores, title)
        histogram = draw.histogram(run.scores, [(n, _float(found[n].threshold)) for n in _SHOWN_THRESHOLDS], title)
    return Section(
        anchor=f"run-{number}",
        title=f"{run.title}, {title_of(run)}, seed {run.seed}",
        measured=measured,
        identity=tuple(_identity(measured)),
        test_set=tuple(_test_set(measured)),
        decision=tuple(_decision(measured)),
        headline=tuple(_headline(measured)),
        species=tuple(_species(measured)),
        policies=tuple(_policies(measured)),
        points=tuple(_points(measured)),
        deviations=tuple(_deviations(measured)),
        coverage=tuple(_coverage(run)),
        near_misses=tuple(_near_misses(measured)) if charts else (),
        settings=tuple(_settings(run)),
        det=det,
        histogram=histogram,
    )


def _identity(m: Measured) -> Iterable[tuple[str, str]]:
    run = m.run
    code = run.code
    commit = code.commit or "unknown"
    yield "Item under test", f"{run.title} ({run.method}), preset {run.preset}, seed {run.seed}"
    yield "Run", run.id
    yield "Made", run.created
    yield (
        "Code",
        f"version {code.version}, commit {commit}{' with uncommitted changes' if code.dirty else ''}",
    )
    digests = run.digests
    for name, one in (
        ("Pretrained weights", digests.weights), ("Configuration", digests.config), ("Score file", digests.scores),
    ):  # fmt: skip
        yield f"{name} (SHA-256)", one or "none recorded"
    yield "Hardware", _joined(run.hardware)
    yield "Packages", _joined(run.packages)
    yield "Operator", "not recorded"
    if run.facts:
        yield "What the method tells about itself", _joined(run.facts)


def _coverage(run: Run) -> Iterable[tuple[Figure, ...]]:
    """What became of the presentations of every part, a row per species."""
    for ledger in run.ledgers:
        for line in ledger.lines:
            reasons = {**line.lost, **line.left_out}
            yield (
                Figure(ledger.part),
                Figure(line.release),
                Figure(line.species),
                Figure(DASH) if line.published is None else Figure(str(line.published), line.published),
                *(
                    Figure(str(n), n)
                    for n in (
                        *(line.found, sum(line.left_out.values()), line.used, line.partly, sum(line.lost.values())),
                    )
                ),
                Figure("; ".join(f"{n} {one_line(why)}" for why, n in reasons.items())),
            )


def _test_set(m: Measured) -> Iterable[tuple[str, str]]:
    run = m.run
    task = task_of(run)
    yield "Protocol", f"{title_of(run)} ({run.protocol})"
    if task.note:
        yield "Convention", task.note
    sides = (("Trained on", task.sources, run.digests.source), ("Tested on", task.targets, run.digests.target))
    for what, names, digest in sides:
        if names:
            yield what, "; ".join(f"{n}, prepared faces {run.faces.get(n) or digest or 'unknown'}" for n in names)
    yield "World", f"embedded demo: {DEMO}" if run.demo else str(run.world)
    if m.figures is not None:
        counts = m.figures.counts
        yield (
            "Presentations",
            f"{counts.bona_fide} bona fide of {counts.bona_fide_groups} subjects or other clusters, "
            f"{counts.attack} attacks; {counts.groups} clusters in all",
        )
    yield "Evaluation", "PAD subsystem, on recorded data; no full system, no matcher (IAPAR, RIAPAR out of scope)"
    yield "Unit of decision", "one presentation (a video or a folder of frames), one decision each"
    yield "Preparation", _joined(run.recipe)
    yield "Choices the paper leaves open", _joined(run.choices)


def _decision(m: Measured) -> Iterable[tuple[str, str]]:
    threshold = m.entry.threshold
    yield "Threshold policy", f"{m.policy.name}: {m.policy.meaning}"
    yield "Threshold", DASH if threshold is None else f"{threshold:.6g}"
    seen = "the target's own labels: a bound, not a result" if m.policy.oracle else "no label of the target"
    yield "Labels it saw", seen
    yield "Presentations without an answer", "counted as errors of their class"
    if isinstance(m.policy, Answer) and m.texts:
        yield "Answer rule", m.policy.rule
        yield "Near misses", f"{m.near_misses} of {m.texts} texts, which only the tolerant rule reads"
    if m.why:
        yield "No figures", m.why


def _headline(m: Measured) -> Iterable[tuple[str, str]]:
    found = m.outcomes
    if found is None:
        yield "HTER", DASH
        return
    worst = found.apcer_max
    yield "HTER", _with_interval(found.hter, m.interval("hter"))
    yield "BPCER (= FRR)", _with_interval(found.bpcer.value, m.interval("frr"))
    yield "Maximum APCER", DASH if worst is None else f"{percent(worst.rate.value)} % ({worst.text})"
    yield "FAR, pooled (no APCER)", _with_interval(found.far.value, m.interval("far"))
    curves = m.curves or Curves()
    yield "EER (target's labels)", _with_interval(curves.eer, curves.eer_interval)
    yield "BPNRR", f"{percent(found.bpnrr.value)} % ({found.bpnrr.errors}/{found.bpnrr.n})"


def _with_interval(value: float | None, interval: Bounds | None) -> str:
    if value is None:
        return DASH
    return f"{percent(value)} %" + (f" [{between(interval)}]" if interval else "")


def _species(m: Measured) -> Iterable[tuple[Figure, ...]]:
    for one in m.species:
        rate, interval = one.rate, one.interval
        yield (
            Figure(one.title),
            Figure(one.group or DASH),
            Figure(str(rate.n), rate.n),
            Figure(str(rate.errors), rate.errors),
            Figure(percent(rate.value), rate.value),
            Figure(between(interval), None if interval is None else interval.high),
            Figure(percent(one.silent.value), one.silent.value),
            Figure("; ".join(one.remarks), rate.errors if one.few else None),
        )


def _policies(m: Measured) -> Iterable[tuple[Figure, ...]]:
    if m.figures is None:
        return
    for name in DEFAULTS:
        entry, policy = m.figures.policies[name], parse(name)
        if isinstance(policy, TolerantAnswer) and not m.figures.counts.texts:
            continue
        dev, target = _rates(entry.on_dev()), _rates(entry.on_target() if m.why is None else None)
        threshold = entry.threshold
        words = f"{name} (bound, not a result)" if policy.oracle else name
        cells = [Figure(percent(v), v) for v in (dev[0], dev[1], target[0], target[1], target[2], target[3])]
        yield (
            Figure(words + (f": {entry.undefined}" if entry.undefined else "")),
            Figure(DASH if threshold is None else f"{threshold:.4g}", _float(threshold)),
            *cells,
        )


def _rates(found: Outcomes | None) -> tuple[float | None, ...]:
    if found is None:
        return None, None, None, None
    worst = found.apcer_max
    return found.bpcer.value, None if worst is None else worst.rate.value, found.far.value, found.hter


def _points(m: Measured) -> Iterable[tuple[Figure, ...]]:
    for asked in APCER_PERCENT:
        point = (m.curves or Curves()).point("max", asked)
        if point is None:
            yield (Figure(f"{asked} %", asked), *(Figure(DASH) for _ in range(4)))
            continue
        rate = Rate(point.errors, point.n)
        yield (
            Figure(f"{asked} %", asked),
            Figure(percent(rate.value), rate.value),
            Figure(f"{rate.errors} / {rate.n}", rate.errors),
            Figure(percent(point.apcer), point.apcer),
            Figure(f"{point.threshold:.4g}", _float(point.threshold)),
        )


def _deviations(m: Measured) -> Iterable[str]:
    run = m.run
    if run.demo:
        yield f"Embedded demo world: {DEMO}."
    yield from (f"{key} = {value} differs from the preset." for key, value in run.overrides.items())
    yield from m.notes
    if m.why:
        yield m.why
    if m.policy.oracle:
        yield "The threshold was fitted to the target's own labels: a bound, not a result."
    yield from run.warnings
    for overlap in run.overlaps:
        yield f"Overlap of training and test data: {overlap}"
    tied = m.figures.counts.tied if m.figures is not None else 0
    if tied:
        yield f"{tied} bona fide presentations have the very score of an attack."


def _near_misses(m: Measured) -> Iterable[tuple[Figure, ...]]:
    """Texts that only the tolerant answer rule reads, whatever the policy; the first `NEAR_MISSES` of them."""
    if not m.near_misses:
        return
    from benchmark.metrics.answers import near_misses

    scores = m.run.scores
    for row, decision in itertools.islice(near_misses(scores).items(), NEAR_MISSES):
        text = scores.text[row] or ""
        yield (
            Figure(one_line(scores.id[row], 300)),
            Figure(one_line(str(scores.species[row]), 100)),
            Figure(decision),
            Figure(one_line(text[-TAIL:], 2 * TAIL)),
        )


def _settings(run: Run) -> Iterable[tuple[str, str, str]]:
    for name, value in run.settings.items():
        yield name, str(value), "changed" if name in run.overrides else ""


def _joined(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items() if value is not None) or "none recorded"


def _float(value: float | None) -> float | None:
    """A number that can be drawn or sorted: no infinity."""
    return None if value is None or math.isinf(value) else value
