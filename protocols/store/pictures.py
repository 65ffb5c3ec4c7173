"""Pictures of any size in one flat file, read from a memory map one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class Pictures:
    """`len(sizes)` RGB pictures, uint8, one after the other in a file after `skipped` bytes; never loaded as a whole.

    `sizes`: int64, (pictures, 2), height and width of each. The file is opened when the first picture is asked for, and
    `check` called before, which may raise.
    """

    def __init__(
        self, file: Path, sizes: NDArray[np.int64], skipped: int = 0, check: Callable[[], None] | None = None
    ) -> None:
        self.file, self.sizes = file, sizes
        self._skipped, self._check = skipped, check
        self._starts = np.concatenate([[0], np.cumsum(sizes.prod(axis=1) * 3)])

    @property
    def bytes(self) -> int:
        """Of all pictures together."""
        return int(self._starts[-1])

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, row: int, /) -> NDArray[np.uint8]:
        """One picture, (height, width, 3): a read-only view of the memory map. Raises IndexError."""
        if not 0 <= row < len(self):
            raise IndexError(f"picture {row} of {len(self)}")
        height, width = self.sizes[row].tolist()
        return self._map[self._starts[row] : self._starts[row + 1]].reshape(height, width, 3)

    @cached_property
    def _map(self) -> NDArray[np.uint8]:
        if self._check is not None:
            self._check()
        # seen as a plain array: a slice of a numpy.memmap takes ten times as long to make
        return np.memmap(self.file, np.uint8, "r", self._skipped, (self.bytes,)).view(np.ndarray)
