"""FLIP's losses and heads against the same computed another way, in float64, and against known constants."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from methods.clip import demo, flip_models, weights
from methods.clip.encoder import tokenize
from methods.clip.prompts import REAL, SPOOF


@pytest.fixture(scope="module")
def small():
    return weights.blank(demo.CONFIG, 5)


def nt_xent_by_hand(first: np.ndarray, second: np.ndarray, temperature: float) -> float:
    rows = np.concatenate([first, second])
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    n, total = len(first), 0.0
    for i in range(2 * n):
        others = [math.exp(rows[i] @ rows[j] / temperature) for j in range(2 * n) if j != i]
        total -= math.log(math.exp(rows[i] @ rows[(i + n) % (2 * n)] / temperature) / sum(others))
    return total / (2 * n)


def test_nt_xent_is_simclrs() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 6, 10))
    ours = flip_models.nt_xent(torch.from_numpy(first), torch.from_numpy(second)).item()
    assert ours == pytest.approx(nt_xent_by_hand(first, second, 0.1), abs=1e-9)


def test_text_views_are_drawn_as_the_released_code_draws() -> None:
    """Three of six with replacement: 3, 4 or 5 prompts are left with probabilities 20/36, 15/36 and 1/36."""
    features = (torch.eye(6, 12), torch.eye(12)[6:])
    labels = torch.tensor([0, 1] * 3000)
    first, second = flip_models.text_views(features, labels, np.random.default_rng(0))
    assert first[0::2, 6:].abs().max() == first[1::2, :6].abs().max() == 0  # of the sample's own class only
    assert torch.allclose(first.sum(dim=1), torch.ones(6000))
    assert torch.allclose(second.sum(dim=1), torch.ones(6000))
    assert ((first > 0) & (second > 0)).sum() == 0
    assert ((first > 0) | (second > 0)).sum(dim=1).unique().tolist() == [6]
    left = Counter((second > 0).sum(dim=1).tolist())
    for count, share in ((3, 20 / 36), (4, 15 / 36), (5, 1 / 36)):
        assert left[count] / 6000 == pytest.approx(share, abs=0.02)
    drawn_twice = torch.isclose(first.max(dim=1).values, torch.tensor(2 / 3)).float().mean()
    assert drawn_twice.item() == pytest.approx(15 / 36, abs=0.02)


def test_flip_mcl_loss_is_the_sum_of_three_computed_apart_in_float64(small) -> None:
    model = flip_models.FlipMCL(small.model).double().eval()
    generator = torch.Generator().manual_seed(3)
    pictures, one, two = (torch.rand(4, 3, 112, 112, generator=generator, dtype=torch.float64) for _ in range(3))
    model.images = lambda p: model.clip.visual(p)  # without the rounding to float32
    model.templates = lambda: tuple(model.clip.encode_text(tokenize(p)) for p in (SPOOF, REAL))
    labels = torch.tensor([1, 1, 0, 0])
    loss, parts = model.loss(flip_models.Batch(pictures, labels, (one, two), np.random.default_rng(8)))

    clip = model.clip
    with torch.no_grad():
        text = [clip.encode_text(tokenize(p)).numpy() for p in (SPOOF, REAL)]
        image, first, second = (clip.visual(p).numpy() for p in (pictures, one, two))
        projected = [model.image_mlp(torch.from_numpy(v)).numpy() for v in (first, second)]
    unit = lambda v: v / np.linalg.norm(v, axis=-1, keepdims=True)  # noqa: E731
    classes = unit(np.stack([t.mean(axis=0) for t in text]))
    logits = math.exp(clip.logit_scale.item()) * unit(image) @ classes.T
    ce = np.mean(
        [np.log(np.exp(row - row.max()).sum()) + row.max() - row[k] for row, k in zip(logits, labels, strict=True)]
    )
    rng, squares = np.random.default_rng(8), []
    for i, label in enumerate(labels.tolist()):
        drawn = rng.integers(0, 6, 3)
        rest = [t for t in range(6) if t not in drawn]
        near = [unit(v[i]) @ unit(text[label][s].mean(axis=0)) for v, s in ((first, drawn), (second, rest))]
        squares.append((near[0] - near[1]) ** 2)
    wanted = {"ce": ce, "nt_xent": nt_xent_by_hand(*projected, 0.1), "mse": np.mean(squares)}
    for name, value in wanted.items():
        assert parts[name] == pytest.approx(value, rel=1e-6), name
    assert loss.item() == pytest.approx(sum(wanted.values()), rel=1e-6)


def test_flip_mcl_trains_every_tensor_and_has_the_published_mlp(small) -> None:
    model = flip_models.FlipMCL(weights.blank(demo.CONFIG, 5).model).train()
    pictures = torch.rand(4, 3, 112, 112)
    batch = flip_models.Batch(pictures, torch.tensor([1, 1, 0, 0]), (pictures, pictures.flip(0)))
    model.loss(batch)[0].backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []
    shapes = [tuple(m.weight.shape) for m in model.image_mlp if isinstance(m, torch.nn.Linear)]
    assert shapes == [(4096, 64), (4096, 4096), (256, 4096)]


def test_flip_v_head_normalises_weight_over_the_classes_and_feature_by_its_root() -> None:
    torch.manual_seed(0)
    model = flip_models.FlipV(weights.blank(demo.CONFIG, 5).model)
    pictures = torch.rand(3, 3, 112, 112)
    torch.nn.init.normal_(model.classifier.weight)
    before = model.classifier.weight.detach().clone()
    model.eval()
    out = model(pictures)
    assert torch.equal(model.classifier.weight, before)  # prediction changes nothing
    hidden = F.relu(model.bottleneck(flip_models.class_token(model.visual, pictures))).double()
    hidden = hidden / torch.sqrt(2 * torch.sqrt((hidden**2).sum(dim=1, keepdim=True)))
    weight = before.double() / torch.sqrt((before.double() ** 2).sum(dim=0, keepdim=True))
    torch.testing.assert_close(out.double(), hidden @ weight.t() + model.classifier.bias.double(), atol=1e-5, rtol=1e-5)
    model.train()
    model(pictures)
    assert torch.allclose(model.classifier.weight.norm(dim=0), torch.ones(512))  # one per input, in place
    assert model.classifier.weight.norm(dim=1).min() > 1.1
