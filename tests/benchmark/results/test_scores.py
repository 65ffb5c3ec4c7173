"""The score file: written and read back bit for bit, refused where a figure would be wrong."""

from __future__ import annotations

import numpy as np
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
        "reason": None,
        "text": None,
        "frames": 4,
    } | changes


ROWS = [
    row(score=1 / 3 - 7),
    row(id="b", label="bona fide", species="bona fide", score=np.inf, decision="bona fide", text="real"),
    row(id="c", score=None, decision="non-response", reason="no face found", frames=0),
]


def test_scores_come_back_bit_for_bit(tmp_path):
    scores = Scores.of(ROWS)
    scores.write(tmp_path / "s.parquet")
    back = Scores.read(tmp_path / "s.parquet")
    assert back.rows() == scores.rows() == ROWS
    assert back.score.tobytes() == scores.score.tobytes()
    assert back.responded.tolist() == [True, True, False]
    assert back.bona_fide.tolist() == [False, True, False]


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
        ([row(score=float("nan"))], "NaN although"),
        ([row(score=None)], "NaN although"),
        ([row(species="bona fide")], "contradicts"),
        ([{k: v for k, v in row().items() if k != "group"}], "'group' is missing"),
    ],
)
def test_rows_that_would_make_a_figure_wrong_are_refused(rows, message):
    with pytest.raises(InputError, match=message):
        Scores.of(rows, "file.parquet")


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
