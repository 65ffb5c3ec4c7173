"""The demo's model is of the very classes of the published checkpoint, deterministic, and tokenised as that one is."""

from __future__ import annotations

import pytest
import torch

from methods.mllm.demo import tiny


def test_the_very_classes(opened):
    model, processor = opened
    assert type(model).__name__ == "Qwen2_5_VLForConditionalGeneration"
    assert type(processor).__name__ == "Qwen2_5_VLProcessor"
    assert type(processor.tokenizer).__name__ == "Qwen2Tokenizer"
    assert type(processor.image_processor).__name__ == "Qwen2VLImageProcessor"
    parameters = sum(p.numel() for p in model.parameters())
    assert 500_000 < parameters < 800_000
    assert model.config.vision_config.window_size < tiny.Shape().pixels  # windows are really exercised
    assert model.config.tie_word_embeddings


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("<answer>fake</answer>", ["<answer", ">", "fake", "</", "answer", ">"]),
        ("</thinking><answer>real", ["</", "thinking", "><", "answer", ">", "real"]),
        (" printed dots cover the face", ["Ġprinted", "Ġdots", "Ġcover", "Ġthe", "Ġface"]),
    ],
)
def test_tokens(processor, text, tokens):
    assert processor.tokenizer.tokenize(text) == tokens


def test_any_text_survives(processor):
    text = "Ünïcode, 漢字, tabs\tand\nlines <|im_end|>"
    assert processor.tokenizer.decode(processor.tokenizer(text)["input_ids"]) == text


def test_one_seed_one_model(tmp_path):
    weights = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        torch.manual_seed(len(weights))  # what came before does not matter
        tiny.build(tmp_path / name, seed=seed)
        weights.append((tmp_path / name / "model.safetensors").read_bytes())
    assert weights[0] == weights[1] != weights[2]
