"""Clips that lie turned: found by the most faces, left alone where a face shows as they stand."""

from __future__ import annotations

import numpy as np
import pytest

from protocols.media.detect import Box
from protocols.media.frame import Frame
from protocols.media.turned import upright


def frames(n: int = 3) -> list[Frame]:
    """A bright corner at the top left tells how a picture stands."""
    picture = np.zeros((6, 4, 3), np.uint8)
    picture[0, 0] = 255
    return [Frame(i, float(i), picture) for i in range(n)]


def corner(frame: Frame) -> tuple[int, int]:
    row, column = np.argwhere(frame.pixels[..., 0] == 255)[0].tolist()
    return int(row > 0), int(column > 0)


def test_faces_in_half_of_the_frames_keep_the_clip_as_it_lies() -> None:
    def find(frame: Frame) -> Box | None:
        return Box(0, 0, 1, 1) if sum(corner(frame)) or frame.index % 2 else None

    found, boxes, degrees = upright(frames(4), find)
    assert (degrees, [box is not None for box in boxes]) == (0, [False, True, False, True])
    assert found[0].pixels.shape == (6, 4, 3)


@pytest.mark.parametrize(("turned", "degrees"), [(4, 90), (2, 90), (1, 0)])
def test_few_false_faces_do_not_keep_a_clip_that_lies_turned(turned: int, degrees: int) -> None:
    """One frame of four shows something as it lies; in a quarter turn `turned` frames do."""

    def find(frame: Frame) -> Box | None:
        if corner(frame) == (0, 0):
            return Box(0, 0, 1, 1, 0.5) if frame.index == 0 else None
        return Box(0, 0, 1, 1, 0.9) if corner(frame) == (1, 0) and frame.index < turned else None

    assert upright(frames(4), find)[2] == degrees


def test_the_turn_with_the_most_faces_wins() -> None:
    def find(frame: Frame) -> Box | None:
        if corner(frame) == (1, 0):  # turned to the left by a quarter
            return Box(0, 0, 1, 1, 0.9) if frame.index < 1 else None
        return Box(0, 0, 1, 1, 0.6) if corner(frame) == (0, 1) else None  # by three quarters

    found, boxes, degrees = upright(frames(), find)
    assert (degrees, len([b for b in boxes if b])) == (270, 3)
    assert found[0].pixels.shape == (4, 6, 3)
    assert [f.index for f in found] == [0, 1, 2]


def test_of_two_turns_with_as_many_faces_the_surer_one_wins() -> None:
    scores = {(1, 0): 0.7, (1, 1): 0.9, (0, 1): 0.8}
    _, _, degrees = upright(frames(), lambda f: Box(0, 0, 1, 1, scores[c]) if (c := corner(f)) in scores else None)
    assert degrees == 180


def test_without_any_face_nothing_is_turned() -> None:
    found, boxes, degrees = upright(frames(2), lambda _: None)
    assert (boxes, degrees) == ([None, None], 0)
    assert corner(found[0]) == (0, 0)
