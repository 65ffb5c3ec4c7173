"""Files are whole or not there."""

from __future__ import annotations

import pytest

from benchmark.output import write_text
from protocols.errors import InputError


def test_a_file_is_written_whole_with_its_folder_and_replaces_the_old_one(tmp_path):
    file = tmp_path / "new" / "t.txt"
    for text in ("first\r\n", "second"):
        write_text(file, text)
        assert file.read_bytes() == text.encode()
    assert [path.name for path in file.parent.iterdir()] == ["t.txt"]


def test_what_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "file" / "t.txt", tmp_path / "folder"):
        with pytest.raises(InputError, match="cannot be written .*; choose another --output"):
            write_text(place, "text")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
