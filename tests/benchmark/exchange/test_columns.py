"""Files as people save them: separators, byte order marks, comments, line ends, words over several lines."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmark.exchange import columns
from protocols.errors import InputError

WANTED = ("id", "score", "label")


def read(folder, data, name="scores.csv"):
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return columns.read(file, WANTED)


@pytest.mark.parametrize(("separator", "word"), columns.SEPARATORS.items())
def test_the_separator_is_found_and_said(tmp_path, separator, word):
    found = read(tmp_path, f"id{separator}score\na b{separator}1\n")
    assert found.table.to_pydict() == {"id": ["a b"], "score": ["1"]}
    assert found.form == f"CSV, separated by {word}"


def test_the_wanted_columns_decide_where_a_header_holds_several_separators(tmp_path):
    found = read(tmp_path, "a,b,c,d;id;score\nx;y;1\n")
    assert found.table.column_names == ["a,b,c,d", "id", "score"]


@pytest.mark.parametrize(
    "data",
    [
        b"id,score\na,1\n",
        b"\xef\xbb\xbfid,score\r\na,1\r\n",
        b"# made by hand\n\nid,score\n\na,1",
        b"id,score\ra,1\r",
        b' id , score\n"a","1"\n',
    ],
)
def test_the_same_file_in_many_forms(tmp_path, data):
    assert read(tmp_path, data).table.to_pydict() == {"id": ["a"], "score": ["1"]}


def test_a_quoted_field_may_hold_separators_and_line_feeds(tmp_path):
    found = read(tmp_path, 'id,score,text\na,1,"one,\ntwo"\nb,2,\n')
    assert found.table["text"].to_pylist() == ["one,\ntwo", ""]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\n  \n# nothing\n", "the file is empty"),
        (b"id,score\n", "nothing follows the header"),
        (b"id,score\na,1\nb\n", "line 3: 1 fields, 2 expected"),
        (b"id,score,id\na,1,b\n", "two columns are called 'id'"),
        (b"\xff\xfe\x00\x01", "not a readable CSV"),
        (b"id,score\n" + b"a" * 12_000_000 + b",1\n", "not a readable CSV"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path, data, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, data)
    assert "scores.csv" in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv: not a readable CSV file"):
        columns.read(tmp_path / "nowhere.csv", WANTED)


def test_too_many_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "MAX_ROWS", 2)
    with pytest.raises(InputError, match="more than 2 rows"):
        read(tmp_path, "id,score\na,1\nb,2\nc,3\n")


def test_parquet_keeps_its_types(tmp_path):
    pq.write_table(pa.table({"id": [1, 2], "score": [0.5, None]}), tmp_path / "s.parquet")
    found = columns.read(tmp_path / "s.parquet", WANTED)
    assert found.table.to_pydict() == {"id": [1, 2], "score": [0.5, None]}
    assert found.form == "Parquet"


def test_a_truncated_parquet_file_is_refused(tmp_path):
    file = tmp_path / "s.parquet"
    pq.write_table(pa.table({"id": ["a"], "score": [0.5]}), file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(InputError, match="not a readable Parquet"):
        columns.read(file, WANTED)
