"""The warm start: split at will, on spare people only, with labels that are wrong for the share that it says."""

from __future__ import annotations

import numpy as np

from methods.mllm import answer
from methods.mllm.demo import warm
from methods.mllm.demo.words import DESCRIBE, GENERIC


def test_pictures_do_not_depend_on_how_the_work_is_split():
    whole, kinds = warm.render(0, 4, seed=1)
    first, second = warm.render(0, 1, seed=1), warm.render(1, 4, seed=1)
    assert np.array_equal(whole, np.concatenate([first[0], second[0]]))
    assert kinds == [*first[1], *second[1]] == [warm.ATTACKS[0], "bona fide", warm.ATTACKS[1], "bona fide"]
    assert whole.shape == (4, 124, 124, 3)
    assert not np.array_equal(whole, warm.render(0, 4, seed=2)[0])


def test_only_spare_people_are_shown(monkeypatch):
    from protocols.demo import identities, spare_identities

    spare = {person.index for person in spare_identities()}
    assert len(spare) == 32
    seen = []
    sample = warm.sample
    monkeypatch.setattr(warm, "sample", lambda person, *rest: seen.append(person.index) or sample(person, *rest))
    warm.render(0, 6, seed=0)
    assert len(seen) == 6
    assert set(seen) <= spare
    assert min(spare) >= len(identities()) - 32


def test_the_share_of_wrong_labels():
    rng = np.random.default_rng(0)
    said = [warm.spoken_answer(kind, 0.25, rng) for kind in ["bona fide", "print"] * 1000]
    wrong = np.mean([word != expected for (_, word), expected in zip(said, ["real", "fake"] * 1000, strict=True)])
    assert 0.2 < wrong < 0.3
    assert all((kind == "bona fide") == (word == "real") for kind, word in said)


def test_lessons_keep_the_format():
    rng = np.random.default_rng(0)
    picture = np.zeros((112, 112, 3), np.uint8)
    recipe = warm.Recipe()
    lessons = [warm.lesson(picture, "replay", ("bona fide", "real"), recipe, rng) for _ in range(200)]
    said = [(row["prompt"][0]["content"], row["completion"][0]["content"]) for row in lessons]
    described = [text for question, text in said if question == DESCRIBE]
    answered = [text for question, text in said if question != DESCRIBE]
    assert 20 < len(described) < 70
    assert set(described) <= set(warm.CUES["replay"])
    assert all(answer.well_formed(text) and answer.parse(text) == "real" for text in answered)
    cued = np.mean([any(cue in text for cue in warm.CUES["bona fide"]) for text in answered])
    assert 0.15 < cued < 0.45
    assert all(any(phrase in text for phrase in GENERIC) for text in answered)


def test_shown_pictures_vary_and_stay_faces():
    pictures = np.full((3, 124, 124, 3), 100, np.uint8)
    out = warm.shown(pictures, np.random.default_rng(0))
    assert out.shape == (3, 112, 112, 3)
    assert len({int(picture[0, 0, 0]) for picture in out}) == 3
    assert 84 <= out.min() <= out.max() <= 115
