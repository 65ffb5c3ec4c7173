from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from protocols.demo import sheet


def test_the_sheet_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from protocols.demo.releases import plans

    monkeypatch.setattr("protocols.demo.overview.plans", lambda seed: plans(seed, "small")[2:3])
    sheet(tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.size == (4 * 420, 3 * 194)  # eleven species of HQ-WMCA in rows of four
        assert len(picture.getcolors(10**6) or []) > 1000
    with pytest.raises(OSError, match="missing"):
        sheet(tmp_path / "missing" / "sheet.png")
    assert [file.name for file in tmp_path.iterdir()] == ["sheet.png"]
