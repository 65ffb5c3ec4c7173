"""Rose-Youtu: its table spelt out; copies with splits and with the client's number twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.releases import registry
from tests.protocols.field_miniatures import rose_youtu
from tests.protocols.miniature_media import video


def test_the_table_is_what_was_written(tmp_path: Path) -> None:
    written = rose_youtu(tmp_path)
    release = registry.discover("rose-youtu", written.root)
    assert release.presentations == tuple(sorted(written.rows, key=lambda p: p.id))
    assert (release.layout, release.warnings, release.cropped) == (written.layout, (), False)


def test_folders_of_splits_are_splits(tmp_path: Path) -> None:
    video(tmp_path / "train/2/G_NT_HS_wg_E_2_1_2.mp4")
    video(tmp_path / "test/20/Vl_T_ZTE_g_E_20_1.mp4")
    release = registry.discover("rose-youtu", tmp_path)
    assert [(p.subject, p.split, p.species) for p in release.presentations] == [
        ("2", "train", "bona fide"),
        ("20", "test", "replay"),
    ]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("2/G_NT_5s_wg_E_3_9.mp4", "lies in the folder of client 2"),
        ("8/G_NT_5s_wg_E_8_9.mp4", "lies in the folder of client 8"),
        ("2/X_NT_5s_wg_E_2_9.mp4", "is not <type>_<T or NT>"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(file: str, message: str, tmp_path: Path) -> None:
    root = rose_youtu(tmp_path).root
    video(root / file)
    with pytest.raises(InputError, match=message):
        registry.discover("rose-youtu", root)
