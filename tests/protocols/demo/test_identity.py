from __future__ import annotations

import numpy as np

from protocols.demo.identity import SIDE, identities


def test_eye_units_put_the_landmarks_where_the_docstring_says() -> None:
    for who in identities()[::17]:
        left, right, _, *corners = who.landmarks
        assert np.allclose(who.frame.point(-0.5, 0), left, atol=1e-3)
        assert np.allclose(who.frame.point(0.5, 0), right, atol=1e-3)
        mouth = np.mean(corners, axis=0)
        column, row = np.rint(mouth).astype(int)
        assert abs(who.frame.y[row, column] - 1) < 0.1
        assert abs(who.frame.x[row, column]) < 0.3


def test_pictures_mattes_and_masks() -> None:
    for who in identities()[::29]:
        assert who.picture.shape == (SIDE, SIDE, 3)
        assert who.picture.dtype == np.float32
        assert who.picture.min() >= 0
        assert who.picture.max() <= 1
        assert who.matte[who.oval > 0.9].mean() > 0.9  # the face is part of the person
        assert who.matte[:6].mean() < 0.1  # the upper edge is background
        assert 0.2 < who.oval.mean() < 0.5
    assert len(identities()) == 240
