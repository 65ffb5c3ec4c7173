"""From a frame to the pictures that are stored of it: around the detected face, or, where the release cut the face out,
what its black border leaves. A picture is made smaller where it is too large and never larger: see `shrink`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from protocols.media.detect import Box
from protocols.recipe import Recipe

Interpolation: TypeAlias = Literal["area", "bilinear", "bicubic", "lanczos"]
"""How pictures are resized. `area`: OpenCV's mean over an area when the picture shrinks, its bicubic when it grows; the
others are Pillow's filters, widened when the picture shrinks, so that nothing aliases."""
INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)

MAX_SIDE = 4.0
"""A crop is at most this many times as wide as its picture's longer side: a box far larger than that is a mistake."""


@dataclass(frozen=True, slots=True)
class Crop:
    """What is stored of a face in a frame, uint8, (height, width, 3) each.

    Attributes:
        first: the face with the recipe's context, at most `size` px; or the face as its release cut it out.
        near: the face box alone, at most `face_size` px, where `first` was made smaller and so holds less of the face.
    """

    first: NDArray[np.uint8]
    near: NDArray[np.uint8] | None = None


def around(rgb: NDArray[np.uint8], box: Box, recipe: Recipe) -> Crop | None:
    """What is stored of the face in `box`; None if the box misses the picture."""
    first = square(rgb, box, recipe.context, recipe.size)
    if first is None:
        return None
    shrunk = side_of(box, recipe.context) > recipe.size
    return Crop(first, square(rgb, box, 1.0, recipe.face_size) if shrunk else None)


def square(rgb: NDArray[np.uint8], box: Box, context: float, limit: int) -> NDArray[np.uint8] | None:
    """The square of `context` box sides around the box's centre, uint8, (side, side, 3); None if it misses the picture.

    The box is made square by its longer side. What lies beyond the picture repeats the picture's edge (Yang et al.
    2014's `replicate`), so that a face near the edge carries no black bar that would tell one camera from another.
    The side is the one in the frame, or `limit` where that is smaller.
    """
    import cv2

    height, width = rgb.shape[:2]
    side = side_of(box, context)
    left = round(box.x + box.w / 2 - side / 2)
    top = round(box.y + box.h / 2 - side / 2)
    if side > MAX_SIDE * max(height, width) or left >= width or top >= height or left + side <= 0 or top + side <= 0:
        return None
    inside = rgb[max(0, top) : min(height, top + side), max(0, left) : min(width, left + side)]
    beyond = (max(0, -top), max(0, top + side - height), max(0, -left), max(0, left + side - width))
    if any(beyond):
        inside = np.asarray(cv2.copyMakeBorder(inside, *beyond, borderType=cv2.BORDER_REPLICATE), np.uint8)
    return shrink(inside, limit)


def side_of(box: Box, context: float) -> int:
    """Side of the square of `context` box sides, in pixels of the frame."""
    return max(1, round(max(box.w, box.h) * context))


def trim(rgb: NDArray[np.uint8], border: int, fit: Literal["stretch", "pad"], limit: int) -> NDArray[np.uint8] | None:
    """A cut-out face without its black border, uint8, (height, width, 3); None if nothing is brighter than `border`.

    Rows and columns outside the first and last ones that hold a pixel brighter than `border` (any channel) go. With
    `stretch` what is left stays as it is, and becomes a square only when a method asks for one: a single resize. With
    `pad` it is put into the middle of a black square. No side is longer than `limit`.
    """
    bright = rgb.max(axis=2) > border
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    if not len(rows):
        return None
    face = rgb[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if fit == "pad":
        side = max(face.shape[:2])
        top, left = ((side - n) // 2 for n in face.shape[:2])
        whole = np.zeros((side, side, 3), np.uint8)
        whole[top : top + face.shape[0], left : left + face.shape[1]] = face
        face = whole
    return shrink(face, limit)


def shrink(rgb: NDArray[np.uint8], limit: int) -> NDArray[np.uint8]:
    """The picture with no side longer than `limit`, uint8: as it is where it fits, each longer side cut to `limit`.

    By Lanczos, which keeps more of the detail below the new limit than an area's mean: a second resize, to a method's
    size, then finds what one resize would have found (`tests.timing.bench_sharpness` measures it).
    """
    height, width = rgb.shape[:2]
    return resize(rgb, min(width, limit), min(height, limit), "lanczos")


def resize(rgb: NDArray[np.uint8], width: int, height: int, how: Interpolation = "area") -> NDArray[np.uint8]:
    """The picture in another size, uint8, (height, width, 3), contiguous; see `Interpolation`."""
    if rgb.shape[:2] == (height, width):
        return np.ascontiguousarray(rgb)
    if how == "area":
        import cv2

        shrinks = rgb.shape[0] * rgb.shape[1] > height * width
        method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(np.ascontiguousarray(rgb), (width, height), interpolation=method), np.uint8)
    from PIL import Image

    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling[how.upper()]))


def borrow(boxes: Sequence[Box | None]) -> list[Box] | None:
    """A box for every frame: where the detector found none, the nearest frame's (the earlier of two). None without any.

    A face does not leave a presentation for one blurred frame, and leaving frames out would make their number follow
    how hard an artefact is to detect.
    """
    found = [i for i, box in enumerate(boxes) if box is not None]
    if not found:
        return None
    return [boxes[min(found, key=lambda j: (abs(j - i), j))] for i in range(len(boxes))]  # type: ignore[misc]
