from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.releases import hq_wmca
from tests.protocols import miniatures
from tests.protocols.miniature_media import video

STEM = "1_01_0001_0092_05_01_001-0a1b2c3d"


def test_row_is_read_wherever_its_columns_stand() -> None:
    assert hq_wmca.parse_row([f"05.03.19/{STEM}", "1", "attack/Rigidmask", "eval"]) == (STEM, "attack", "test")
    assert hq_wmca.parse_row(["17", "dev", f"05.03.19/{STEM}.h5", "0", ""]) == (STEM, "bona fide", "dev")


@pytest.mark.parametrize(
    "cells",
    [
        [f"05.03.19/{STEM}", "1", "attack/Rigidmask"],
        [f"05.03.19/{STEM}", "2", "attack/Rigidmask", "eval"],
        [f"05.03.19/{STEM}", "0", "1", "eval"],
        ["05.03.19/other", "1", "attack/Rigidmask", "eval"],
    ],
)
def test_incomplete_rows_are_refused(cells: list[str]) -> None:
    with pytest.raises(ValueError, match="is not <date>/<stem>"):
        hq_wmca.parse_row(cells)


def test_name_and_folder_that_disagree_are_refused_with_both(tmp_path: Path) -> None:
    root = miniatures.hq_rgb(tmp_path).root
    video(root / "Obfuscation/Tattoo/1_02_0092_0092_08_01_003-11223399.mov")
    with pytest.raises(InputError, match="its name says Wig, its folder Tattoo"):
        hq_wmca.discover(root)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("Impersonation/Puppet/1_01_0001_0092_05_01_001-0a1b2c99.mov", "unknown attack type 'Puppet'"),
        ("Impersonation/Print/1_01_0001_0092_11_01_001-0a1b2c99.mov", "unknown type 11"),
        ("Impersonation/Print/holiday.mov", "holiday.mov: is not <site>"),
    ],
)
def test_unknown_types_are_refused_by_file(file: str, reason: str, tmp_path: Path) -> None:
    root = miniatures.hq_rgb(tmp_path).root
    video(root / file)
    with pytest.raises(InputError, match=reason) as caught:
        hq_wmca.discover(root)
    assert file in str(caught.value)


def test_preprocessed_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no colour: use the RGB release or the raw HDF5"):
        hq_wmca.discover(miniatures.hq_preprocessed(tmp_path))


def test_label_that_contradicts_the_name_is_refused(tmp_path: Path) -> None:
    written = miniatures.hq_rgb(tmp_path, lists=("full",))
    path = tmp_path / "PROTOCOL-grand_test.csv"
    path.write_text(path.read_text().replace("-241b2419,0,", "-241b2419,1,"))
    with pytest.raises(InputError, match="0 = bona fide, 1 = attack"):
        hq_wmca.discover(written.root)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"=cmd,05.03.19/{STEM},1,x,eval", "formula"),
        (f"../../{STEM},1,x,eval", "leaves the release"),
        (f"05.03.19/{STEM},1,x,dev", "two labels or two splits"),
        ("video_name,label,attack_type,subset", "is not <date>/<stem>"),
    ],
)
def test_bad_lines_are_refused_by_number(line: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "PROTOCOL-grand_test.csv"
    path.write_text(f"05.03.19/{STEM},1,attack/Rigidmask,eval\n{line}\n")
    with pytest.raises(InputError, match=rf"PROTOCOL-grand_test\.csv, line 2: .*{reason}"):
        hq_wmca.read_protocol(path)


def test_splits_are_published_only_with_the_full_list(tmp_path: Path) -> None:
    alone = hq_wmca.discover(miniatures.hq_rgb(tmp_path / "a").root)
    full = hq_wmca.discover(miniatures.hq_rgb(tmp_path / "b", lists=("full",)).root)
    assert set(alone.published) == {"bona fide", "attack"}
    assert full.published["test/bona fide"] == 182
    assert {p.split for p in alone.presentations} == {None}
