"""Faces of several stores as one training set, without copying a pixel."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from protocols.store.faces import Faces, Pixels


class Rows:
    """The stored pictures of several stores as one sequence, read one by one; they stay where they are."""

    def __init__(self, parts: Sequence[Pixels]) -> None:
        self._parts = tuple(parts)
        self._starts = np.cumsum([0, *(len(part) for part in self._parts)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, row: int, /) -> NDArray[np.uint8]:
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        which = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self._parts[which][row - int(self._starts[which])]


def join(parts: Sequence[Faces]) -> Faces:
    """The presentations of all parts, in their order; labels and domains stay where every part has them."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0, *(len(p.pixels) for p in parts)]).tolist()
    owners = np.cumsum([0, *(len(p) for p in parts)]).tolist()
    near = [np.full(p.frames, -1) if p.near is None else p.near for p in parts]
    labels = [p.labels for p in parts if p.labels is not None]
    domains = [p.domains for p in parts if p.domains is not None]
    return Faces(
        pixels=Rows([p.pixels for p in parts]),
        rows=np.concatenate([p.rows + start for p, start in zip(parts, starts, strict=False)]),
        owner=np.concatenate([p.owner + start for p, start in zip(parts, owners, strict=False)]),
        context=np.concatenate([p.context for p in parts]),
        near=np.concatenate([np.where(n < 0, -1, n + start) for n, start in zip(near, starts, strict=False)]),
        keys=tuple(key for p in parts for key in p.keys),
        labels=np.concatenate(labels) if len(labels) == len(parts) else None,
        domains=tuple(d for part in domains for d in part) if len(domains) == len(parts) else None,
        digest=hashlib.sha256("\0".join(p.digest for p in parts).encode()).hexdigest()[:32],
    )
