"""Do boxes that were found before belong to the data? An id that is nobody's is refused, not silently unused."""

from __future__ import annotations

from pathlib import Path

from protocols.errors import InputError
from protocols.media.detect import read_boxes
from protocols.presentation import Release
from protocols.recipe import Recipe
from protocols.world import World


def check(recipe: Recipe, world: World, release: Release) -> None:
    """Raises `InputError` that names the first box whose id is a presentation of no release of this world.

    One file may serve several releases: the others are listed only if some id is not one of `release`. Nothing is
    checked where the recipe does not take its boxes from a file.
    """
    if recipe.detector != "boxes":
        return
    file = Path(str(recipe.detector_file))
    left = dict.fromkeys(read_boxes(file))
    _drop(left, release)
    others = [name for name in world.usual if name != release.name]
    while left and others:
        try:
            _drop(left, world.release(others.pop()))
        except InputError:
            continue  # one that cannot be listed has no presentations either
    if left:
        example = release.presentations[0].id if release.presentations else ""
        raise InputError(
            f"{file}: {next(iter(left))!r} is no presentation of {release.title} or of another release of this world "
            f"({len(left)} such ids): write them as score files have them, for instance {example!r}"
        )


def _drop(left: dict[str, None], release: Release) -> None:
    for p in release.presentations:
        left.pop(p.id, None)
