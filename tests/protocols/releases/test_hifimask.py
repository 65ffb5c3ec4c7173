"""HiFiMask: its table spelt out; complexion, light and sensor are covariates; one video in two places."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.releases import registry
from tests.protocols.field_miniatures import hifimask
from tests.protocols.miniature_media import jpeg


def test_the_table_is_what_was_written(tmp_path: Path) -> None:
    written = hifimask(tmp_path)
    release = registry.discover("hifimask", written.root)
    assert release.presentations == tuple(sorted(written.rows, key=lambda p: p.id))
    assert (release.layout, release.warnings, release.cropped) == (written.layout, (), False)
    assert "train: 3 found, 32514 published (-32511)" in registry.compare(release)


def test_one_video_in_two_splits_is_refused(tmp_path: Path) -> None:
    root = hifimask(tmp_path).root
    jpeg(root / "test/1_01_0_2_4_5/0001.png")
    with pytest.raises(InputError, match="are both 1_01_0_2_4_5 of HiFiMask"):
        registry.discover("hifimask", root)
