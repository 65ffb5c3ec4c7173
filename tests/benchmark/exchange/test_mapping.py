"""Other people's names, labels and numbers: mapped where it is said how, refused with the option where it is not."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from benchmark.exchange.columns import File
from benchmark.exchange.mapping import Reading, mapped
from protocols.errors import InputError


def of(columns, **reading):
    table, unused = mapped(File(Path("lab.csv"), pa.table(columns), "CSV, separated by commas"), Reading(**reading))
    return table.to_pydict(), unused


def test_names_are_mapped_and_what_is_not_used_is_told():
    table, unused = of(
        {"video": [" a ", "b"], "p": ["0.5", ""], "y": ["live", "spoof"], "fold": ["1", "2"]},
        id="video", score="p", label="y",
    )  # fmt: skip
    assert table == {"id": ["a", "b"], "score": [0.5, None], "label": ["bona fide", "attack"]}
    assert unused == ("fold",)


def test_a_mapped_column_wins_over_one_of_the_usual_name():
    table, unused = of({"id": ["1"], "video": ["a"], "score": ["1"]}, id="video")
    assert table["id"] == ["a"]
    assert unused == ("id",)


@pytest.mark.parametrize("labels", [["1", "0", "0"], [1, 0, 0], [1.0, 0.0, 0.0], ["1.0", "0.0", "0"]])
def test_numbers_as_labels_need_the_one_that_is_bona_fide(labels):
    columns = {"id": ["a", "b", "c"], "score": ["1", "2", "3"], "label": labels}
    with pytest.raises(InputError, match=r"label '[01](\.0)?' is none of .*--positive"):
        of(columns)
    assert of(columns, positive="1")[0]["label"] == ["bona fide", "attack", "attack"]
    assert of(columns, positive="0")[0]["label"] == ["attack", "bona fide", "bona fide"]


def test_every_label_but_the_positive_one_is_an_attack():
    columns = {"id": ["a", "b", "c"], "score": ["1", "2", "3"], "kind": ["none", "print", "mask"]}
    assert of(columns, label="kind", positive="none")[0]["label"] == ["bona fide", "attack", "attack"]


def test_scores_of_an_attack_are_turned_round():
    assert of({"id": ["a", "b"], "score": ["0.9", ""]}, higher="attack")[0]["score"] == [-0.9, None]


@pytest.mark.parametrize("text", ["0.5", " 0.5 ", "+0.5", "5e-1"])
def test_numbers_as_people_write_them(text):
    assert of({"id": ["a"], "score": [text]})[0]["score"] == [0.5]


def test_infinite_scores_are_scores():
    assert of({"id": ["a", "b"], "score": ["inf", "-inf"]})[0]["score"] == [float("inf"), float("-inf")]


@pytest.mark.parametrize(
    ("columns", "reading", "message"),
    [
        ({"name": ["a"], "score": ["1"]}, {}, "column 'id' is missing.*has 'name', 'score'.*--id-column"),
        ({"id": ["a"], "p": ["1"]}, {}, "column 'score' is missing.*--score-column"),
        ({"id": ["a"], "score": ["1"]}, {"label": "y"}, "column 'y' is missing.*--label-column"),
        ({"id": ["a", ""], "score": ["1", "2"]}, {}, "row 2: the presentation has no id"),
        ({"id": ["a"], "score": ["nan"]}, {}, "row 1: the score is NaN"),
        ({"id": ["a"], "score": [float("nan")]}, {}, "row 1: the score is NaN"),
        ({"id": ["a", "b"], "score": ["1", "high"]}, {}, "row 2: score 'high' is not a number"),
        ({"id": ["a"], "score": ["0,5"]}, {}, "write a point, not a comma"),
        ({"id": ["a"], "score": [""]}, {}, "no score in column 'score'"),
        ({"id": ["a"], "score": ["1"], "label": ["x"]}, {"positive": "y"}, "no label of the file is that; it has 'x'"),
        ({"id": ["a"], "score": ["1"]}, {"positive": "1"}, "--label-column"),
        ({"id": ["a"], "score": ["1"], "label": ["spoof"]}, {"positive": "spoof"}, "--higher attack"),
        ({"id": ["a"], "score": ["1"], "decision": ["maybe"]}, {}, "decision 'maybe' is none of"),
        ({"id": ["a"], "score": ["1"], "frames": ["many"]}, {}, "no whole numbers"),
        ({"id": [["a"]], "score": ["1"]}, {}, "no words"),
    ],
)
def test_what_cannot_be_read_without_guessing_is_refused(columns, reading, message):
    with pytest.raises(InputError, match=message):
        of(columns, **reading)
