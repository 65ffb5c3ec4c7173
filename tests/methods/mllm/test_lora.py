"""Adapters sit on every linear layer of the language model and nowhere else."""

from __future__ import annotations

import re

import pytest
import torch

from methods.mllm import lora
from protocols.errors import InputError


def test_targets(opened):
    names = [name for name, module in opened[0].named_modules() if isinstance(module, torch.nn.Linear)]
    adapted = [name for name in names if re.fullmatch(lora.TARGETS, name)]
    assert len(adapted) == 2 * 7
    assert not any("visual" in name or "lm_head" in name for name in adapted)


@pytest.mark.parametrize(
    ("name", "hit"),
    [
        ("model.language_model.layers.0.self_attn.q_proj", True),
        ("model.text_model.layers.3.mlp.down_proj", True),
        ("model.vision_model.encoder.layers.0.self_attn.q_proj", False),
        ("model.visual.blocks.0.attn.qkv", False),
        ("lm_head", False),
    ],
)
def test_targets_of_other_families(name, hit):
    assert (re.fullmatch(lora.TARGETS, name) is not None) == hit


def test_a_missing_adapter_is_named(tmp_path):
    with pytest.raises(InputError, match="adapter_model.safetensors"):
        lora.open_adapter(None, tmp_path)
