"""Textures and light shared by the artefacts: noise, highlights, printing, paper."""

from __future__ import annotations

import numpy as np

from protocols.demo.identity import SIDE, Canvas, f32

ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
Rng = np.random.Generator


def mix(below: Canvas, above: Canvas | np.floating | float, mask: Canvas | np.floating | float) -> Canvas:
    """`above` over `below` where `mask` is 1; a two-dimensional mask serves all channels."""
    weight = mask[..., None] if isinstance(mask, np.ndarray) and mask.ndim == below.ndim - 1 else mask
    return (below + (above - below) * weight).astype(np.float32)


def blur(picture: Canvas, sigma: float) -> Canvas:
    """Gaussian blur, sigma in canvas pixels."""
    import cv2

    return cv2.GaussianBlur(picture, (0, 0), sigma)


def grey(picture: Canvas) -> Canvas:
    """Luma (ITU-R BT.601 weights), (SIDE, SIDE)."""
    return picture @ np.array([0.299, 0.587, 0.114], np.float32)


def saturate(picture: Canvas, amount: float) -> Canvas:
    """Colourfulness times `amount`: 0 is grey, 1 changes nothing."""
    luma = grey(picture)[..., None]
    return luma + (picture - luma) * np.float32(amount)


def clouds(rng: Rng, coarse: float, channels: int = 1) -> Canvas:
    """Smooth noise of zero mean and unit deviation with blobs of about `coarse` pixels, (SIDE, SIDE[, channels])."""
    import cv2

    cells = max(2, round(SIDE / coarse))
    seeds = rng.standard_normal((cells, cells, channels), dtype=np.float32)
    noise = cv2.resize(seeds, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).reshape(SIDE, SIDE, channels)
    noise = (noise - noise.mean()) / (noise.std() + np.float32(1e-6))
    out: Canvas = noise[..., 0] if channels == 1 else noise
    return out


def wave(period: float, angle: float, phase: float = 0.0) -> Canvas:
    """A plane wave between -1 and 1, period in canvas pixels, angle in radians."""
    along = COLUMNS * np.float32(np.cos(angle)) + ROWS * np.float32(np.sin(angle))
    out: Canvas = np.cos(along * np.float32(2 * np.pi / period) + np.float32(phase))
    return out


def highlight(relief: Canvas, light: tuple[float, float], hardness: float) -> Canvas:
    """Specular reflection (Blinn-Phong) of a lamp in direction (right, up) on a relief, 0 to 1, (SIDE, SIDE)."""
    rise = np.float32(0.30 * SIDE)
    slope_y, slope_x = np.gradient(relief * rise)
    half = np.array([light[0], -light[1], 2.0], np.float32)
    half /= np.linalg.norm(half)
    facing = (-slope_x * half[0] - slope_y * half[1] + half[2]) / np.sqrt(slope_x**2 + slope_y**2 + 1)
    out: Canvas = np.clip(facing, 0, 1) ** np.float32(hardness)
    return out


def shade(relief: Canvas, light: tuple[float, float], amount: float) -> Canvas:
    """Diffuse shading around 1, (SIDE, SIDE): bright towards the lamp, dark away from it."""
    rise = np.float32(0.30 * SIDE)
    slope_y, slope_x = np.gradient(blur(relief, 1.5) * rise)
    tilt = (-slope_x * light[0] + slope_y * light[1]) / np.sqrt(slope_x**2 + slope_y**2 + 1)
    return f32(1 + amount * tilt)


def glare(rng: Rng) -> Canvas:
    """The reflection of a lamp or window in a flat glossy sheet: an elongated soft blob, 0 to 1, (SIDE, SIDE)."""
    angle, cx, cy = rng.uniform(0, np.pi), rng.uniform(40, SIDE - 40), rng.uniform(30, SIDE - 30)
    along = (COLUMNS - cx) * np.cos(angle) + (ROWS - cy) * np.sin(angle)
    across = -(COLUMNS - cx) * np.sin(angle) + (ROWS - cy) * np.cos(angle)
    long, wide = rng.uniform(50, 140), rng.uniform(9, 24)
    return f32(np.exp(-((along / long) ** 4) - (across / wide) ** 2))


def printed(picture: Canvas, rng: Rng, strength: float = 1.0) -> Canvas:
    """A photograph after a printer: lost gamut, grey blacks, off-white paper, halftone dots, bands, lost detail.

    The screens of the three inks stand at different angles, so their dots form rosettes; the camera samples them with
    few pixels per dot, as it does for a print at arm's length. A photo printer's dots are too fine to be seen: such
    a print is betrayed by its softness, bands and colours instead.
    """
    paper = f32([0.95, 0.93, rng.uniform(0.84, 0.93)])
    ink = f32([0.13, 0.11, 0.12]) * np.float32(rng.uniform(0.7, 1.3))
    fine = rng.random() < 0.4
    lost = rng.uniform(1.1, 2.0) if fine else rng.uniform(0.5, 1.0)
    flat = saturate(blur(picture, lost), rng.uniform(0.55, 0.8))
    flat = mix(picture, ink + flat * (paper - ink), np.float32(0.55 + 0.45 * strength))
    period, turn = rng.uniform(3.2, 6.2), rng.uniform(0, np.pi / 2)
    dots = np.empty_like(flat)
    for channel, angle in enumerate((0.26, 1.31, 0.79)):
        screen = wave(period, turn + angle) + wave(period, turn + angle + np.pi / 2)
        dots[..., channel] = screen * np.float32(0.5)
    coverage = np.clip(4 * flat * (1 - flat), 0.15, 1)  # dots show most in the mid-tones
    amount = np.float32(strength * (rng.uniform(0.0, 0.04) if fine else rng.uniform(0.09, 0.18)))
    height = np.float32(strength * rng.uniform(0.01, 0.03))
    bands = wave(rng.uniform(7, 16), np.pi / 2 + rng.normal(0, 0.01), rng.uniform(0, 6)) * height
    out: Canvas = np.clip(flat + amount * dots * coverage + bands[..., None], 0, 1)
    return out


def bend(rng: Rng, amount: float) -> tuple[Canvas, Canvas, Canvas]:
    """A sheet rolled about an upright axis: source columns and rows for `cv2.remap`, and its shading around 1."""
    centre, width = rng.uniform(0.35, 0.65) * SIDE, 0.5 * SIDE
    u = (COLUMNS - np.float32(centre)) / np.float32(width)
    columns = np.float32(centre) + width * (u + np.float32(0.16 * amount) * u**3)
    rows = ROWS + np.float32(0.05 * amount * SIDE) * (u**2 - 0.3) * ((ROWS - SIDE / 2) / SIDE + np.float32(0.5))
    side = rng.choice((-1, 1))
    shading = 1 - np.float32(0.30 * amount) * (0.6 * u**2 + np.float32(0.5 * side) * u)
    return columns.astype(np.float32), rows.astype(np.float32), shading.astype(np.float32)
