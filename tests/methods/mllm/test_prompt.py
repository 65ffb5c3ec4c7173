"""One question for all MLLM methods, in one digest, the same to the model in training and in inference."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from methods.mllm import generate, prompt
from methods.mllm.demo.template import CHAT_TEMPLATE


def test_it_asks_for_what_the_paper_names():
    for part in ("<thinking>", "</thinking>", "<answer>", "</answer>", "real", "fake"):
        assert part in prompt.QUESTION


def test_the_digest_follows_wording_and_version(monkeypatch):
    first = prompt.digest()
    assert first == prompt.digest()
    assert len(first) == 64
    monkeypatch.setattr(prompt, "VERSION", prompt.VERSION + 1)
    second = prompt.digest()
    monkeypatch.setattr(prompt, "QUESTION", prompt.QUESTION + " ")
    assert len({first, second, prompt.digest()}) == 3


def test_training_and_inference_ask_token_for_token_the_same(processor):
    from methods.mllm.sft_trainer import WholeCompletions

    picture = np.full((56, 56, 3), 90, np.uint8)
    asked = generate.encode(processor, [picture])["input_ids"][0]
    example = {
        "prompt": prompt.dataset_prompt(),
        "completion": [{"role": "assistant", "content": "<answer>real</answer>"}],
        "image": Image.fromarray(picture),
    }
    batch = WholeCompletions(processor)([example])
    learnt = batch["labels"][0] >= 0
    assert batch["input_ids"][0][~learnt].tolist() == asked.tolist()
    assert processor.tokenizer.decode(batch["input_ids"][0][learnt]) == "<answer>real</answer><|im_end|>\n"


@pytest.mark.parametrize("system", [None, "Be brief."])
def test_the_conversation_format(system, processor):
    turns = [{"role": "system", "content": system}] if system else []
    turns += [
        {"role": "user", "content": [{"type": "image", "image": "x"}, {"type": "text", "text": "Hello"}]},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "Bye"},
    ]
    text = processor.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, chat_template=CHAT_TEMPLATE)
    assert text == (
        f"<|im_start|>system\n{system or 'You are a helpful assistant.'}<|im_end|>\n"
        "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>Hello<|im_end|>\n"
        "<|im_start|>assistant\nHi<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n"
    )
