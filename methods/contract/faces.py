"""Small synthetic `Faces`: textured ovals whose fine texture tells attacks apart, as far as `separation` lets it."""

from __future__ import annotations

import numpy as np

from protocols.store.faces import Faces


def _picture(rng: np.random.Generator, side: int, attack: bool, separation: float) -> np.ndarray:
    import cv2

    y, x = np.mgrid[:side, :side] / side - 0.5
    picture = np.empty((side, side, 3))
    picture[:] = rng.uniform(20, 90, 3)
    face = (x / 0.36) ** 2 + (y / 0.45) ** 2 < 1
    skin = np.array([200, 150, 125]) * rng.uniform(0.6, 1.1)
    light = 1 + rng.uniform(-0.5, 0.5) * x + rng.uniform(-0.3, 0.3) * y
    picture[face] = (skin * light[..., None])[face]
    for cx in (-0.15, 0.15):
        picture[(x - cx) ** 2 + (y + 0.1) ** 2 < 0.002] = 30
    picture[(np.abs(x) < 0.12) & (np.abs(y - 0.22) < 0.02)] = (150, 60, 60)
    picture[:] = cv2.GaussianBlur(picture, (0, 0), 0.8)
    if attack:  # a printing screen: a fine grid over the picture, and less colour
        grid = np.sin(x * side * 2.1 + rng.uniform(0, 6)) * np.sin(y * side * 2.1 + rng.uniform(0, 6))
        picture += separation * 14 * grid[..., None]
        grey = picture.mean(2, keepdims=True)
        picture += 0.3 * separation * (grey - picture)
    picture += rng.normal(0, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def make_faces(
    presentations: int = 12,
    frames: int = 3,
    *,
    seed: int = 0,
    side: int = 72,
    separation: float = 1.0,
    contexts: tuple[float, ...] = (1.8, 1.0),
    name: str = "synthetic",
) -> Faces:
    """Labels alternate, so do the contexts (1.8 as detected, 1.0 as cut out by the release) and two domains.

    Presentation i has between 1 and `frames` frames (never none); with `separation=0` nothing tells the labels apart.
    """
    rng = np.random.default_rng([seed, presentations, frames])
    labels = np.arange(presentations) % 2
    owner = np.concatenate([np.full(1 + (frames - 1 if i % 3 else 0), i) for i in range(presentations)])
    pixels = np.stack([_picture(rng, side, labels[i] == 0, separation) for i in owner])
    order = rng.permutation(len(owner))  # rows of a store come in any order
    stored = np.empty_like(pixels)
    stored[order] = pixels
    stored.setflags(write=False)  # as a store's memory map
    return Faces(
        pixels=stored,
        rows=order.astype(np.int64),
        owner=owner.astype(np.int64),
        context=np.array([contexts[i // 2 % len(contexts)] for i in owner], np.float32),
        keys=tuple(f"p{i:03d}" for i in range(presentations)),
        labels=labels.astype(np.int8),
        domains=tuple("casia-surf" if i // 2 % 2 else "cefa" for i in range(presentations)),
        digest=f"{name}-{seed}-{presentations}-{frames}-{side}-{separation}-{contexts}",
    )
