"""`import` as people use it, in the small demo world: what it says, what stands in the table, what it leaves blank."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from benchmark.__main__ import main
from benchmark.exchange.known import target_part
from benchmark.results.runs import find
from protocols import world as worlds
from protocols.catalogue import shipped
from tests.conftest import environment


@pytest.fixture
def target(demo_cache, monkeypatch, tmp_path):
    """(id, logit) of every presentation of the demo's SiW-Mv2, well separated, and a folder to work in."""
    for key, value in environment(demo_cache).items():
        if key.startswith("PAD_"):
            monkeypatch.setenv(key, value)
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    part = target_part(worlds.load(), shipped().protocol("cefa2siw"))
    return [(name, random.normal(2 if p.label == "bona fide" else -2)) for name, p in part.items()]


def write(rows, head=("id", "score"), name="scores.csv", **form):
    with Path(name).open("w", newline="") as file:
        csv.writer(file, **form).writerows([head, *rows])
    return name


def imported(*words, method="lab"):
    return main(["import", *words, "--method", method, "--protocol", "cefa2siw"])


def cell(capsys, *words):
    """HTER of the only row, and the footnotes."""
    capsys.readouterr()
    assert main(["table", "1", "--method", "lab", "--protocol", "cefa2siw", "--format", "json", *words]) == 0
    table = json.loads(capsys.readouterr().out)["tables"][0]
    row = next(row for row in table["rows"] if row["title"] == "lab")
    return row["cells"][2], " ".join(row["notes"] + row["cells"][2]["notes"]), table["caption"]


def test_probabilities_without_a_rule_leave_a_blank_cell_with_its_reason(target, capsys):
    assert imported(write([(name, 1 / (1 + np.exp(-x))) for name, x in target])) == 0
    said = capsys.readouterr().out
    assert "CSV, separated by commas" in said
    assert "--policy fixed:X" in said
    assert "AUC" in said
    found, notes, _ = cell(capsys)
    assert found["value"] is None
    assert "no threshold" in notes


def test_a_given_threshold_is_right(target, capsys):
    file = write([(name, 1 / (1 + np.exp(-x))) for name, x in target], delimiter=";")
    assert imported(file, "--policy", "fixed:0.5") == 0
    said = capsys.readouterr().out
    assert "separated by semicolons" in said
    assert "HTER" in said
    found, _, _ = cell(capsys)
    part = {name: name.startswith("Live") for name, _ in target}
    frr = np.mean([x < 0 for name, x in target if part[name]])
    far = np.mean([x >= 0 for name, x in target if not part[name]])
    assert found["value"] == pytest.approx((frr + far) / 2)


def test_scores_the_wrong_way_round_are_said_and_noted(target, capsys):
    file = write([(name, -x) for name, x in target])
    assert imported(file, "--policy", "fixed:0") == 0
    assert "wrong way round" in capsys.readouterr().out
    assert "wrong way round" in cell(capsys)[1]
    assert imported(file, "--policy", "fixed:0", "--higher", "attack", "--replace") == 0
    assert "wrong way round" not in capsys.readouterr().out
    assert "wrong way round" not in cell(capsys)[1]


def test_half_a_target_is_blank_unless_a_part_is_asked_for(target, capsys):
    file = write(target[::2])
    assert imported(file, "--policy", "fixed:0") == 1
    said = capsys.readouterr().out
    assert f"{len(target[::2])} of {len(target)} presentations" in said
    assert "HTER" not in said
    found, notes, caption = cell(capsys)
    assert found["value"] is None
    assert "partial target set" in notes
    assert imported(file, "--policy", "fixed:0", "--partial", "--replace") == 0
    assert "HTER" in capsys.readouterr().out
    found, notes, caption = cell(capsys)
    assert found["value"] is not None
    assert "part of the target, as asked for" in notes
    assert "part of their target" in caption


def test_names_labels_and_frames_of_a_lab(target, capsys):
    rows = [(name, int(name.startswith("Live")), 1 / (1 + np.exp(-x)) + d, "x") for name, x in target for d in (0, 0.1)]
    file = write(rows, ("video", "y", "p_live", "fold"), delimiter="\t")
    words = ("--id-column", "video", "--score-column", "p_live", "--label-column", "y")
    assert imported(file, *words, "--positive", "1", "--policy", "fixed:0.55") == 2
    assert "--frames mean" in capsys.readouterr().err
    assert imported(file, *words, "--policy", "fixed:0.55", "--frames", "mean") == 2
    assert "--positive" in capsys.readouterr().err
    assert imported(file, *words, "--positive", "1", "--policy", "fixed:0.55", "--frames", "mean") == 0
    said = capsys.readouterr().out
    assert "separated by tabs; not used: fold" in said
    assert f"coverage: {len(target)} of {len(target)}" in said


@pytest.mark.parametrize(
    ("rows", "words", "message"),
    [
        ([], (), "nothing follows the header"),
        (None, ("--policy", "answer"), "no decisions"),
        (None, ("--policy", "source-eer"), "--dev FILE"),
    ],
)
def test_one_line_and_exit_code_2(target, capsys, rows, words, message):
    assert imported(write(target if rows is None else rows), *words) == 2
    assert message in capsys.readouterr().err
    assert main(["import", write(target), "--method", "grpo", "--protocol", "cefa2siw"]) == 2
    assert "a method of this benchmark" in capsys.readouterr().err


def test_groups_of_imported_scores_are_those_that_the_release_knows(target, capsys):
    part = target_part(worlds.load(), shipped().protocol("cefa2hqwmca"))
    file = write([(name, 1.0 if p.label == "bona fide" else -1.0) for name, p in part.items()])
    assert main(["import", file, "--method", "lab", "--protocol", "cefa2hqwmca", "--policy", "fixed:0"]) == 0
    (run,) = find(Path("results"))
    sessions = dict(zip(run.scores.id, run.covariates.values("session"), strict=True))
    assert sessions == {name: dict(p.covariates)["session"] for name, p in part.items()}
    capsys.readouterr()
    assert main(["table", "groups", "--by", "session"]) == 0
    assert "too small to be compared" in capsys.readouterr().out
