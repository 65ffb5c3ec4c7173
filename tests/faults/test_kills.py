"""A small part of `python -m tests.faults.kills`, with other moments than its own; and that it sees what goes wrong."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from tests.benchmark.run_factory import made_up_scores, write_run
from tests.faults.kills import TOKEN, Killer, Outcome, Place, not_whole, run, with_token


def test_a_killed_report_ends_with_what_it_makes_in_peace(tmp_path, demo_cache):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "cache").symlink_to(demo_cache)
    demo_cache.mkdir(exist_ok=True)
    (outcome,) = run(["report"], 1, tmp_path, seed=8)
    assert outcome.good, outcome.text()
    assert outcome.kills == 1


def test_what_is_left_running_is_found_by_its_token():
    words = [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"]
    with subprocess.Popen(words, env={TOKEN: "abc"}, stdin=subprocess.PIPE) as process:
        while len(with_token("abc")) < 2 and process.poll() is None:
            pass
        assert len(with_token("abc")) == 2
        process.kill()
        process.wait()
        assert len(with_token("abc")) == 1
        process.stdin.close()
    assert with_token("ab") == []


def test_a_run_that_is_not_whole_is_found(tmp_path):
    place = Place(tmp_path)
    path = write_run(place.results, made_up_scores()).path
    assert list(not_whole(place)) == []
    file = path / "scores.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    (line,) = not_whole(place)
    assert "scores.parquet" in line


@pytest.mark.parametrize("wrong", [{"orphans": 1}, {"taken": ["a"]}, {"differing": ["a"]}, {"kills": 0}, {"files": 0}])
def test_an_outcome_is_good_only_if_nothing_is_wrong_with_it(wrong):
    good = Outcome("report", kills=1, files=3)
    assert good.good
    assert not replace(good, **wrong).good


def test_files_that_differ_or_are_missing_are_named(tmp_path):
    killer = Killer("report", tmp_path, tmp_path, 0)
    killer._compare({"a": "1", "b": "2", "c": ""}, {"a": "1", "b": "3", "c": "", "d": "4"})
    assert killer.outcome.differing == ["b", "c", "d"]
