"""Uniform local binary patterns (u2) of many pictures at once, and the 833 numbers of multi-scale LBP.

**Codes.** A pixel's code has one bit for each of P points on a circle of radius R around it, starting at its right and
running counter-clockwise; a point between pixels is interpolated bilinearly. Only pixels whose whole circle lies inside
the picture have a code.

**Ties.** A bit is set when `neighbour >= centre - TOLERANCE`, with pixels in 0..255 and `TOLERANCE = 1/2048`. On flat
skin 9-13 % of the interpolated points equal the centre exactly, and without a tolerance the order of the additions
would decide their bits. Oulu's original `lbp.m` rounds interpolated values for the same purpose (ties count as >=);
1/2048 leaves room for float32. scikit-image has no tolerance: in (8,2) and (16,2) up to 0.3 % of its codes differ from
these, in (8,1) about 0.0001 %; where no point is interpolated (P = 4) there is no difference.

**Labels.** u2 gives every code with at most two changes around the circle a bin of its own and all others the last bin:
P(P-1)+3 bins, numbered as by `skimage.feature.local_binary_pattern(method="nri_uniform")`.

Everything runs on the pictures' flat memory: a neighbour is an offset, and the codes that a flat shift makes up across
a row's end are cut off afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

TOLERANCE = np.float32(1 / 2048)
CHUNK = 12  # pictures of 64 x 64 that stay in the second-level cache together with all intermediate arrays
SIDE = 64
MS_LBP_SIZE = 833

Bits = NDArray[np.uint8]
Code = TypeVar("Code", np.uint8, np.uint16)


def circle(points: int, radius: int) -> list[tuple[float, float]]:
    """(down, right) of each point, rounded to five decimals as in scikit-image."""
    angle = 2 * np.pi * np.arange(points) / points
    down, right = np.round(-radius * np.sin(angle), 5) + 0.0, np.round(radius * np.cos(angle), 5) + 0.0
    return list(zip(down.tolist(), right.tolist(), strict=True))


@cache
def uniform_labels(points: int) -> NDArray[np.uint16]:
    """The u2 label of every code, (2**points,). Bit k of a code belongs to point k."""
    code = np.arange(2**points)
    bits = (code[:, None] >> np.arange(points)) & 1
    ones = bits.sum(1)
    changes = (bits != np.roll(bits, 1, 1)).sum(1)
    first_one, first_zero = bits.argmax(1), bits.argmin(1)
    rotation = np.where(first_one == 0, ones - first_zero, points - first_one)
    label = 1 + (ones - 1) * points + rotation
    label[ones == 0] = 0
    label[ones == points] = points * (points - 1) + 1
    label[changes > 2] = points * (points - 1) + 2
    out: NDArray[np.uint16] = label.astype(np.uint16)
    return out


def _comparisons(flat: NDArray[np.float32], width: int, points: int, radius: int) -> Iterator[tuple[int, Bits]]:
    """(point, its bit for each flat position from `radius` rows and columns in), each array good until the next.

    Points come in the order that lets rows be interpolated once for all points at one height.
    """
    margin = radius * width + radius
    count = len(flat) - 2 * margin
    threshold = flat[margin : margin + count] - TOLERANCE
    bit, value = np.empty(count, bool), np.empty(count, np.float32)
    spots = [(*divmod(down, 1.0), *divmod(right, 1.0)) for down, right in circle(points, radius)]
    below: NDArray[np.float32] | None = None
    for height in sorted({round(f, 5) for _, f, _, _ in spots}):
        row, step = flat, None
        if height:
            below = flat[width:] - flat[:-width] if below is None else below
            row = below * np.float32(height)
            row += flat[:-width]
        for point, (y, fy, x, fx) in enumerate(spots):
            if round(fy, 5) != height:
                continue
            start = margin + int(y) * width + int(x)
            if round(fx, 5) == 0:
                np.greater_equal(row[start : start + count], threshold, out=bit)
            else:
                step = row[1:] - row[:-1] if step is None else step
                np.multiply(step[start : start + count], np.float32(fx), out=value)
                value += row[start : start + count]
                np.greater_equal(value, threshold, out=bit)
            yield point, bit.view(np.uint8)


def _inside(flat_codes: NDArray[Code], shape: tuple[int, int, int], radius: int) -> NDArray[Code]:
    """Cut the margins and the codes across row ends: (n, h - 2 radius, w - 2 radius), a view."""
    n, h, w = shape
    whole = np.empty(n * h * w, flat_codes.dtype)
    margin = radius * w + radius
    whole[margin : margin + len(flat_codes)] = flat_codes
    return whole.reshape(shape)[:, radius : h - radius, radius : w - radius]


def lbp_codes(pictures: NDArray[np.number], points: int = 8, radius: int = 1) -> NDArray[np.uint16]:
    """LBP codes (not labels) of grey pictures (n, h, w) with values in 0..255: (n, h - 2 radius, w - 2 radius)."""
    flat = np.ascontiguousarray(pictures, np.float32).ravel()
    codes = np.zeros(len(flat) - 2 * radius * (pictures.shape[2] + 1), np.uint16)
    for point, bit in _comparisons(flat, pictures.shape[2], points, radius):
        codes |= bit.astype(np.uint16) << np.uint16(point)
    return np.ascontiguousarray(_inside(codes, pictures.shape, radius))


@cache
def _visiting_order(points: int, radius: int) -> tuple[int, ...]:
    flat = np.zeros((2 * radius + 1) ** 2, np.float32)
    return tuple(point for point, _ in _comparisons(flat, 2 * radius + 1, points, radius))


@cache
def _table(points: int, radius: int) -> NDArray[np.uint16]:
    """u2 label of a code whose bits were shifted in as the points were visited, the first one highest."""
    code = np.arange(2**points)
    ordered = np.zeros_like(code)
    for place, point in enumerate(reversed(_visiting_order(points, radius))):
        ordered |= ((code >> place) & 1) << point
    return uniform_labels(points)[ordered]


def _labels_of_8(flat: NDArray[np.float32], shape: tuple[int, int, int], radius: int) -> NDArray[np.uint16]:
    codes = np.zeros(len(flat) - 2 * radius * (shape[2] + 1), np.uint8)
    for _, bit in _comparisons(flat, shape[2], 8, radius):
        codes += codes
        codes += bit
    return _inside(_table(8, radius).take(codes), shape, radius)


def _histograms(
    labels: NDArray[np.uint16], bins: int, cells: NDArray[np.intp] | int = 0, number: int = 1
) -> NDArray[np.intp]:
    """How often each label falls into each cell, int64, (n, number, bins); `cells` has the shape of one picture."""
    n = len(labels)
    offset = np.arange(n)[:, None, None] * (number * bins) + cells * bins
    return np.bincount((labels + offset).ravel(), minlength=n * number * bins).reshape(n, number, bins)


def uniform_histograms(pictures: NDArray[np.number]) -> NDArray[np.float32]:
    """u2 LBP (8,1) histograms of whole grey pictures (n, h, w), values 0..255, each summing to 1: float32, (n, 59)."""
    out = np.empty((len(pictures), 59), np.float32)
    for start in range(0, len(pictures), CHUNK):
        part = np.ascontiguousarray(pictures[start : start + CHUNK], np.float32)
        labels = _labels_of_8(part.ravel(), part.shape, 1)
        out[start : start + CHUNK] = _histograms(labels, 59)[:, 0] / labels[0].size
    return out


@cache
def _block_cells() -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Nine 30 x 30 blocks at stride 16 overlap; 25 disjoint cells make them up: each pixel's cell, and (9, 25)."""
    edges = (0, 16, 30, 32, 46, 62)
    of_pixel = np.searchsorted(edges, np.arange(62), side="right") - 1
    one_axis = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 1, 1]], np.float32)
    return of_pixel[:, None] * 5 + of_pixel[None, :], np.kron(one_axis, one_axis)


