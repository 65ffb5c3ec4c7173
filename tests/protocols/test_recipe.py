from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.recipe import Recipe


def test_presets():
    assert (Recipe.preset("paper").frames, Recipe.preset("paper").size) == (25, 288)
    assert (Recipe.preset("demo").frames, Recipe.preset("demo").size) == (4, 216)
    with pytest.raises(InputError, match="did you mean paper"):
        Recipe.preset("papr")


def test_every_pixel_changing_field_changes_the_digest(tmp_path):
    model = tmp_path / "model.onnx"
    model.write_bytes(b"one")
    changes = [
        {},
        {"frames": 9},
        {"size": 224},
        {"face_size": 500},
        {"context": 1.4},
        {"fit": "pad"},
        {"border": 10},
        {"detect_side": 800},
        {"min_face": 40},
        {"detector": "yunet", "detector_file": model},
        {"detector": "boxes", "detector_file": model},
    ]
    assert len({Recipe(**change).digest for change in changes}) == len(changes)


def test_digest_follows_the_weights_and_not_their_path(tmp_path):
    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    one.write_bytes(b"weights")
    same.write_bytes(b"weights")
    other.write_bytes(b"other weights")
    digests = [Recipe(detector="yunet", detector_file=file).digest for file in (one, same, other)]
    assert digests[0] == digests[1] != digests[2]
    assert "path" not in str(Recipe(detector="yunet", detector_file=one).as_dict())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": 0}, "frames"),
        ({"size": 5000}, "size"),
        ({"context": 0.5}, "context"),
        ({"fit": "squash"}, "fit"),
        ({"detector": "haar"}, "detector"),
        ({"detector": "yunet"}, "detector_file"),
        ({"detector_file": Path("a.onnx")}, "detector_file"),
    ],
)
def test_impossible_recipes_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        Recipe(**change)


def test_missing_detector_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.onnx"):
        _ = Recipe(detector="yunet", detector_file=tmp_path / "absent.onnx").digest
