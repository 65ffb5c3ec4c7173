"""MS-LBP features: scikit-image picture by picture against `methods.classic.lbp`.
Run: `python -m tests.timing.bench_lbp`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import protocols
from methods.classic.lbp import ms_lbp
from tests.timing.cpu_time import Row, compare, show


def faces(side: int, grey: bool) -> np.ndarray:
    """The embedded faces, (118, side, side) or (..., 3), RGB."""
    import cv2

    files = sorted((Path(protocols.__file__).parent / "demo" / "faces").glob("*.webp"))
    pictures = [cv2.imread(str(f), cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR_RGB) for f in files]
    return np.stack([cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA) for p in pictures])


def usual(picture: np.ndarray) -> np.ndarray:
    from skimage.feature import local_binary_pattern

    codes = {}
    for points, radius in ((16, 2), (8, 1), (8, 2)):
        inner = slice(radius, -radius)
        codes[points, radius] = local_binary_pattern(picture, points, radius, "nri_uniform")[inner, inner]
    parts = [np.histogram(codes[16, 2], 243, (0, 243))[0] / 3600]
    for top in (0, 16, 32):
        for left in (0, 16, 32):
            block = codes[8, 1][top : top + 30, left : left + 30]
            parts.append(np.histogram(block, 59, (0, 59))[0] / 900)
    parts.append(np.histogram(codes[8, 2], 59, (0, 59))[0] / 3600)
    return np.concatenate(parts)


def rows() -> list[Row]:
    few = faces(64, grey=True)
    many = np.tile(few, (8, 1, 1))
    difference = np.abs(np.stack([usual(p) for p in few]) - ms_lbp(few)).sum(1).mean() / 11 / 2
    assert difference <= 0.005, f"{difference:.2%} of the pixels lie in another bin"
    a, b = compare(lambda: [usual(p) for p in few], lambda: ms_lbp(many))
    a, b = a / len(few), b / len(many)
    name = "MS-LBP features: scikit-image a picture; flat shifts"
    return [(name, f"{a * 1e6:.0f} µs", f"{b * 1e6:.0f} µs", a / b, ">= 15, aim 20")]


if __name__ == "__main__":
    show(rows())
