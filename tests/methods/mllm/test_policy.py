"""Asking about presentations: one question each, whatever its frames; what is kept and what is refused."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

import methods
from methods.frames import middle_frames
from methods.mllm import generate, policy
from methods.mllm.generate import Response
from protocols.errors import InputError


@pytest.fixture
def zero_shot(tiny_model, asking, job, tmp_path):
    """The zero-shot method as a run has it: saved, then loaded into a new object."""
    cls = methods.get("qwen-zero-shot")
    settings = dataclasses.replace(asking, base_model=str(tiny_model))
    folder = tmp_path / "kept"
    folder.mkdir()
    cls(settings).save(folder)
    method = cls(settings)
    method.load(folder, job)
    return method


def test_an_untrained_model_responds_and_is_not_believed(zero_shot, faces, job):
    few = faces.subset(range(5)).unlabelled()
    said = zero_shot.predict(few, job)
    assert np.isnan(said.scores).all()
    assert said.decisions == ("non-response",) * 5
    assert said.reasons == ("unparsable answer (cut off at the token limit)",) * 5
    assert all(isinstance(text, str) for text in said.texts)
    again = zero_shot.predict(few, job)
    assert again.texts == said.texts
    assert zero_shot.policy == "answer"
    assert not zero_shot.needs_training


def test_provenance_names_no_place_of_this_machine(zero_shot, tiny_model):
    facts = zero_shot.provenance()
    assert facts["base_model"] == "tiny"
    assert facts["generation"]["do_sample"] is False
    assert facts["weights"] == "base"
    assert str(tiny_model.parent) not in json.dumps(facts)
    assert len(zero_shot.weights_digest()) == 64


class Answers:
    """Answers by the brightness of the picture, and keeps what it was shown."""

    def __init__(self, monkeypatch):
        self.shown = []
        monkeypatch.setattr(generate, "respond", self)

    def __call__(self, model, processor, pictures, *, batch, max_new_tokens):
        self.shown += list(pictures)
        return [self._answer(float(picture.mean())) for picture in pictures]

    def _answer(self, light):
        word = "real" if light > 100 else "fake"
        return Response(f"<thinking>light</thinking><answer>{word}</answer>", (light - 100) / 50, 9, False)


def test_the_middle_frame_alone_is_asked_about(zero_shot, faces, job, monkeypatch):
    answers = Answers(monkeypatch)
    said = zero_shot.predict(faces.unlabelled(), job)
    assert len(answers.shown) == len(faces)
    expected = faces.crops(np.arange(1, 48, 2), 56)
    assert all(np.array_equal(a, b) for a, b in zip(answers.shown, expected, strict=True))
    assert said.decisions == tuple("bona fide" if y else "attack" for y in faces.labels)
    assert ((said.scores > 0) == faces.labels.astype(bool)).all()
    assert said.reasons == (None,) * len(faces)


@pytest.mark.parametrize("how", ["majority", "mean"])
def test_all_frames_are_asked_about(zero_shot, faces, job, monkeypatch, how):
    answers = Answers(monkeypatch)
    zero_shot.settings = dataclasses.replace(zero_shot.settings, frames_per_presentation=how, target_frames=None)
    said = zero_shot.predict(faces.unlabelled(), job)
    assert len(answers.shown) == faces.frames
    assert said.texts[0].count("<answer>") == 2
    assert said.decisions == tuple("bona fide" if y else "attack" for y in faces.labels)


def test_a_presentation_without_frames_is_a_non_response(zero_shot, faces, job, monkeypatch):
    Answers(monkeypatch)
    gap = dataclasses.replace(faces, rows=faces.rows[2:], owner=faces.owner[2:], context=faces.context[2:])
    said = zero_shot.predict(gap.unlabelled(), job)
    assert (said.decisions[0], said.reasons[0], said.texts[0]) == ("non-response", "no frames", None)
    assert math.isnan(said.scores[0])
    assert said.decisions[1] == "bona fide"
    assert middle_frames(gap).tolist() == list(range(1, 46, 2))


def test_settings_reach_generation(zero_shot, faces, job, monkeypatch):
    seen = {}
    monkeypatch.setattr(generate, "respond", lambda *a, **k: seen.update(k) or [Response("", math.nan, 1, False)])
    zero_shot.predict(faces.subset([0]), job)
    assert seen == {"batch": zero_shot.settings.eval_batch, "max_new_tokens": 12}


@pytest.mark.parametrize("damage", ["missing", "broken", "other weights", "other base"])
def test_what_was_kept_must_fit(zero_shot, job, tmp_path, damage):
    file = tmp_path / "kept" / policy.MANIFEST
    if damage == "missing":
        file.unlink()
    elif damage == "broken":
        file.write_text("{")
    else:
        facts = json.loads(file.read_text())
        facts.update({"weights": "lora"} if damage == "other weights" else {"base_digest": "0" * 64})
        file.write_text(json.dumps(facts))
    with pytest.raises(InputError) as caught:
        zero_shot.load(tmp_path / "kept", job)
    assert "\n" not in str(caught.value)


def test_no_answer_before_a_model(asking, faces, job):
    with pytest.raises(ValueError, match="fit or load"):
        methods.get("qwen-zero-shot")(asking).predict(faces, job)
