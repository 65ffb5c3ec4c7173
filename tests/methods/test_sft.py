"""Supervised fine-tuning learns the answer and nothing else, keeps it as plain libraries do, and cuts nothing off."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import methods
from methods.method import Job, Method
from methods.mllm import answer, prompt, training
from methods.mllm import model as models
from methods.sft import SftSettings, target
from protocols.store.faces import Faces

LEARN = {"max_steps": "40", "batch": "12", "save_every": "100", "side": "56", "max_new_tokens": "16"}


@pytest.mark.parametrize("kind", ["answer", "tagged"])
def test_targets_are_parsed_as_their_class(kind):
    for label in answer.CLASSES:
        assert answer.parse(target(label, kind)) == label
    assert answer.well_formed(target("real", "tagged"))


def test_the_papers_constants():
    paper = SftSettings()
    assert (paper.learning_rate, paper.batch, paper.dtype, paper.target) == (5e-6, 6, "bfloat16", "answer")


@dataclasses.dataclass
class Run:
    """A short training, saved and loaded again."""

    faces: Faces
    trained: Method
    loaded: Method
    folder: Path
    job: Job


def train(name, base_model, faces, place, rate):
    settings = methods.get(name).settings_class.preset("demo")
    settings = settings.override({**LEARN, "base_model": str(base_model), "learning_rate": rate})
    job = Job(seed=0, scratch=place, cache=place, demo=True)
    trained, loaded = methods.get(name)(settings), methods.get(name)(settings)
    trained.fit(faces, faces, job)
    folder = place / "kept"
    folder.mkdir()
    trained.save(folder)
    loaded.load(folder, job)
    return Run(faces, trained, loaded, folder, job)


@pytest.fixture(scope="module")
def full(tiny_model, faces, tmp_path_factory):
    """From noise to answers that follow the light of the picture."""
    return train("sft", tiny_model, faces, tmp_path_factory.mktemp("full"), "3e-3")


@pytest.fixture(scope="module")
def adapted(full, faces, tmp_path_factory):
    """An adapter on top of that, taught the opposite."""
    opposite = dataclasses.replace(faces, labels=1 - faces.labels)
    return train("sft-lora", full.folder, opposite, tmp_path_factory.mktemp("adapted"), "1e-2")


@pytest.fixture(params=["full", "adapted"])
def run(request):
    return request.getfixturevalue(request.param)


def test_it_learns_to_answer(run):
    said = run.loaded.predict(run.faces.unlabelled(), run.job)
    assert all(text.startswith("<answer>") for text in said.texts)
    wanted = ["bona fide" if y else "attack" for y in run.faces.labels]
    assert np.mean([d == w for d, w in zip(said.decisions, wanted, strict=True)]) > 0.9
    assert np.isfinite(said.scores).all()
    assert np.array_equal(run.trained.predict(run.faces.unlabelled(), run.job).scores, said.scores)
    assert run.loaded.provenance()["training"]["steps"] == 40
    facts = run.loaded.provenance()
    assert (facts["updates"], facts["pictures"]) == (40, 48)
    assert facts["pictures_seen"] == pytest.approx(40 * run.trained.settings.batch, abs=run.trained.settings.batch)


def test_plain_transformers_read_the_model(full):
    from transformers import AutoModelForImageTextToText, AutoProcessor

    AutoProcessor.from_pretrained(full.folder)
    plain = AutoModelForImageTextToText.from_pretrained(full.folder, dtype=torch.float32)
    assert equal(full.trained._model.state_dict(), plain.state_dict())


def test_plain_peft_reads_the_adapter(full, adapted):
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    base = AutoModelForImageTextToText.from_pretrained(full.folder, dtype=torch.float32)
    with warnings.catch_warnings():  # peft reads an attribute that transformers has renamed
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        plain = PeftModel.from_pretrained(base, str(adapted.folder))
    assert equal(adapted.trained._model.state_dict(), plain.state_dict())


def equal(ours, theirs):
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_what_is_trained(run):
    names = [name for name, p in run.trained._model.named_parameters() if p.requires_grad]
    if run.trained.name == "sft":
        assert any("visual" in name for name in names)
    else:
        assert names
        assert all("lora_" in name for name in names)
        assert not any("visual" in name for name in names)


def test_nothing_is_cut_off(processor):
    from methods.mllm.sft_trainer import WholeCompletions

    def example():
        return {
            "prompt": prompt.dataset_prompt(),
            "completion": [{"role": "assistant", "content": "<answer>real</answer>"}],
            "image": Image.new("RGB", (56, 56)),
        }

    collate = WholeCompletions(processor)
    assert (collate([example()])["labels"] >= 0).sum() == 8  # six of the answer, the end of the turn, a line end
    collate.max_length = 40  # trl's default is 1024 and cuts without a word
    with pytest.raises((RuntimeError, ValueError)):
        collate([example()])


def test_rows_are_cut_lazily_and_carry_their_class(faces, asking):
    frames = training.training_frames(faces, 1)
    assert frames.tolist() == list(range(1, 48, 2))
    assert len(training.training_frames(faces, 4)) == 48
    rows = training.dataset(faces, frames, asking, lambda label: target(label, "answer"))
    assert rows[3]["label"] == "real"
    assert rows[3]["completion"][0]["content"] == "<answer>real</answer>"
    assert np.array_equal(np.asarray(rows[3]["image"]), faces.crops([7], 56)[0])
    assert "completion" not in training.dataset(faces, frames, asking)[0]


def test_too_little_memory_is_said_before_work(tiny_model, faces, job, monkeypatch):
    from methods.mllm import memory
    from protocols.errors import InputError

    monkeypatch.setattr(memory, "free", lambda device: 10_000_000)
    settings = SftSettings.preset("demo").override({**LEARN, "base_model": str(tiny_model)})
    monkeypatch.setattr(models, "load", None)  # must not be reached
    with pytest.raises(InputError, match="are free"):
        methods.get("sft")(settings).fit(faces, faces, dataclasses.replace(job))
