from __future__ import annotations

import numpy as np
import pytest

from protocols.media.crop import around, resize, trim
from protocols.media.detect import Box
from protocols.recipe import Recipe
from protocols.store.faces import Faces
from tests.protocols.sharpness import detail, ratios, texture

RECIPE = Recipe()
FRAME = texture(1080, 1440)


def shown(first, near=None, context: float = 1.0) -> Faces:
    """One frame as a store hands it out."""
    only = np.zeros(1, np.int64)
    return Faces(
        pixels=[first] if near is None else [first, near],
        rows=only,
        owner=only,
        context=np.full(1, context, np.float32),
        keys=("a",),
        near=only + (-1 if near is None else 1),
    )


@pytest.mark.parametrize("side", [150, 290, 560, 800])
def test_a_detected_face_is_as_sharp_as_a_direct_resize(side):
    crop = around(FRAME, Box(300, 120, side, side), RECIPE)
    found = ratios(shown(crop.first, crop.near, RECIPE.context), FRAME[120 : 120 + side, 300 : 300 + side])
    assert min(found.values()) >= 0.95, found
    assert side > RECIPE.face_size or set(found.values()) == {1.0}


@pytest.mark.parametrize("side", [150, 290, 560, 800])
def test_a_cut_out_face_is_as_sharp_as_a_direct_resize(side):
    face = FRAME[:side, : side * 4 // 5]
    picture = np.zeros((1000, 1000, 3), np.uint8)
    picture[90 : 90 + face.shape[0], 120 : 120 + face.shape[1]] = face
    found = ratios(shown(trim(picture, RECIPE.border, "stretch", RECIPE.face_size)), face)
    assert min(found.values()) >= 0.95, found


def test_a_blurred_store_would_be_noticed():
    """The store of format 1: 288 px with context, of which the face itself had 160."""
    face = FRAME[120:520, 300:700]
    first = resize(resize(face, 160, 160), 400, 400)
    assert max(ratios(shown(first), face).values()) < 0.75
    assert detail(np.full((9, 9, 3), 7, np.uint8)) == 0
