"""A template lists what lies beside it, claims nothing, and is a list once it is filled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.layouts import template
from protocols.releases import registry


def test_a_template_lists_the_media_beside_it_without_labels(tmp_path: Path) -> None:
    for name in ("clips/01.mp4", "frames/a/0001.jpg", "frames/a/0002.jpg", "pictures/x y.png", "notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    file = tmp_path / "booth.csv"
    assert template.write(file) == 3
    text = file.read_text(encoding="utf-8-sig")
    assert text.splitlines()[1:] == ["clips/01.mp4,,,,,,", "frames/a,,,,,,", "pictures/x y.png,,,,,,"]
    with pytest.raises(InputError, match="line 2: the cell `label` is empty"):
        registry.discover("booth", file)
    file.write_text(text.replace("01.mp4,", "01.mp4,real").replace("a,,", "a,attack,").replace("png,", "png,fake"))
    assert len(registry.discover("booth", file).presentations) == 3
    with pytest.raises(InputError, match="exists already"):
        template.write(file)


def test_without_media_the_template_shows_what_is_meant(tmp_path: Path) -> None:
    assert template.write(tmp_path / "booth.csv") == 0
    with pytest.raises(InputError, match=r"line 2: there is no videos/01\.mp4"):
        registry.discover("booth", tmp_path / "booth.csv")
    with pytest.raises(InputError, match=r"a template is a \.csv file"):
        template.write(tmp_path / "booth.xlsx")
    with pytest.raises(InputError, match="cannot be written"):
        template.write(tmp_path / "absent" / "booth.csv")
