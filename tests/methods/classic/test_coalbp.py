from __future__ import annotations

import numpy as np

from methods.classic import coalbp


def literal(picture: np.ndarray, radius: int, distance: int) -> np.ndarray:
    """One scale of the definition, pixel pair by pixel pair."""
    h, w = picture.shape
    codes = {}
    for y in range(radius, h - radius):
        for x in range(radius, w - radius):
            around = ((0, radius), (-radius, 0), (0, -radius), (radius, 0))
            codes[y, x] = sum(
                (picture[y + dy, x + dx] >= picture[y, x] - 1 / 2048) << bit for bit, (dy, dx) in enumerate(around)
            )
    counts = np.zeros((4, 16, 16))
    for (y, x), first in codes.items():
        for number, (dy, dx) in enumerate(((0, 1), (-1, 1), (-1, 0), (-1, -1))):
            second = codes.get((y + dy * distance, x + dx * distance))
            if second is not None:
                counts[number, first, second] += 1
    return counts.ravel() / counts.sum()


def test_every_scale_follows_the_definition() -> None:
    pictures = np.random.default_rng(0).integers(0, 6, (3, 24, 24)).astype(np.float32)  # few levels: many ties
    ours = coalbp.coalbp_histograms(pictures)
    assert ours.shape == (3, 3072)
    for i, picture in enumerate(pictures):
        expected = np.concatenate([literal(picture, *scale) for scale in coalbp.SCALES])
        assert np.allclose(ours[i], expected, rtol=0, atol=1e-7)


def test_the_batch_does_not_matter() -> None:
    pictures = np.random.default_rng(1).uniform(0, 255, (4, 64, 64)).astype(np.float32)
    alone = np.concatenate([coalbp.coalbp_histograms(p[None]) for p in pictures])
    assert np.array_equal(coalbp.coalbp_histograms(pictures), alone)
