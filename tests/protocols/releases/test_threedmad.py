"""3DMAD: its table spelt out; colour of the raw files; raw files and clips are not mixed."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from protocols.errors import InputError
from protocols.media.decode import read_frames
from protocols.releases import registry
from tests.protocols.field_miniatures import threedmad
from tests.protocols.miniature_media import video


def test_the_table_is_what_was_written(tmp_path: Path) -> None:
    written = threedmad(tmp_path)
    release = registry.discover("3dmad", written.root)
    assert release.presentations == tuple(sorted(written.rows, key=lambda p: p.id))
    assert (release.layout, release.warnings, release.cropped) == (written.layout, (), False)


def test_colour_is_read_red_first(tmp_path: Path) -> None:
    release = registry.discover("3dmad", threedmad(tmp_path).root)
    media = release.presentations[0].media
    with h5py.File(release.root / media.files[0]) as file:
        wanted = file["Color_Data"][()].transpose(0, 2, 3, 1)
    assert np.array_equal([frame.pixels for frame in read_frames(release.root, media, 3).frames], wanted)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("Data/01_01_02.avi", "a mixture of 3DMAD layouts"),
        ("Data/18_01_01.avi", "18_01_01 is not <client 01 to 17>"),
        ("Data/01_04_01.avi", "is not <client 01 to 17>_<session>_<shot>"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(file: str, message: str, tmp_path: Path) -> None:
    root = threedmad(tmp_path).root
    video(root / file)
    with pytest.raises(InputError, match=message):
        registry.discover("3dmad", root)
