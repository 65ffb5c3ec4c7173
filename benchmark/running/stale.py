"""Is a finished run still a run of the data on the disk?

A run records the digests of the prepared faces that it was made from. Where its releases can be looked at, their stores
are brought up to date first; a digest that is another one then says that something a score may depend on has changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.running.faces import prepared
from protocols.errors import InputError
from protocols.json_values import Parsed
from protocols.presentation import Release
from protocols.recipe import Recipe
from protocols.store.prepare import store_path
from protocols.store.store import MANIFEST, Store
from protocols.world import World

_OTHER_LIST = "what its list says of labels, species, subjects, splits, covariates or files is not what it said then"
_TAIL = 4096
"""Bytes at the end of a manifest that hold its last line."""


@dataclass(frozen=True)
class Verdict:
    """`changed`: what is no longer as the run found it; `unseen`: what could not be compared, and why; a line each."""

    changed: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass
class Today:
    """The releases of a world as they are now, each looked at once."""

    world: World
    workers: int = 1
    _seen: dict[tuple[str, str], tuple[Release, Store | None] | str] = field(default_factory=dict)

    def compare(self, used: Mapping[str, str], recipe: Recipe, listed: Mapping[str, str] | None = None) -> Verdict:
        """What has changed for a run that used these stores: release -> digest. Nothing is prepared from nothing.

        `listed`: release -> digest of its list as the run found it, as far as it is known.
        """
        then_listed = listed or {}
        changed: list[str] = []
        unseen: list[str] = []
        for name, digest in used.items():
            found = self._look(name, recipe)
            if isinstance(found, str):
                unseen.append(found)
                continue
            release, store = found
            then = _then(self._cache, name, digest)
            if then_listed.get(name, release.described) != release.described and then in (
                None,
                len(release.presentations),
            ):
                changed.append(f"{release.title} has changed: {_OTHER_LIST}")
                continue
            if store is None and (then is None or then == len(release.presentations)):
                unseen.append(f"{name}: its prepared faces are no longer in the cache")
            elif store is None or store.digest != digest:
                changed.append(f"{release.title} has changed: {_words(then, release)}")
        return Verdict(tuple(changed), tuple(unseen))

    @property
    def _cache(self) -> Path:
        return self.world.cache / "faces"

    def _look(self, name: str, recipe: Recipe) -> tuple[Release, Store | None] | str:
        key = name, recipe.digest
        if key not in self._seen:
            try:
                release = self.world.release(name)
                there = store_path(release, recipe, self._cache).exists()
                store = prepared(self.world, name, recipe, self.workers, progress=False)[1] if there else None
                self._seen[key] = release, store
            except (InputError, OSError) as error:
                self._seen[key] = f"{name}: {error}"
        return self._seen[key]


def _then(cache: Path, name: str, digest: str) -> int | None:
    """How many presentations the store with this digest holds, if it is still in the cache."""
    for manifest in cache.glob(f"{name}-*/{MANIFEST}"):
        end = _last_line(manifest)
        if end.get("end") == digest:
            return int(end["presentations"])
    return None


def _last_line(manifest: Path) -> dict[str, Parsed]:
    try:
        with manifest.open("rb") as file:
            file.seek(max(0, manifest.stat().st_size - _TAIL))
            last = json.loads(file.read().rstrip(b"\n").rpartition(b"\n")[2])
    except (OSError, ValueError):
        return {}
    return last if isinstance(last, dict) else {}


def _words(then: int | None, release: Release) -> str:
    now = len(release.presentations)
    if then is not None and then != now:
        return f"{now} presentations, {then} when the run was made"
    return f"other faces of its {now} presentations than when the run was made"
