"""Lists of paths and labels beside a release: compared with names, and with one another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocols.discovery import labelled
from protocols.discovery.layout import Table
from protocols.discovery.walk import Outline, walk
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation


def table(folder: Path, **lists: str) -> Table:
    for name, text in lists.items():
        (folder / f"{name}.txt").write_text(text)
    found = Table("Any", walk(folder, Outline(frozenset(), re.compile("a"))))
    for subject in ("1", "2"):
        for kind, label in (("live", BONA_FIDE), ("spoof", ATTACK)):
            media = Media("video", (f"{subject}/{kind}/clip.mp4",))
            key = f"{subject}-{kind}"
            found.add(
                Presentation(key, label, BONA_FIDE if label == BONA_FIDE else "print", kind, None, key, None, media), ""
            )
    return found


def test_right_lists_pass_in_any_form_of_path_and_what_is_absent_is_said(tmp_path: Path) -> None:
    found = table(tmp_path, Any_video_train="Any/1/live/clip 0\nx/2/spoof/clip/crop 1\n3/live/clip 0\n")
    labelled.check(found)
    assert found.warnings == ["Any_video_train.txt: 1 listed but not on disk (3/live/clip)"]


def test_a_turned_list_is_named_by_line(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"Any_video_test\.txt, line 2: 2-spoof is bona fide here .* attack by its name"
    ):
        labelled.check(table(tmp_path, Any_video_test="1/live/clip 0\n2/spoof/clip 0\n"))


def test_two_lists_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    lists = {"Any_video_test": "1/live/clip 1", "Any_image_test": "1/live/clip/crop/003.png 0"}
    with pytest.raises(InputError, match=r"Any_video_test\.txt, line 1: .*Any_image_test\.txt, line 1; by its name"):
        labelled.check(table(tmp_path, **lists))


def test_another_kind_of_list_is_nobodys(tmp_path: Path) -> None:
    found = table(tmp_path, notes="1/live/clip 1")
    labelled.check(found)
    assert found.warnings == []
