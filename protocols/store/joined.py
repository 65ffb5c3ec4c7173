"""Faces of several stores as one training set, without copying a pixel."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocols.errors import InputError
from protocols.store.faces import Faces


class Rows:
    """Several (n, side, side, 3) arrays or memory maps as one, read row by row.

    Understands what `Faces` asks of its pixels: `shape`, `dtype`, `len`, and indexing whose first index is one row or
    an array of rows. The arrays stay where they are, on disk or in memory.
    """

    def __init__(self, arrays: Sequence[NDArray[np.uint8]]) -> None:
        self._arrays = tuple(arrays)
        self._starts = np.cumsum([0, *(len(a) for a in self._arrays)])
        self.shape = (int(self._starts[-1]), *self._arrays[0].shape[1:])
        self.dtype = self._arrays[0].dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> NDArray[np.uint8]:
        row, *rest = key if isinstance(key, tuple) else (key,)
        if np.ndim(row):
            return np.stack([self[(one, *rest)] for one in np.asarray(row).tolist()])
        row = int(row)  # a slice is a TypeError: nobody reads all rows at once
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        which = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self._arrays[which][(row - int(self._starts[which]), *rest)]


def join(parts: Sequence[Faces]) -> Faces:
    """The presentations of all parts, in their order; labels and domains stay where every part has them.

    Raises `InputError` for stores of different crop sizes: they were prepared with different recipes.
    """
    if len(parts) == 1:
        return parts[0]
    sides = {p.pixels.shape[1:] for p in parts}
    if len(sides) > 1:
        raise InputError(f"faces of {len(sides)} sizes cannot be trained on together: prepare them with one recipe")
    rows, owners, row, owner = [], [], 0, 0
    for p in parts:
        rows.append(p.rows + row)
        owners.append(p.owner + owner)
        row, owner = row + len(p.pixels), owner + len(p)
    labels = [p.labels for p in parts if p.labels is not None]
    domains = [p.domains for p in parts if p.domains is not None]
    pixels: Any = Rows([p.pixels for p in parts])
    return Faces(
        pixels=pixels,
        rows=np.concatenate(rows),
        owner=np.concatenate(owners),
        context=np.concatenate([p.context for p in parts]),
        keys=tuple(key for p in parts for key in p.keys),
        labels=np.concatenate(labels) if len(labels) == len(parts) else None,
        domains=tuple(d for part in domains for d in part) if len(domains) == len(parts) else None,
        digest=hashlib.sha256("\0".join(p.digest for p in parts).encode()).hexdigest()[:32],
    )
