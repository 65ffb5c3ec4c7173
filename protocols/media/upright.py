"""How a stored picture is to be shown: one function for pictures and videos that turns, mirrors and stretches.

A display matrix (MP4, MOV, Matroska, H.264 messages) and an EXIF orientation say the same thing in other words: where
the stored axes point on the screen. Both become a `View`; `show` applies it. What a reader cannot honour is refused by
name and never stored as it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from protocols.media.frame import Undecodable, check_size

SQUARE = Fraction(1)
MAX_ASPECT = 8
"""Pixels longer than this in one direction are a mistake of the file: the widest in use are 2:1 (anamorphic film)."""
_NEARLY_SQUARE = 0.01  # 1088 coded lines for 1080 shown give 0.993: players do not resample for that, nor is it seen
_NEARLY_STRAIGHT = 0.01  # of a matrix: its fixed-point numbers are rounded


@dataclass(frozen=True, slots=True)
class View:
    """Where the stored axes point on the screen, and the shape of a stored pixel.

    Attributes:
        right: on the screen, (x, y) of one step to the right in the stored picture; y points down.
        down: the same for one step down in the stored picture.
        aspect: width of a stored pixel in its heights.
    """

    right: tuple[int, int] = (1, 0)
    down: tuple[int, int] = (0, 1)
    aspect: Fraction = SQUARE


ORIENTATIONS: dict[int, View] = {
    1: View(),
    2: View((-1, 0), (0, 1)),
    3: View((-1, 0), (0, -1)),
    4: View((1, 0), (0, -1)),
    5: View((0, 1), (1, 0)),
    6: View((0, 1), (-1, 0)),
    7: View((0, -1), (-1, 0)),
    8: View((0, -1), (1, 0)),
}
"""EXIF 2.32, tag 0x0112 Orientation."""


def of_orientation(value: object) -> View:
    """The view of an EXIF orientation. Anything but a whole number from 1 to 8 says nothing, as in every viewer."""
    if isinstance(value, (tuple, list)) and len(value) == 1:
        value = value[0]
    return ORIENTATIONS.get(value, View()) if isinstance(value, int) else View()


def of_matrix(matrix: Sequence[int], aspect: Fraction | None) -> View:
    """The view of a display matrix (ISO/IEC 14496-12, 8.3.2: a, b, u, c, d, v, x, y, w) and a pixel aspect ratio.

    A matrix of zeros says nothing. Raises `Undecodable` for one that turns by anything but quarters, or shears.
    """
    a, b, _, c, d = (float(value) for value in matrix[:5])
    largest = max(abs(a), abs(b), abs(c), abs(d))
    if not largest:
        return View(aspect=_sane(aspect))
    small = _NEARLY_STRAIGHT * largest
    if max(abs(b), abs(c)) <= small and min(abs(a), abs(d)) > small:
        return View((_sign(a), 0), (0, _sign(d)), _sane(aspect))
    if max(abs(a), abs(d)) <= small and min(abs(b), abs(c)) > small:
        ratio = abs(b) / abs(c)  # FFmpeg's aspect ratio of a matrix that turns and stretches is upside down
        stretched = abs(ratio - 1) > _NEARLY_SQUARE
        return View(
            (0, _sign(b)), (_sign(c), 0), _sane(Fraction(ratio).limit_denominator(1000) if stretched else aspect)
        )
    raise Undecodable("video to be shown turned by an odd angle, or sheared: only quarter turns and mirrors are known")


def show(pixels: NDArray[np.uint8], view: View) -> NDArray[np.uint8]:
    """The picture as it is to be seen, uint8, (height, width, 3), contiguous.

    It is stretched, never shrunk, to square pixels. Raises `Undecodable` where that would be over the limit.
    """
    if abs(float(view.aspect) - 1) > _NEARLY_SQUARE:
        pixels = _stretched(pixels, view.aspect)
    if view.right[0] == 0:
        pixels = pixels.transpose(1, 0, 2)
    if view.right[0] + view.down[0] < 0:
        pixels = pixels[:, ::-1]
    if view.right[1] + view.down[1] < 0:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _stretched(pixels: NDArray[np.uint8], aspect: Fraction) -> NDArray[np.uint8]:
    import cv2

    height, width = pixels.shape[:2]
    if aspect > 1:
        width = round(width * aspect)
    else:
        height = round(height / aspect)
    check_size(width, height)
    return np.asarray(
        cv2.resize(np.ascontiguousarray(pixels), (width, height), interpolation=cv2.INTER_CUBIC), np.uint8
    )


def _sane(aspect: Fraction | None) -> Fraction:
    if not aspect or aspect < 0:
        return SQUARE  # the file does not say
    if not Fraction(1, MAX_ASPECT) <= aspect <= MAX_ASPECT:
        raise Undecodable(f"video of pixels {aspect.numerator} wide and {aspect.denominator} high: a damaged header")
    return aspect


def _sign(value: float) -> int:
    return 1 if value > 0 else -1
