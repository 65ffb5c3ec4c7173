from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocols.discovery import lists
from protocols.discovery.walk import Outline, walk
from protocols.errors import InputError

NO = Outline(frozenset(), re.compile("-"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("../../etc/passwd 0", "leaves the release"),
        ("Training/../../x.jpg 0", "leaves the release"),
        ("..\\x.jpg 0", "leaves the release"),
        ("/etc/passwd 0", "absolute"),
        ("C:/x.jpg 0", "absolute"),
        ("~/x.jpg 0", "absolute"),
        ("=HYPERLINK(1) 0", "formula"),
        ("a/b.jpg", "1 fields instead of 2"),
        ("a/b.jpg 2", "label"),
        ("a/b\x07.jpg 1", "control character"),
    ],
)
def test_bad_lines_are_refused_by_file_and_line(line: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(f"a/b.jpg 0\n\n{line}\n")
    with pytest.raises(InputError, match=rf"list\.txt, line 3: .*{re.escape(reason)}"):
        list(lists.entries(path, bona_fide="0"))


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-1", "@SUM(A1)", ' "=1"'])
def test_formula_cells_are_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        lists.csv_row(f"a,{cell},c")


def test_nul_bytes_and_other_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    for raw, reason in ((b"a/b.jpg\0 0\n", "NUL byte"), (b"\xff\xfea\0/\0", "not UTF-8")):
        path.write_bytes(raw)
        with pytest.raises(InputError, match=reason):
            list(lists.read_lines(path))


def test_long_lines_and_long_lists_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"x" * (lists.MAX_LINE + 1))
    with pytest.raises(InputError, match="line 1: longer than"):
        list(lists.read_lines(path))
    path.write_bytes(b"x" * lists.MAX_LINE + b"\r\n" + b"y")
    assert [number for number, _ in lists.read_lines(path)] == [1, 2]
    monkeypatch.setattr(lists, "MAX_LINES", 10)
    path.write_text("a\n" * 11)
    with pytest.raises(InputError, match="more than 10 lines"):
        list(lists.read_lines(path))


def test_line_ends_byte_order_mark_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xef\xbb\xbfa/1.jpg 0\r\n\r\n./a//2.jpg 1")
    found = [(entry.line, entry.path, entry.label) for entry in lists.entries(path, bona_fide="0")]
    assert found == [(1, "a/1.jpg", "bona fide"), (3, "a/2.jpg", "attack")]


def test_find_prefers_below_and_refuses_two_different_lists(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "protocol").mkdir(parents=True)
    (root / "protocol" / "list.txt").write_text("a\n")
    (tmp_path / "list.txt").write_text("a\n")
    pattern = re.compile(r"list\.txt")
    assert lists.find(walk(root, NO), pattern) == {"list.txt": root / "protocol" / "list.txt"}
    (tmp_path / "list.txt").write_text("b\n")
    with pytest.raises(InputError, match="differ"):
        lists.find(walk(root, NO), pattern)
