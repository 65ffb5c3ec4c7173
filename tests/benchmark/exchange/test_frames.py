"""Rows of one presentation: refused, averaged or numbered, as asked for."""

from __future__ import annotations

import pyarrow as pa
import pytest

from benchmark.exchange.frames import joined
from protocols.errors import InputError

ROWS = pa.table(
    {
        "id": ["b", "a", "b", "a", "c"],
        "score": [1.0, None, 3.0, 5.0, None],
        "label": ["attack", "bona fide", "attack", "bona fide", "attack"],
        "decision": ["attack", None, "attack", None, None],
        "sample_n": ["0", "0", "1", "1", "0"],
    }
)


def test_repeated_rows_are_refused_with_the_two_ways_out():
    with pytest.raises(InputError, match=r"'b' appears more than once \(2 rows\).*--frames mean.*--frames each"):
        joined(ROWS, "one", "x.csv")


def test_one_row_each_is_what_it_is():
    assert joined(ROWS.slice(0, 2), "one", "x.csv").equals(ROWS.slice(0, 2))


def test_the_mean_leaves_out_frames_without_a_score_and_decisions_of_frames():
    found = joined(ROWS, "mean", "x.csv").to_pydict()
    assert found["id"] == ["b", "a", "c"]
    assert found["score"] == [2.0, 5.0, None]
    assert found["frames"] == [2, 1, 0]
    assert found["label"] == ["attack", "bona fide", "attack"]
    assert "decision" not in found


def test_frames_of_one_presentation_must_agree():
    other = ROWS.set_column(2, "label", pa.array(["attack", "bona fide", "bona fide", "bona fide", "attack"]))
    with pytest.raises(InputError, match="'b' have more than one label: 'attack' and 'bona fide'"):
        joined(other, "mean", "x.csv")


def test_each_row_can_be_a_presentation_and_stays_in_its_cluster():
    found = joined(ROWS, "each", "x.csv").to_pydict()
    assert found["id"] == ["b", "a", "b#2", "a#2", "c"]
    assert found["group"] == ["b", "a", "b", "a", "c"]
