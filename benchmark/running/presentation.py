"""Pictures, videos and folders of frames of the user's own, as a run's model wants to see them.

A file or a folder is one presentation, the unit of decision. Its frames are chosen, its face is found and cropped as
those of the releases were that the model was trained on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from protocols.discovery.walk import HDF5, IMAGES, VIDEOS
from protocols.errors import InputError
from protocols.media import crop
from protocols.media.decode import read_frames
from protocols.media.detect import Box, Detector
from protocols.media.frame import Frame, Undecodable
from protocols.presentation import Media
from protocols.recipe import Recipe
from protocols.store.faces import Faces
from protocols.store.store import pick
from protocols.store.work import NO_FACE, OUTSIDE

_OTHER_VIDEOS = frozenset(
    {".3gp", ".3g2", ".asf", ".flv", ".m2ts", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".qt", ".ts", ".vob", ".wmv"}
)


@dataclass(frozen=True)
class Seen:
    """What could be seen of a presentation.

    Attributes:
        frames, boxes, crops: those in which there is a face, one entry each; empty where there is none.
        reason: why there is none.
        readable: False where the file itself is to blame, and not what it shows.
        losses: what was passed over on the way, in words.
    """

    frames: list[Frame] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    crops: list[crop.Crop] = field(default_factory=list)
    reason: str | None = None
    readable: bool = True
    losses: tuple[str, ...] = ()


def media_of(place: Path) -> tuple[Path, Media]:
    """The folder and the media of one presentation: a picture, a video, an HDF5 file, or a folder of pictures.

    Raises `InputError` for a place where there is nothing of the kind.
    """
    if place.is_dir():
        names = [path.name for path in place.iterdir() if path.suffix.lower() in IMAGES and path.is_file()]
        if not names:
            raise InputError(
                f"{place}: no pictures in this folder ({', '.join(sorted(IMAGES))}); name videos one by one"
            )
        return place, Media("images", tuple(sorted(names, key=_by_number)))
    if not place.is_file():
        raise InputError(f"{place}: there is no such picture, video or folder")
    suffix = place.suffix.lower()
    if suffix in VIDEOS | _OTHER_VIDEOS:
        return place.parent, Media("video", (place.name,))
    return place.parent, Media("hdf5" if suffix in HDF5 else "images", (place.name,))


def look(place: Path, recipe: Recipe, detector: Detector, *, asked: int | None, of_format_1: bool = False) -> Seen:
    """The frames that a method which asks for `asked` of them (None: all that the recipe keeps) is shown.

    `of_format_1`: crops as the first stores held them, all of one size.
    """
    root, media = media_of(place)
    try:
        decoded = read_frames(root, media, recipe.frames)
    except Undecodable as error:
        return Seen(reason=str(error), readable=False)
    losses = tuple(loss.reason for loss in decoded.losses)
    boxes = crop.borrow([detector(frame.pixels) for frame in decoded.frames])
    if boxes is None:
        return Seen(reason=NO_FACE, losses=losses)
    cut = _of_one_size if of_format_1 else crop.around
    found = [(f, box, cut(f.pixels, box, recipe)) for f, box in zip(decoded.frames, boxes, strict=True)]
    kept = [(frame, box, face) for frame, box, face in found if face is not None]
    if not kept:
        return Seen(reason=OUTSIDE, losses=losses)
    chosen = [kept[i] for i in pick(len(kept), "middle" if asked == 1 else asked)]
    frames, places, crops = (list(column) for column in zip(*chosen, strict=True))
    return Seen(frames, places, crops, losses=losses)


def faces_of(seen: Seen, recipe: Recipe) -> Faces:
    """The frames as a method is handed them: one presentation, without a label."""
    near = [face.near for face in seen.crops if face.near is not None]
    n = len(seen.crops)
    second = np.cumsum([face.near is not None for face in seen.crops]) + n - 1
    return Faces(
        pixels=[face.first for face in seen.crops] + near,
        near=np.array([second[i] if face.near is not None else -1 for i, face in enumerate(seen.crops)], np.int64),
        rows=np.arange(n, dtype=np.int64),
        owner=np.zeros(n, np.int64),
        context=np.full(n, recipe.context, np.float32),
        keys=("0",),
    )


def _of_one_size(rgb: np.ndarray, box: Box, recipe: Recipe) -> crop.Crop | None:
    """All crops had one size in the first format, also where that made them larger."""
    whole = crop.square(rgb, box, recipe.context, max(rgb.shape) * 4)
    return None if whole is None else crop.Crop(crop.resize(whole, recipe.size, recipe.size))


def _by_number(name: str) -> list[tuple[int, int, str]]:
    """`frame_9` before `frame_10`."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name) if part]
