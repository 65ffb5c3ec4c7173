"""Pictures through a run's model: what a policy makes of what the model says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmark.running import predict
from benchmark.running.machine import Machine
from benchmark.running.presentation import Seen
from methods.method import Predictions
from protocols.media.crop import Crop
from protocols.recipe import Recipe
from tests.benchmark.run_factory import write_run


class Says:
    """A model that gives one text, which the strict answer rule cannot read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.settings = SimpleNamespace(target_frames=1)

    def predict(self, faces: Any, job: Any) -> Predictions:
        """A non-response with its text."""
        return Predictions(np.array([np.nan]), ("non-response",), (self.text,), ("unparsable answer",))


@pytest.mark.parametrize(
    ("policy", "text", "decision", "reason"),
    [
        (None, "<answer>The face is **fake**.</answer>", "non-response", "unparsable answer"),
        ("answer:tolerant", "<answer>The face is **fake**.</answer>", "attack", None),
        ("answer:tolerant", "<answer>real", "bona fide", None),
        ("answer:tolerant", "<answer>not real</answer>", "non-response", "unparsable answer"),
        ("fixed:0", "<answer>real.</answer>", "non-response", "unparsable answer"),
    ],
)
def test_the_answer_rule_of_the_policy(tmp_path, monkeypatch, policy, text, decision, reason):
    run, picture = write_run(tmp_path), tmp_path / "me.png"
    picture.write_bytes(b"")
    monkeypatch.setattr(predict, "_recipe", lambda run: Recipe())
    monkeypatch.setattr(predict.detect, "load_detector", lambda recipe: None)
    monkeypatch.setattr(predict, "look", lambda *_, **__: Seen(crops=[Crop(np.zeros((9, 9, 3), np.uint8))]))
    monkeypatch.setattr(predict, "faces_of", lambda *_: None)
    monkeypatch.setattr(predict, "_model", lambda *_: Says(text))
    world = SimpleNamespace(cache=tmp_path, demo=True, models={})
    ((_, answer),) = [(v.seen, v.answer) for v in predict.decide(run, world, [picture], Machine(), policy)]
    assert (answer["decision"], answer["reason"], answer["text"]) == (decision, reason, text)
    assert answer["policy"] == (policy or "answer")
