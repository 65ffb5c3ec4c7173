"""The protocol of a run: results are read where it need not be known, and runs of before records held it still are."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_type_hints

from benchmark.results.records import Task

if TYPE_CHECKING:
    from benchmark.results.runs import Run
    from protocols.choices import Choices


def task_of(run: Run) -> Task:
    """From the record, else from what is known of a protocol of that name."""
    return run.task if run.task.title else named(run.protocol)


def named(protocol: str) -> Task:
    """What is known of a protocol by its name alone."""
    from protocols.catalogue import shipped

    known = shipped().protocols.get(protocol)
    return Task(protocol) if known is None else Task(known.title, known.sources, known.targets, note=known.note)


def title_of(run: Run) -> str:
    """The protocol's name in a caption."""
    return task_of(run).title


def subset_of(run: Run) -> str | None:
    """`481 of 555 presentations, subset paper, 0123456789abcdef`: what of its target a run decides on, where the target
    was narrowed to a list; None where it was not."""
    named = run.choices.get("target_subset") or run.task.defaults.get("target_subset")
    if not isinstance(named, str):
        return None
    from protocols.subset import Subset

    subset = Subset.of_record(named)
    lines = [line for ledger in run.ledgers if ledger.part == "target" for line in ledger.lines]
    left = sum(line.left_out.get(subset.reason, 0) for line in lines)
    n = sum(line.in_part for line in lines)
    covered = sum((run.coverage.named or run.coverage.used).values()) if run.coverage else run.counts.target
    return f"{f'{n} of {n + left}' if lines else covered} presentations, {subset.words}"


def defaults_of(run: Run) -> Choices:
    """The choices of the run's protocol before any of them was changed."""
    from protocols.choices import complete
    from protocols.settings import restored, with_values

    kind = complete()
    hints = get_type_hints(kind)
    values = {name: restored(hints[name], value) for name, value in run.task.defaults.items() if name in hints}
    return with_values(kind(), values)
