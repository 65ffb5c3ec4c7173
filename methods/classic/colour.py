"""HSV and YCbCr planes of a face, as the authors of colour texture made them in MATLAB.

The native crop is converted first and resized afterwards. Planes come in the order H, S, V, Y, Cb, Cr:

- H, S and V are real numbers (`rgb2hsv`), here in 0..255 instead of 0..1 so that all planes share one tie rule; hue is
  resized as a number, not as an angle, as the authors did.
- Y, Cb and Cr are studio range (Y 16..235, Cb and Cr 16..240) and rounded to whole numbers after conversion and after
  resizing (`rgb2ycbcr` and `imresize` of uint8). OpenCV's own YCrCb is full range and would not do.
- Resizing is bicubic with a = -0.5, widened when shrinking (`imresize` and Pillow do; OpenCV's bicubic does not). Like
  Pillow, weights that fall off the picture are left out and the others made to sum to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

SPACES = ("H", "S", "V", "Y", "Cb", "Cr")
_YCBCR = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]], np.float32) / 255
_YCBCR_ZERO = np.array([16, 128, 128], np.float32)


def hsv(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """H, S, V of an RGB picture (h, w, 3): float32, (h, w, 3), all in 0..255; a grey pixel has hue and saturation 0."""
    import cv2

    out = cv2.cvtColor(picture.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2HSV)
    return np.multiply(out, np.array([255 / 360, 255, 255], np.float32))  # OpenCV gives 0..360, 0..1, 0..1


def ycbcr(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Y, Cb, Cr of an RGB picture (h, w, 3), studio range: whole numbers as float32, (h, w, 3)."""
    flat = picture.reshape(-1, 3).astype(np.float32) @ _YCBCR.T
    flat += _YCBCR_ZERO
    return np.rint(flat, out=flat).reshape(picture.shape)


@cache
def bicubic(old: int, new: int) -> NDArray[np.float32]:
    """Resizing one axis from `old` to `new` pixels as a matrix, (new, old); every row sums to 1."""
    stretch = max(1.0, old / new)
    centre = (np.arange(new) + 0.5) * old / new
    x = np.abs(np.arange(old)[None, :] + 0.5 - centre[:, None]) / stretch
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    weights = np.where(x < 1, near, np.where(x < 2, far, 0))
    out: NDArray[np.float32] = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return out


def resize(planes: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Planes (..., h, w) to (..., size, size), float32."""
    height, width = planes.shape[-2:]
    if (height, width) == (size, size):
        return planes
    return bicubic(height, size) @ (planes @ bicubic(width, size).T)


def planes(pictures: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    """The six planes of RGB pictures (h, w, 3), of any sizes each, resized: float32, (n, 6, size, size)."""
    out = np.empty((len(pictures), 6, size, size), np.float32)
    for picture, six in zip(pictures, out, strict=True):
        both = np.concatenate([hsv(picture), ycbcr(picture)], axis=2)
        six[:] = resize(np.ascontiguousarray(both.transpose(2, 0, 1)), size)
    whole = out[:, 3:]
    np.rint(whole, out=whole)
    np.clip(whole, 0, 255, out=whole)
    return out
