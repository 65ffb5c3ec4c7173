"""Lines that a kill cuts short or a disk changes do not count; the next one is whole."""

from __future__ import annotations

import pytest

from benchmark.running.journal import append, whole_lines

ROWS = [{"chunk": 0, "rows": [{"score": 1 / 3, "text": "ä\n"}]}, {"chunk": 1, "rows": []}]


@pytest.fixture
def file(tmp_path):
    for row in ROWS:
        append(tmp_path / "a.jsonl", row)
    return tmp_path / "a.jsonl"


def test_rows_come_back_as_they_were(file, tmp_path):
    assert list(whole_lines(file)) == ROWS
    assert list(whole_lines(tmp_path / "nowhere")) == []


def test_a_line_that_was_cut_short_is_dropped_and_the_next_one_is_whole(file):
    data = file.read_bytes()
    file.write_bytes(data[:-5])
    assert list(whole_lines(file)) == ROWS[:1]
    append(file, {"chunk": 2})
    assert list(whole_lines(file)) == [ROWS[0], {"chunk": 2}]


def test_no_changed_byte_is_believed(file):
    data = file.read_bytes()
    for place in range(len(data)):
        file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert all(row in ROWS for row in whole_lines(file))
        assert len(list(whole_lines(file))) < len(ROWS)
