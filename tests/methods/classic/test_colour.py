from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2hsv, rgb2ycbcr

from methods.classic import colour


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    import cv2

    noise = np.random.default_rng(0).integers(0, 256, (96, 80, 3)).astype(np.float32)
    return np.concatenate([noise, cv2.GaussianBlur(noise, (0, 0), 3) * 2 - 128]).clip(0, 255).astype(np.uint8)


def test_ycbcr_is_matlabs_studio_range(picture: np.ndarray) -> None:
    ours = colour.ycbcr(picture)
    exact = rgb2ycbcr(picture)
    away_from_half = np.abs(exact % 1 - 0.5) > 1e-3
    assert np.array_equal(ours[away_from_half], np.round(exact)[away_from_half])
    extremes = colour.ycbcr(np.array([[[0, 0, 0], [255, 255, 255], [0, 0, 255], [255, 0, 0]]], np.uint8))[0]
    assert extremes.tolist() == [[16, 128, 128], [235, 128, 128], [41, 240, 110], [81, 90, 240]]


def test_hsv_is_real_valued_in_0_to_255(picture: np.ndarray) -> None:
    assert np.allclose(colour.hsv(picture), rgb2hsv(picture) * 255, atol=5e-3)


@pytest.mark.parametrize("size", [(112, 64), (64, 112), (200, 64)])
def test_resizing_is_pillows_bicubic(size: tuple[int, int]) -> None:
    old, new = size
    plane = np.random.default_rng(0).uniform(0, 255, (old, old)).astype(np.float32)
    theirs = np.asarray(Image.fromarray(plane).resize((new, new), Image.Resampling.BICUBIC))
    assert np.allclose(colour.resize(plane[None], new)[0], theirs, atol=1e-2)


def test_planes_are_converted_before_they_are_resized(picture: np.ndarray) -> None:
    square = picture[:80]
    six = colour.planes(square[None], 64)[0]
    assert six.shape == (6, 64, 64)
    first = colour.resize(colour.hsv(square)[..., 2][None], 64)[0]
    assert np.array_equal(six[2], first)
    assert np.array_equal(six[3:], np.round(six[3:]))
    resized_first = np.asarray(Image.fromarray(square).resize((64, 64), Image.Resampling.BICUBIC))
    assert np.abs(colour.hsv(resized_first)[..., 2] - six[2]).mean() > 1  # the other order gives other numbers
