"""Scores made elsewhere: everything that would make a figure wrong is refused in one line that names the row."""

from __future__ import annotations

import pytest

import benchmark.exchange.scores as exchange
from benchmark.results.runs import Run
from protocols import crossdomain
from protocols.errors import InputError
from protocols.presentation import Media, Presentation

GOOD = "id,label,species,score\na,bona fide,bona fide,1.5\nb,attack,print,-0.5\nc,attack,replay,\n"


def write(folder, text):
    file = folder / "scores.csv"
    file.write_text(text)
    return file


def scores(folder, text, known=None):
    file = write(folder, text)
    return exchange.scores_of(exchange.read_rows(file), str(file), "siw-mv2", known)


def identity(**more):
    return exchange.Identity("lab", False, crossdomain.get("cefa2siw"), "our-net", "Our net", **more)


def test_a_csv_becomes_a_run_and_an_empty_score_a_non_response(tmp_path):
    run = exchange.publish(identity(), scores(tmp_path, GOOD), None, tmp_path / "results", "scores.csv")
    again = Run.open(run.path)
    assert again.scores.id == ("a", "b", "c")
    assert again.scores.decision.tolist() == ["bona fide", "attack", "non-response"]
    assert again.counts.non_response == 1
    assert again.dev_scores is None


def test_parquet_is_read_as_well(tmp_path):
    file = tmp_path / "scores.parquet"
    scores(tmp_path, GOOD).write(file)
    assert [row["id"] for row in exchange.read_rows(file)] == ["a", "b", "c"]


KNOWN = {
    name: Presentation(name, label, species, code, None, name, None, Media("video", (name,)))
    for name, label, species, code in (
        ("Live_1", "bona fide", "bona fide", "Live"),
        ("Paper_1", "attack", "print", "Paper"),
        ("Paper_2", "attack", "print", "Paper"),
    )
}


def test_labels_come_from_the_release_and_what_is_left_out_is_a_non_response(tmp_path):
    found = scores(tmp_path, "id,score\nLive_1,2\nPaper_1,-3\n", KNOWN)
    assert dict(zip(found.id, found.decision.tolist(), strict=True)) == {
        "Live_1": "bona fide",
        "Paper_1": "attack",
        "Paper_2": "non-response",
    }
    assert found.native_code == ("Live", "Paper", "Paper")


@pytest.mark.parametrize(
    ("text", "known", "message"),
    [
        ("id,label,species\na,attack,print\n", None, "'score' is missing"),
        ("label,species,score\nattack,print,1\n", None, "'id' is missing"),
        ("id,label,species,score\na,attack,print,nan\n", None, "row 1: the score is NaN"),
        ("id,label,species,score\na,attack,print,high\n", None, "'high' is not a number"),
        (GOOD + "a,attack,print,1\n", None, "'a' appears more than once"),
        (GOOD + ",attack,print,1\n", None, "row 4: the presentation has no id"),
        (GOOD + "d,attack\n", None, "line 5: not as many fields"),
        (GOOD + "d,spoof,print,1\n", None, "label 'spoof'"),
        ("id,label,species,score\na,attack,print,1\n", None, "no bona fide presentation"),
        ("id,label,species,score\na,bona fide,bona fide,1\n", None, "no attack presentation"),
        ("id,label,species,score\na,bona fide,print,1\n", None, "contradicts label"),
        ("id,score\na,1\n", None, "no label and species for 'a'"),
        ("id,score\nLive_9,1\n", KNOWN, "'Live_9' is no presentation of siw-mv2"),
        ("id,label,score\nLive_1,attack,1\n", KNOWN, "is bona fide in the release, attack in the file"),
        ("", None, "no presentations"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, text, known, message):
    with pytest.raises(InputError, match=message) as caught:
        scores(tmp_path, text, known)
    assert "scores.csv" in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    file = tmp_path / "scores.csv"
    file.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="not a readable CSV"):
        exchange.read_rows(file)


def test_a_truncated_parquet_file_is_refused(tmp_path):
    file = tmp_path / "scores.parquet"
    scores(tmp_path, GOOD).write(file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(InputError, match="not a readable Parquet"):
        exchange.read_rows(file)
