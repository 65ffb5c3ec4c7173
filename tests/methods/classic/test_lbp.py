from __future__ import annotations

import numpy as np
import pytest
from skimage.feature import local_binary_pattern

from methods.classic import lbp


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Smooth, noisy and flat 64 x 64 pictures: ties are common on the first and last."""
    import cv2

    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (20, 64, 64)).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(p, (0, 0), s) for p, s in zip(noise, np.linspace(0.6, 6, 20), strict=True)])
    flat = np.full((1, 64, 64), 200, np.float32)
    return np.concatenate([noise[:2], smooth, flat]).round().astype(np.uint8)


def literal_codes(picture: np.ndarray, points: int, radius: int) -> np.ndarray:
    """The definition, pixel by pixel, in float64: the tie rule is `neighbour >= centre - 1/2048`."""
    size = len(picture)
    codes = np.zeros((size - 2 * radius, size - 2 * radius), int)
    for point, (down, right) in enumerate(lbp.circle(points, radius)):
        for row in range(radius, size - radius):
            for column in range(radius, size - radius):
                y, x = row + down, column + right
                top, left = int(np.floor(y)), int(np.floor(x))
                fy, fx = y - top, x - left
                value = 0.0
                for i, wy in ((0, 1 - fy), (1, fy)):
                    for j, wx in ((0, 1 - fx), (1, fx)):
                        if wy > 1e-9 and wx > 1e-9:
                            value += wy * wx * float(picture[top + i, left + j])
                if value >= float(picture[row, column]) - 1 / 2048:
                    codes[row - radius, column - radius] |= 1 << point
    return codes


@pytest.mark.parametrize(("points", "radius"), [(4, 1), (8, 1), (8, 2), (16, 2)])
def test_codes_follow_the_definition_exactly(pictures: np.ndarray, points: int, radius: int) -> None:
    some = pictures[[0, 3, 9, -1]][:, :26, :26]
    ours = lbp.lbp_codes(some, points, radius)
    assert np.array_equal(ours, np.stack([literal_codes(p, points, radius) for p in some]))


@pytest.mark.parametrize(("points", "radius", "allowed"), [(4, 1, 0), (8, 1, 2e-5), (8, 2, 5e-3), (16, 2, 5e-3)])
def test_labels_differ_from_scikit_image_only_at_ties(
    pictures: np.ndarray, points: int, radius: int, allowed: float
) -> None:
    ours = lbp.uniform_labels(points)[lbp.lbp_codes(pictures, points, radius)]
    theirs = np.stack(
        [local_binary_pattern(p, points, radius, "nri_uniform")[radius:-radius, radius:-radius] for p in pictures]
    )
    assert (ours != theirs).mean() <= allowed


@pytest.mark.parametrize(("points", "bins"), [(4, 15), (8, 59), (16, 243)])
def test_every_bin_is_used_and_uniform_codes_have_their_own(points: int, bins: int) -> None:
    labels = lbp.uniform_labels(points)
    assert np.array_equal(np.unique(labels), np.arange(bins))
    assert (np.bincount(labels)[:-1] == 1).all()


def test_the_833_numbers_are_eleven_histograms_in_order(pictures: np.ndarray) -> None:
    """The shared interpolation, joint histogram and cells against one plain histogram at a time."""
    ours = lbp.ms_lbp(pictures)
    wide = lbp.uniform_labels(16)[lbp.lbp_codes(pictures, 16, 2)]
    fine = lbp.uniform_labels(8)[lbp.lbp_codes(pictures, 8, 1)]
    narrow = lbp.uniform_labels(8)[lbp.lbp_codes(pictures, 8, 2)]
    for i in range(len(pictures)):
        parts = [np.bincount(wide[i].ravel(), minlength=243) / 3600]
        for top in (0, 16, 32):
            for left in (0, 16, 32):
                block = fine[i, top : top + 30, left : left + 30]
                parts.append(np.bincount(block.ravel(), minlength=59) / 900)
        parts.append(np.bincount(narrow[i].ravel(), minlength=59) / 3600)
        assert np.allclose(ours[i], np.concatenate(parts), rtol=0, atol=1e-6)
    assert ours.shape == (len(pictures), 833)


def test_whole_histograms_and_batching(pictures: np.ndarray) -> None:
    many = np.concatenate([pictures, pictures[::-1]])
    together = lbp.uniform_histograms(many)
    alone = np.concatenate([lbp.uniform_histograms(p[None]) for p in many])
    assert together.shape == (len(many), 59)
    assert np.array_equal(together, alone)
    assert np.array_equal(lbp.ms_lbp(many), np.concatenate([lbp.ms_lbp(p[None]) for p in many]))


def test_flat_skin_is_one_bin(pictures: np.ndarray) -> None:
    """All points tie with the centre: every bit is set, in whatever order the numbers were added."""
    assert lbp.uniform_histograms(pictures[-1:])[0, 57] == 1


def test_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="64 x 64"):
        lbp.ms_lbp(np.zeros((1, 32, 32), np.uint8))
