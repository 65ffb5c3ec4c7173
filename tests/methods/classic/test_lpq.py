from __future__ import annotations

import numpy as np
from scipy.signal import convolve2d

from methods.classic import lpq


def by_the_book(picture: np.ndarray) -> np.ndarray:
    """Ojansivu and Heikkila's recipe: complex separable convolutions, then whitening, then signs above 1e-2."""
    x = np.arange(-3, 4)
    flat, wave = np.ones(7, complex), np.exp(-2j * np.pi * x / 7)

    def respond(down: np.ndarray, right: np.ndarray) -> np.ndarray:
        return convolve2d(convolve2d(picture, down[::-1, None], "valid"), right[None, ::-1], "valid")

    pairs = [(flat, wave), (wave, flat), (wave, wave), (wave, wave.conj())]
    responses = np.stack([part(respond(*p)) for p in pairs for part in (np.real, np.imag)])
    filters = np.stack([part(np.outer(*p)).ravel() for p in pairs for part in (np.real, np.imag)])
    y, x = np.divmod(np.arange(49), 7)
    covariance = filters @ 0.9 ** np.hypot(y[:, None] - y, x[:, None] - x) @ filters.T
    scale = np.diag([1.000007, 1.000006, 1.000005, 1.000004, 1.000003, 1.000002, 1.000001, 1])
    _, _, vectors = np.linalg.svd(scale @ covariance @ scale)
    vectors = vectors * np.sign(vectors[np.arange(8), np.abs(vectors).argmax(1)])[:, None]
    bits = np.tensordot(vectors, responses, 1) > 1e-2
    return (bits << np.arange(8)[:, None, None]).sum(0)


def test_codes_are_those_of_the_recipe() -> None:
    import cv2

    rng = np.random.default_rng(0)
    pictures = np.stack([cv2.GaussianBlur(rng.uniform(0, 255, (40, 52)), (0, 0), s) for s in (0.5, 1, 2)])
    codes = lpq.lpq_codes(pictures)
    reference = np.stack([by_the_book(p) for p in pictures])
    assert codes.shape == (3, 34, 46)
    assert (codes != reference).mean() < 1e-3  # float32 against float64 within rounding of the threshold


def test_a_constant_channel_is_code_zero_whatever_its_level() -> None:
    levels = np.arange(0, 256, 5, dtype=np.float32)
    pictures = np.broadcast_to(levels[:, None, None], (len(levels), 64, 64))
    assert not lpq.lpq_codes(pictures).any()


def test_histograms_sum_to_one_and_do_not_depend_on_the_batch() -> None:
    pictures = np.random.default_rng(1).uniform(0, 255, (5, 64, 64)).astype(np.float32)
    together = lpq.lpq_histograms(pictures)
    assert together.shape == (5, 256)
    assert np.allclose(together.sum(1), 1)
    assert np.array_equal(together, np.concatenate([lpq.lpq_histograms(p[None]) for p in pictures]))
