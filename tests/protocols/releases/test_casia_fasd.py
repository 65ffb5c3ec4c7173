"""CASIA-FASD: its table spelt out; subject numbers that start again; other people's copies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.releases import registry
from tests.protocols.field_miniatures import casia, crops
from tests.protocols.miniature_media import text, video


def test_the_table_is_what_was_written(tmp_path: Path) -> None:
    written = casia(tmp_path)
    release = registry.discover("casia-fasd", written.root)
    assert release.presentations == tuple(sorted(written.rows, key=lambda p: p.id))
    assert (release.layout, release.warnings, release.cropped) == (written.layout, (), False)
    assert "print: 6 found, 300 published (-294)" in registry.compare(release)


def test_subject_1_of_train_and_subject_1_of_test_are_two_people(tmp_path: Path) -> None:
    release = registry.discover("casia-fasd", casia(tmp_path).root)
    assert {p.subject for p in release.presentations} == {"train-1", "test-1"}
    assert len({p.id for p in release.presentations}) == 14


def test_a_copy_that_calls_normal_files_otherwise_is_the_same_release(tmp_path: Path) -> None:
    plain, other = casia(tmp_path / "a"), casia(tmp_path / "b", normal="NM_")
    (tmp_path / "b/CASIA-FASD").rename(tmp_path / "b/CASIA_faceAntisp")
    found = registry.discover("casia-fasd", tmp_path / "b")
    assert [p.id for p in found.presentations] == sorted(p.id for p in plain.rows)
    assert [p.species for p in found.presentations] == [p.species for p in sorted(other.rows, key=lambda p: p.id)]


def test_face_crops_are_a_layout_of_their_own_and_no_mixture(tmp_path: Path) -> None:
    written = casia(tmp_path / "a")
    root = crops(written, tmp_path / "b")
    release = registry.discover("casia-fasd", root)
    assert (release.layout, release.cropped) == ("face crops of CASIA-FAS-Dataset", True)
    assert [(p.id, p.species, len(p.media.files)) for p in release.presentations] == sorted(
        (p.id, p.species, 2) for p in written.rows
    )
    video(root / "train_release/2/1.avi")
    with pytest.raises(InputError, match="a mixture of CASIA-FASD layouts, 'as released' .* and 'face crops"):
        registry.discover("casia-fasd", root)


def test_a_list_whose_labels_are_turned_is_refused_by_line(tmp_path: Path) -> None:
    root = casia(tmp_path).root
    text(root / "dg_protocol/CASIA_MFSD_video_test.txt", ["CASIA_MFSD/test_release/1/1 0", "x/test_release/1/3/crop 1"])
    assert registry.discover("casia-fasd", root).warnings == ()
    text(root / "dg_protocol/CASIA_MFSD_video_test.txt", ["CASIA_MFSD/test_release/1/1 1"])
    with pytest.raises(InputError, match=r"video_test.txt, line 1: test/1/1 is attack here .* and bona fide by its"):
        registry.discover("casia-fasd", root)


def test_half_a_release_and_archives_left_packed_are_said(tmp_path: Path) -> None:
    root = casia(tmp_path).root
    shutil.rmtree(root / "test_release")
    (root / "test_release.rar").write_bytes(b"x")
    assert registry.discover("casia-fasd", root).warnings == (
        "half unpacked: nothing of test_release",
        "1 archives are not unpacked, such as test_release.rar",
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("train_release/1/9.avi", "train_release/1/9.avi: 9 is not one of 1 to 8"),
        ("train_release/1/HR_5.avi", "HR_5 is not one of"),
        ("train_release/21/1.avi", "is of subject 21, where train has 1 to 20"),
        ("train_release/1/1.mp4", "are both train/1/1 of CASIA-FASD: keep one copy"),
        ("train_release/1/NM_1.avi", "are both train/1/1"),
        ("again/train_release/1/1.avi", "are both train/1/1"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(file: str, message: str, tmp_path: Path) -> None:
    root = casia(tmp_path).root
    video(root / file)
    with pytest.raises(InputError, match=message) as caught:
        registry.discover("casia-fasd", root)
    assert "\n" not in str(caught.value)
