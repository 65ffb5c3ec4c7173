from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from protocols.errors import UnreadableError
from protocols.media import frame as frames_module
from protocols.media.decode import read_frames
from protocols.presentation import Media
from tests.protocols.media_factory import moving, why, write_images


def test_images_are_spread_by_position(tmp_path):
    names = write_images(tmp_path, moving(20))
    frames = read_frames(tmp_path, Media("images", tuple(names)), 4).frames
    assert [frame.index for frame in frames] == [2, 7, 12, 17]
    assert np.array_equal(frames[0].pixels, np.asarray(Image.open(tmp_path / "0003.jpg")))


def test_broken_pictures_are_undecodable(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.jpg")
    content = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "folder.jpg").mkdir()
    assert why(tmp_path, "images", "cut.jpg") == "image file breaks off"
    assert why(tmp_path, "images", "empty.jpg") == "file is empty (0 bytes)"
    assert why(tmp_path, "images", "text.jpg") == "not a readable image file"
    assert why(tmp_path, "images", "folder.jpg") == "not an ordinary file"
    assert why(tmp_path, "images", "absent.jpg") == "file is missing"
    assert why(tmp_path, "images") == "no media file"


def test_frames_too_large_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(frames_module, "MAX_KEPT", 10_000)
    names = write_images(tmp_path, moving(6))
    assert "together" in why(tmp_path, "images", *names)


def folder_with(tmp_path, n, *broken):
    """`n` pictures, of which some are empty, cut short or no pictures at all."""
    names = write_images(tmp_path, moving(n))
    for i, number in enumerate(broken):
        file = tmp_path / names[number]
        whole = file.read_bytes()
        file.write_bytes((b"", whole[: len(whole) * 2 // 3], b"<html>not found</html>")[i % 3])
    return Media("images", tuple(names))


def test_a_broken_picture_costs_that_picture(tmp_path):
    media = folder_with(tmp_path, 6, 0, 2, 4)
    found = read_frames(tmp_path, media, 8)
    assert [frame.index for frame in found.frames] == [1, 3, 5]
    assert [frame.time for frame in found.frames] == [1, 3, 5]
    assert (found.named, found.tried) == (6, (0, 1, 2, 3, 4, 5))
    assert [(loss.kind, loss.frames, loss.reason) for loss in found.losses] == [
        ("broken picture", 1, "0001.jpg: file is empty (0 bytes)"),
        ("broken picture", 1, "0003.jpg: image file breaks off"),
        ("broken picture", 1, "0005.jpg: not a readable image file"),
    ]


def test_the_wanted_frames_are_spread_over_the_pictures_that_are_whole(tmp_path):
    media = folder_with(tmp_path, 40, 5)  # 5, 15, 25, 35 would be taken
    found = read_frames(tmp_path, media, 4)
    assert [frame.index for frame in found.frames] == [4, 15, 25, 35]
    assert set(found.tried) >= {4, 5, 15, 25, 35}
    untouched = read_frames(tmp_path, folder_with(tmp_path, 40, 7), 4)
    assert [frame.index for frame in untouched.frames] == [5, 15, 25, 35]
    assert (untouched.losses, untouched.tried) == ((), (5, 15, 25, 35))


def test_only_a_folder_without_any_whole_picture_is_undecodable(tmp_path):
    media = folder_with(tmp_path, 3, 0, 1, 2)
    assert why(tmp_path, "images", *media.files) == (
        "none of 3 pictures can be used; 0001.jpg: file is empty (0 bytes)"
    )
    assert why(tmp_path, "images", media.files[0]) == "file is empty (0 bytes)"


def test_many_broken_pictures_are_counted(tmp_path):
    names = write_images(tmp_path, moving(3))
    files = (*(f"absent{i}.jpg" for i in range(50)), *names)
    found = read_frames(tmp_path, Media("images", files), 2)
    assert [frame.index for frame in found.frames] == [51, 52] or len(found.frames) == 2
    assert sum(loss.frames for loss in found.losses) == len(set(found.tried)) - 2
    assert len(found.losses) <= 21


def test_a_release_whose_disk_is_gone_is_no_finding(tmp_path):
    with pytest.raises(UnreadableError, match="the release is gone"):
        read_frames(tmp_path / "mnt", Media("images", ("a.jpg",)), 2)
