"""`runs` and `models`: listed, shown, and deleted by name only; no model goes from under its runs unasked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from benchmark.__main__ import main
from benchmark.results.models import ModelRecord
from benchmark.results.records import Model
from benchmark.results.runs import find
from tests.benchmark.run_factory import write_run

MODEL = "demo/cefa/ms-lbp/s0-abcdefabcdef"


@pytest.fixture
def results(tmp_path):
    """Two runs, one of them of a trained model."""
    place = tmp_path / "models" / MODEL
    (place / "model").mkdir(parents=True)
    (place / "model" / "w").write_bytes(b"weights")
    record = ModelRecord(1, MODEL, "demo", True, "ms-lbp", "MS-LBP", "demo", 0, "2026-01-01T00:00:00+00:00")
    record.with_files(place).write(place)
    run = write_run(tmp_path)
    replace(run, model=Model({}, MODEL)).write(run.path)
    write_run(tmp_path, protocol="cefa2siw", method="cnn")
    return tmp_path


def words(results, *more):
    return [*more, "--results", str(results)]


def test_lists_name_runs_models_and_who_uses_them(results, capsys):
    assert main(words(results, "runs", "list")) == 0
    assert main(words(results, "models", "list")) == 0
    said = capsys.readouterr().out
    assert "demo/cefa2siw/cnn/s0-" in said
    assert any(line.split()[:2] == [MODEL, "1"] for line in said.splitlines())
    assert main(words(results, "models", "show", "demo/cefa")) == 0
    assert json.loads(capsys.readouterr().out)["id"] == MODEL
    assert main(words(results, "runs", "show", "demo/cefa2siw")) == 0
    assert json.loads(capsys.readouterr().out)["protocol"] == "cefa2siw"


def test_a_model_in_use_stays_until_its_runs_are_gone_or_force_is_said(results, capsys):
    assert main(words(results, "models", "delete", MODEL)) == 2
    assert "1 runs refer to it" in capsys.readouterr().err
    assert main(words(results, "runs", "delete", "demo/cefa2hqwmca")) == 0
    assert [run.method for run in find(results)] == ["cnn"]
    assert main(words(results, "models", "delete", MODEL)) == 0
    assert not (results / "models" / MODEL).exists()


def test_nothing_is_deleted_where_a_word_is_not_clear(results, capsys):
    assert main(words(results, "runs", "delete", "demo/cefa2siw", "demo")) == 2
    assert main(words(results, "models", "delete", "demo/surf")) == 2
    assert main(words(results, "runs", "delete")) == 2
    assert len(list(find(results))) == 2
