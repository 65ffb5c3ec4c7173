"""FoundPAD's adapters and loss: published sizes, plain arithmetic, plain peft."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch

from methods.clip import demo, foundpad_models, weights
from methods.clip.encoder import SplitAttention, split
from methods.foundpad import LoraSettings
from protocols.errors import InputError


def test_adapters_on_vit_b_16_have_294912_parameters_and_scale_2_828() -> None:
    with torch.device("meta"):
        tower = weights.build(weights.configuration("ViT-B-16-quickgelu")).visual
    adapted = foundpad_models.adapt(tower, LoraSettings())
    trained = {name: p.numel() for name, p in adapted.named_parameters() if p.requires_grad}
    assert sum(trained.values()) == 294_912 == 12 * 24_576
    assert all(".q_proj.lora_" in name or ".v_proj.lora_" in name for name in trained)
    layers = [m for m in adapted.modules() if hasattr(m, "lora_A")]
    assert len(layers) == 24
    assert {layer.scaling["default"] for layer in layers} == {8 / math.sqrt(8)}
    assert round(8 / math.sqrt(8), 3) == 2.828
    assert {layer.lora_dropout["default"].p for layer in layers} == {0.4}


def small_adapted(seed: int = 0):
    torch.manual_seed(seed)
    adapted = foundpad_models.adapt(weights.blank(demo.CONFIG, 1).model.visual, LoraSettings())
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    return adapted.eval()


def test_adapted_tower_is_the_plain_one_with_two_point_eight_times_b_a_added_to_q_and_v() -> None:
    adapted, plain = small_adapted(), split(weights.blank(demo.CONFIG, 1).model.visual)
    pictures = torch.rand(2, 3, 112, 112)
    untouched = plain(pictures)
    layers = [m for m in plain.modules() if isinstance(m, SplitAttention)]
    twins = [m for m in adapted.modules() if isinstance(m, SplitAttention)]
    for layer, twin in zip(layers, twins, strict=True):
        for name in ("q_proj", "v_proj"):
            low = getattr(twin, name)
            change = low.lora_B["default"].weight @ low.lora_A["default"].weight
            getattr(layer, name).weight.data += 8 / math.sqrt(8) * change.detach()
    torch.testing.assert_close(adapted(pictures), plain(pictures), atol=1e-5, rtol=1e-5)
    assert (adapted(pictures) - untouched).abs().max() > 1e-3


def test_fresh_adapters_change_nothing() -> None:
    plain = weights.blank(demo.CONFIG, 1).model.visual
    pictures = torch.rand(2, 3, 112, 112)
    wanted = plain(pictures)
    adapted = foundpad_models.adapt(plain, LoraSettings()).eval()
    torch.testing.assert_close(adapted(pictures), wanted, atol=1e-5, rtol=1e-5)


def test_saved_adapters_are_read_by_plain_peft(tmp_path) -> None:
    from peft import PeftConfig, PeftModel

    adapted = small_adapted()
    foundpad_models.save_adapter(adapted, tmp_path)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    config = PeftConfig.from_pretrained(tmp_path)
    assert (config.r, config.lora_alpha, config.use_rslora, config.lora_dropout) == (8, 8, True, 0.4)
    pictures = torch.rand(2, 3, 112, 112)
    again = PeftModel.from_pretrained(split(weights.blank(demo.CONFIG, 1).model.visual), tmp_path).eval()
    torch.testing.assert_close(again(pictures), adapted(pictures))
    (tmp_path / "adapter_model.safetensors").write_bytes(b"\0" * 40)
    with pytest.raises(InputError, match="damaged adapter"):
        foundpad_models.load_adapter(weights.blank(demo.CONFIG, 1).model.visual, tmp_path)
    with pytest.raises(InputError, match=r"no adapter_model\.safetensors"):
        foundpad_models.load_adapter(weights.blank(demo.CONFIG, 1).model.visual, tmp_path / "nowhere")


def test_loss_is_binary_cross_entropy_of_both_logits_not_softmax_cross_entropy() -> None:
    logits = np.random.default_rng(0).normal(size=(7, 2)) * 3
    labels = np.array([0, 1, 1, 0, 1, 0, 0])
    chance = 1 / (1 + np.exp(-logits))
    truth = np.eye(2)[labels]
    wanted = -(truth * np.log(chance) + (1 - truth) * np.log(1 - chance)).mean()
    ours = foundpad_models.one_hot_bce(torch.from_numpy(logits), torch.from_numpy(labels)).item() / len(labels)
    assert ours == pytest.approx(wanted, rel=1e-9)
    softmax = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(7), labels]
    assert abs(ours - softmax.mean()) > 0.01


def test_head_sees_the_normalised_feature() -> None:
    model = foundpad_models.FoundPad(copy.deepcopy(weights.blank(demo.CONFIG, 1).model.visual), 64)
    feature = torch.randn(3, 64)
    torch.testing.assert_close(model.classify(feature), model.classify(feature * 17))
    assert model.head.weight.shape == (2, 64)
    assert model.head.bias.shape == (2,)
