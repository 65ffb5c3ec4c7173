"""How much detail a picture has, and what a direct resize of the source would have shown."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from protocols.media.crop import Interpolation, resize
from protocols.store.faces import Faces

SIZES = (224, 280)
FILTERS: tuple[Interpolation, ...] = ("area", "bilinear", "bicubic")
"""Those of the methods: OpenCV's area and Pillow's two."""


@cache
def texture(height: int, width: int) -> NDArray[np.uint8]:
    """A picture with detail at every scale, as photographs have it (amplitude 1 / f), uint8, (height, width, 3), RGB.

    Brighter than the black border everywhere; the three channels differ.
    """
    rng = np.random.default_rng(0)
    side = max(height, width)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency[0, 0] = np.inf
    planes = []
    for _ in range(3):
        noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((side, side))) / frequency, s=(side, side))
        planes.append(np.clip(150 + 35 * noise / noise.std(), 40, 255))
    return np.ascontiguousarray(np.stack(planes, axis=-1)[:height, :width].astype(np.uint8))


def detail(picture: NDArray[np.uint8]) -> float:
    """Standard deviation of the Laplacian, over all channels."""
    import cv2

    return float(cv2.Laplacian(picture.astype(np.float64), cv2.CV_64F).std())


def ratios(faces: Faces, source: NDArray[np.uint8]) -> dict[tuple[int, str], float]:
    """Detail of the first frame's face as a method is shown it, over that of `source`, the face in the frame itself."""
    return {
        (size, how): detail(faces.crops([0], size, 1.0, how)[0]) / detail(resize(source, size, size, how))
        for size in SIZES
        for how in FILTERS
    }
