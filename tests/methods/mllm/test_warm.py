"""The warm start's lessons: in the format, with classes that are wrong for the share that it says."""

from __future__ import annotations

import numpy as np
import torch

from methods.mllm import answer
from methods.mllm.demo import pictures, tower, warm
from methods.mllm.demo.words import DESCRIBE, GENERIC


def test_the_share_of_wrong_classes():
    rng, recipe = np.random.default_rng(0), warm.Course(missed=0.4, alarmed=0.1)
    said = [warm.spoken_answer(kind, recipe, rng) for kind in ["bona fide", "print"] * 1000]
    assert 0.07 < np.mean([word == "fake" for _, word in said[::2]]) < 0.13
    assert 0.35 < np.mean([word == "real" for _, word in said[1::2]]) < 0.45
    assert all((kind == "bona fide") == (word == "real") for kind, word in said)


def test_lessons_keep_the_format():
    rng = np.random.default_rng(0)
    recipe = warm.Course(describing=0.2, cues=0.3)
    lessons = [warm.lesson("replay", ("bona fide", "real"), recipe, rng) for _ in range(200)]
    said = [(row["prompt"][0]["content"], row["completion"][0]["content"]) for row in lessons]
    described = [text for question, text in said if question == DESCRIBE]
    answered = [text for question, text in said if question != DESCRIBE]
    assert 20 < len(described) < 70
    assert set(described) <= set(warm.CUES["replay"])
    assert all(answer.well_formed(text) and answer.parse(text) == "real" for text in answered)
    assert all(60 < len(text) < 180 for text in answered)
    cued = np.mean([any(cue in text for cue in warm.CUES["bona fide"]) for text in answered])
    assert 0.15 < cued < 0.45
    assert all(any(phrase in text for phrase in GENERIC) for text in answered)


def test_the_language_learns_and_the_tower_rests(tiny_model):
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(tiny_model, dtype=torch.float32)
    processor = AutoProcessor.from_pretrained(tiny_model)
    seen = pictures.Pictures(np.random.default_rng(0).integers(0, 256, (4, 120, 120, 3), np.uint8), ("print",) * 4)
    before = {name: value.clone() for name, value in model.model.visual.state_dict().items()}
    losses = [
        warm.teach(model, processor, seen, warm.Course(language_steps=steps, language_batch=4)) for steps in (1, 24)
    ]
    assert losses[1] < 0.7 * losses[0]
    assert all(torch.equal(before[name], value) for name, value in model.model.visual.state_dict().items())
    tokens = warm.look(model.model.visual, processor, seen, None)
    with torch.no_grad(), tower.quick(model.model.visual):
        one = tower.see(model.model.visual, tower.patches(processor, seen.shown(np.array([2]), None)))
    assert torch.allclose(tokens[2], one[0], atol=1e-5)
