"""Replay-Attack: its table spelt out; archives as they unpack; enrolment is no presentation; other people's names."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.releases import registry
from tests.protocols.field_miniatures import crops, msu, replay
from tests.protocols.miniature_media import video


@pytest.mark.parametrize("packed", [False, True])
def test_the_table_is_what_was_written(packed: bool, tmp_path: Path) -> None:
    written = replay(tmp_path, packed=packed)
    release = registry.discover("replay-attack", written.root)
    assert release.presentations == tuple(sorted(written.rows, key=lambda p: p.id))
    assert (release.layout, list(release.warnings), release.cropped) == (written.layout, written.warnings, False)


def test_archives_without_a_folder_in_them_and_attk_give_the_same_table(tmp_path: Path) -> None:
    written = replay(tmp_path)
    for home in ("train", "devel", "test"):
        (written.root / home / "attack").rename(written.root / home / "attk")
        (written.root / home).rename(written.root / f"replayattack-{home}")
    release = registry.discover("replay-attack", tmp_path)
    assert [(p.id, p.split) for p in release.presentations] == sorted((p.id, p.split) for p in written.rows)


def test_face_crops_are_read(tmp_path: Path) -> None:
    written = replay(tmp_path / "a")
    release = registry.discover("replay-attack", crops(written, tmp_path / "b"))
    assert [p.id for p in release.presentations] == sorted(p.id for p in written.rows)
    assert release.cropped


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("train/real/client003_session01_webcam_authenticate_adverse_2.mov", "subject 003 of Replay-Attack is in"),
        ("train/real/attack_print_client001_session01_highdef_photo_adverse.mov", "is no name of a clip in real"),
        ("train/attack/hand/client001_session01_webcam_authenticate_adverse_2.mov", "is no name of a clip in attack"),
        ("real/client001_session01_webcam_authenticate_adverse_2.mov", "lies below none of train, devel, test"),
        ("replayattack-train/train/real/client001_session01_webcam_authenticate_adverse_1.mov", "keep one copy"),
        ("replayattack-train/test/real/client001_session01_webcam_authenticate_adverse_1.mov", "lies below two of"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(file: str, message: str, tmp_path: Path) -> None:
    root = replay(tmp_path).root
    video(root / file)
    with pytest.raises(InputError, match=message) as caught:
        registry.discover("replay-attack", root)
    assert "\n" not in str(caught.value)


def test_another_release_in_its_place_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this looks like Replay-Attack, not MSU-MFSD"):
        registry.discover("msu-mfsd", replay(tmp_path / "a").root)
    with pytest.raises(InputError, match="this looks like MSU-MFSD, not Replay-Attack"):
        registry.discover("replay-attack", msu(tmp_path / "b").root)
