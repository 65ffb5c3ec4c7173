"""Co-occurrence of adjacent local binary patterns (Nosaka, Ohkawa, Fukui 2011) of many pictures at once.

Each pixel has a four-bit code from its right, upper, left and lower neighbour at a radius (LBP+); pairs of codes at a
distance, in four directions, are counted: 16 x 16 x 4 = 1024 bins. Colour texture uses three scales, (radius, distance)
= (1, 2), (2, 4), (4, 8): 3072 bins, each scale normalised over its four directions together.

**Ties.** A bit is set when `neighbour >= centre - 1/2048`, the rule of `lbp` (no point is interpolated here, so the
tolerance matters on the real-valued HSV channels only).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from methods.classic.lbp import TOLERANCE

SCALES = ((1, 2), (2, 4), (4, 8))
BINS = 1024 * len(SCALES)
DIRECTIONS = ((0, 1), (-1, 1), (-1, 0), (-1, -1))  # (down, right), as the second code lies from the first


def plus_codes(pictures: NDArray[np.number], radius: int) -> NDArray[np.uint8]:
    """LBP+ codes (0..15) of grey pictures (n, h, w), values 0..255: uint8, (n, h - 2 radius, w - 2 radius)."""
    x = np.asarray(pictures, np.float32)
    inner = slice(radius, -radius)
    threshold = x[:, inner, inner] - TOLERANCE
    neighbours = (
        x[:, inner, 2 * radius :],
        x[:, : -2 * radius, inner],
        x[:, inner, : -2 * radius],
        x[:, 2 * radius :, inner],
    )
    code = np.zeros(threshold.shape, np.uint8)
    for bit, neighbour in enumerate(neighbours):
        code |= (neighbour >= threshold).view(np.uint8) << np.uint8(bit)
    return code


def _pairs(codes: NDArray[np.uint8], down: int, right: int) -> NDArray[np.uint8]:
    """16 x first code + second code for every pair that lies inside, (n, pairs)."""
    _, h, w = codes.shape
    top, left = max(0, -down), max(0, -right)
    height, width = h - abs(down), w - abs(right)
    first = codes[:, top : top + height, left : left + width]
    second = codes[:, top + down : top + down + height, left + right : left + right + width]
    return (first * np.uint8(16) + second).reshape(len(codes), -1)


def coalbp_histograms(pictures: NDArray[np.number]) -> NDArray[np.float32]:
    """CoALBP of grey pictures (n, h, w), values 0..255, at three scales: float32, (n, 3072), each scale sums to 1."""
    n = len(pictures)
    out = np.empty((n, len(SCALES), 1024), np.float32)
    base = (np.arange(n) * 1024)[:, None]
    for scale, (radius, distance) in enumerate(SCALES):
        codes = plus_codes(pictures, radius)
        counts = np.zeros(n * 1024, np.int64)
        for number, (down, right) in enumerate(DIRECTIONS):
            pairs = _pairs(codes, down * distance, right * distance)
            counts += np.bincount((pairs + (base + 256 * number)).ravel(), minlength=n * 1024)
        by_picture = counts.reshape(n, 1024)
        out[:, scale] = by_picture / by_picture.sum(1, keepdims=True)
    return out.reshape(n, BINS)
