"""What an earlier preparation left of a release: said in one line before the release is prepared again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from protocols.presentation import Release
from protocols.store.journal import UNFINISHED
from protocols.store.recipe import Recipe
from protocols.store.store import MANIFEST


def earlier(release: Release, recipe: Recipe, cache: Path) -> str | None:
    """One line on the store in the cache that comes nearest to this release and recipe; None where there is none.

    Stores of another recipe, or of an earlier version's format, are never opened in place of the one asked for.
    """
    wanted = recipe.as_dict()
    found = [(_differences(values, wanted), folder) for folder, values in _stores(release, cache)]
    if not found:
        return None
    names, folder = min(found, key=lambda pair: (len(pair[0]), pair[1].name))
    held = dict(_stores(release, cache))[folder]
    was, now = (", ".join(f"{n}={_short(values.get(n))}" for n in names) for values in (held, wanted))
    return f"{release.name}: the store {folder.name} was prepared with {was}; asked for: {now}. Prepared again"


def _stores(release: Release, cache: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
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


def _differences(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Names of what differs; `format` first, as it explains most."""
    names = {name for name in {*held, *wanted} if held.get(name) != wanted.get(name)}
    return sorted(names, key=lambda name: (name != "format", name))


def _short(value: object) -> str:
    return "none" if value is None else str(value)[:12]
