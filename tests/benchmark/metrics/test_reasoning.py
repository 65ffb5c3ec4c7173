"""What the words of responses tell, against plain counting."""

from __future__ import annotations

import itertools
import random

import pytest

from benchmark.metrics.reasoning import Share, by_species, measure, names_a_cue, reasoning_of, words
from benchmark.results.scores import Scores
from methods.mllm.answer import join_frames
from tests.benchmark.run_factory import made_up_scores

SAYINGS = ("the skin looks natural", "a moire pattern of a screen", "no screen is seen", "flat paper flat paper", "")


def said(seed: int = 0) -> Scores:
    choose = random.Random(seed)
    rows = made_up_scores(bona_fide=20, attack=40, silent=2).rows()
    for row in rows:
        thought = choose.choice(SAYINGS)
        row["text"] = f"<thinking>{thought}</thinking><answer>{choose.choice(['real', 'fake', 'maybe'])}</answer>"
    rows[0]["text"] = None
    return Scores.of(rows)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The face shows a moiré pattern.", True),
        ("A Printed photograph", True),
        ("There are no visible signs of a screen or a mask.", False),
        ("It is not flat. A bezel is visible", True),
        ("without any glare, reflections", False),
        ("the screening was thorough", False),
        ("pixel grid in the cheeks", True),
        ("pixel of a grid", False),
        ("this isn't a mask", False),
        ("no glare, but a seam at the neck", True),
        ("", False),
    ],
)
def test_a_sign_of_an_attack_is_named_unless_it_is_denied(text, named):
    assert names_a_cue(text) is named


def test_the_reasoning_is_what_stands_before_the_answer():
    assert reasoning_of("<thinking>a b</thinking><answer>real</answer>") == "a b"
    assert reasoning_of("I think so. <ANSWER>fake</answer>") == "I think so."
    assert reasoning_of("<answer>fake</answer>") == ""
    both = join_frames(["<thinking>a</thinking><answer>real</answer>", "<thinking>b</thinking><answer>fake</answer>"])
    assert words(reasoning_of(both)) == ["a", "b"]


def test_the_figures_are_those_of_plain_counting():
    scores = said()
    rows = [row for row in scores.rows() if row["text"] is not None]
    thought = {id(row): row["text"].split("<thinking>")[1].split("</thinking>")[0] for row in rows}
    answer = {id(row): row["text"].split("<answer>")[1].split("<")[0] for row in rows}
    found = measure(scores)
    assert found.texts == len(rows) == 59
    assert found.empty == Share(sum(thought[id(row)] == "" for row in rows), 59)
    worded = [row for row in rows if thought[id(row)]]
    assert found.distinct == Share(4, len(worded))
    cued = [row for row in worded if thought[id(row)] in (SAYINGS[1], SAYINGS[3])]
    for label, share in (("bona fide", found.cues_bona_fide), ("attack", found.cues_attack)):
        assert share == Share(sum(r["label"] == label for r in cued), sum(r["label"] == label for r in worded))
    believed = [row for row in cued if answer[id(row)] != "maybe"]
    assert found.contradictions == Share(sum(answer[id(r)] == "real" for r in believed), len(believed))
    right, wrong = [], []
    for row in worded:
        if answer[id(row)] != "maybe":
            fits = (answer[id(row)] == "real") == (row["label"] == "bona fide")
            (right if fits else wrong).append(len(thought[id(row)]))
    assert found.length_right == pytest.approx(sum(right) / len(right))
    assert found.length_wrong == pytest.approx(sum(wrong) / len(wrong))
    wins = sum((a > b) + (a == b) / 2 for a, b in itertools.product(right, wrong))
    assert found.longer_is_right == pytest.approx(wins / len(right) / len(wrong))
    assert found.repeated == 0.0


def test_without_texts_there_are_no_figures():
    assert measure(made_up_scores()) is None
    assert by_species(made_up_scores()) == []


def test_telling_words_are_said_of_a_species_more_than_of_bona_fide():
    rows = made_up_scores(bona_fide=10, attack=30).rows()
    for row in rows:
        thought = {"print": "edge of paper", "replay": "a screen", "rigid mask": "skin"}.get(row["species"], "skin")
        row["text"] = f"<thinking>the {thought}</thinking><answer>fake</answer>"
    found = {one.species: one for one in by_species(Scores.of(rows))}
    assert {word for word, _, _ in found["print"].telling} == {"edge", "of", "paper"}
    assert found["replay"].telling == (("a", 1.0, 0.0), ("screen", 1.0, 0.0))
    assert found["rigid mask"].telling == ()
    assert (found["print"].cues.value, found["rigid mask"].cues.value) == (1.0, 0.0)
    assert found["print"].fake == Share(10, 10)


def test_frames_vote_and_a_tie_is_no_answer():
    rows = made_up_scores(bona_fide=1, attack=1).rows()
    one = "<thinking>a screen</thinking><answer>{}</answer>"
    rows[0]["text"] = join_frames([one.format("real"), one.format("real"), one.format("fake")])
    rows[1]["text"] = join_frames([one.format("real"), one.format("fake")])
    assert measure(Scores.of(rows)).contradictions == Share(1, 1)
