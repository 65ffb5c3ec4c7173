"""What a method sees of the data: face crops, opaque keys, and labels only where it may learn from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Faces:
    """The frames of a list of presentations, read lazily from a memory map.

    Nothing here follows the label: keys are positions, and file names, folders, sizes and codecs stay in the store.

    Attributes:
        pixels: uint8 array or memory map, (rows, side, side, 3), RGB; shared, never written.
        rows: int64, (frames,), the row of `pixels` of each frame, in temporal order within a presentation.
        owner: int64, (frames,), the presentation (0 .. len - 1) of each frame, non-decreasing.
        context: float32, (frames,), how many face-box sides a stored crop spans: 1.8 where a detector found the face
            and a margin was kept, 1.0 where the release itself had cut the face out.
        keys: one opaque name per presentation, stable for a given store and list.
        labels: int8, (len,), bona fide = 1, attack = 0; None on a target and wherever nothing may be learnt.
        domains: the release of each presentation, for balanced batches over several sources; None as for `labels`.
        digest: identifies these pixels in this order (for feature caches).
    """

    pixels: NDArray[np.uint8]
    rows: NDArray[np.int64]
    owner: NDArray[np.int64]
    context: NDArray[np.float32]
    keys: tuple[str, ...]
    labels: NDArray[np.int8] | None = None
    domains: tuple[str, ...] | None = None
    digest: str = ""

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def frames(self) -> int:
        """Number of frames of all presentations together."""
        return len(self.rows)

    @property
    def frame_labels(self) -> NDArray[np.int8]:
        """The label of each frame's presentation, int8, (frames,). Raises ValueError where there are no labels."""
        if self.labels is None:
            raise ValueError("these faces carry no labels: nothing may be learnt from them")
        return self.labels[self.owner]

    def crops(
        self, frames: Sequence[int] | NDArray[np.int64] | slice, size: int | None = None, scale: float = 1.0
    ) -> NDArray[np.uint8]:
        """Pictures of some frames, uint8, (n, size, size, 3), RGB.

        `scale` is the side of the picture in face-box sides; where the store holds less context the whole stored crop
        is used. With `size=None` nothing is resized: all frames asked for must then share one context (ValueError).
        """
        import cv2

        index = np.arange(self.frames)[frames] if isinstance(frames, slice) else np.asarray(frames, dtype=np.int64)
        side = self.pixels.shape[1]
        keep = np.maximum(1, np.rint(side * np.minimum(1.0, scale / self.context[index]))).astype(int)
        if size is None:
            if len(set(keep.tolist())) > 1:
                raise ValueError("native crops of different sizes cannot be stacked: ask for a size")
            size = int(keep[0]) if len(keep) else side
        out = np.empty((len(index), size, size, 3), np.uint8)
        for i, (row, kept) in enumerate(zip(self.rows[index], keep.tolist(), strict=True)):
            first = (side - kept) // 2
            crop = self.pixels[row, first : first + kept, first : first + kept]
            if kept == size:
                out[i] = crop
            else:
                how = cv2.INTER_AREA if kept > size else cv2.INTER_CUBIC
                cv2.resize(np.ascontiguousarray(crop), (size, size), dst=out[i], interpolation=how)
        return out

    def batches(self, batch: int, size: int | None = None, scale: float = 1.0) -> Iterator[NDArray[np.uint8]]:
        """All frames in order, `batch` pictures at a time."""
        for start in range(0, self.frames, batch):
            yield self.crops(slice(start, start + batch), size, scale)

    def mean(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """One number per presentation: the mean of its frames' `values`, float64, (len,); NaN without frames."""
        count = np.bincount(self.owner, minlength=len(self))
        total = np.bincount(self.owner, weights=np.asarray(values, np.float64), minlength=len(self))
        return np.divide(total, count, out=np.full(len(self), np.nan), where=count > 0)

    def subset(self, presentations: Sequence[int] | NDArray[np.int64]) -> Faces:
        """The given presentations (positions, any order, no repeats) with all their frames."""
        wanted = np.asarray(presentations, dtype=np.int64)
        place = np.full(len(self), -1, np.int64)
        place[wanted] = np.arange(len(wanted))
        new_owner = place[self.owner]
        frames = np.flatnonzero(new_owner >= 0)
        frames = frames[np.argsort(new_owner[frames], kind="stable")]
        chosen = wanted.tolist()
        return replace(
            self,
            rows=self.rows[frames],
            owner=new_owner[frames],
            context=self.context[frames],
            keys=tuple(self.keys[i] for i in chosen),
            labels=None if self.labels is None else self.labels[wanted],
            domains=None if self.domains is None else tuple(self.domains[i] for i in chosen),
            digest=f"{self.digest}/{hash_positions(wanted)}" if self.digest else "",
        )

    def unlabelled(self) -> Faces:
        """The same faces as a method may see them in prediction."""
        return replace(self, labels=None, domains=None)


def hash_positions(positions: NDArray[np.int64]) -> str:
    """A short digest of a list of positions."""
    import hashlib

    return hashlib.sha256(np.ascontiguousarray(positions, dtype="<i8").tobytes()).hexdigest()[:16]
