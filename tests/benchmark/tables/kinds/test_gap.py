"""`table gap` shows both domains and their difference, and says what it stands on."""

from __future__ import annotations

from benchmark.__main__ import main
from benchmark.metrics.gap import in_domain
from benchmark.metrics.summary import policy_figures
from benchmark.metrics.thresholds import parse
from benchmark.results.records import TEST_SCORES
from benchmark.results.runs import Run
from tests.benchmark.run_factory import made_up_scores, write_run


def test_the_gap_is_the_difference_of_two_errors(tmp_path, capsys):
    made = write_run(tmp_path, made_up_scores(seed=3, separation=0.5), dev=made_up_scores(seed=1))
    made_up_scores(seed=2, separation=3).write(made.path / TEST_SCORES)
    made.with_files(made.path).write(made.path)
    run = Run.open(made.path)
    here = 100 * in_domain(run, parse("source-eer")).outcomes.hter
    there = 100 * policy_figures(run, parse("source-eer")).on_target("error").hter
    assert main(["table", "gap", "--results", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"{here:.2f}" in said
    assert f"{there:.2f}" in said
    assert f"{there - here:+.2f}" in said
    assert "which nobody trained on" in said


def test_without_scores_of_the_sources_a_dash_says_why(tmp_path, capsys):
    write_run(tmp_path, method="other")
    assert main(["table", "gap", "--results", str(tmp_path)]) == 0
    assert "no in-domain figure" in capsys.readouterr().out
