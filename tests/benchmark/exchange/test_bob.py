"""Scores go out in bob's formats and come back the same; bob's own files are read."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.exchange import bob
from benchmark.exchange.scores import read
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores

AWKWARD = ("=1+1", "'quoted", "two words", "a,b", "%20", "-x", "ü", "100%", "x\ty")


def awkward_scores():
    """Names that a format could trip over, silent presentations of both sides, and an infinite score."""
    scores = made_up_scores(silent=2, seed=2)
    ids = (*AWKWARD, *scores.id[len(AWKWARD) :])
    score = scores.score.copy()
    score[0] = np.inf
    return scores.with_columns(id=ids, score=score)


@pytest.mark.parametrize(("write", "name"), [(bob.as_csv, "scores.csv"), (bob.as_four_columns, "scores-eval")])
def test_out_and_back_nothing_changes(write, name, tmp_path):
    scores = awkward_scores()
    if write is bob.as_csv:  # a tab cannot print: it comes back with a percent sign
        scores = scores.with_columns(id=(*scores.id[:8], "x y", *scores.id[9:]))
    (tmp_path / name).write_text(write(scores), encoding="utf-8")
    again = read(tmp_path / name, ("hq-wmca",), None).scores
    if write is bob.as_four_columns:  # they have no decision to bring back
        scores = scores.with_columns(decision=again.decision, answer=again.table["answer"].combine_chunks())
        assert set(again.decision.tolist()) == {"undecided", "non-response"}
    for column in ("id", "label", "species", "group", "decision"):
        assert list(getattr(again, column)) == list(getattr(scores, column)), column
    assert np.array_equal(again.score, scores.score, equal_nan=True)


def test_the_four_columns_are_those_of_bob():
    first, *_, last = bob.as_four_columns(made_up_scores(silent=1)).splitlines()
    claimed, real, path, score = first.split()
    assert claimed == real == "bona%20fide-subject-0000"
    assert path == "bona%20fide-00000"
    assert float(score) == made_up_scores(silent=1).score[0]
    assert last.split()[1].startswith("attack/")
    assert last.split()[3] == "nan"


def test_the_csv_is_that_of_bob():
    head, first = bob.as_csv(made_up_scores()).splitlines()[:2]
    assert head.split(",")[:5] == ["claimed_id", "test_label", "is_bonafide", "attack_type", "score"]
    assert first.split(",")[2:4] == ["True", ""]


def test_a_csv_of_bob_itself_is_read(tmp_path):
    """As bob.pad.base writes it: booleans as words, metadata of its own, an empty score for a failure to acquire."""
    file = tmp_path / "scores-eval.csv"
    file.write_text(
        "claimed_id,test_label,is_bonafide,attack_type,score,lighting\n"
        "1,real/1,True,,1.5,day\n1,print/1,False,print,-0.5,day\n2,mask/1,false,rigid mask,,night\n"
    )
    found = read(file, ("siw-mv2",), None).scores
    assert found.species.tolist() == ["bona fide", "print", "rigid mask"]
    assert found.decision.tolist() == ["undecided", "undecided", "non-response"]


def test_four_columns_of_bob_itself_are_read(tmp_path):
    file = tmp_path / "scores-dev"
    file.write_text("# comment\n\n001 001 a/b 0.5\n001 print a/c -1e-3\n")
    found = read(file, ("siw-mv2",), None).scores
    assert found.species.tolist() == ["bona fide", "print"]
    assert found.id == ("a/b", "a/c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 1 a 0.5\n1  1 b \n", "line 2: 3 fields, 4 expected"),
        ("1 1 a 0.5\n1 attack/ b 1\n", "row 2: an attack needs its type"),
        ("claimed_id,test_label,is_bonafide,attack_type,score\n1,a,maybe,,1\n", "is_bonafide is 'maybe'"),
        ("claimed_id,test_label,is_bonafide,attack_type,score\n1,a,False,,1\n", "an attack needs its type"),
    ],
)
def test_a_damaged_file_of_bob_is_refused(text, message, tmp_path):
    file = tmp_path / "scores"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        read(file, ("siw-mv2",), None)


SAMPLES = (
    "claimed_id,test_label,is_bonafide,attack_type,sample_n,score\n"
    "0,real/000,True,,0,11.0\n0,real/000,True,,1,10.0\n1,attack/000,False,print,0,1.0\n1,attack/000,False,print,1,nan\n"
)


def test_samples_of_bob_are_frames_of_a_presentation(tmp_path):
    """As `bob pad run-pipeline` writes scores of several samples: `sample_n` numbers them."""
    file = tmp_path / "scores-dev.csv"
    file.write_text(SAMPLES)
    with pytest.raises(InputError, match="'real/000' appears more than once .2 rows.*--frames mean"):
        read(file, ("siw-mv2",), None)
    found = read(file, ("siw-mv2",), None, frames="mean").scores
    assert found.id == ("real/000", "attack/000")
    assert found.score.tolist() == [10.5, 1.0]
    assert found.frames.tolist() == [2, 1]


def test_several_attacks_on_one_name_are_several_presentations(tmp_path):
    """As in bob's example `csv_scores`: a label stands for a presentation of each attack type."""
    file = tmp_path / "scores-dev.csv"
    file.write_text(SAMPLES + "1,attack/000,False,replay,0,2.0\n1,attack/000,False,replay,1,4.0\n")
    found = read(file, ("siw-mv2",), None, frames="mean").scores
    assert found.id == ("real/000", "attack/000/print", "attack/000/replay")
    assert found.score.tolist() == [10.5, 1.0, 3.0]


def test_rows_of_one_name_can_be_presentations_of_their_own(tmp_path):
    """As in bob's examples of four columns, where every line has the same path."""
    file = tmp_path / "scores-dev"
    file.write_text("x x foo 8.5\nx x foo 9.9\nx y foo -0.6\n")
    found = read(file, ("siw-mv2",), None, frames="each").scores
    assert found.id == ("foo/bona fide", "foo/bona fide#2", "foo/y")
    assert found.species.tolist() == ["bona fide", "bona fide", "y"]
    assert set(found.group.tolist()) == {"x"}
