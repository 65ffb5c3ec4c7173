"""How much of a store still holds: what its media, or its own bytes, have changed since, and what failed in it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from protocols.errors import InputError
from protocols.files import write_whole
from protocols.presentation import Release
from protocols.store import checked, stamps
from protocols.store.checked import HEADER_BYTES, PIXELS
from protocols.store.stamps import STAMPS, Stamp
from protocols.store.store import Store, hash_pixels
from protocols.store.work import Prepared

_SHOWN = 3
_MENDABLE = frozenset({"broken picture", "breaks off"})
"""Losses that another attempt may bring back: what a detector does not find, it will not find again."""


@dataclass(frozen=True)
class Standing:
    """A store and what is to be prepared again: per presentation id, why.

    `stamps` are those of today for what stays; `touched` says that some of them are newer than the store's own.
    """

    store: Store
    stale: Mapping[str, str]
    stamps: Mapping[str, Stamp]
    touched: bool

    @property
    def fresh(self) -> bool:
        """Nothing is to be done, not even written down."""
        return not self.stale and not self.touched

    def text(self) -> str:
        """`3 of 785 presentations are prepared again: Live_3 (its files have changed), ...`."""
        named = ", ".join(f"{name} ({why})" for name, why in list(self.stale.items())[:_SHOWN])
        more = ", ..." if len(self.stale) > _SHOWN else ""
        return f"{len(self.stale)} of {len(self.store.entries)} presentations are prepared again: {named}{more}"

    def kept(self, name: str) -> Prepared:
        """What the store has of a presentation. Raises `InputError` if its pixels are not those of its line."""
        entry = self.store.entries[name]
        with (self.store.path / PIXELS).open("rb") as file:
            file.seek(HEADER_BYTES + self._offsets[name])
            pixels = np.frombuffer(file.read(checked.size_of(entry)), np.uint8)
        if hash_pixels([pixels]) != entry["sha256"]:
            raise InputError(f"{self.store.path / PIXELS}: the pixels of {name!r} have changed while they were copied")
        return Prepared(entry, [pixels], self.stamps[name])

    @cached_property
    def _offsets(self) -> Mapping[str, int]:
        entries = self.store.entries
        return dict(zip(entries, accumulate(map(checked.size_of, entries.values()), initial=0), strict=False))

    def renew(self) -> None:
        """Write today's stamps, so that files which were only touched are not read once more."""
        if not self.touched:
            return
        lines = b"".join(stamps.write_line(name, self.stamps[name]) for name in self.store.entries)
        with contextlib.suppress(OSError):  # a cache that cannot be written still serves
            write_whole(self.store.path / STAMPS, lines)


def examine(store: Store, release: Release, *, failed: bool = False) -> Standing:
    """What of a store no longer holds for the release on disk; with `failed`, what failed in it, too."""
    known = dict(stamps.read_all(store.path))
    stale: dict[str, str] = {}
    today: dict[str, Stamp] = {}
    touched = False
    for p in release.presentations:
        stamp = known.get(p.id)
        if stamp is None:
            stale[p.id] = "it is not known what its files were"
        elif stamps.fresh(release.root, p.media, stamp):
            today[p.id] = stamp
        elif renewed := stamps.renewed(release.root, p.media, stamp):
            today[p.id], touched = renewed, True
        else:
            stale[p.id] = "its files have changed"
    if failed:
        stale |= {name: f"failed: {reason}" for name, reason in store.failures.items()}
        for name in store.entries:
            if lost := [loss.reason for loss in store.losses(name) if loss.kind in _MENDABLE]:
                stale.setdefault(name, lost[0])
    if not checked.unchanged(store.path, store.digest):
        harmed = dict.fromkeys(checked.damaged(store.path, store.entries), "its stored faces are damaged")
        stale |= harmed
        if not harmed:
            checked.record(store.path, store.digest)
    return Standing(store, stale, today, touched)
