from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageOps

from protocols.media.frame import Undecodable
from protocols.media.upright import View, of_matrix, of_orientation, show

PICTURE = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
ONE = 1 << 16


def moved(a, b, c, d):
    """The picture by the letter of the standard: each pixel goes to (a x + c y, b x + d y)."""
    height, width = PICTURE.shape[:2]
    places = {(a * x + c * y, b * x + d * y): PICTURE[y, x] for x in range(width) for y in range(height)}
    left, top = (min(place[i] for place in places) for i in (0, 1))
    right, bottom = (max(place[i] for place in places) for i in (0, 1))
    out = np.zeros((bottom - top + 1, right - left + 1, 3), np.uint8)
    for (x, y), pixel in places.items():
        out[y - top, x - left] = pixel
    return out


TURNS = [(a, 0, 0, d) for a, d in itertools.product((1, -1), repeat=2)]
TURNS += [(0, b, c, 0) for b, c in itertools.product((1, -1), repeat=2)]


@pytest.mark.parametrize("turn", TURNS)
def test_every_quarter_turn_and_mirror_is_applied_whole(turn):
    a, b, c, d = turn
    view = of_matrix((a * ONE, b * ONE, 0, c * ONE, d * ONE), None)
    assert np.array_equal(show(PICTURE, view), moved(a, b, c, d))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientations_are_what_pillow_makes_of_them(orientation):
    image = Image.fromarray(PICTURE)
    image.getexif()[0x0112] = orientation
    right = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(show(PICTURE, of_orientation(orientation)), right)
    assert np.array_equal(show(PICTURE, of_orientation((orientation,))), right)


@pytest.mark.parametrize("value", [None, 0, 9, -1, 2**40, "6", b"\x06", (6, 6), (), 6.0, float("nan")])
def test_an_orientation_that_says_nothing_leaves_the_picture_as_it_is(value):
    assert of_orientation(value) == View()


def test_a_matrix_of_zeros_says_nothing():
    assert of_matrix([0] * 9, None) == View()


@pytest.mark.parametrize("matrix", [(0.7, 0.7, 0, -0.7, 0.7), (1, 0.5, 0, 0, 1), (1, 0, 0, 0, 0), (1, 1, 0, 1, 1)])
def test_other_angles_and_shears_are_refused_by_name(matrix):
    with pytest.raises(Undecodable, match="odd angle, or sheared"):
        of_matrix([round(value * ONE) for value in matrix], None)


def test_rounded_quarter_turns_are_quarter_turns():
    assert of_matrix((3, -ONE, 0, ONE + 1, -2), None) == of_matrix((0, -1, 0, 1, 0), None)


@pytest.mark.parametrize(
    ("aspect", "shape"), [((2, 1), (4, 12)), ((1, 2), (8, 6)), ((4, 3), (4, 8)), ((135, 136), (4, 6)), ((1, 1), (4, 6))]
)
def test_pixels_that_are_not_square_are_stretched(aspect, shape):
    assert show(PICTURE, View(aspect=Fraction(*aspect))).shape[:2] == shape


def test_a_stretched_picture_is_turned_afterwards():
    quarter = of_matrix((0, ONE, 0, -ONE, 0), Fraction(2))
    assert show(PICTURE, quarter).shape[:2] == (12, 4)
    itself = of_matrix((0, 2 * ONE, 0, -ONE, 0), Fraction(1, 2))  # as FFmpeg has it, which is upside down
    assert show(PICTURE, itself).shape[:2] == (12, 4)


@pytest.mark.parametrize("aspect", [None, Fraction(0), Fraction(-1, 2)])
def test_an_aspect_that_says_nothing_is_square(aspect):
    assert of_matrix((ONE, 0, 0, 0, ONE), aspect) == View()


def test_an_absurd_aspect_is_refused_by_name():
    with pytest.raises(Undecodable, match="pixels 1000 wide and 1 high"):
        of_matrix((ONE, 0, 0, 0, ONE), Fraction(1000))


def test_a_stretched_picture_is_bounded():
    with pytest.raises(Undecodable, match="megapixels"):
        show(np.zeros((8000, 4000, 3), np.uint8), View(aspect=Fraction(3)))
