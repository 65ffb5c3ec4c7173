"""From a frame to a stored square: around the detected face, or, where the release cut the face out, by its border."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from protocols.media.detect import Box

MAX_SIDE = 4.0
"""A crop is at most this many times as wide as its picture's longer side: a box far larger than that is a mistake."""


def square(rgb: NDArray[np.uint8], box: Box, context: float, size: int) -> NDArray[np.uint8] | None:
    """The square of `context` box sides around the box's centre, uint8, (size, size, 3); None if it misses the picture.

    The box is made square by its longer side. What lies beyond the picture repeats the picture's edge (Yang et al.
    2014's `replicate`), so that a face near the edge carries no black bar that would tell one camera from another.
    """
    import cv2

    height, width = rgb.shape[:2]
    side = max(1, round(max(box.w, box.h) * context))
    left = round(box.x + box.w / 2 - side / 2)
    top = round(box.y + box.h / 2 - side / 2)
    if side > MAX_SIDE * max(height, width) or left >= width or top >= height or left + side <= 0 or top + side <= 0:
        return None
    inside = rgb[max(0, top) : min(height, top + side), max(0, left) : min(width, left + side)]
    beyond = (max(0, -top), max(0, top + side - height), max(0, -left), max(0, left + side - width))
    if any(beyond):
        inside = np.asarray(cv2.copyMakeBorder(inside, *beyond, borderType=cv2.BORDER_REPLICATE), np.uint8)
    return resize(inside, size, size)


def trim(rgb: NDArray[np.uint8], border: int, fit: Literal["stretch", "pad"], size: int) -> NDArray[np.uint8] | None:
    """A cut-out face without its black border, uint8, (size, size, 3); None if nothing is brighter than `border`.

    Rows and columns outside the first and last ones that hold a pixel brighter than `border` (any channel) go.
    """
    bright = rgb.max(axis=2) > border
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    if not len(rows):
        return None
    face = rgb[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if fit == "stretch":
        return resize(face, size, size)
    longer = max(face.shape[:2])
    height, width = (max(1, round(n * size / longer)) for n in face.shape[:2])
    out = np.zeros((size, size, 3), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    out[top : top + height, left : left + width] = resize(face, width, height)
    return out


def resize(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Area averaging when the picture shrinks, bicubic when it grows."""
    import cv2

    if rgb.shape[:2] == (height, width):
        return np.ascontiguousarray(rgb)
    shrinks = rgb.shape[0] * rgb.shape[1] > height * width
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(rgb), (width, height), interpolation=how), np.uint8)


def borrow(boxes: Sequence[Box | None]) -> list[Box] | None:
    """A box for every frame: where the detector found none, the nearest frame's (the earlier of two). None without any.

    A face does not leave a presentation for one blurred frame, and leaving frames out would make their number follow
    how hard an artefact is to detect.
    """
    found = [i for i, box in enumerate(boxes) if box is not None]
    if not found:
        return None
    return [boxes[min(found, key=lambda j: (abs(j - i), j))] for i in range(len(boxes))]  # type: ignore[misc]
