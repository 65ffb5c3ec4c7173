"""The folded and the split attention are open_clip's, and the text tower may stop at the longest prompt."""

from __future__ import annotations

import copy

import pytest
import torch
from open_clip.model import CLIP
from torch.nn import functional as F

from methods.clip import encoder
from methods.clip.prompts import PROMPTS

SMALL = {
    "embed_dim": 16,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "patch_size": 16, "head_width": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
IDS = {
    "This is an example of a spoof face": [589, 533, 550, 6228, 539, 320, 1261, 539, 1710],
    "This is an example of an attack face": [589, 533, 550, 6228, 539, 550, 3815, 1710],
    "This is not a real face": [589, 533, 783, 320, 1532, 1710],
    "This is how a spoof face looks like": [589, 533, 829, 320, 1261, 539, 1710, 1606, 789],
    "a photo of a spoof face": [320, 1125, 539, 320, 1261, 539, 1710],
    "a printout shown to be a spoof face": [320, 17851, 620, 8506, 531, 655, 320, 1261, 539, 1710],
    "This is an example of a real face": [589, 533, 550, 6228, 539, 320, 1532, 1710],
    "This is a bonafide face": [589, 533, 320, 1871, 24074, 654, 1710],
    "This is a real face": [589, 533, 320, 1532, 1710],
    "This is how a real face looks like": [589, 533, 829, 320, 1532, 1710, 1606, 789],
    "a photo of a real face": [320, 1125, 539, 320, 1532, 1710],
    "This is not a spoof face": [589, 533, 783, 320, 1261, 539, 1710],
}
"""FLIP's prompts in CLIP's byte pair vocabulary, without start (49406) and end (49407)."""


@pytest.fixture(scope="module")
def original() -> CLIP:
    torch.manual_seed(0)
    return CLIP(**SMALL).eval()


@pytest.mark.parametrize("change", [encoder.fold, encoder.split, lambda m: encoder.split(encoder.fold(m))])
def test_another_attention_same_features(original: CLIP, change) -> None:
    pictures = torch.randn(3, 3, 32, 32)
    tower = change(copy.deepcopy(original.visual))
    assert not any(isinstance(m, torch.nn.MultiheadAttention) for m in tower.modules())
    torch.testing.assert_close(tower(pictures), original.visual(pictures), atol=2e-6, rtol=1e-5)


def test_folded_model_takes_the_original_state_dict_and_has_its_gradients(original: CLIP) -> None:
    pictures = torch.randn(3, 3, 32, 32)
    folded = encoder.fold(CLIP(**SMALL))
    folded.load_state_dict(original.state_dict(), strict=True)
    plain = copy.deepcopy(original)
    for model in (plain, folded):
        model.visual(pictures).square().sum().backward()
    for name, parameter in folded.visual.named_parameters():
        torch.testing.assert_close(parameter.grad, plain.visual.get_parameter(name).grad, atol=1e-5, rtol=1e-4)


def test_text_features_are_the_originals_although_only_the_prompts_are_computed(original: CLIP) -> None:
    tokens = encoder.tokenize(PROMPTS)
    folded = encoder.fold(copy.deepcopy(original))
    torch.testing.assert_close(encoder.encode_text(folded, tokens), original.encode_text(tokens), atol=2e-6, rtol=1e-5)


def test_class_token_is_the_feature_before_the_projection(original: CLIP) -> None:
    pictures = torch.randn(2, 3, 32, 32)
    token = encoder.class_token(original.visual, pictures)
    assert token.shape == (2, 32)
    torch.testing.assert_close(token @ original.visual.proj, original.encode_image(pictures))


def test_twelve_prompts_have_clips_own_token_ids() -> None:
    ids = encoder.tokenize(PROMPTS)
    assert ids.shape == (12, 77)
    assert (ids[:, 0] == 49406).all()
    assert ids.max(dim=1).values.tolist() == [49407] * 12
    found = {prompt: row[1 : int(row.argmax())].tolist() for prompt, row in zip(PROMPTS, ids, strict=True)}
    assert found == IDS


def test_frozen_weights_under_autocast_agree_with_float32(original: CLIP) -> None:
    pictures = torch.randn(4, 3, 32, 32)
    folded = encoder.fold(copy.deepcopy(original)).requires_grad_(False)
    with torch.autocast("cpu", torch.bfloat16):
        low = folded.visual(pictures).float()
    assert F.cosine_similarity(low, original.visual(pictures)).min() > 0.999
