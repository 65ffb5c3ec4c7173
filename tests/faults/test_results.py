"""A small part of `python -m tests.faults.results`, with other flips and damages than its own."""

from __future__ import annotations

from collections import Counter

from tests.faults.results import FILES, GOOD, Tally, run


def test_no_change_passes_for_what_was_written(tmp_path):
    tally = run(flips=3 * len(FILES), damages=8, seed=7, folder=tmp_path)
    assert not tally.bad
    of = Counter(kind for kind, _ in tally.counts.elements())
    assert of["run.json"] == 6
    assert {"features", "state", "model", "work"} <= set(of)
    assert {said for _, said in tally.counts} <= set(GOOD)
    assert tally.counts["scores.parquet", "named"] >= 6


def test_a_reader_that_believes_anything_is_counted(capsys):
    tally = Tally()
    tally.add("a", 1, lambda: "silent")
    tally.add("a", 2, lambda: 1 / 0)
    assert tally.bad == ["a 1: silent", "a 2: traceback"]
    assert "ZeroDivisionError" in capsys.readouterr().out
