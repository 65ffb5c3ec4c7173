"""Tables as spreadsheet programs, data frames and scripts write them come out as the same rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import InputError
from protocols.layouts.rows import read

EXPECTED = [{"path": "a b.mp4", "label": "real"}, {"path": 'c"d;e,f.mp4', "label": "fake", "skin_tone": "3"}]
PLAIN = 'path,label,skin tone\na b.mp4,real,\n"c""d;e,f.mp4",fake,3\n'
WRITTEN = {
    "plain": PLAIN.encode(),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "windows": PLAIN.replace("\n", "\r\n").encode(),
    "old macintosh": PLAIN.replace("\n", "\r").encode(),
    "semicolons": b'path;label;Skin-Tone\na b.mp4;real;\n"c""d;e,f.mp4";fake;3\n',
    "sep line": b'sep=;\r\nPATH;Label ;skin_tone\r\na b.mp4;real;\r\n"c""d;e,f.mp4"; fake;3\r\n',
    "tabs, utf-16": 'path\tlabel\tskin tone\r\na b.mp4\treal\t\r\n"c""d;e,f.mp4"\tfake\t3\r\n'.encode("utf-16"),
    "empty cells and rows": b'path,label,skin tone,,\na b.mp4,real,,,\n,,,,\n"c""d;e,f.mp4",fake,3,,\n,,,,\n',
    "empty lines in front": b"\n\n" + PLAIN.encode(),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_csv_as_it_is_saved(case: str, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(WRITTEN[case])
    columns, rows = read(file)
    assert columns == ("path", "label", "skin_tone")
    assert [dict(row.cells) for row in rows] == EXPECTED


def test_parquet_and_json_lines(tmp_path: Path) -> None:
    table = pa.table({"path": [row["path"] for row in EXPECTED], "label": ["real", "fake"], "Skin tone": [None, 3]})
    pq.write_table(table, tmp_path / "list.parquet")
    lines = '{"path": "a b.mp4", "label": "real"}\n\n{"path": "c\\"d;e,f.mp4", "label": "fake", "skin_tone": 3.0}\n'
    (tmp_path / "list.jsonl").write_text(lines)
    for name in ("list.parquet", "list.jsonl"):
        assert [dict(row.cells) for row in read(tmp_path / name)[1]] == EXPECTED


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('sep=,\n\npath,label\n"a\nb",real\n,\nc,fake\n')
    assert [row.line for row in read(file)[1]] == [5, 7]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("l.csv", b"", "empty: a first line"),
        ("l.csv", b"\n \n", "empty: a first line"),
        ("l.csv", b"path,label\n", "no row in it"),
        ("l.csv", b"path,label\na\n", "line 2: 1 cells, but the first line names 2"),
        ("l.csv", b"path,label\na,real,x\n", "line 2: 3 cells, but the first line names 2"),
        ("l.csv", b"path,Path\na,real\n", "two columns are called 'path'"),
        ("l.csv", b'path,label\n"a,real\n', "line 2: not a line of a CSV file"),
        ("l.csv", b"path,label\n\xff\xfe,real\n", "not UTF-8 text: save it as `CSV UTF-8`"),
        ("l.csv", b"path,label\na\0b,real\n", "NUL byte"),
        ("l.jsonl", b'{"path": "a"}\n[1]\n', "line 2: not a JSON object"),
        ("l.jsonl", b'{"path": ["a"]}\n', "line 1: .* is neither text nor number"),
        ("l.parquet", b"PAR1 no", "not a readable Parquet file"),
        ("absent.csv", None, "cannot be read"),
    ],
)
def test_what_is_no_table_is_one_line(name: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from((".csv", ".jsonl", ".parquet")))
def test_no_bytes_make_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    file = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    file.write_bytes(data)
    try:
        columns, rows = read(file)
    except InputError:
        return
    assert rows
    assert all(set(row.cells) <= set(columns) for row in rows)
