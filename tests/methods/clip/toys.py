"""Toy faces: easy to tell apart, quick to make."""

from __future__ import annotations

import numpy as np

from protocols.store.faces import Faces


def toy_faces(
    presentations: int, *, frames: int = 2, seed: int = 0, labelled: bool = True, domains: tuple[str, ...] = ("a",)
) -> Faces:
    """Smooth blobs (bona fide) and the same under a fine grid (attack), in turns; 64 pixels, one domain a turn."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(presentations) % 2 == 0).astype(np.int8)
    y, x = np.mgrid[0:64, 0:64] / 64
    pixels = np.empty((presentations * frames, 64, 64, 3), np.uint8)
    for i in range(len(pixels)):
        at, tone = rng.uniform(0.3, 0.7, 2), rng.uniform(90, 200, 3)
        blob = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 0.1)[..., None] * tone
        if not labels[i // frames]:
            blob = blob + 40 * ((np.arange(64) % 4 < 2)[None, :, None] ^ (np.arange(64) % 4 < 2)[:, None, None])
        pixels[i] = np.clip(blob + rng.normal(0, 3, blob.shape), 0, 255)
    return Faces(
        pixels=pixels,
        rows=np.arange(len(pixels)),
        owner=np.repeat(np.arange(presentations), frames),
        context=np.ones(len(pixels), np.float32),
        keys=tuple(f"p{seed}-{i}" for i in range(presentations)),
        labels=labels if labelled else None,
        domains=tuple(domains[i // 2 % len(domains)] for i in range(presentations)) if labelled else None,
        digest=f"toy-{presentations}-{frames}-{seed}",
    )
