from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.releases import cefa, registry
from tests.protocols import miniatures


def test_a_mask_with_light_1_is_an_attack() -> None:
    assert cefa.parse_name("1_073_1_0_2_1_1") == cefa.Clip("", 73, "1", "1", 1, "0")
    assert cefa.parse_name("3_300_1_1_1") == cefa.Clip("EA", 300, "1", "1", 0)


def test_identity_number_is_nowhere_but_in_the_files(tmp_path: Path) -> None:
    number = "198001011234"
    root = miniatures.cefa_full(tmp_path, "C", identity_number=number).root
    (root / f"Ethnicity/EA/EA-300-{number}/notes.jpg").write_bytes(b"x")
    release = cefa.discover(root)
    assert any(number in file for p in release.presentations for file in p.media.files)
    assert any("EA-300-..." in warning for warning in release.warnings)
    for p in release.presentations:
        assert number not in " ".join(map(str, (p.id, p.subject, p.group, p.native_code, p.species, p.part)))
    assert number not in " ".join((*release.warnings, release.layout, release.title))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("3_300_1_1_1", "3_300_1_1_7", "unknown PAI 7"),
        ("3_300_1_1_1", "4_300_1_1_1", "unknown race 4"),
        ("3_300_1_1_1", "3_301_1_1_1", "lies in the folder of EA-300"),
        ("3_300_1_1_1", "2_300_1_1_1", "lies in the folder of EA-300"),
        ("3_300_1_1_1", "3_300_1_1", "is neither"),
        ("3_300_1_1_1", "1_073_1_0_2_1_1", "a mask among the 2D videos"),
    ],
)
def test_bad_names_are_refused_without_the_identity_number(old: str, new: str, reason: str, tmp_path: Path) -> None:
    root = miniatures.cefa_full(tmp_path, "C", identity_number="198001011234").root
    folder = root / "Ethnicity/EA/EA-300-198001011234"
    (folder / old).rename(folder / new)
    with pytest.raises(InputError, match=reason) as caught:
        cefa.discover(root)
    assert "19800101" not in str(caught.value)
    assert "EA-300-..." in str(caught.value)


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("3_073_1_0_2_1_2", "unknown kind of mask 3"),
        ("1_073_1_0_2_1_5", "unknown light 5"),
        ("1_074_1_0_2_1_2", "lies in 3D-Mask/073"),
        ("2_073_1_0_2_1_2", "lies in 3D-Mask/073"),
        ("1_073_1_1_1", "a 2D video among the masks"),
    ],
)
def test_bad_mask_names_are_refused(new: str, reason: str, tmp_path: Path) -> None:
    root = miniatures.cefa_full(tmp_path, "B").root
    folder = root / "CeFA-Mask/3D-Mask/073"
    (folder / "1_073_1_0_2_1_2").rename(folder / new)
    with pytest.raises(InputError, match=reason):
        cefa.discover(root)


def test_masks_are_divided_two_one_two_by_identity() -> None:
    split = cefa.divide(f"{i:03d}" for i in range(1, 100))
    assert [list(split.values()).count(part) for part in ("train", "dev", "test")] == [40, 19, 40]
    assert list(split) == sorted(split)
    assert cefa.divide(["b", "a", "c", "e", "d"]) == {"a": "train", "b": "train", "c": "dev", "d": "test", "e": "test"}


def test_no_subject_is_in_two_splits(tmp_path: Path) -> None:
    release = cefa.discover(miniatures.cefa_full(tmp_path, "C").root)
    assert len({(p.subject, p.split) for p in release.presentations}) == len({p.subject for p in release.presentations})


def test_list_with_the_other_polarity_is_refused(tmp_path: Path) -> None:
    root = miniatures.cefa_full(tmp_path, "C").root
    path = tmp_path / "protocol/CASIA_CeFA@p4.1_video_test.txt"
    path.write_text(path.read_text().replace("3_300_1_1_1/color 0", "3_300_1_1_1/color 1"))
    with pytest.raises(InputError, match="attack, but 3_300_1_1_1 is bona fide"):
        cefa.discover(root)


def test_list_with_another_split_and_absent_videos_are_warned_of(tmp_path: Path) -> None:
    root = miniatures.cefa_full(tmp_path, "C").root
    shutil.copy(
        tmp_path / "protocol/CASIA_CeFA@p4.1_video_dev.txt", tmp_path / "protocol/CASIA_CeFA@p1.1_video_train.txt"
    )
    shutil.rmtree(root / "Mask/Silicone-Mask/008")
    warnings = cefa.discover(root).warnings
    assert any("p1.1_video_train.txt: 4 videos, such as 2_200_1_1_1, are in train there" in w for w in warnings)
    assert any("p4.1_video_test.txt: 1 listed but not on disk (2_008_1_1_2_1_4)" in w for w in warnings)


def test_challenge_dev_without_reference_labels_is_left_out(tmp_path: Path) -> None:
    root = miniatures.cefa_a(tmp_path).root
    (root / "4@1_dev_ref.txt").unlink()
    release = cefa.discover(root)
    assert {p.split for p in release.presentations} == {"train"}
    assert any(w.startswith("2 dev videos have no label") for w in release.warnings)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("1_007_3_2_2", {"ethnicity": "African", "session": "outdoor"}),
        ("2_120_1_1_1", {"ethnicity": "Central Asian", "session": "indoor"}),
        ("1_073_1_0_2_2_4", {"session": "outdoor", "light": "side", "glasses": "no"}),
    ],
)
def test_a_name_tells_covariates_and_no_person(name: str, known: dict[str, str]) -> None:
    assert dict(cefa.parse_name(name).covariates) == known


@pytest.mark.parametrize("inside", [True, False])
def test_sex_and_age_class_come_from_the_lists_of_people(inside: bool, tmp_path: Path) -> None:
    root = miniatures.cefa_full(tmp_path, "C", identity_number="198001011234").root
    plain = cefa.discover(root)
    place = root if inside else tmp_path
    (place / "AF_Age_Gender.txt").write_text("AF-119 1998 F\nAF-120 1999 M\n")
    (place / "EA_Age_Gender.txt").write_text("EA-199 11 F\nEA-300  \nEA-301  M\n")
    release = cefa.discover(root)
    of = {p.subject: dict(p.covariates) for p in release.presentations if p.part == "2d" and p.species == "bona fide"}
    assert {who: (known.get("sex"), known.get("age")) for who, known in of.items()} == {
        "AF-120": ("male", "born 1980-1999"),
        "CA-200": (None, None),
        "EA-300": (None, None),
        "EA-199": ("female", None),
    }
    assert release.digest == plain.digest, "what is learnt and tested is the same"
    assert release.warnings == plain.warnings
    said = registry.to_json(release)
    assert "1999" not in said.replace("born 1980-1999", "")
