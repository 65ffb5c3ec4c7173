"""Colour texture's features: scikit-image and Pillow picture by picture against ours.
Run: `python -m tests.timing.bench_colour`."""

from __future__ import annotations

import numpy as np

from methods.classic.colour import planes
from methods.classic.lbp import uniform_histograms
from tests.timing.bench_lbp import faces
from tests.timing.cpu_time import Row, compare, show


def usual_planes(picture: np.ndarray) -> np.ndarray:
    from PIL import Image
    from skimage.color import rgb2hsv, rgb2ycbcr

    both = np.concatenate([rgb2hsv(picture) * 255, np.round(rgb2ycbcr(picture))], axis=2).astype(np.float32)
    six = [Image.fromarray(both[..., i]).resize((64, 64), Image.Resampling.BICUBIC) for i in range(6)]
    out = np.stack([np.asarray(plane) for plane in six])
    out[3:] = np.round(out[3:]).clip(0, 255)
    return out


def usual_histograms(six: np.ndarray) -> np.ndarray:
    from skimage.feature import local_binary_pattern

    codes = [local_binary_pattern(plane, 8, 1, "nri_uniform")[1:-1, 1:-1] for plane in six]
    return np.concatenate([np.histogram(c, 59, (0, 59))[0] / c.size for c in codes])


def ours(pictures: np.ndarray) -> np.ndarray:
    return uniform_histograms(planes(pictures, 64).reshape(-1, 64, 64)).reshape(len(pictures), -1)


def rows() -> list[Row]:
    import warnings

    pictures = faces(128, grey=False)
    some = pictures[:40]
    six = planes(some, 64)
    close = np.abs(np.stack([usual_planes(p) for p in some]) - six).mean()
    assert close < 0.02, f"the planes differ by {close} on average"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Applying `local_binary_pattern` to floating-point images")
        whole = compare(lambda: [usual_histograms(usual_planes(p)) for p in some], lambda: ours(some))
        codes = compare(lambda: [usual_histograms(p) for p in six], lambda: uniform_histograms(six.reshape(-1, 64, 64)))
    names = ("colour texture, crop to 354 numbers: scikit-image", "uniform LBP (8,1) of six planes: scikit-image")
    return [
        (name, f"{a / 40 * 1e6:.0f} µs", f"{b / 40 * 1e6:.0f} µs", a / b, target)
        for name, (a, b), target in zip(names, (whole, codes), ("none", ">= 10"), strict=True)
    ]


if __name__ == "__main__":
    show(rows())
