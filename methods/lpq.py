"""Local phase quantisation of many pictures at once (Ojansivu, Heikkila 2008; the settings of colour texture).

Four low frequencies of the short-term Fourier transform in a 7 x 7 uniform window at frequency 1/7 give eight real
numbers a pixel; they are decorrelated under the model "neighbours correlate 0.9 per pixel of distance" and their signs
are the bits of a code.

**Ties.** A bit is set when the number is above 1e-2, with pixels in 0..255, not above 0: on a constant channel (the hue
and chroma of a grey picture) all numbers are rounding noise about 0, and 42 % of the codes would depend on the order of
the additions. On grey pictures the rule changes about 0.05 % of the codes.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

WINDOW = 7
CORRELATION = 0.9
TOLERANCE = 1e-2
BINS = 256


@cache
def kernels() -> NDArray[np.float64]:
    """The eight decorrelated filters, (8, 7, 7), to be laid on the picture without flipping.

    Eigenvectors have no sign of their own; here the largest weight in each is positive, so that every machine numbers
    the codes alike. The near-equal weights (1.000007, ...) that tell equal eigenvalues apart are the authors'.
    """
    x = np.arange(WINDOW) - WINDOW // 2
    flat, wave = np.ones(WINDOW, complex), np.exp(-2j * np.pi * x / WINDOW)
    pairs = [(flat, wave), (wave, flat), (wave, wave), (wave, wave.conj())]  # (down, right)
    filters = np.stack([part(np.outer(down, right)) for down, right in pairs for part in (np.real, np.imag)])
    M = filters.reshape(8, -1)
    y, x = np.divmod(np.arange(WINDOW**2), WINDOW)
    distance = np.hypot(y[:, None] - y, x[:, None] - x)
    apart = np.diag(1 + 1e-6 * np.array([7, 6, 5, 4, 3, 2, 1, 0]))
    _, _, vectors = np.linalg.svd(apart @ (M @ CORRELATION**distance @ M.T) @ apart)
    largest = vectors[np.arange(8), np.abs(vectors).argmax(1)]
    return (vectors * np.sign(largest)[:, None] @ M).reshape(8, WINDOW, WINDOW)


@cache
def _bands(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """All filters share three row profiles (1, cosine, sine): two banded matrices do the whole filtering.

    Returns (3, w, w - 6), across, and (8, h - 6, 3 * h), down.
    """
    x = np.arange(WINDOW) - WINDOW // 2
    profiles = np.stack([np.ones(WINDOW), np.cos(2 * np.pi * x / WINDOW), np.sin(2 * np.pi * x / WINDOW)])
    down_weights = kernels() @ np.linalg.pinv(profiles)  # (8, 7, 3): filter = down_weights @ profiles
    across = np.zeros((3, width, width - WINDOW + 1), np.float32)
    down = np.zeros((8, height - WINDOW + 1, 3, height), np.float32)
    for shift in range(WINDOW):
        place = np.arange(width - WINDOW + 1)
        across[:, place + shift, place] = profiles[:, shift, None]
        place = np.arange(height - WINDOW + 1)
        down[:, place, :, place + shift] = down_weights[None, :, shift]
    return across, down.reshape(8, height - WINDOW + 1, 3 * height)


def lpq_codes(pictures: NDArray) -> NDArray[np.uint8]:
    """LPQ codes of grey pictures (n, h, w), values 0..255: uint8, (n, h - 6, w - 6)."""
    _, height, width = pictures.shape
    across, down = _bands(height, width)
    out = np.zeros((len(pictures), height - WINDOW + 1, width - WINDOW + 1), np.uint8)
    for picture, code in zip(np.asarray(pictures, np.float32), out, strict=True):
        rows = (picture @ across).reshape(3 * height, -1)
        for bit, band in enumerate(down):
            code |= ((band @ rows) > TOLERANCE).view(np.uint8) << np.uint8(bit)
    return out


def lpq_histograms(pictures: NDArray) -> NDArray[np.float32]:
    """LPQ histograms of whole grey pictures (n, h, w), values 0..255, each summing to 1: float32, (n, 256)."""
    codes = lpq_codes(pictures)
    joint = codes + (np.arange(len(codes)) * BINS)[:, None, None]
    return (np.bincount(joint.ravel(), minlength=len(codes) * BINS).reshape(-1, BINS) / codes[0].size).astype(
        np.float32
    )
