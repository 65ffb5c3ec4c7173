"""Two runs: what differs in their records, and the paired test of their HTERs."""

from __future__ import annotations

import pytest

from benchmark.__main__ import main
from benchmark.metrics.significance import Verdicts, compare
from benchmark.metrics.thresholds import Decided, parse
from benchmark.tables.compare import as_text, changes, difference
from benchmark.tables.measured import measure
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores, write_run


def measured(run, policy=None):
    return measure(run, parse(policy or run.policy), "error")


def test_only_what_differs_is_listed(tmp_path):
    first = write_run(tmp_path, settings={"rank": 8, "lr": 0.1})
    second = write_run(tmp_path, seed=1, settings={"rank": 16, "lr": 0.1, "new": True})
    found = {change.name: (change.first, change.second) for change in changes(first, second)}
    assert found == {"seed": ("0", "1"), "settings.rank": ("8", "16"), "settings.new": ("–", "True")}


def test_the_difference_is_the_paired_test_of_both_decisions(tmp_path):
    dev = made_up_scores(seed=9)
    runs = [
        write_run(tmp_path, made_up_scores(separation=s, seed=4), method=m, dev=dev)
        for m, s in (("good", 3.0), ("bad", 0.5))
    ]
    a, b = (measured(run) for run in runs)
    found = difference(a, b)
    assert found.hter == pytest.approx(a.outcomes.hter - b.outcomes.hter)
    verdicts = []
    for m in (a, b):
        scores, threshold = m.run.scores, m.entry.threshold
        decided = Decided(scores.score >= threshold, threshold, scores.responded)
        verdicts.append(Verdicts.of(m.run.id, scores, decided))
    assert found == compare(*verdicts)
    assert "A is better at the 5 % level" in as_text(a, b)
    assert "B is better at the 5 % level" in as_text(b, a)


def test_alike_runs_show_no_difference_and_say_what_they_could_have_shown(tmp_path):
    runs = [write_run(tmp_path, made_up_scores(seed=4), method=m) for m in ("one", "two")]
    text = as_text(*map(measured, runs))
    assert "+0.00 points" in text
    assert "p = 1.0000" in text
    assert "no difference shown" in text


def test_presentations_that_one_lacks_are_counted(tmp_path):
    first = write_run(tmp_path, made_up_scores(bona_fide=40))
    second = write_run(tmp_path, made_up_scores(bona_fide=38), method="cnn")
    assert "2 presentations only in A and 0 only in B" in as_text(measured(first), measured(second))


def test_what_cannot_be_compared_is_refused(tmp_path, capsys):
    here = write_run(tmp_path, protocol="cefa2hqwmca")
    there = write_run(tmp_path, protocol="cefa2siw")
    with pytest.raises(InputError, match="tested on different releases"):
        difference(measured(here), measured(there))
    with pytest.raises(InputError, match="no HTER to compare"):
        difference(measured(here, "source-eer"), measured(here))
    other = write_run(tmp_path, world="lab")
    assert main(["compare", here.id, other.id, "--results", str(tmp_path)]) == 2
    assert "different worlds" in capsys.readouterr().err


def test_runs_are_found_by_directory_by_id_and_by_its_beginning(tmp_path, capsys):
    one, two = write_run(tmp_path), write_run(tmp_path, method="cnn")
    assert main(["compare", str(one.path), "demo/cefa2hqwmca/cnn", "--results", str(tmp_path)]) == 0
    assert two.id in capsys.readouterr().out
    assert main(["compare", one.id, "demo/cefa2hqwmca", "--results", str(tmp_path)]) == 2
    assert "2 runs begin like this" in capsys.readouterr().err
    assert main(["compare", one.id, "nobody", "--results", str(tmp_path)]) == 2
    assert "neither a run directory nor the id" in capsys.readouterr().err


def test_the_verdict_comes_before_the_list_of_what_differs(tmp_path):
    """Against an imported run the list has some eighty lines."""
    runs = [write_run(tmp_path / name, made_up_scores(seed=seed)) for seed, name in enumerate("ab")]
    text = as_text(*(measure(run, parse(run.policy), "error") for run in runs))
    assert text.index("HTER of A minus HTER of B") < text.index("what differs")
