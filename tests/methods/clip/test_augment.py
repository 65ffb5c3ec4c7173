"""Batched augmentations against torchvision's and OpenCV's, picture by picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torchvision.transforms import functional as tv

from methods.clip import augment

CPU = torch.device("cpu")


@pytest.fixture
def pictures() -> torch.Tensor:
    return torch.rand(6, 3, 40, 40, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("ours", "theirs", "low", "high"),
    [
        (augment.brightness, tv.adjust_brightness, 0.6, 1.4),
        (augment.contrast, tv.adjust_contrast, 0.6, 1.4),
        (augment.saturation, tv.adjust_saturation, 0.6, 1.4),
        (augment.hue, tv.adjust_hue, -0.5, 0.5),
    ],
)
def test_colour_changes_are_torchvisions(pictures, ours, theirs, low: float, high: float) -> None:
    factors = torch.linspace(low, high, len(pictures))
    wanted = torch.stack([theirs(p, float(f)) for p, f in zip(pictures, factors, strict=True)])
    torch.testing.assert_close(ours(pictures, factors), wanted, atol=2e-5, rtol=1e-4)


def test_cut_is_torchvisions_resized_crop(pictures) -> None:
    boxes = [(0, 0, 40, 40), (3, 5, 20, 11), (12, 0, 9, 30), (39, 39, 1, 1), (7, 8, 16, 16), (0, 20, 33, 20)]
    columns = [torch.tensor([float(b[i]) for b in boxes]) for i in range(4)]
    ours = augment.cut(pictures, *columns, 40)
    wanted = torch.stack(
        [
            tv.resized_crop(p, top, left, height, width, [40, 40], antialias=False)
            for p, (left, top, width, height) in zip(pictures, boxes, strict=True)
        ]
    )
    torch.testing.assert_close(ours, wanted, atol=1e-4, rtol=1e-4)


def test_blur_is_torchvisions(pictures) -> None:
    sigma = torch.tensor([0.3, 0.5, 0.8, 1.2, 1.6, 2.0])
    ours = augment.blur(pictures, sigma * 224 / 40)
    radius = max(1, int(np.ceil(6 * 40 / 224)))
    wanted = torch.stack(
        [tv.gaussian_blur(p, [2 * radius + 1] * 2, [float(s)] * 2) for p, s in zip(pictures, sigma, strict=True)]
    )
    torch.testing.assert_close(ours, wanted, atol=1e-5, rtol=1e-4)


class Fixed(augment.Draws):
    """Draws that apply every change, with one factor."""

    def __init__(self, n: int, factor: float) -> None:
        super().__init__((0,), n, slice(None), CPU)
        self.factor = factor

    def chance(self, probability: float) -> torch.Tensor:
        return torch.ones(self.n, dtype=torch.bool)

    def uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.full((self.n, *shape), self.factor)


def test_saturation_jitter_is_what_hsv_gives_and_wraps_like_the_released_code() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (1, 40, 40, 3), dtype=np.uint8)
    picture = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    hsv = cv2.cvtColor(pixels[0].astype(np.float32), cv2.COLOR_RGB2HSV)
    hsv[..., 1] *= 1.2
    released = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    assert released.min() < -1  # the fault that is reproduced
    clipped = augment.saturation_jitter(picture, Fixed(1, 1.2), wrap=False)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(clipped - np.clip(released, 0, 255)).max() < 0.05
    wrapped = augment.saturation_jitter(picture, Fixed(1, 1.2), wrap=True)[0].permute(1, 2, 0).numpy() * 255
    wanted = np.trunc(released).astype(np.int64) % 256
    apart = (np.rint(wrapped).astype(np.int64) - wanted) % 256
    assert np.isin(apart, (0, 1, 255)).all()
    assert (apart[np.abs(released - np.rint(released)) > 0.01] == 0).all()  # elsewhere OpenCV's own rounding decides


def test_crops_flips_and_views_keep_shape_and_range(pictures) -> None:
    draws = augment.Draws((3,), 6, slice(None), CPU)
    for view in (augment.flip_ssl_view(pictures, draws), augment.foundpad_view(pictures, draws, 35)):
        assert view.min() >= 0
        assert view.max() <= 1 + 1e-5
    assert augment.foundpad_view(pictures, draws, 35).shape == (6, 3, 35, 35)
    crops = augment.shifted_crop(pictures, draws, 35)
    unfolded = pictures.unfold(2, 35, 1).unfold(3, 35, 1)
    for crop, windows in zip(crops, unfolded, strict=True):
        assert any(torch.equal(crop, windows[:, i, j]) for i in range(6) for j in range(6))


def test_views_do_not_depend_on_how_many_processes_share_the_batch(pictures) -> None:
    def view(rows: slice) -> torch.Tensor:
        return augment.flip_ssl_view(pictures[rows], augment.Draws((5, 1), 6, rows, CPU))

    torch.testing.assert_close(torch.cat([view(slice(0, 2)), view(slice(2, 6))]), view(slice(None)))


def test_saturation_is_jittered_in_about_half_of_the_pictures() -> None:
    pictures = torch.rand(400, 3, 4, 4)
    changed = augment.saturation_jitter(pictures, augment.Draws((0,), 400, slice(None), CPU), wrap=False)
    moved = ((changed - pictures).abs().amax(dim=(1, 2, 3)) > 1e-6).float().mean()
    assert moved.item() == pytest.approx(0.5, abs=0.08)
