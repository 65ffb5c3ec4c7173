"""FLIP as methods: learn, score, keep, and choose a checkpoint without looking where they must not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import methods
from methods import Job
from methods.clip.pictures import STATISTICS
from methods.clip.prompts import PROMPTS
from methods.clip.scoring import smallest_hter
from methods.flip import FlipMclSettings, FlipSettings
from protocols.errors import InputError
from protocols.store.faces import Faces

SHORT = {"iterations": "4", "per_domain_batch": "4", "learning_rate": "1e-3", "evaluate_every": "1"}


def made(name: str, **changes: str):
    kind = methods.get(name)
    return kind(kind.settings_class.preset("demo").override(SHORT | changes))


def auc(faces: Faces, scores: np.ndarray) -> float:
    live, spoof = (scores[np.arange(len(faces)) % 2 == k] for k in (0, 1))
    return float((live[:, None] > spoof[None]).mean())


def test_paper_presets_are_the_published_constants() -> None:
    both = {"iterations": 4001, "learning_rate": 1e-6, "weight_decay": 1e-6, "normalisation": "imagenet"}
    both |= {"backbone": "ViT-B-16-quickgelu", "selection": "last", "aggregate": "probability"}
    both |= {"interpolation": "bicubic", "precision": "float32", "train_frames": 1, "target_frames": 2}
    for settings, batch in ((FlipSettings.preset("paper"), 8), (FlipMclSettings.preset("paper"), 3)):
        assert settings.as_dict() | both | {"per_domain_batch": batch} == settings.as_dict()
    assert len(PROMPTS) == 12
    assert [methods.get(f"flip-{k}").title for k in ("v", "it", "mcl")] == ["FLIP-V", "FLIP-IT", "Flip"]


@pytest.mark.parametrize("name", ["flip-v", "flip-it", "flip-mcl"])
def test_saved_and_loaded_gives_the_same_scores_without_any_clip_file(name, toy_faces, clip_job, tmp_path) -> None:
    rows: list[dict] = []
    method = made(name, iterations="2")
    method.fit(toy_faces(16), toy_faces(6, seed=2), replace(clip_job, log=lambda **row: rows.append(row)))
    assert [row["step"] for row in rows] == [0, 1]
    assert {row["lr"] for row in rows} == {1e-3}
    target = toy_faces(5, seed=3, labelled=False)
    scores = method.predict(target, clip_job).scores
    assert scores.shape == (5,)
    assert np.isfinite(scores).all()
    assert np.array_equal(method.predict(target, clip_job).scores, scores)
    method.save(tmp_path)
    assert sorted(f.name for f in tmp_path.iterdir() if f.is_file()) == ["method.json", "model.safetensors"]
    again = made(name)
    again.load(tmp_path, Job(seed=9, scratch=tmp_path / "s", cache=tmp_path / "empty"))
    assert np.array_equal(again.predict(target, clip_job).scores, scores)
    assert again.weights_digest() == method.weights_digest() is not None
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 99)
    with pytest.raises(InputError, match=r"model\.safetensors: missing or damaged"):
        made(name).load(tmp_path, clip_job)


def test_flip_v_learns_a_grid(toy_faces, clip_job) -> None:
    method, target = made("flip-v", iterations="24", per_domain_batch="8"), toy_faces(20, seed=3, labelled=False)
    method.fit(toy_faces(40), toy_faces(6, seed=2), clip_job)
    assert auc(target, method.predict(target, clip_job).scores) > 0.8


def test_one_score_each_whatever_the_frames_and_the_batch(toy_faces, clip_job) -> None:
    method = made("flip-it", iterations="1")
    method.fit(toy_faces(16), toy_faces(6, seed=2), clip_job)
    target = toy_faces(6, frames=3, seed=3, labelled=False)
    scores = method.predict(target, clip_job).scores
    part = method.predict(target.subset([4, 1]), clip_job).scores
    np.testing.assert_allclose(part, scores[[4, 1]], atol=1e-4)
    method.settings = replace(method.settings, predict_batch=2)
    np.testing.assert_allclose(method.predict(target, clip_job).scores, scores, atol=1e-4)
    repeated = replace(
        target, rows=np.repeat(target.rows, 2), owner=np.repeat(target.owner, 2), context=np.ones(36, np.float32)
    )
    np.testing.assert_allclose(method.predict(repeated, clip_job).scores, scores, atol=1e-4)


def test_updates_and_pictures_are_among_the_facts(toy_faces, clip_job, tmp_path) -> None:
    method = made("flip-v", iterations="2", per_domain_batch="3")
    train = toy_faces(16)
    method.fit(train, toy_faces(6, seed=2), clip_job)
    method.save(tmp_path)
    again = made("flip-v")
    again.load(tmp_path, clip_job)
    step = 3 * 2 * len(set(train.domains))
    facts = again.provenance()
    assert (facts["updates"], facts["pictures_per_step"], facts["pictures_seen"]) == (2, step, 2 * step)
    assert facts["pictures"] == train.frames


def test_pictures_are_resized_as_pillow_does(toy_faces, clip_job) -> None:
    method = made("flip-v", normalisation="imagenet")
    method.facts = {"side": 112}
    faces = toy_faces(4)
    shown = method.view().plain(faces, np.array([1]), torch.device("cpu"))[0]
    resized = np.asarray(Image.fromarray(faces.native(1)).resize((112, 112), Image.Resampling.BICUBIC))
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in STATISTICS["imagenet"])
    expected = (torch.from_numpy(resized.copy()).permute(2, 0, 1) / 255 - mean) / deviation
    torch.testing.assert_close(shown, expected, atol=1e-6, rtol=0)


def test_frame_wise_a_checkpoint_is_chosen_by_frames(toy_faces, clip_job) -> None:
    method = made("flip-v", aggregate="frame-wise", iterations="1")
    assert method.frame_wise
    assert not made("flip-v").frame_wise
    method.fit(toy_faces(16), toy_faces(6, seed=2), clip_job)
    faces = toy_faces(6, frames=3, seed=3)
    frames = method.predict(faces.by_frame(), clip_job)
    assert len(frames.scores) == faces.frames > len(faces)
    expected = smallest_hter(frames.scores, faces.frame_labels)
    assert method.figure(faces, clip_job, method.group(clip_job)) == expected


def test_without_weights_nothing_is_trained(toy_faces, tmp_path: Path) -> None:
    job = Job(seed=0, scratch=tmp_path, cache=tmp_path, models={"clip": str(tmp_path)})
    for name in ("flip-v", "flip-it", "flip-mcl"):
        with pytest.raises(InputError, match="no CLIP weights in this folder"):
            made(name).fit(toy_faces(8), toy_faces(4), job)


def test_source_dev_keeps_the_checkpoint_that_is_best_there(toy_faces, clip_job) -> None:
    rows: list[dict] = []
    method = made("flip-v", selection="source-dev", learning_rate="0.01")
    method.fit(toy_faces(16), toy_faces(10, seed=2), replace(clip_job, log=lambda **row: rows.append(row)))
    figures = [row["selection"] for row in rows]
    best = min(figures)
    assert method.provenance()["selection_policy"] == "source-dev"
    assert method.provenance()["selection_hter"] == best
    assert method.provenance()["kept_step"] == max(i for i, figure in enumerate(figures) if figure == best)


def test_the_oracle_is_used_only_where_the_run_hands_it_out(toy_faces, clip_job) -> None:
    method = made("flip-v", selection="oracle-target", iterations="2")
    with pytest.raises(InputError, match="hands out no target labels"):
        method.fit(toy_faces(16), toy_faces(6, seed=2), clip_job)
    method.fit(toy_faces(16), toy_faces(6, seed=2), replace(clip_job, oracle=toy_faces(6, seed=4)))
    assert method.facts["selection_policy"] == "oracle-target"
    assert 0 <= method.facts["selection_hter"] <= 1


def test_flip_mcl_logs_its_three_losses_and_sees_two_further_views(toy_faces, clip_job) -> None:
    rows: list[dict] = []
    method = made("flip-mcl", iterations="1")
    method.fit(toy_faces(16), toy_faces(6, seed=2), replace(clip_job, log=lambda **row: rows.append(row)))
    assert rows[0]["loss"] == pytest.approx(rows[0]["ce"] + rows[0]["nt_xent"] + rows[0]["mse"], rel=1e-5)
    frames = np.arange(8)
    batch, weight = method._batch(toy_faces(16), frames, (1, 2), method.group(clip_job))
    assert weight == 1
    assert len(batch.views) == 2
    pictures = (batch.pictures, *batch.views)
    assert all(not torch.equal(a, b) for i, a in enumerate(pictures) for b in pictures[i + 1 :])
