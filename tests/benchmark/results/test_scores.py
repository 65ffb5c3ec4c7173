"""The score file: written and read back bit for bit, refused where a figure would be wrong."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmark.results.scores import Scores
from protocols.errors import InputError


def row(**changes):
    return {
        "id": "a",
        "release": "siw-mv2",
        "label": "attack",
        "species": "print",
        "native_code": "Paper",
        "group": "a",
        "score": -0.1,
        "decision": "attack",
        "answer": "attack",
        "reason": None,
        "text": None,
        "frames": 4,
    } | changes


ROWS = [
    row(score=1 / 3 - 7),
    row(id="b", label="bona fide", species="bona fide", score=np.inf, decision="bona fide", text="real"),
    row(id="c", score=None, decision="non-response", answer="non-response", reason="no face found", frames=0),
    row(id="a", release="cefa", decision="undecided", answer=None),
]


def test_scores_come_back_bit_for_bit(tmp_path):
    scores = Scores.of(ROWS)
    scores.write(tmp_path / "s.parquet")
    back = Scores.read(tmp_path / "s.parquet")
    assert back.rows() == scores.rows() == ROWS
    assert back.score.tobytes() == scores.score.tobytes()
    assert back.responded.tolist() == [True, True, False, True]
    assert back.bona_fide.tolist() == [False, True, False, False]
    assert back.answer.tolist() == ["attack", "attack", "non-response", ""]
    assert not back.has_answers


def test_the_same_scores_are_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        Scores.of(ROWS).write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no presentations"),
        ([row(), row()], "'a' appears more than once"),
        ([row(id="")], "has no id"),
        ([row(label="fake")], "label 'fake'"),
        ([row(decision="maybe")], "decision 'maybe'"),
        ([row(answer="undecided?")], "answer 'undecided"),
        ([row(), row(id="b", decision="non-response")], "row 2: decision 'non-response' contradicts answer 'attack'"),
        ([row(score="high")], "another type"),
        ([row(species=None)], "no species"),
        ([row(score=float("nan"))], "NaN although"),
        ([row(score=None)], "NaN although"),
        ([row(species="bona fide")], "contradicts"),
        ([{k: v for k, v in row().items() if k != "group"}], "'group' is missing"),
    ],
)
def test_rows_that_would_make_a_figure_wrong_are_refused(rows, message):
    with pytest.raises(InputError, match=message):
        Scores.of(rows, "file.parquet")


def test_codes_name_the_words_in_alphabetical_order():
    words, codes = Scores.of(ROWS).codes("species")
    assert words == ["bona fide", "print"]
    assert codes.tolist() == [1, 0, 1, 1]


def test_a_file_of_schema_1_holds_the_method_s_own_decisions(tmp_path):
    old = pa.Table.from_pylist([{k: v for k, v in r.items() if k != "answer"} for r in ROWS[:3]])
    pq.write_table(old.replace_schema_metadata({b"pad-benchmark-schema": b"1"}), tmp_path / "old.parquet")
    assert Scores.read(tmp_path / "old.parquet").answer.tolist() == ["attack", "bona fide", "non-response"]


def test_a_damaged_file_is_refused_by_name(tmp_path):
    file = tmp_path / "scores.parquet"
    Scores.of(ROWS).write(file)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(InputError, match=r"scores\.parquet: not a readable score file"):
        Scores.read(file)


def test_a_newer_schema_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmark.results.scores.SCHEMA_VERSION", 99)
    Scores.of(ROWS).write(tmp_path / "s.parquet")
    monkeypatch.undo()
    with pytest.raises(InputError, match="newer version"):
        Scores.read(tmp_path / "s.parquet")
