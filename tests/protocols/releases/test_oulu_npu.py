"""OULU-NPU: its table spelt out; the four protocols with the published numbers of each user; lists that contradict."""

from __future__ import annotations

import shutil
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from protocols.catalogue import shipped
from protocols.cut import Share, cut
from protocols.errors import InputError
from protocols.releases import registry
from tests.protocols.field_miniatures import crops, oulu
from tests.protocols.miniature_media import text, video


def counts(shares: tuple[Share, ...]) -> tuple[int, int]:
    found = Counter(p.label for share in shares for p in share.presentations)
    return found["bona fide"], found["attack"]


@pytest.mark.parametrize("lists", ["Protocols", "OULU_Protocols"])
def test_the_table_is_what_was_written(lists: str, tmp_path: Path) -> None:
    written = oulu(tmp_path, lists=lists)
    release = registry.discover("oulu-npu", written.root)
    assert release.presentations == tuple(sorted(written.rows, key=lambda p: p.id))
    assert (release.layout, release.cropped) == (written.layout, False)
    assert release.warnings == ("Test_1.txt: 1 listed but not on disk (1_2_36_1)",)


def test_face_crops_are_read(tmp_path: Path) -> None:
    written = oulu(tmp_path / "a")
    release = registry.discover("oulu-npu", crops(written, tmp_path / "b", suffix=""))
    assert [p.id for p in release.presentations] == sorted(p.id for p in written.rows)
    assert release.cropped


@pytest.mark.parametrize(
    ("name", "train", "dev", "test"),
    [
        ("oulu-1", (240, 960), (180, 720), (120, 480)),
        ("oulu-2", (360, 720), (270, 540), (360, 720)),
        *((f"oulu-3.{k}", (300, 1200), (225, 900), (60, 240)) for k in (1, 6)),
        *((f"oulu-4.{k}", (200, 400), (150, 300), (20, 40)) for k in (1, 6)),
        ("intra-oulu-npu", (360, 1440), (270, 1080), (360, 1440)),
    ],
)
def test_the_four_protocols_count_as_published(name: str, train, dev, test, tmp_path: Path) -> None:
    """One user of each split stands for twenty, fifteen and twenty."""
    users = {"Train": ("07", 20), "Dev": ("22", 15), "Test": ("40", 20)}
    for (split, (user, _)), phone, session, file in product(users.items(), range(1, 7), range(1, 4), range(1, 6)):
        place = tmp_path / f"{split}_files/{phone}_{session}_{user}_{file}.avi"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"x")
    release = registry.discover("oulu-npu", tmp_path)
    protocol = shipped().protocol(name)
    found = cut(protocol, {"oulu-npu": release}, protocol.defaults)
    for part, published, people in ((found.train, train, 20), (found.dev, dev, 15), (found.target, test, 20)):
        assert tuple(n * people for n in counts(part)) == published


def test_a_protocol_whose_part_is_empty_is_one_line(tmp_path: Path) -> None:
    release = registry.discover("oulu-npu", oulu(tmp_path).root)
    protocol = shipped().protocol("oulu-3.4")
    with pytest.raises(
        InputError, match=r"OULU-NPU at .*: protocol 3.4 finds no video for its test part in this copy"
    ) as caught:
        cut(protocol, {"oulu-npu": release}, protocol.defaults)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-1,1_1_06_1", "line 1: 1_1_06_1 is attack here .* and bona fide by its name"),
        ("+1,6_2_06_4", "line 1: 6_2_06_4 is bona fide here"),
        ("+1,1_3_06_1", "line 1: 1_3_06_1 is not of the train part of protocol 1"),
        ("+1,1_1_21_1", "line 1: 1_1_21_1 is not of the train part of protocol 1"),
        ("1_1_06_1", "line 1: 1_1_06_1 is not|line 1: is not <label>"),
        ("+1,7_1_06_1", "line 1: is not <phone>"),
    ],
)
def test_a_list_that_contradicts_the_names_is_refused_by_line(line: str, message: str, tmp_path: Path) -> None:
    root = oulu(tmp_path).root
    text(root / "Protocols/Protocol_1/Train.txt", [line])
    with pytest.raises(InputError, match=message) as caught:
        registry.discover("oulu-npu", root)
    assert "Protocol_1/Train.txt" in str(caught.value)


def test_two_foreign_lists_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    root = oulu(tmp_path).root
    text(root / "dg_protocol/OULU_video_train.txt", ["OULU/Train_files/1_1_06_1 0"])
    text(root / "dg_protocol/OULU_video_test.txt", ["OULU/Train_files/1_1_06_1 1"])
    with pytest.raises(InputError, match=r"OULU_video_train.txt, line 1: .* in .*OULU_video_test.txt, line 1; by its"):
        registry.discover("oulu-npu", root)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("Dev_files/1_1_06_2.avi", "is of user 06, who is not in Dev_files"),
        ("Train_files/1_1_06_6.avi", "is not <phone>_<session>_<user>_<file>"),
        ("Train_files/1_1_06_1.mp4", "keep one copy"),
        ("OULU-NPU/Train_files/1_1_06_1.avi", "keep one copy"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(file: str, message: str, tmp_path: Path) -> None:
    root = oulu(tmp_path).root
    video(root / file)
    with pytest.raises(InputError, match=message):
        registry.discover("oulu-npu", root)


def test_half_a_release_is_said(tmp_path: Path) -> None:
    root = oulu(tmp_path).root
    shutil.rmtree(root / "Dev_files")
    assert "half unpacked: nothing of Dev_files" in registry.discover("oulu-npu", root).warnings
