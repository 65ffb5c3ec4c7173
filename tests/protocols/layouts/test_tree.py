"""A plain folder tree: splits, classes, species, subjects; frames, pictures and videos."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.layouts import tree
from protocols.presentation import Media
from protocols.releases import registry


def made(root: Path, *files: str) -> Path:
    for name in files:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    return root


def test_every_kind_of_presentation_is_found(tmp_path: Path) -> None:
    root = made(
        tmp_path / "booth",
        "train/bona-fide/clip1.mp4",
        "train/bona-fide/0001.jpg",
        "train/live/s02/clip2/frame_10.png",
        "train/live/s02/clip2/frame_9.png",
        "train/attack/print/a.jpg",
        "train/attack/print/0002.jpg",
        "train/spoof/Our_Mask/s01/clip3.mov",
        "train/fake/clip4/1.jpg",
        "train/fake/clip4/2.jpg",
        "Val/Real/x.webm",
        "Testing/FAKE/replay/s03/0001/0001.jpg",
        "readme.jpg",
        ".cache/y.jpg",
    )
    release = registry.discover("booth", root)
    rows = {p.id: (p.label, p.species, p.subject, p.split) for p in release.presentations}
    assert rows == {
        "Testing/FAKE/replay/s03/0001": ("attack", "replay", "s03", "test"),
        "Val/Real/x": ("bona fide", "bona fide", None, "dev"),
        "train/attack/print/0002": ("attack", "print", None, "train"),
        "train/attack/print/a": ("attack", "print", None, "train"),
        "train/bona-fide/0001": ("bona fide", "bona fide", None, "train"),
        "train/bona-fide/clip1": ("bona fide", "bona fide", None, "train"),
        "train/fake/clip4": ("attack", "unnamed attack", None, "train"),
        "train/live/s02/clip2": ("bona fide", "bona fide", "s02", "train"),
        "train/spoof/Our_Mask/s01/clip3": ("attack", "our mask", "s01", "train"),
    }
    media = {p.id: p.media for p in release.presentations}
    frames = ("train/live/s02/clip2/frame_9.png", "train/live/s02/clip2/frame_10.png")
    assert media["train/live/s02/clip2"] == Media("images", frames)
    assert release.warnings == ("1 media files lie in no folder of a class: left out",)
    assert release.layout == "folder tree"


def test_splits_may_be_left_out(tmp_path: Path) -> None:
    root = made(tmp_path, "real/a.jpg", "attack/print/b.jpg")
    assert {p.split for p in registry.discover("booth", root).presentations} == {None}
    assert not tree.fits(made(tmp_path / "other", "holiday/beach.jpg"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["train/real/a.jpg"], "no attack presentation in it"),
        (["train/attack/a.jpg", "test/spoof/b.mp4"], "no bona fide presentation in it"),
        (["train/real/a.jpg", "train/real/a.png", "train/attack/b.jpg"], "differ in their suffix alone"),
        (["train/real/a.jpg", "train/attack/live/b.jpg"], "is an attack and has the species 'live'"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_folder(files: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        registry.discover("booth", made(tmp_path, *files))
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
