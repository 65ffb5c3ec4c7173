"""What an earlier preparation left of a release: said in one line before the release is prepared again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from protocols.presentation import Release
from protocols.recipe import Recipe, differences
from protocols.store.journal import UNFINISHED
from protocols.store.store import MANIFEST


def earlier(release: Release, recipe: Recipe, cache: Path) -> str | None:
    """One line on the store in the cache that comes nearest to this release and recipe; None where there is none.

    Stores of another recipe, or of an earlier version's format, are never opened in place of the one asked for.
    """
    wanted = recipe.as_dict()
    found = []
    for folder, held in _stores(release, cache):
        if differing := differences(held, wanted):
            found.append((differing[0].count("="), folder.name, differing))
    if not found:
        return None
    _, name, (was, asked) = min(found)
    return f"{release.name}: the store {name} was prepared with {was}; asked for: {asked}. Prepared again"


def _stores(release: Release, cache: Path) -> Iterator[tuple[Path, Mapping[str, object]]]:
    for manifest in cache.glob(f"{release.name}-*/{MANIFEST}"):
        if manifest.parent.suffix in UNFINISHED:
            continue
        try:
            with manifest.open("rb") as lines:
                head = json.loads(lines.readline())
            if (head["release"], head["release_digest"]) == (release.name, release.digest):
                yield manifest.parent, dict(head["recipe"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no store
