"""One pass tells what several would, prompt with a picture included."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from methods.mllm import generate
from methods.mllm.continuation import log_probabilities, paths
from methods.mllm.scoring import Open
from methods.mllm.spelling import Alternative

IDS = (40, 41, 42, 43)
SPELLINGS = [
    Open(Alternative("real", 2, (50, 51)), 1, -1.0),
    Open(Alternative("real", 2, (50, 52, 53)), 1, -1.0),
    Open(Alternative("fake", 1, (60, 61, 62)), 0, -1.0),
    Open(Alternative("fake", 3, (54,)), 0, -1.0),
]


def test_the_fewest_paths():
    assert paths(IDS, SPELLINGS) == [(40, 41, 42), (40, 41, 50, 52), (40, 60, 61)]
    assert paths(IDS, SPELLINGS[:1]) == [(40, 41, 50)]


def test_as_each_by_itself(opened):
    model, processor = opened
    picture = np.random.default_rng(0).integers(0, 255, (56, 84, 3), np.uint8)
    count = len(paths(IDS, SPELLINGS))
    found = log_probabilities(model, generate.encode(processor, [picture] * count), IDS, SPELLINGS)
    for one, log_p in zip(SPELLINGS, found, strict=True):
        whole = [*IDS[: one.alternative.start], *one.alternative.ids]
        inputs = generate.encode(processor, [picture])
        prompt = inputs["input_ids"].shape[1]
        for name in ("input_ids", "attention_mask", "mm_token_type_ids"):
            more = torch.tensor([whole]) if name == "input_ids" else torch.full((1, len(whole)), name[0] == "a")
            inputs[name] = torch.cat([inputs[name], more.to(inputs[name].dtype)], 1)
        with torch.inference_mode():
            logits = torch.log_softmax(model(**inputs).logits[0].double(), -1)
        unread = range(one.alternative.start + one.read, len(whole))
        assert log_p == pytest.approx(sum(float(logits[prompt + i - 1, whole[i]]) for i in unread), abs=1e-5)
