"""The faces of a world's releases, prepared once for all runs, and what there is to say about each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from protocols.presentation import Release
from protocols.recipe import Recipe
from protocols.releases import registry
from protocols.store import boxes, detection
from protocols.store.prepare import Again, prepare
from protocols.store.store import Store
from protocols.world import World

SHOWN = 100
"""Presentations in part that are listed."""


def prepared(
    world: World, name: str, recipe: Recipe, workers: int, *, progress: bool = True, again: Again = "changed"
) -> tuple[Release, Store]:
    """A release of a world and its face store: listed, decoded and cropped unless that was done before."""
    release = world.release(name, refresh=again != "changed")
    boxes.check(recipe, world, release)
    store = prepare(release, recipe, world.cache / "faces", workers=workers, progress=progress, again=again)
    return release, store


def prepare_all(
    world: World, wanted: Iterable[tuple[str, Recipe]], workers: int, *, progress: bool = True, again: Again = "changed"
) -> Iterator[tuple[Release, Store]]:
    """Every (release, recipe) in turn."""
    for name, recipe in wanted:
        yield prepared(world, name, recipe, workers, progress=progress, again=again)


def announce(world: World, prepared: Iterable[tuple[Release, Store]], say: Callable[[str], None] = print) -> None:
    """Say of every release what was found, how it compares with the published counts, and what has no face."""
    for release, store in prepared:
        say(f"{release.title} (layout {release.layout}): {len(release.presentations)} presentations")
        for line in _remarks(world, release, store):
            say(f"  {line}")


def _remarks(world: World, release: Release, store: Store) -> Iterator[str]:
    yield from () if world.demo else registry.compare(release)  # the demo's releases are miniatures
    yield from (f"note: {warning}" for warning in release.warnings)
    yield from (f"no face from {name}: {reason}" for name, reason in sorted(store.failures.items()))
    yield from () if world.demo else detection.lines(store)
    yield from _in_part(store)


def _in_part(store: Store) -> Iterator[str]:
    """One line for each presentation of which only a part could be used; those beyond `SHOWN` are counted.

    A frame in which the detector found no face is used all the same, with a neighbour's box: it is not named here.
    """
    found = [
        (name, [loss for loss in store.losses(name) if loss.kind != "no face"])
        for name in store.entries
        if name not in store.failures
    ]
    found = [(name, losses) for name, losses in found if losses]
    for name, losses in found[:SHOWN]:
        yield f"used in part: {name}: {'; '.join(loss.reason for loss in losses[:5])}"
    if len(found) > SHOWN:
        yield f"used in part: {len(found) - SHOWN} more presentations"
