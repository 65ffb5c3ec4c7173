"""One presentation from its media to what is stored of it: decoded, its face found, cropped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocols.media.crop import Crop, around, borrow, trim
from protocols.media.decode import read_frames
from protocols.media.detect import Box, Detector, load_detector
from protocols.media.findings import described, is_memory, out_of_memory
from protocols.media.frame import Decoded, Frame, Loss, Undecodable
from protocols.media.turned import upright
from protocols.presentation import Media
from protocols.recipe import Recipe
from protocols.store import stamps
from protocols.store.manifest import Line
from protocols.store.stamps import Stamp
from protocols.store.store import hash_pixels

NO_FACE = "no face found"
BLACK = "no face found: the picture is black"
PATIENCE: Mapping[str, float] = {"images": 300.0, "video": 3600.0, "hdf5": 300.0}
"""CPU seconds after which a presentation of a kind is given up: many times what the largest within the limits takes."""
OUTSIDE = "face box outside the picture"


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is told of a presentation, its id and media, and `boxes` found before; None: detect."""

    name: str
    media: Media
    boxes: Mapping[int, Box] | None


@dataclass(frozen=True, slots=True)
class _Crops:
    frames: list[Frame]  # those that became a crop
    crops: list[Crop]
    boxes: list[Box | None]
    losses: list[Loss]
    turned: int = 0

    @property
    def near(self) -> list[int]:
        """The frames that have a second picture."""
        return [i for i, crop in enumerate(self.crops) if crop.near is not None]

    @property
    def pictures(self) -> list[NDArray[np.uint8]]:
        """In the store's order: a first picture of every frame, then the second ones."""
        return [crop.first for crop in self.crops] + [crop.near for crop in self.crops if crop.near is not None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One presentation: its line of the manifest, its pictures, uint8, (height, width, 3), in the store's order, what
    its media were when they were read, and the CPU seconds that it took."""

    row: Line
    pictures: list[NDArray[np.uint8]]
    stamp: Stamp
    seconds: float = 0.0


NOTHING = _Crops([], [], [], [])


class Work:
    """What every worker needs: where the release lies and how to crop. The detector is loaded at its first use."""

    def __init__(
        self,
        root: Path,
        recipe: Recipe,
        cropped: bool,
        patience: Mapping[str, float] = PATIENCE,
        *,
        turned: bool = False,
    ) -> None:
        """`turned`: clips without any face are looked at turned (`protocols.media.turned`)."""
        self.root, self.recipe, self.cropped, self.patience, self.turned = root, recipe, cropped, patience, turned
        self._detector: Detector | None = None

    def __call__(self, task: Task) -> Prepared:
        """Raises `UnreadableError` for what the system refuses, `InputError` for a detector that cannot be used."""
        began = time.process_time()
        before = stamps.marks(self.root, task.media.files)
        decoded, row, pictures = self._made(task)
        tried = range(len(task.media.files)) if decoded is None else decoded.tried
        stamp = stamps.take(self.root, task.media, before, tried)
        return Prepared(row, pictures, stamp, time.process_time() - began)

    def given_up(self, task: Task, reason: str) -> Prepared:
        """What is recorded of a presentation that takes down every process that looks at it."""
        before = stamps.marks(self.root, task.media.files)
        stamp = stamps.take(self.root, task.media, before, range(len(before)))
        return Prepared(self._row(task, None, NOTHING, reason), [], stamp)

    def _made(self, task: Task) -> tuple[Decoded | None, Line, list[NDArray[np.uint8]]]:
        try:
            decoded = read_frames(self.root, task.media, self.recipe.frames)
        except Undecodable as reason:
            return None, self._row(task, None, NOTHING, str(reason)), []
        find = None if self.cropped else self._finder(task)
        try:
            made = self._trimmed(decoded.frames) if find is None else self._detected(decoded.frames, find)
        except Undecodable as reason:
            return decoded, self._row(task, decoded, NOTHING, str(reason)), []
        except Exception as error:  # one picture that the detector stumbles over costs its presentation, not the others
            if is_memory(error):
                raise out_of_memory(task.name) from error
            return decoded, self._row(task, decoded, NOTHING, f"no crop can be made ({described(error)})"), []
        return decoded, self._row(task, decoded, made, None), made.pictures

    def _trimmed(self, frames: list[Frame]) -> _Crops:
        recipe = self.recipe
        pairs = [(frame, trim(frame.pixels, recipe.border, recipe.fit, recipe.face_size)) for frame in frames]
        kept = [(frame, Crop(crop)) for frame, crop in pairs if crop is not None]
        if not kept:
            raise Undecodable(BLACK)
        black = len(frames) - len(kept)
        losses = [Loss("black", black, f"{black} of {len(frames)} pictures are black")] if black else []
        return _Crops([frame for frame, _ in kept], [crop for _, crop in kept], [], losses)

    def _detected(self, frames: list[Frame], find: Callable[[Frame], Box | None]) -> _Crops:
        frames, found, degrees = upright(frames, find) if self.turned else (frames, [find(f) for f in frames], 0)
        boxes = borrow(found)
        if boxes is None:
            raise Undecodable(NO_FACE)
        crops = [around(frame.pixels, box, self.recipe) for frame, box in zip(frames, boxes, strict=True)]
        kept = [i for i, crop in enumerate(crops) if crop is not None]
        if not kept:
            raise Undecodable(OUTSIDE)
        losses = []
        if without := found.count(None):
            losses.append(Loss("no face", without, f"no face found in {without} of {len(frames)} frames"))
        if outside := len(frames) - len(kept):
            losses.append(Loss("box outside", outside, f"{OUTSIDE} in {outside} of {len(frames)} frames"))
        return _Crops(
            [frames[i] for i in kept],
            [crop for crop in crops if crop is not None],
            [found[i] for i in kept],
            losses,
            degrees,
        )

    def _finder(self, task: Task) -> Callable[[Frame], Box | None]:
        """What finds the face in a frame. Raises `InputError` for a detector that cannot be loaded."""
        if task.boxes is not None:
            known = task.boxes
            if not known:
                reason = f"no box in {Path(str(self.recipe.detector_file)).name}"

                def refuse(_: Frame) -> None:
                    raise Undecodable(reason)

                return refuse
            return lambda frame: known[min(known, key=lambda i: (abs(i - frame.index), i))]
        if self._detector is None:
            self._detector = load_detector(self.recipe)
        detector = self._detector
        return lambda frame: detector(frame.pixels)

    def _row(self, task: Task, decoded: Decoded | None, made: _Crops, failure: str | None) -> Line:
        named = decoded.named if decoded else len(task.media.files) if task.media.kind == "images" else None
        losses = [*decoded.losses, *made.losses] if decoded else []
        row: Line = {
            "id": task.name,
            "frames": len(made.crops),
            "asked": self.recipe.frames if named is None else min(named, self.recipe.frames),
            "named": named,
            "context": 1.0 if self.cropped else self.recipe.context,
            "sizes": [(picture.shape[0], picture.shape[1]) for picture in made.pictures],
            "near": made.near,
            "sha256": hash_pixels(made.pictures),
            "failure": failure,
            "losses": [(loss.kind, loss.frames, loss.reason) for loss in losses],
            "index": [frame.index for frame in made.frames],
            "times": [round(frame.time, 4) for frame in made.frames],
            "boxes": [None if b is None else [round(v, 2) for v in (b.x, b.y, b.w, b.h, b.score)] for b in made.boxes],
        }
        if made.turned:
            row["turned"] = made.turned
        return row
