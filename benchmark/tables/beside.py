"""What must be said of a run because of the runs beside it in a table: older data, faces by another recipe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from benchmark.results.runs import Run
from protocols.recipe import differences

OLDER = "made from an older state of its data than the newest run of the protocol (see `run`, which makes it again)"


def older(runs: Sequence[Run]) -> frozenset[str]:
    """Ids of runs whose prepared faces are not those of the newest run of the same protocol and recipe."""
    data: dict[tuple[str, str | None], tuple[str | None, ...]] = {}
    found = set()
    for run in _newest_first(runs):
        used = run.digests.source, run.digests.target
        if None in used:
            continue  # scores made elsewhere
        if data.setdefault((run.protocol, run.digests.recipe), used) != used:
            found.add(run.id)
    return frozenset(found)


def recipes(shown: Iterable[Run]) -> Mapping[str, str]:
    """By run id how its faces were prepared, where the newest run's were prepared otherwise.

    A store of an earlier format, or with other settings, shows methods other pictures: its figures share the table,
    but not without a mark. Of scores made elsewhere no recipe is known.
    """
    prepared = [run for run in _newest_first(shown) if run.recipe]
    notes = {}
    for run in prepared:
        if differing := differences(run.recipe, prepared[0].recipe):
            notes[run.id] = f"faces by another recipe: {differing[0]}; those of the newest run: {differing[1]}"
    return notes


def _newest_first(runs: Iterable[Run]) -> list[Run]:
    return sorted((run for run in runs if run.fault is None), key=lambda run: (run.created, run.id), reverse=True)
