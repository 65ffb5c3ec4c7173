"""Near misses: read from kept texts, counted, and never at the cost of a decision that a run has."""

from __future__ import annotations

import numpy as np

from benchmark.metrics.answers import near_misses, texts, tolerant
from benchmark.metrics.thresholds import decide, decisions, parse
from benchmark.results.scores import Scores
from methods.mllm.answer import join_frames
from tests.benchmark.run_factory import made_up_scores, spoken

SCORES = spoken(made_up_scores(silent=3))


def test_what_only_the_tolerant_rule_reads():
    found = near_misses(SCORES)
    assert list(found) == [37, 38, 97, 98]
    assert [SCORES.label[row] for row in found] == list(found.values())
    assert texts(SCORES) == len(SCORES)


def test_scores_without_texts_have_none():
    silent = made_up_scores(silent=3)
    assert (near_misses(silent), texts(silent)) == ({}, 0)


def test_decisions_of_a_run_stay():
    rows = SCORES.rows()
    rows[0]["text"] = "<answer>The face is fake.</answer>"  # kept beside a decision for bona fide
    scores = Scores.of(rows)
    strict, lenient = (decide(parse(name), scores, None) for name in ("answer", "answer:tolerant"))
    kept = strict.responded
    assert np.array_equal(strict.accepted[kept], lenient.accepted[kept])
    assert (~strict.responded).sum() == 6
    assert (~lenient.responded).sum() == 2
    words = decisions(parse("answer:tolerant"), scores, None).to_pylist()
    assert [words[row] for row in (37, 39, 98, 99)] == ["bona fide", "non-response", "attack", "non-response"]


def test_responses_to_several_frames_vote():
    real, fake = "<answer>real.</answer>", "<answer>The face is fake</answer>"
    assert tolerant(join_frames([real, fake, fake, "no idea"])) == "attack"
    assert tolerant(join_frames([real, fake])) is None
    assert tolerant(join_frames(["no idea", real])) == "bona fide"
