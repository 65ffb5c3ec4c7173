"""The tower's short cuts see what transformers sees; its start measures textures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from methods.mllm.demo import tower
from methods.mllm.demo.pictures import Pictures


@pytest.fixture
def opened_anew(tiny_model):
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(tiny_model, dtype=torch.float32)
    return model.model.visual, AutoProcessor.from_pretrained(tiny_model)


def test_patches_and_tokens_are_those_of_transformers(opened_anew):
    visual, processor = opened_anew
    pixels = np.random.default_rng(0).integers(0, 256, (3, 112, 112, 3), np.uint8)
    theirs = processor.image_processor(images=list(pixels), return_tensors="pt")
    ours = tower.patches(processor, pixels)
    halves = theirs["pixel_values"].view(3, 64, 3, 2, 14 * 14)
    for half in (0, 1):
        assert torch.allclose(halves[:, :, :, half].reshape(3, 64, -1), ours, atol=1e-5)
    with torch.no_grad():
        tokens = visual(theirs["pixel_values"], grid_thw=theirs["image_grid_thw"]).pooler_output
        with tower.quick(visual):
            assert torch.allclose(tower.see(visual, ours).flatten(0, 1), tokens, atol=1e-5)
        again = visual(theirs["pixel_values"], grid_thw=theirs["image_grid_thw"]).pooler_output
    assert torch.equal(again, tokens)  # nothing is left changed


def test_the_start_whitens_and_squares(opened_anew):
    visual, _ = opened_anew
    random = torch.Generator().manual_seed(0)
    mixing = torch.randn(588, 588, generator=random) / 24
    seen = torch.randn(4000, 588, generator=random) @ mixing
    tower.start(visual, seen, seed=0)
    weight = visual.patch_embed.proj.weight.sum(2).flatten(1)
    out = (seen - seen.mean(0)) @ weight.T
    spread = out.T @ out / len(out)
    assert torch.allclose(spread - torch.diag(spread.diag()), torch.zeros_like(spread), atol=1e-3)
    assert 0.7 < spread.diag().min() < spread.diag().max() < 1.0
    mlp, x = visual.blocks[0].mlp, torch.randn(5, weight.shape[0], generator=random)
    squares = mlp.act_fn(mlp.gate_proj(x)) * mlp.up_proj(x)
    wide = x.shape[1]
    assert torch.allclose(squares[:, :wide] + squares[:, wide : 2 * wide], x**2, atol=1e-5)


def test_it_learns_what_can_be_seen(opened_anew):
    visual, processor = opened_anew
    rng = np.random.default_rng(0)
    pixels = rng.integers(100, 140, (24, 120, 120, 3), np.uint8)
    pixels[::2, ::2] += 60  # stripes
    kinds = ("print", "bona fide", "replay", "bona fide") * 6
    losses = tower.teach(visual, processor, Pictures(pixels, kinds), steps=15, batch=8, rate=2e-3, seed=0)
    assert losses["decision"] < 0.3
