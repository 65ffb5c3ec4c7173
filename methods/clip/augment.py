"""The two methods' augmentations, on whole batches, anywhere torch runs.

Pictures are float32 in 0..1, (n, 3, side, side); every picture gets random numbers of its own. The numbers of a whole
batch are drawn on the CPU whatever the device and however many processes share it, so neither changes the run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

GREY = (0.2989, 0.587, 0.114)
"""Luma weights, ITU-R 601, as torchvision rounds them."""


class Draws:
    """Random numbers for a batch of `n` pictures, of which this process computes `rows`."""

    def __init__(self, seed: Sequence[int], n: int, rows: slice, device: torch.device) -> None:
        self.rng, self.n, self.rows, self.device = np.random.default_rng(list(seed)), n, rows, device

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """float32, (rows, *shape)."""
        return self._mine(self.rng.uniform(low, high, (self.n, *shape)).astype(np.float32))

    def chance(self, probability: float) -> Tensor:
        """bool, (rows,)."""
        return self._mine(self.rng.random(self.n) < probability)

    def orders(self, k: int) -> Tensor:
        """A permutation of 0 .. k-1 for each picture, int64, (rows, k)."""
        return self._mine(self.rng.random((self.n, k)).argsort(axis=1))

    def _mine(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values[self.rows])).to(self.device)


def _each(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1, 1)


def _where(chosen: Tensor, changed: Tensor, pictures: Tensor) -> Tensor:
    return torch.where(_each(chosen), changed, pictures)


def flip(pictures: Tensor, draws: Draws) -> Tensor:
    """Mirror half of the pictures left to right."""
    return _where(draws.chance(0.5), pictures.flip(-1), pictures)


def saturation_jitter(pictures: Tensor, draws: Draws, wrap: bool) -> Tensor:
    """FLIP's jitter: HSV saturation times U(0.8, 1.2) in half of the pictures (released `utils/dataset.py`).

    The released code does not clip: a saturation above one makes negative values that wrap round when they become
    uint8. `wrap` does the same; otherwise they are clipped. (Released: at the size on disk; here after resizing.)
    """
    factor = torch.where(draws.chance(0.5), draws.uniform(0.8, 1.2), torch.ones(1, device=draws.device))
    value = pictures.amax(dim=1, keepdim=True)
    changed = value - (value - pictures) * _each(factor)  # what a scaled saturation means in RGB
    if not wrap:
        return changed.clamp(0, 1)
    return torch.remainder(torch.trunc((changed * 255).round(decimals=3)), 256) / 255


def resized_crop(pictures: Tensor, draws: Draws, scale: tuple[float, float] = (0.08, 1.0)) -> Tensor:
    """A random part of `scale` of the area and aspect ratio 3/4 .. 4/3, resized to the whole picture (bilinear)."""
    side, tries = pictures.shape[-1], 10
    area = draws.uniform(*scale, tries) * side * side
    ratio = draws.uniform(math.log(3 / 4), math.log(4 / 3), tries).exp()
    width, height = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
    fits = (width >= 1) & (height >= 1) & (width <= side) & (height <= side)
    first = fits.int().argmax(dim=1, keepdim=True)
    found = fits.any(dim=1)
    width = torch.where(found, width.gather(1, first)[:, 0], torch.full_like(width[:, 0], side))
    height = torch.where(found, height.gather(1, first)[:, 0], torch.full_like(height[:, 0], side))
    left = (draws.uniform(0, 1) * (side - width + 1)).floor().minimum(side - width)
    top = (draws.uniform(0, 1) * (side - height + 1)).floor().minimum(side - height)
    return cut(pictures, left, top, width, height, side)


def cut(pictures: Tensor, left: Tensor, top: Tensor, width: Tensor, height: Tensor, side: int) -> Tensor:
    """One rectangle of each picture, in pixels, resized to (side, side), bilinear, edges repeated."""
    steps = (torch.arange(side, device=pictures.device, dtype=torch.float32) + 0.5) / side
    edges = ((left, width, pictures.shape[-1]), (top, height, pictures.shape[-2]))
    axes = []
    for start, length, whole in edges:
        start, length = start[:, None], length[:, None]
        at = torch.minimum(torch.maximum(start + steps * length, start + 0.5), start + length - 0.5)
        axes.append(at / whole * 2 - 1)
    x = axes[0][:, None, :].expand(-1, side, -1)
    y = axes[1][:, :, None].expand(-1, -1, side)
    return F.grid_sample(pictures, torch.stack([x, y], dim=-1), align_corners=False, padding_mode="border")


def shifted_crop(pictures: Tensor, draws: Draws, side: int) -> Tensor:
    """A random square of `side` pixels, not resized."""
    slack = pictures.shape[-1] - side
    left, top = ((draws.uniform(0, 1) * (slack + 1)).floor().long().clamp(max=slack) for _ in range(2))
    rows = top[:, None] + torch.arange(side, device=pictures.device)
    columns = left[:, None] + torch.arange(side, device=pictures.device)
    number = torch.arange(len(pictures), device=pictures.device)
    return pictures[number[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def brightness(pictures: Tensor, factor: Tensor) -> Tensor:
    """Times `factor`, (n,), clipped."""
    return (pictures * _each(factor)).clamp(0, 1)


def grey(pictures: Tensor) -> Tensor:
    """Luma in all channels, (n, 1, side, side)."""
    return (pictures * pictures.new_tensor(GREY).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)


def contrast(pictures: Tensor, factor: Tensor) -> Tensor:
    """Away from (factor > 1) or towards the picture's mean luma, clipped."""
    mean = grey(pictures).mean(dim=(1, 2, 3), keepdim=True)
    return (mean + (pictures - mean) * _each(factor)).clamp(0, 1)


