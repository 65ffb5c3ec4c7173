from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from protocols.media.crop import around, borrow, resize, square, trim
from protocols.media.detect import Box, load_detector
from protocols.recipe import Recipe
from tests.protocols.media_factory import cut_out


def ramp(height: int, width: int):
    """Each pixel says where it is: red = column, green = row."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0], picture[..., 1] = np.arange(width), np.arange(height)[:, None]
    return picture


def test_a_crop_is_the_frame_s_own_pixels_up_to_the_limit():
    picture = np.random.default_rng(0).integers(0, 256, (120, 120, 3), np.uint8)
    assert np.array_equal(square(picture, Box(20, 20, 60, 50), 1.0, 60), picture[15:75, 20:80])
    assert np.array_equal(square(picture, Box(20, 20, 60, 50), 1.0, 999), picture[15:75, 20:80])
    assert np.array_equal(
        square(picture, Box(20, 20, 60, 50), 1.0, 40), resize(picture[15:75, 20:80], 40, 40, "lanczos")
    )


def test_the_face_alone_is_kept_where_the_crop_with_context_was_made_smaller():
    picture = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    recipe = Recipe(size=180, face_size=150, context=1.8)
    small = around(picture, Box(150, 150, 100, 80), recipe)
    assert small.first.shape == (180, 180, 3)
    assert small.near is None
    middle = around(picture, Box(130, 130, 140, 140), recipe)
    assert middle.first.shape == (180, 180, 3)
    assert np.array_equal(middle.near, picture[130:270, 130:270])
    large = around(picture, Box(100, 100, 200, 200), recipe)
    assert (large.first.shape, large.near.shape) == ((180, 180, 3), (150, 150, 3))
    assert around(picture, Box(900, 0, 50, 50), recipe) is None


def test_the_box_is_made_square_by_its_longer_side_and_kept_centred():
    crop = square(ramp(100, 120), Box(50, 30, 10, 20), 1.0, 20)
    assert crop[0, 0].tolist() == [45, 30, 0]
    assert crop[-1, -1].tolist() == [64, 49, 0]


def test_context_widens_the_crop_around_the_same_centre():
    crop = square(ramp(100, 120), Box(50, 30, 20, 20), 2.0, 40)
    assert crop[0, 0].tolist() == [40, 20, 0]
    assert crop[-1, -1].tolist() == [79, 59, 0]


def test_beyond_the_picture_its_edge_is_repeated():
    crop = square(ramp(50, 50), Box(-10, 40, 20, 20), 1.0, 20)
    assert crop[0, :, 0].tolist() == [0] * 10 + list(range(10))
    assert crop[:, 0, 1].tolist() == list(range(40, 50)) + [49] * 10


@pytest.mark.parametrize("box", [Box(100, 0, 5, 5), Box(0, -50, 5, 5), Box(0, 0, 1e6, 5)])
def test_a_box_that_misses_the_picture_gives_nothing(box):
    assert square(ramp(50, 50), box, 1.0, 20) is None


def test_a_real_face_fills_its_share_of_the_crop():
    """After the crop at context 1.8 the detector finds the face again, centred and about 1 / 1.8 of it large."""
    recipe = Recipe()
    detector = load_detector(recipe)
    photograph = data.astronaut()
    crop = square(photograph, detector(photograph), recipe.context, recipe.size)
    again, side = detector(crop), len(crop)
    assert abs(again.x + again.w / 2 - side / 2) < side / 24
    assert abs(again.y + again.h / 2 - side / 2) < side / 24
    assert max(again.w, again.h) == pytest.approx(side / 1.8, rel=0.12)


def test_trim_cuts_exactly_the_border():
    picture = cut_out(60, 50, margin=9)
    assert np.array_equal(trim(picture, 24, "stretch", 99), picture[9:70, 9:60])
    assert np.array_equal(trim(picture, 24, "stretch", 32), resize(picture[9:70, 9:60], 32, 32, "lanczos"))
    assert trim(picture, 24, "stretch", 55).shape == (55, 51, 3)


@pytest.mark.parametrize("quality", [75, 90, 95])
def test_trim_is_not_fooled_by_jpeg_ringing(quality):
    picture = cut_out(90, 70, margin=20)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    stored = np.asarray(Image.open(file))
    outside = stored.copy()
    outside[20:111, 20:91] = 0
    assert outside.max() > 0  # it does ring
    rows = np.flatnonzero((stored.max(axis=2) > Recipe().border).any(axis=1))
    columns = np.flatnonzero((stored.max(axis=2) > Recipe().border).any(axis=0))
    assert np.abs(rows[[0, -1]] - [20, 110]).max() <= 2
    assert np.abs(columns[[0, -1]] - [20, 90]).max() <= 2


def test_padding_keeps_the_proportions():
    picture = np.zeros((100, 60, 3), np.uint8)
    picture[10:90, 10:50] = 200
    crop = trim(picture, 24, "pad", 64)
    assert crop.shape == (64, 64, 3)
    assert (crop[:, 20:44] == 200).all()  # Lanczos rings over the edge
    assert (crop[:, :12] == 0).all()
    assert (crop[:, 52:] == 0).all()
    native = trim(picture, 24, "pad", 99)
    assert native.shape == (80, 80, 3)
    assert (native[:, 20:60] == 200).all()
    assert (native[:, :20] == 0).all()


def test_a_black_picture_gives_nothing():
    assert trim(np.full((20, 20, 3), 9, np.uint8), 24, "stretch", 32) is None


def test_boxes_are_borrowed_from_the_nearest_frame():
    a, b = Box(1, 1, 5, 5), Box(2, 2, 5, 5)
    assert borrow([None, a, None, b, None, None]) == [a, a, a, b, b, b]
    assert borrow([None, None]) is None
    assert borrow([a]) == [a]


def test_resize_returns_the_size_asked_for():
    assert resize(ramp(10, 20), 5, 7).shape == (7, 5, 3)
    assert np.array_equal(resize(ramp(10, 20), 20, 10), ramp(10, 20))
