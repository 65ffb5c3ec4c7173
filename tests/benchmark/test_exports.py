"""Scores go out in bob's formats and come back the same; data sets and model cards say what the run says."""

from __future__ import annotations

import json

import numpy as np
import pytest

import benchmark.exchange.scores as exchange
from benchmark.__main__ import main
from benchmark.exchange import bob
from benchmark.exchange.card import card
from benchmark.exchange.hub import dataset, save
from benchmark.metrics.thresholds import parse
from benchmark.tables.collect import measure
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores, write_run

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
    again = exchange.scores_of(exchange.read_rows(tmp_path / name), name, "hq-wmca", None)
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
    found = exchange.scores_of(exchange.read_rows(file), "x", "siw-mv2", None)
    assert found.species.tolist() == ["bona fide", "print", "rigid mask"]
    assert found.decision.tolist() == ["bona fide", "attack", "non-response"]


def test_four_columns_of_bob_itself_are_read(tmp_path):
    file = tmp_path / "scores-dev"
    file.write_text("# comment\n\n001 001 a/b 0.5\n001 print a/c -1e-3\n")
    found = exchange.scores_of(exchange.read_rows(file), "x", "siw-mv2", None)
    assert found.species.tolist() == ["bona fide", "print"]
    assert found.id == ("a/b", "a/c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 1 a 0.5\n1 1 b\n", "line 2: 3 columns"),
        ("1 1 a 0.5\n1 attack/ b 1\n", "line 2: an attack needs its type"),
        ("claimed_id,test_label,is_bonafide,attack_type,score\n1,a,maybe,,1\n", "is_bonafide is 'maybe'"),
        ("claimed_id,test_label,is_bonafide,attack_type,score\n1,a,False,,1\n", "an attack needs its type"),
    ],
)
def test_a_damaged_file_of_bob_is_refused(text, message, tmp_path):
    file = tmp_path / "scores"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        exchange.read_rows(file)


def test_the_data_set_holds_the_score_file(tmp_path):
    from datasets import load_from_disk

    run = write_run(tmp_path / "results", made_up_scores(silent=1))
    save(dataset(run), tmp_path / "made")
    again = load_from_disk(str(tmp_path / "made"))
    assert again.to_list() == run.scores.rows()
    assert run.id in again.info.description


def test_the_card_says_what_was_measured(tmp_path):
    run = write_run(
        tmp_path, made_up_scores(silent=1), dev=made_up_scores(seed=1), settings={"rank": 8}, warnings=["two missing"]
    )
    measured = measure(run, parse(run.policy), "error")
    text = card(measured)
    front = dict(line.split(": ", 1) for line in text.split("---")[1].strip().splitlines())
    [result] = json.loads(front['"model-index"'])[0]["results"]
    figures = {metric["type"]: metric["value"] for metric in result["metrics"]}
    assert figures["hter"] == pytest.approx(100 * measured.outcomes.hter, abs=1e-4)
    assert figures["apcer_max"] == pytest.approx(100 * measured.outcomes.apcer_max[1].value, abs=1e-4)
    for words in (
        "two missing",
        "rank",
        "no conformity assessment",
        "procedural faces",
        "source\\-eer".replace("\\", ""),
    ):
        assert words in text
    for name, rate in measured.outcomes.apcer.items():
        assert f"| {name} | {rate.n} | {rate.errors} |" in text


def test_the_command_writes_every_format_and_refuses_what_makes_no_sense(tmp_path, capsys):
    run = write_run(tmp_path, made_up_scores())
    for form in ("bob", "bob-4", "card", "dataset"):
        assert main(["export", str(run.path), "--format", form, "--output", str(tmp_path / form)]) == 0
        assert (tmp_path / form).exists()
    capsys.readouterr()
    for words, message in (
        (["--format", "bob", "--dev"], "no scores of the source's dev part"),
        (["--format", "card", "--dev"], "--dev belongs to the bob formats"),
        (["--format", "dataset"], "exists already"),
    ):
        assert main(["export", str(run.path), *words, "--output", str(tmp_path / "dataset")]) == 2
        assert message in capsys.readouterr().err