def saturation(pictures: Tensor, factor: Tensor) -> Tensor:
    """Away from (factor > 1) or towards grey, clipped."""
    luma = grey(pictures)
    return (luma + (pictures - luma) * _each(factor)).clamp(0, 1)


def hue(pictures: Tensor, shift: Tensor) -> Tensor:
    """Turn the hue by `shift`, (n,), in full turns."""
    high, low = pictures.amax(dim=1), pictures.amin(dim=1)
    chroma = high - low
    span = torch.where(chroma == 0, torch.ones_like(chroma), chroma)
    red, green, blue = pictures.unbind(dim=1)
    sector = torch.where(
        high == red,
        (green - blue) / span,
        torch.where(high == green, 2 + (blue - red) / span, 4 + (red - green) / span),
    )
    turned = torch.remainder(sector / 6 + shift.view(-1, 1, 1), 1.0) * 6
    parts = []
    for offset in (5.0, 3.0, 1.0):  # f(n) = v - chroma * max(0, min(k, 4 - k, 1)), k = (n + 6 h) mod 6
        k = torch.remainder(turned + offset, 6.0)
        parts.append(high - chroma * torch.minimum(k, 4 - k).clamp(0, 1))
    return torch.stack(parts, dim=1)


def colour_jitter(pictures: Tensor, draws: Draws, strength: tuple[float, float, float, float]) -> Tensor:
    """Brightness, contrast and saturation times U(1 - s, 1 + s), hue turned by U(-s, s), in random order."""
    factors = [draws.uniform(1 - s, 1 + s) for s in strength[:3]] + [draws.uniform(-strength[3], strength[3])]
    orders = draws.orders(4)
    out = pictures.clone()
    for place in range(4):
        for number, change in enumerate((brightness, contrast, saturation, hue)):
            chosen = torch.nonzero(orders[:, place] == number)[:, 0]
            if len(chosen):
                out[chosen] = change(out[chosen], factors[number][chosen])
    return out


def blur(pictures: Tensor, sigma: Tensor) -> Tensor:
    """Gaussian blur with a deviation for each picture, (n,), in pixels of a picture of side 224; edges mirrored."""
    n, channels, side, _ = pictures.shape
    sigma = (sigma * side / 224).clamp(min=1e-3)
    radius = max(1, math.ceil(3 * 2.0 * side / 224))
    at = torch.arange(-radius, radius + 1, device=pictures.device, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (at[None] / sigma[:, None]) ** 2)
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(channels, dim=0)
    flat = pictures.reshape(1, n * channels, side, side)
    flat = F.conv2d(F.pad(flat, (radius, radius, 0, 0), "reflect"), kernel[:, None, None, :], groups=n * channels)
    flat = F.conv2d(F.pad(flat, (0, 0, radius, radius), "reflect"), kernel[:, None, :, None], groups=n * channels)
    return flat.reshape(n, channels, side, side)


def flip_ssl_view(pictures: Tensor, draws: Draws) -> Tensor:
    """One of FLIP-MCL's two views: SimCLR's recipe with the strengths of the released `utils/dataset.py`."""
    out = resized_crop(pictures, draws)
    out = _where(draws.chance(0.8), colour_jitter(out, draws, (0.4, 0.4, 0.4, 0.1)), out)
    out = _where(draws.chance(0.2), grey(out).expand_as(out), out)
    out = _where(draws.chance(0.5), blur(out, draws.uniform(0.1, 2.0)), out)
    return flip(out, draws)


def foundpad_view(pictures: Tensor, draws: Draws, side: int) -> Tensor:
    """FoundPAD's training view (released `src/data/loaders.py`) of pictures stored 256/224 times as large as `side`."""
    out = flip(shifted_crop(pictures, draws, side), draws)
    gamma = out.clamp(min=1e-6) ** _each(draws.uniform(0.8, 1.8))
    out = _where(draws.chance(0.5), gamma, out)
    shift = draws.uniform(-20 / 255, 20 / 255, 3)[:, :, None, None]
    out = _where(draws.chance(0.5), (out + shift).clamp(0, 1), out)
    return _where(draws.chance(0.5), colour_jitter(out, draws, (0.1, 0.1, 0.1, 0.1)), out)
