from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.presentation import Media
from protocols.releases import casia_surf
from tests.protocols import miniatures


def test_frames_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    release = casia_surf.discover(miniatures.surf_b(tmp_path).root)
    row = next(p for p in release.presentations if p.id == "train/CLKJ_AS0001/real")
    folder = "real_part/real_train_part/CLKJ_AS0001/real.rssdk/color"
    assert row.media == Media("images", tuple(f"{folder}/{name}" for name in ("1.jpg", "11.jpg", "101.jpg")))
    assert release.cropped


def test_unknown_session_names_the_folder(tmp_path: Path) -> None:
    root = miniatures.surf_c(tmp_path).root
    side = root / "Data/Training/fake_part/CLKJ_AS0005"
    (side / "04_en_b.rssdk").rename(side / "07_xx.rssdk")
    with pytest.raises(InputError, match=r"unknown attack code '07_xx'.*fake_part/CLKJ_AS0005/07_xx.rssdk"):
        casia_surf.discover(root)


def test_session_on_the_wrong_side_is_refused(tmp_path: Path) -> None:
    root = miniatures.surf_c(tmp_path).root
    shutil.move(
        root / "Data/Training/fake_part/CLKJ_AS0005/04_en_b.rssdk",
        root / "Data/Training/real_part/CLKJ_AS0005/04_en_b.rssdk",
    )
    with pytest.raises(InputError, match="'04_en_b' in real_part"):
        casia_surf.discover(root)


def test_polarity_of_the_other_layout_is_refused(tmp_path: Path) -> None:
    root = miniatures.surf_c(tmp_path).root
    path = root / "protocol/CASIA_SURF@p1_video_dev.txt"
    flipped = path.read_text().translate({ord("0"): "1", ord("1"): "0"})
    lines = [
        old[:-1] + new[-1] for old, new in zip(path.read_text().split("\n"), flipped.split("\n"), strict=True) if old
    ]
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"p1_video_dev\.txt, line 1: .*writes 0 for bona fide"):
        casia_surf.discover(root)


def test_list_of_another_split_is_refused(tmp_path: Path) -> None:
    root = miniatures.surf_c(tmp_path).root
    shutil.copy(root / "protocol/CASIA_SURF@p1_video_dev.txt", root / "protocol/CASIA_SURF@p1_video_train.txt")
    with pytest.raises(InputError, match="train, bona fide, but the folder says dev"):
        casia_surf.discover(root)


def test_listed_but_absent_is_a_warning(tmp_path: Path) -> None:
    root = miniatures.surf_c(tmp_path).root
    (root / "Data/Val/fake_part/CLKJ_AS0010/02_e_b.rssdk/color/0002.jpg").unlink()
    shutil.rmtree(root / "Data/Testing/fake_part/CLKJ_AS0002/03_en_s.rssdk")
    warnings = casia_surf.discover(root).warnings
    assert any("p1_image_dev.txt: 1 listed but not on disk" in w for w in warnings)
    assert any("p1_video_test.txt: 1 listed but not on disk" in w for w in warnings)


def test_subject_in_two_splits_is_refused(tmp_path: Path) -> None:
    root = miniatures.surf_b(tmp_path).root
    shutil.copytree(root / "real_part/real_train_part/CLKJ_AS0001", root / "real_part/real_val_part/CLKJ_AS0001")
    with pytest.raises(InputError, match="subject CLKJ_AS0001 .* is in (dev and in train|train and in dev)"):
        casia_surf.discover(root)


def test_hostile_list_is_refused(tmp_path: Path) -> None:
    root = miniatures.surf_c(tmp_path).root
    (root / "protocol/CASIA_SURF@p1_video_dev.txt").write_text("../../../etc 0\n")
    with pytest.raises(InputError, match="line 1: leaves the release"):
        casia_surf.discover(root)


def test_hidden_pictures_without_any_list_are_left_out(tmp_path: Path) -> None:
    root = miniatures.surf_a(tmp_path).root
    for path in root.glob("*_list.txt"):
        path.unlink()
    release = casia_surf.discover(root)
    assert {p.split for p in release.presentations} == {"train"}
    assert [w.split(" ")[0] for w in release.warnings] == ["6"]


def test_empty_folders_and_stray_pictures_are_warned_of(tmp_path: Path) -> None:
    root = miniatures.surf_c(tmp_path).root
    folder = root / "Data/Val/fake_part/CLKJ_AS0010/01_e_s.rssdk/color"
    (folder / "0001.jpg").rename(folder / "copy of 0001.jpg")
    warnings = casia_surf.discover(root).warnings
    assert any(w.startswith("1 video folders hold no picture") for w in warnings)
    assert any(w.startswith("1 media files are in no presentation") and "copy of 0001.jpg" in w for w in warnings)


def test_two_files_of_one_number_are_refused(tmp_path: Path) -> None:
    root = miniatures.surf_c(tmp_path).root
    folder = root / "Data/Val/fake_part/CLKJ_AS0010/01_e_s.rssdk/color"
    shutil.copy(folder / "0001.jpg", folder / "1.jpg")
    with pytest.raises(InputError, match="are one frame number"):
        casia_surf.discover(root)
