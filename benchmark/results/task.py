"""The protocol of a run: results are read where it need not be known, and runs of before records held it still are."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

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


def defaults_of(run: Run) -> Choices:
    """The choices of the run's protocol before any of them was changed."""
    from protocols.choices import complete

    kind = complete()
    known = {f.name for f in dataclasses.fields(kind)}
    values = {name: value for name, value in run.task.defaults.items() if name in known}
    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return dataclasses.replace(kind(), **plain)  # type: ignore[arg-type]
