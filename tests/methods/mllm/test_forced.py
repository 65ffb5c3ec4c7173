"""Answers after words that were not the model's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from methods.mllm import generate
from methods.mllm.forced import answer_of, log_odds, reasoning, with_reasoning

TEXT = "<thinking>the borders of the face</thinking><answer>fake</answer>"


def test_the_reasoning_is_taken_out_and_put_in():
    assert reasoning(TEXT) == "the borders of the face"
    assert with_reasoning(TEXT, "") == "<thinking></thinking><answer>fake</answer>"
    assert with_reasoning(TEXT, reasoning(TEXT)) == TEXT
    assert reasoning("I see. <answer>real</answer>") == "I see."
    assert with_reasoning("I see. <answer>Real</answer>!", "no") == "no<answer>Real</answer>!"
    with pytest.raises(ValueError, match="without an answer"):
        with_reasoning("I see.", "no")


@pytest.mark.parametrize("text", [TEXT, with_reasoning(TEXT, ""), TEXT.replace("fake", "real")])
def test_the_odds_are_those_of_a_plain_pass_over_both_words(opened, text):
    model, processor = opened
    picture = np.random.default_rng(0).integers(0, 255, (56, 84, 3), np.uint8)
    found = log_odds(model, processor, picture, text)
    before = text[: text.index("<answer>") + len("<answer>")]
    tokens = processor.tokenizer
    total = {}
    for word in ("real", "fake"):
        spelt = []
        for spelling in (word, word.capitalize(), word.upper()):
            ids = tokens(before + spelling + "</answer>", add_special_tokens=False)["input_ids"]
            start = len(tokens(before, add_special_tokens=False)["input_ids"])
            end = len(tokens(before + spelling, add_special_tokens=False)["input_ids"])
            if tokens.decode(ids[:end]) != before + spelling:
                continue  # a vocabulary of lower case words
            inputs = generate.encode(processor, [picture])
            prompt = inputs["input_ids"].shape[1]
            for name in ("input_ids", "attention_mask", "mm_token_type_ids"):
                more = torch.tensor([ids]) if name == "input_ids" else torch.full((1, len(ids)), name[0] == "a")
                inputs[name] = torch.cat([inputs[name], more.to(inputs[name].dtype)], 1)
            with torch.inference_mode():
                logits = torch.log_softmax(model(**inputs).logits[0].double(), -1)
            spelt.append(sum(float(logits[prompt + i - 1, ids[i]]) for i in range(start, end)))
        total[word] = math.log(math.fsum(map(math.exp, spelt)))
    assert found == pytest.approx(total["real"] - total["fake"], abs=1e-4)
    assert answer_of(found) == ("real" if found >= 0 else "fake")


def test_without_an_answer_nothing_is_known(opened):
    model, processor = opened
    assert math.isnan(log_odds(model, processor, np.zeros((56, 56, 3), np.uint8), "no idea"))
    assert answer_of(math.nan) is None
