"""`table reasoning` prints what the texts say, for methods that say something."""

from __future__ import annotations

from benchmark.__main__ import main
from tests.benchmark.metrics.test_reasoning import said
from tests.benchmark.run_factory import made_up_scores, write_run


def test_methods_with_texts_have_a_row_and_one_method_its_species(tmp_path, capsys):
    write_run(tmp_path, said(), method="grpo", policy="answer")
    write_run(tmp_path, made_up_scores(), method="cnn")
    assert main(["table", "reasoning", "--results", str(tmp_path)]) == 0
    every = capsys.readouterr().out
    assert "59" in every
    assert every.count("Reasoning before the answer") == 1
    assert main(["table", "reasoning", "--method", "grpo", "--results", str(tmp_path)]) == 0
    one = capsys.readouterr().out
    assert "telling words" in one
    assert "rigid mask" in one


def test_without_texts_there_is_no_table(tmp_path, capsys):
    write_run(tmp_path, made_up_scores(), method="cnn")
    assert main(["table", "reasoning", "--results", str(tmp_path)]) == 2
    assert "no finished run to fill this table" in capsys.readouterr().err


def test_scores_that_were_changed_are_dashes_and_exit_code_1(tmp_path, capsys):
    run = write_run(tmp_path, said(), method="grpo", policy="answer")
    made_up_scores(seed=5).write(run.path / "scores.parquet")
    assert main(["table", "reasoning", "--results", str(tmp_path)]) == 1
    assert "not the score file that the run's record names" in capsys.readouterr().out
