"""SiW: its table spelt out; clips that end in `.m.mov`; lists of which some say 0 is live and some say 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.releases import registry
from tests.protocols.field_miniatures import siw
from tests.protocols.miniature_media import text, video


def test_the_table_is_what_was_written(tmp_path: Path) -> None:
    written = siw(tmp_path)
    release = registry.discover("siw", written.root)
    assert release.presentations == tuple(sorted(written.rows, key=lambda p: p.id))
    assert (release.layout, release.warnings, release.cropped) == (written.layout, (), False)


def test_lists_of_opposite_polarity_are_both_named(tmp_path: Path) -> None:
    root = siw(tmp_path).root
    text(root / "dg_protocol/SiW_video_train.txt", ["SiW/Train/live/003/003-1-1-1-2 0"])
    assert registry.discover("siw", root).warnings == ()
    text(root / "protocol/SiW@p1_video_train.txt", ["SiW/Train/live/003/003-1-1-1-2/crop 1"])
    with pytest.raises(InputError, match=r"SiW_video_train.txt, line 1: .* and attack in .*SiW@p1_video_train.txt"):
        registry.discover("siw", root)
    (root / "dg_protocol/SiW_video_train.txt").unlink()
    with pytest.raises(InputError, match=r"p1_video_train.txt, line 1: .* is attack here .* bona fide by its name"):
        registry.discover("siw", root)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("Train/live/003/003-1-2-1-2.mov", "is print by its name and bona fide by its folder"),
        ("Train/live/004/003-1-1-1-1.mov", "lies in the folder of subject 004"),
        ("Test/live/003/003-1-1-1-1.mov", "subject 003 of SiW is in"),
        ("Test/live/153/153-1-1-1-2.mov", "are both 153-1-1-1-2 of SiW"),
        ("Train/spoof/003/003-1-4-1-2.mov", "is not <subject>-<sensor>-<type>"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(file: str, message: str, tmp_path: Path) -> None:
    root = siw(tmp_path).root
    video(root / file)
    with pytest.raises(InputError, match=message):
        registry.discover("siw", root)
