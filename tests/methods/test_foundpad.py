"""FoundPAD's three rows as methods."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

import methods
from methods.clip import demo, weights
from methods.foundpad import HeadSettings, LoraSettings, ScratchSettings
from protocols.errors import InputError

SHORT = {"epochs": "1", "batch": "16"}


def made(name: str, **changes: str):
    kind = methods.get(name)
    return kind(kind.settings_class.preset("demo").override(SHORT | changes))


def test_paper_presets_are_the_published_constants() -> None:
    shared = {"learning_rate": 1e-6, "head_learning_rate": 1e-3, "weight_decay": 0.05, "max_norm": 5.0}
    shared |= {"batch": 512, "epochs": 40, "selection": "last", "normalisation": "imagenet"}
    shared |= {"interpolation": "bilinear", "precision": "float32", "train_frames": 25, "target_frames": 25}
    for kind in (HeadSettings, LoraSettings, ScratchSettings):
        values = kind.preset("paper").as_dict()
        assert values | shared == values
    lora = LoraSettings.preset("paper")
    assert (lora.rank, lora.alpha, lora.dropout) == (8, 8, 0.4)
    assert ScratchSettings.preset("paper").init == "as_released"


@pytest.mark.parametrize("name", ["foundpad-fe", "foundpad", "foundpad-vit-fs"])
def test_learns_keeps_and_scores_with_a_constant_learning_rate(name, toy_faces, clip_job, tmp_path) -> None:
    rows: list[dict] = []
    method = made(name, epochs="2")
    method.fit(toy_faces(16), toy_faces(6, seed=2), replace(clip_job, log=lambda **row: rows.append(row)))
    assert len(rows) == 2 * 2
    settings = method.settings
    head_rate = "lr" if name == "foundpad-fe" else "lr1"
    assert {row[head_rate] for row in rows} == {settings.head_learning_rate}
    if name != "foundpad-fe":
        assert {row["lr"] for row in rows} == {settings.learning_rate}
    facts = method.provenance()
    assert (facts["updates"], facts["pictures_per_step"], facts["pictures_seen"]) == (4, 16, 2 * facts["pictures"])
    target = toy_faces(5, seed=3, labelled=False)
    scores = method.predict(target, clip_job).scores
    assert np.isfinite(scores).all()
    assert np.array_equal(method.predict(target, clip_job).scores, scores)
    np.testing.assert_allclose(method.predict(target.subset([3, 0]), clip_job).scores, scores[[3, 0]], atol=2e-3)
    method.save(tmp_path)
    again = made(name)
    again.load(tmp_path, clip_job)
    np.testing.assert_allclose(again.predict(target, clip_job).scores, scores, atol=1e-6)
    assert not [f for f in tmp_path.rglob("*") if f.suffix in (".pt", ".bin", ".pkl", ".pth")]
    facts = json.loads((tmp_path / "method.json").read_text())
    (tmp_path / "method.json").write_text(json.dumps(facts | {"method": "flip-v"}))
    with pytest.raises(InputError, match="written by flip-v"):
        made(name).load(tmp_path, clip_job)


def test_fe_trains_its_head_alone(toy_faces, clip_job) -> None:
    tower = demo.load(clip_job).model.visual.state_dict()
    method = made("foundpad-fe")
    method.fit(toy_faces(16), toy_faces(6, seed=2), clip_job)
    trained = {name: p.requires_grad for name, p in method.model.named_parameters()}
    assert [name for name, wanted in trained.items() if wanted] == ["head.weight", "head.bias"]
    assert all(p.grad is None for p in method.model.visual.parameters())
    assert all(torch.equal(tensor, tower[key]) for key, tensor in method.model.visual.state_dict().items())
    assert method.facts["trainable"] == 2 * 64 + 2


def test_another_seed_of_fe_costs_no_forward_pass(toy_faces, clip_job, monkeypatch: pytest.MonkeyPatch) -> None:
    train, dev = toy_faces(16), toy_faces(6, seed=2)
    first = made("foundpad-fe")
    first.fit(train, dev, clip_job)

    def refuse(*_: object) -> None:
        raise AssertionError("the tower was run again")

    monkeypatch.setattr("methods.clip.foundpad_models.FoundPad.features", refuse)
    second = made("foundpad-fe", head_learning_rate="0.1")
    second.fit(train, dev, replace(clip_job, seed=8, scratch=clip_job.scratch / "b"))
    assert not torch.equal(first.model.head.weight, second.model.head.weight)


def test_lora_leaves_clip_as_it_was_and_needs_the_same_clip_again(toy_faces, clip_job, tmp_path) -> None:
    method = made("foundpad")
    method.fit(toy_faces(16), toy_faces(6, seed=2), clip_job)
    frozen = [p for name, p in method.model.visual.named_parameters() if "lora_" not in name]
    assert frozen
    assert not any(p.requires_grad or p.grad is not None for p in frozen)
    assert any(p.abs().max() > 0 for name, p in method.model.visual.named_parameters() if "lora_B" in name)
    conv = demo.load(clip_job).model.visual.conv1.weight
    assert torch.equal(method.model.visual.base_model.model.conv1.weight, conv)
    method.save(tmp_path)
    facts = json.loads((tmp_path / "method.json").read_text())
    (tmp_path / "method.json").write_text(json.dumps(facts | {"weights": "0" * 64}))
    with pytest.raises(InputError, match="not those that this foundpad was trained on"):
        made("foundpad").load(tmp_path, clip_job)


def test_vit_fs_resets_the_visual_tower_unless_as_released(toy_faces, clip_job, tmp_path) -> None:
    clip = demo.load(clip_job).model.visual.state_dict()
    still = {"learning_rate": "0.0", "epochs": "1"}
    reset, kept = (made("foundpad-vit-fs", init=init, **still) for init in ("random", "as_released"))
    for method in (reset, kept):
        method.fit(toy_faces(16), toy_faces(6, seed=2), replace(clip_job, scratch=tmp_path / method.settings.init))
        assert all(p.requires_grad for p in method.model.parameters())
    assert all(torch.equal(tensor, clip[key]) for key, tensor in kept.model.visual.state_dict().items())
    matrices = {key: tensor for key, tensor in reset.model.visual.state_dict().items() if tensor.ndim > 1}
    assert all(not torch.equal(tensor, clip[key]) for key, tensor in matrices.items())
    assert reset.weights_digest() is None
    assert kept.weights_digest() is not None
    other = weights.blank(demo.CONFIG, clip_job.seed + 1).model.visual.state_dict()
    assert not torch.equal(other["conv1.weight"], matrices["conv1.weight"])  # another seed, another start


def test_without_weights_only_random_init_may_train(toy_faces, tmp_path) -> None:
    from methods import Job

    job = Job(seed=0, scratch=tmp_path, cache=tmp_path, models={"clip": str(tmp_path)})
    for method in (made("foundpad-fe"), made("foundpad"), made("foundpad-vit-fs", init="as_released")):
        with pytest.raises(InputError, match="no CLIP weights in this folder"):
            method.fit(toy_faces(8), toy_faces(4), job)
