"""Two runs side by side: what differs between them, and whether the difference in HTER is real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmark.metrics.significance import Difference, Verdicts
from benchmark.metrics.significance import compare as test
from benchmark.metrics.thresholds import decide
from benchmark.results.runs import DEMO, Run
from benchmark.results.task import task_of
from benchmark.tables.measured import Measured
from benchmark.tables.model import DASH, percent
from benchmark.untrusted import one_line
from protocols.errors import InputError

PARTS = ("settings", "choices", "recipe", "digests", "code", "facts", "packages", "hardware")
_ALWAYS = ("scores", "dev_scores", "log", "config")
"""Digests that differ because something else does."""


@dataclass(frozen=True)
class Change:
    """One thing in which two runs differ; the values as text, a dash where a run has none."""

    name: str
    first: str
    second: str


def changes(first: Run, second: Run) -> Iterator[Change]:
    """Everything that `run.json` says differently of the two, closest to the figures first."""
    for name in ("method", "protocol", "world", "preset", "seed", "policy"):
        one, two = getattr(first, name), getattr(second, name)
        if one != two:
            yield Change(name, _text(one), _text(two))
    known = [run.as_json() for run in (first, second)]
    for part in PARTS:
        of_a, of_b = (dict(content) if isinstance(content := run[part], dict) else {} for run in known)
        for name in dict.fromkeys([*of_a, *of_b]):
            if of_a.get(name) != of_b.get(name) and not (part == "digests" and name in _ALWAYS):
                yield Change(f"{part}.{name}", _text(of_a.get(name)), _text(of_b.get(name)))


def difference(first: Measured, second: Measured) -> Difference:
    """The paired test of the HTERs on the presentations that both have.

    Raises `InputError` where one of them has no HTER, or where they were tested on different targets.
    """
    for m in (first, second):
        if m.outcomes is None or m.outcomes.hter is None:
            raise InputError(f"{m.run.id}: no HTER to compare ({m.why or 'one class is empty'})")
    targets = [set(task_of(m.run).targets or [m.run.protocol]) for m in (first, second)]
    if not targets[0] & targets[1]:
        raise InputError(f"{first.run.id} and {second.run.id} were tested on different releases: nothing to pair")
    return test(_verdicts(first), _verdicts(second))


def _verdicts(m: Measured) -> Verdicts:
    return Verdicts.of(m.run.id, m.run.scores, decide(m.policy, m.run.scores, m.run.dev_scores))


def as_text(first: Measured, second: Measured) -> str:
    """Both HTERs, what differs, and the verdict, for a screen."""
    found = difference(first, second)
    lines = []
    for letter, m in zip("AB", (first, second), strict=True):
        assert m.outcomes is not None
        title = f"{one_line(m.run.title, 60)}, {one_line(m.run.id, 200)}"
        lines.append(f"{letter}  HTER {percent(m.outcomes.hter)} %  {m.policy.name}  {title}")
        lines += [f"   note: {one_line(note, 200)}" for note in m.notes]
    if (first.run.demo, second.run.demo) != (False, False):
        lines.append(f"   demo world: {DEMO}")
    lines += ["", *_verdict(found), "", "what differs"]
    rows = [(c.name, c.first, c.second) for c in changes(first.run, second.run)] or [
        ("nothing that is recorded", "", "")
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    lines += [f"  {name.ljust(widths[0])}  {a.ljust(widths[1])}  {b}".rstrip() for name, a, b in rows]
    return "\n".join(lines) + "\n"


def _verdict(found: Difference) -> Iterator[str]:
    interval = found.interval
    between = DASH if interval is None else f"{_points(interval.low)} to {_points(interval.high)}"
    yield f"HTER of A minus HTER of B: {_points(found.hter)} points, 95 % interval {between}, p = {found.p:.4f}"
    yield (
        f"paired over {found.paired} presentations in {found.clusters} clusters (subjects), "
        f"{found.decisive} of them decided otherwise"
    )
    if not found.complete:
        yield (
            f"not the whole sets: {found.only_first} presentations only in A and {found.only_second} only in B "
            "were left out"
        )
    better = "A" if found.hter < 0 else "B"
    if found.p < 0.05:
        yield f"{better} is better at the 5 % level (one comparison; for many use `table significance`)"
    else:
        yield (
            "no difference shown at the 5 % level; a true one of less than "
            f"{percent(found.detectable)} points would mostly stay unseen"
        )


def _points(value: float) -> str:
    return f"{100 * value:+.2f}"


def _text(value: object) -> str:
    return DASH if value is None else one_line(str(value), 48)
