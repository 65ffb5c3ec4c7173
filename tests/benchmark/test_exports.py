"""Data sets and model cards say what the run says; the command writes every format."""

from __future__ import annotations

import json

import pytest

from benchmark.__main__ import main
from benchmark.exchange.card import card
from benchmark.exchange.hub import dataset, save
from benchmark.metrics.thresholds import parse
from benchmark.tables.measured import measure
from tests.benchmark.run_factory import made_up_scores, write_run


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
    assert figures["apcer_max"] == pytest.approx(100 * measured.outcomes.apcer_max.rate.value, abs=1e-4)
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
