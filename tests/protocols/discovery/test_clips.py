"""What the releases of named clips share: crops in two forms, reasons with files, what is still packed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocols.discovery import clips
from protocols.discovery.layout import Table
from protocols.discovery.walk import Outline, walk
from protocols.errors import InputError
from protocols.presentation import BONA_FIDE, Media, Presentation

FOLDERS = re.compile(r"(?:(?P<top>.*)/)?real")


def make(stem: str, folder: re.Match[str], media: Media) -> Presentation:
    if stem == "bad":
        raise ValueError("is bad")
    return Presentation(stem, BONA_FIDE, BONA_FIDE, "real", None, stem, None, media)


def table(folder: Path, *files: str) -> Table:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"x")
    return Table("Any", walk(folder, Outline(frozenset(), re.compile("real"))))


def test_videos_and_crops_are_entered_with_their_frames_in_order(tmp_path: Path) -> None:
    found = table(
        tmp_path, "x/real/a.mov", "x/real/b/crop/2.png", "x/real/b/crop/10.png", "x/real/c/001.png", "y/d.mov"
    )
    clips.enter(found, FOLDERS, make)
    assert {name: tuple(row.media.files) for name, row in found.rows.items()} == {
        "a": ("x/real/a.mov",),
        "b": ("x/real/b/crop/2.png", "x/real/b/crop/10.png"),
        "c": ("x/real/c/001.png",),
    }
    with pytest.raises(InputError, match="a mixture of Any layouts"):
        found.layout("give it")


def test_a_name_that_does_not_fit_is_said_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^real/bad\.mp4: bad is bad$"):
        clips.enter(table(tmp_path, "real/bad.mp4"), FOLDERS, make)


def test_what_is_missing_or_packed_is_said(tmp_path: Path) -> None:
    found = table(tmp_path, "real/a.mov", "attack.zip", "real/attack.7z")
    clips.warn_half(found, {"train": "Train", "test": "Test"}, ["train", None])
    assert found.warnings == [
        "half unpacked: nothing of Test",
        "2 archives are not unpacked, such as attack.zip",
    ]