@cache
def _joint() -> tuple[NDArray[np.uint16], NDArray[np.float32], NDArray[np.float32]]:
    """The (8,2) points are every second of (16,2): one histogram of label pairs serves both.

    Returns the pair's number for every code (even points in the high byte), and the 0/1 matrices from pairs to the
    243 and the 59 bins.
    """
    order = _visiting_order(16, 2)
    even, odd = [p for p in order if p % 2 == 0], [p for p in order if p % 2]
    code = np.arange(2**16)
    in_order = np.zeros_like(code)
    for place, point in enumerate(reversed(even + odd)):
        in_order |= ((code >> place) & 1) << point
    of_even = np.zeros_like(code)
    for point in range(8):
        of_even |= ((in_order >> (2 * point)) & 1) << point
    wide, narrow = uniform_labels(16)[in_order].astype(int), uniform_labels(8)[of_even].astype(int)
    pairs, number = np.unique(wide * 59 + narrow, return_inverse=True)
    to_wide = np.zeros((len(pairs), 243), np.float32)
    to_narrow = np.zeros((len(pairs), 59), np.float32)
    to_wide[np.arange(len(pairs)), pairs // 59] = 1
    to_narrow[np.arange(len(pairs)), pairs % 59] = 1
    return number.astype(np.uint16).ravel(), to_wide, to_narrow


def _pair_labels(flat: NDArray[np.float32], shape: tuple[int, int, int]) -> NDArray[np.uint16]:
    halves = np.zeros((2, len(flat) - 4 * (shape[2] + 1)), np.uint8)
    for point, bit in _comparisons(flat, shape[2], 16, 2):
        half = halves[point % 2]
        half += half
        half += bit
    code = halves[0].astype(np.uint16)
    code <<= np.uint16(8)
    code += halves[1]
    return _inside(_joint()[0].take(code), shape, 2)


def ms_lbp(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Multi-scale LBP of grey faces (Maatta, Hadid, Pietikainen, IJCB 2011): float32, (n, 833).

    Of each 64 x 64 picture: u2 (16,2), 243 bins; u2 (8,1) on 3 x 3 blocks of 30 x 30 codes, overlapping by 14, row by
    row, 9 x 59 bins; u2 (8,2), 59 bins: in the order of Idiap's `antispoofing.lbp`. Each histogram sums to 1.
    Raises ValueError for pictures of another size.
    """
    if pictures.shape[1:] != (SIDE, SIDE):
        raise ValueError(f"multi-scale LBP is defined on {SIDE} x {SIDE} pictures, not {pictures.shape[1:]}")
    cells, blocks = _block_cells()
    _, to_wide, to_narrow = _joint()
    out = np.empty((len(pictures), MS_LBP_SIZE), np.float32)
    for start in range(0, len(pictures), CHUNK):
        part = np.ascontiguousarray(pictures[start : start + CHUNK], np.float32)
        flat, rows = part.ravel(), out[start : start + CHUNK]
        pairs = _histograms(_pair_labels(flat, part.shape), len(to_wide))[:, 0].astype(np.float32)
        rows[:, :243] = pairs @ to_wide / 3600
        rows[:, 774:] = pairs @ to_narrow / 3600
        fine = _histograms(_labels_of_8(flat, part.shape, 1), 59, cells, 25).astype(np.float32)
        rows[:, 243:774] = (blocks @ fine / 900).reshape(len(part), 531)
    return out
