"""Running a network over the frames of presentations, and keeping what frozen towers say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from methods.arrays import keep_rows, kept_rows
from methods.clip.augment import Draws, foundpad_view
from methods.clip.parallel import Group
from methods.clip.pictures import normalise, to_tensor
from protocols.media.crop import Interpolation
from protocols.store.faces import Faces

BLOCK = 32
"""Frames that share a generator when kept views are augmented; a constant, or the views would change with the batch."""


@dataclass(frozen=True)
class View:
    """How a frame becomes a picture: `side` in pixels, face boxes spanned, normalisation, frames at a time, filter."""

    side: int
    scale: float
    normalisation: str
    batch: int = 32
    how: Interpolation = "bicubic"

    def plain(self, faces: Faces, frames: NDArray[np.int64], device: torch.device) -> Tensor:
        """Pictures without augmentation, normalised, (n, 3, side, side)."""
        return normalise(to_tensor(faces.crops(frames, self.side, self.scale, self.how), device), self.normalisation)

    def augmented(self, faces: Faces, frames: NDArray[np.int64], draws: Draws) -> Tensor:
        """FoundPAD's training view, normalised; `draws` may cover more rows than these frames."""
        large = round(self.side * 256 / 224)
        pictures = to_tensor(faces.crops(frames, large, self.scale, self.how), draws.device)
        return normalise(foundpad_view(pictures, draws, self.side), self.normalisation)


def run(network: Callable[[Tensor], Tensor], faces: Faces, view: View, group: Group) -> NDArray[np.float32]:
    """`network` on every frame, in order, float32, (frames, d). The processes of a group share the frames unpadded."""
    mine = np.arange(faces.frames)[group.share(faces.frames)]

    def pictures(frames: NDArray[np.int64]) -> Tensor:
        return view.plain(faces, frames, group.device)

    return group.join(_over(network, pictures, mine, view.batch))


def _over(
    network: Callable[[Tensor], Tensor],
    pictures: Callable[[NDArray[np.int64]], Tensor],
    frames: NDArray[np.int64],
    batch: int,
) -> NDArray[np.float32]:
    """Rows of `frames`; (0, 1) without any."""
    rows = []
    with torch.inference_mode():
        for start in range(0, len(frames), batch):
            rows.append(network(pictures(frames[start : start + batch])).float().cpu().numpy())
    return np.concatenate(rows) if rows else np.zeros((0, 1), np.float32)


@dataclass(frozen=True)
class Cache:
    """Features of frozen weights on disk, one file for each (weights, pictures, view, precision).

    A head, a seed or a constant tried on the same features costs no forward pass. Faces without a digest are not kept.
    """

    folder: Path
    weights: str
    precision: str
    say: Callable[[str], None] = print

    def features(
        self,
        network: Callable[[Tensor], Tensor],
        faces: Faces,
        view: View,
        group: Group,
        number: int = -1,
    ) -> NDArray[np.float32]:
        """float32, (frames, d): of plain pictures, or of the `number`-th augmented view, which no run's seed moves."""
        place = self._place(faces, view, number)
        if place is not None and (kept := kept_rows(place, faces.frames, self.say)) is not None:
            return kept
        rows = run(network, faces, view, group) if number < 0 else self._augmented(network, faces, view, group, number)
        if place is not None and group.first:
            keep_rows(place, rows)
        return rows

    def _augmented(
        self, network: Callable[[Tensor], Tensor], faces: Faces, view: View, group: Group, number: int
    ) -> NDArray[np.float32]:
        def pictures(frames: NDArray[np.int64]) -> Tensor:
            draws = Draws((number, int(frames[0])), len(frames), slice(None), group.device)
            return view.augmented(faces, frames, draws)

        starts = np.arange(0, faces.frames, BLOCK)
        parts = [
            _over(network, pictures, np.arange(start, min(start + BLOCK, faces.frames)), BLOCK)
            for start in starts[group.share(len(starts))]
        ]
        return group.join(np.concatenate(parts) if parts else np.zeros((0, 1), np.float32))

    def _place(self, faces: Faces, view: View, number: int) -> Path | None:
        if not faces.digest:
            return None
        words = (self.weights, self.precision, faces.digest, view.side, view.scale, view.normalisation, view.how)
        kind = "plain" if number < 0 else f"foundpad-1/{number}"
        name = hashlib.sha256(repr((*words, kind)).encode()).hexdigest()[:40]
        return self.folder / "clip-features" / f"{name}.safetensors"
