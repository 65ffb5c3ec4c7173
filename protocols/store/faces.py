"""What a method sees of the data: face crops, opaque keys, and labels only where it may learn from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from protocols.media.crop import Interpolation, resize


class Pixels(Protocol):
    """Stored pictures by number: each uint8, (height, width, 3), RGB, read-only. An array of pictures is one, too."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int, /) -> NDArray[np.uint8]: ...


@dataclass(frozen=True)
class Faces:
    """The frames of a list of presentations, read lazily from a memory map.

    Nothing here follows the label: keys are positions, and file names, folders, sizes and codecs stay in the store.

    Attributes:
        pixels: the stored pictures, of any sizes; shared, never written.
        rows: int64, (frames,), the row of `pixels` of each frame, in temporal order within a presentation.
        owner: int64, (frames,), the presentation (0 .. len - 1) of each frame, non-decreasing.
        context: float32, (frames,), how many face-box sides that picture spans: 1.8 where a detector found the face
            and a margin was kept, 1.0 where the release itself had cut the face out.
        near: int64, (frames,), the row of a second picture, which spans the face box alone and holds more of it; -1
            where the first one holds all that there is. None: there is no second picture at all.
        keys: one opaque name per presentation, stable for a given store and list.
        labels: int8, (len,), bona fide = 1, attack = 0; None on a target and wherever nothing may be learnt.
        domains: the release of each presentation, for balanced batches over several sources; None as for `labels`.
        digest: identifies these pixels in this order (for feature caches).
    """

    pixels: Pixels
    rows: NDArray[np.int64]
    owner: NDArray[np.int64]
    context: NDArray[np.float32]
    keys: tuple[str, ...]
    labels: NDArray[np.int8] | None = None
    domains: tuple[str, ...] | None = None
    digest: str = ""
    near: NDArray[np.int64] | None = None

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

    def native(self, frame: int, scale: float = 1.0) -> NDArray[np.uint8]:
        """The picture of one frame that spans `scale` face boxes, as it is stored: uint8, (height, width, 3), RGB.

        Where the store holds less context than that, the whole stored picture.
        """
        near = -1 if self.near is None or scale > 1.0 else int(self.near[frame])
        picture = self.pixels[int(self.rows[frame]) if near < 0 else near]
        share = min(1.0, scale / (float(self.context[frame]) if near < 0 else 1.0))
        (top, height), (left, width) = (_middle(n, share) for n in picture.shape[:2])
        return picture[top : top + height, left : left + width]

    def crops(
        self,
        frames: Sequence[int] | NDArray[np.int64] | slice,
        size: int | None = None,
        scale: float = 1.0,
        how: Interpolation = "area",
    ) -> NDArray[np.uint8]:
        """Pictures of some frames, uint8, (n, size, size, 3), RGB: `native` ones, resized once (`crop.resize`).

        With `size=None` nothing is resized: all of them must then have one size (ValueError).
        """
        index = np.arange(self.frames)[frames] if isinstance(frames, slice) else np.asarray(frames, dtype=np.int64)
        pictures = (self.native(i, scale) for i in index.tolist())
        if size is None:
            whole = list(pictures)
            if len({picture.shape for picture in whole}) > 1:
                raise ValueError("native crops of different sizes cannot be stacked: ask for a size")
            return np.stack(whole) if whole else np.empty((0, 0, 0, 3), np.uint8)
        out = np.empty((len(index), size, size, 3), np.uint8)
        for place, picture in zip(out, pictures, strict=True):
            place[:] = resize(picture, size, size, how)
        return out

    def batches(
        self, batch: int, size: int | None = None, scale: float = 1.0, how: Interpolation = "area"
    ) -> Iterator[NDArray[np.uint8]]:
        """All frames in order, `batch` pictures at a time."""
        for start in range(0, self.frames, batch):
            yield self.crops(slice(start, start + batch), size, scale, how)

    def mean(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """One number per presentation: the mean of its frames' `values`, float64, (len,); NaN without frames."""
        count = np.bincount(self.owner, minlength=len(self))
        total = np.bincount(self.owner, weights=np.asarray(values, np.float64), minlength=len(self))
        out: NDArray[np.float64] = np.divide(total, count, out=np.full(len(self), np.nan), where=count > 0)
        return out

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
            near=None if self.near is None else self.near[frames],
            keys=tuple(self.keys[i] for i in chosen),
            labels=None if self.labels is None else self.labels[wanted],
            domains=None if self.domains is None else tuple(self.domains[i] for i in chosen),
            digest=f"{self.digest}/{hash_positions(wanted)}" if self.digest else "",
        )

    def by_frame(self) -> Faces:
        """Every frame as a presentation of its own, in the same order; keys get the frame's place behind them."""
        owner = self.owner.tolist()
        place = np.arange(self.frames) - np.searchsorted(self.owner, self.owner)
        return replace(
            self,
            owner=np.arange(self.frames, dtype=np.int64),
            keys=tuple(f"{self.keys[i]}.{k}" for i, k in zip(owner, place.tolist(), strict=True)),
            labels=None if self.labels is None else self.labels[self.owner],
            domains=None if self.domains is None else tuple(self.domains[i] for i in owner),
            digest=f"{self.digest}/frames" if self.digest else "",
        )

    def unlabelled(self) -> Faces:
        """The same faces as a method may see them in prediction."""
        return replace(self, labels=None, domains=None)


def _middle(n: int, share: float) -> tuple[int, int]:
    """First pixel and length of the middle `share` of `n` pixels."""
    kept = max(1, round(n * share))
    return (n - kept) // 2, kept


def hash_positions(positions: NDArray[np.int64]) -> str:
    """A short digest of a list of positions."""
    import hashlib

    return hashlib.sha256(np.ascontiguousarray(positions, dtype="<i8").tobytes()).hexdigest()[:16]
