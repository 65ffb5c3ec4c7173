from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.releases import siw_mv2
from tests.protocols import miniatures
from tests.protocols.miniature_media import video


@pytest.mark.parametrize("word", siw_mv2.SPECIES)
def test_whole_words_decide(word: str) -> None:
    assert siw_mv2.parse_stem(f"{word}_7") == (word, 7)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("Spoof/Print/Mask_Paper_9.mov", r"its name says Mask_Paper, its folder Print \(expected Mask_PaperMask\)"),
        ("Spoof/Partial_Mouth/Live_9.mov", "its name says Live, its folder Partial_Mouth"),
        ("Live/Paper_9.mov", r"its name says Paper, its folder Live \(expected Paper or Print\)"),
        ("Spoof/Replay/Hologram_1.mov", "unknown attack code 'Hologram'"),
        ("Spoof/Replay/Replay.mov", "is not <type>_<number>"),
    ],
)
def test_names_that_do_not_fit_are_refused_by_file(file: str, reason: str, tmp_path: Path) -> None:
    root = miniatures.siw(tmp_path).root
    video(root / file)
    with pytest.raises(InputError, match=reason) as caught:
        siw_mv2.discover(root)
    assert file in str(caught.value)


def test_both_print_folders_are_a_mixture(tmp_path: Path) -> None:
    root = miniatures.siw(tmp_path).root
    video(root / "Spoof/Print/Paper_9.mov")
    with pytest.raises(InputError, match="mixture of SiW-Mv2 layouts, 'folder Paper' .* and 'folder Print'"):
        siw_mv2.discover(root)


def test_one_stem_in_two_containers_is_refused(tmp_path: Path) -> None:
    root = miniatures.siw(tmp_path).root
    video(root / "Live/Live_1.mp4")
    with pytest.raises(InputError, match="are both Live_1"):
        siw_mv2.discover(root)


def test_other_containers_are_counted(tmp_path: Path) -> None:
    root = miniatures.siw(tmp_path).root
    (root / "Live/Live_9.mkv").write_bytes(b"x")
    assert any(w.startswith("1 media files are in no presentation") for w in siw_mv2.discover(root).warnings)


def test_stem_in_train_and_test_has_no_split(tmp_path: Path) -> None:
    root = miniatures.siw(tmp_path).root
    (tmp_path / "pro_3_text/testlist_live.txt").write_text("Live_1\nLive_889")
    release = siw_mv2.discover(root)
    assert {p.id: p.split for p in release.presentations}["Live_1"] is None
    assert any("1 videos, such as Live_1, are in train and in test" in w for w in release.warnings)


def test_unknown_stem_in_a_list_is_refused(tmp_path: Path) -> None:
    root = miniatures.siw(tmp_path).root
    (tmp_path / "pro_3_text/testlist_all.txt").write_text("Replay_76\nHologram_1\n")
    with pytest.raises(InputError, match=r"testlist_all\.txt, line 2: Hologram_1"):
        siw_mv2.discover(root)


def test_identical_files_of_other_sizes_are_not_read(tmp_path: Path) -> None:
    for name, raw in (("a", b"12"), ("b", b"12"), ("c", b"13"), ("d", b"1"), ("e", b""), ("f", b"")):
        (tmp_path / name).write_bytes(raw)
    assert siw_mv2.identical(tmp_path, ["b", "a", "c", "d", "e", "f"]) == [("a", "b")]


def test_files_of_kinds_that_are_not_read_are_named(tmp_path):
    """Clips as a phone or a recorder calls them; a list that is read and what desktops leave are expected."""
    root = tmp_path / "SiW-Mv2"
    for name in ("Live/Live_1.mov", "Spoof/Replay/Replay_1.mov"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    assert not any("kinds" in line for line in siw_mv2.discover(root).warnings)
    for i, kind in enumerate((".3gp", ".wmv", ".MTS", ".mpg", ".flv", "")):
        (root / f"Live/Live_{i + 2}{kind}").write_bytes(b"x")
    (root / "Spoof/Mannequin").mkdir()
    (root / "Spoof/Mannequin/Mask_Mann_1.wmv").write_bytes(b"x")
    (root / "Spoof/Mannequin/notes.txt").write_bytes(b"x")
    (root / "Live/Thumbs.db").write_bytes(b"x")
    (root / "Live/trainlist_all.txt").write_text("Live_1\n")
    (line,) = [line for line in siw_mv2.discover(root).warnings if "kinds" in line]
    assert line.startswith("7 files of kinds that are not read (.wmv 2, .3gp 1, .mts 1, .mpg 1, .flv 1, without a")
    assert "such as Live/Live_2.3gp: left out" in line
