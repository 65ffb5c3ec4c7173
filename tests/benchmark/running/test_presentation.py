"""What a place on the disk is taken for, and what a method is handed of it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from benchmark.running.drawing import require_drawable, sheet
from benchmark.running.presentation import faces_of, look, media_of
from protocols.errors import InputError
from protocols.media.detect import Box
from protocols.recipe import Recipe


def folder_of(place, n=12, side=200):
    place.mkdir()
    for i in range(n):
        Image.new("RGB", (side, side), (20 * i, 0, 0)).save(place / f"f{i}.png")
    return place


def centre(rgb):
    return Box(50, 50, 100, 100)


def test_a_place_is_a_picture_a_video_or_a_folder(tmp_path):
    for name, kind in (
        ("a.JPG", "images"),
        ("a.tif", "images"),
        ("a.MOV", "video"),
        ("a.wmv", "video"),
        ("a.h5", "hdf5"),
    ):
        (tmp_path / name).touch()
        root, media = media_of(tmp_path / name)
        assert (root, media.kind, tuple(media.files)) == (tmp_path, kind, (name,))
    _, media = media_of(folder_of(tmp_path / "frames"))
    assert media.files[:3] == ("f0.png", "f1.png", "f2.png")
    assert media.files[-1] == "f11.png"


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere", "there is no such picture"), ("empty", "no pictures in this")]
)
def test_a_place_without_any_is_refused(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=message):
        media_of(tmp_path / name)


@pytest.mark.parametrize(("asked", "indices"), [(None, [1, 4, 7, 10]), (2, [4, 10]), (1, [7])])
def test_as_many_frames_as_the_method_asks_for(tmp_path, asked, indices):
    recipe = Recipe(frames=4)
    seen = look(folder_of(tmp_path / "frames"), recipe, centre, asked=asked)
    assert [frame.index for frame in seen.frames] == indices
    faces = faces_of(seen, recipe)
    assert (len(faces), faces.frames) == (1, len(indices))
    assert faces.crops(slice(None), 64).shape == (len(indices), 64, 64, 3)
    assert sheet(seen, {"decision": "attack", "score": -1.0, "reason": None}).size[0] >= 200


def test_large_faces_keep_their_second_picture(tmp_path):
    recipe = Recipe(frames=3, size=64, face_size=90)
    faces = faces_of(look(folder_of(tmp_path / "frames"), recipe, centre, asked=None), recipe)
    assert faces.near is not None
    assert faces.near.tolist() == [3, 4, 5]
    assert {faces.native(i).shape for i in range(3)} == {(90, 90, 3)}


def test_what_cannot_be_read_is_told_from_what_shows_no_face(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    broken = look(tmp_path / "broken.png", Recipe(), centre, asked=None)
    assert (broken.readable, broken.crops) == (False, [])
    Image.new("RGB", (50, 50)).save(tmp_path / "wall.png")
    wall = look(tmp_path / "wall.png", Recipe(), lambda rgb: None, asked=None)
    assert (wall.readable, wall.reason) == (True, "no face found")
    assert np.asarray(sheet(wall, {"decision": "non-response", "score": None, "reason": wall.reason})).any()


def test_a_drawing_is_a_picture(tmp_path):
    require_drawable(tmp_path / "a.png")
    with pytest.raises(InputError, match="--draw"):
        require_drawable(tmp_path / "a.txt")
