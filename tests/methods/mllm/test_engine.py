"""Training with completions from another engine: the same loss and gradient, and what must be noticed before a step.

The engine is transformers behind trl's seam for vLLM (`stand_in.py`): nothing here has run vLLM itself.
"""

from __future__ import annotations

import dataclasses
from importlib import metadata

import numpy as np
import pytest
import torch

from methods.grpo import Grpo, GrpoSettings
from methods.mllm import engine, training
from methods.mllm import model as models
from methods.mllm.demo import shipped
from protocols.errors import InputError
from tests.methods.mllm.stand_in import StandIn

SMALL = {"generations": 3, "batch_size": 2, "groups_per_pass": 2, "side": 56, "max_new_tokens": 20, "max_steps": 2}


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def build(faces, job, tmp_path, monkeypatch):
    """Builds a trainer of the demo's model, with the stand-in in vLLM's place."""
    from methods.mllm import grpo_trainer

    monkeypatch.setattr("trl.trainer.grpo_trainer.VLLMGeneration", StandIn)

    def make(model=shipped.PLACE, **changes):
        s = dataclasses.replace(GrpoSettings.preset("demo"), **SMALL | changes)
        rows = training.dataset(faces, np.arange(0, 48, 2), s)
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        return grpo_trainer.build(str(model), s, rows, job, place, full=True)

    return make


def one_update(trainer):
    """Texts, loss, gradient and metrics of the first update, away from the reference."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in trainer.model.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    trainer.create_optimizer()
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = trainer.args.gradient_accumulation_steps
    batch = next(iter(trainer.get_train_dataloader()))
    torch.manual_seed(7)
    loss = trainer._compute_loss(trainer.model, trainer._prepare_inputs(batch))
    loss.backward()
    flat = torch.cat([p.grad.flatten().double() for p in trainer.model.parameters() if p.grad is not None])
    return list(trainer._logs["completion"]), loss.item(), flat, trainer._metrics["train"]


@pytest.mark.parametrize("correction", ["token", "off"])
@pytest.mark.parametrize("kind", ["shared", "stock"])
def test_loss_and_gradient_are_those_of_transformers(build, tiny_model, kind, correction):
    """On an untrained model, whose probabilities do not magnify the rounding of another order of sums."""
    texts, loss, gradient, _ = one_update(build(tiny_model, trainer=kind))
    trainer = build(tiny_model, trainer=kind, engine="vllm", engine_correction=correction)
    said, other_loss, other_gradient, logs = one_update(trainer)
    assert said == texts
    assert gradient.norm() > 1e-3
    assert other_loss == pytest.approx(loss, abs=1e-5)
    assert (other_gradient - gradient).norm() <= 1e-5 * gradient.norm()
    assert logs["sampling/importance_sampling_ratio/mean"][0] == pytest.approx(1, abs=1e-4)
    assert logs["sampling/sampling_logp_difference/max"][0] < 1e-4
    if kind == "shared":
        assert trainer.stock_reason is None
        assert trainer.vllm_generation.asked == [(2, 3)]  # one prompt a group, sampled three times


def test_a_sampler_with_other_probabilities_is_weighted_and_said(build, tiny_model, monkeypatch):
    trainer = build(tiny_model, engine="vllm")
    generate = StandIn.generate

    def surer(self, *args, **more):
        read, said, logps, rest = generate(self, *args, **more)
        return read, said, [[[p[0] - 0.5] for p in row] for row in logps], rest

    monkeypatch.setattr(StandIn, "generate", surer)
    _, _, weighted, logs = one_update(trainer)
    assert logs["sampling/importance_sampling_ratio/mean"][0] == pytest.approx(np.exp(0.5), rel=1e-3)
    off = one_update(build(tiny_model, engine="vllm", engine_correction="off"))
    assert off[3]["sampling/sampling_logp_difference/mean"][0] == pytest.approx(0.5, rel=1e-3)
    assert (weighted - off[2]).norm() > 0.1 * off[2].norm()


def test_a_training_compares_the_engines_first_and_forgets_pictures_at_each_sending(build, job):
    from methods.mllm import grpo_trainer

    trainer = build(engine="vllm")
    training.train(trainer, job, job.scratch / "training", "lower batch")
    facts = grpo_trainer.facts(trainer)
    assert facts["engine"] == {"name": "vllm", "pictures": 12, "answers_equal": 12, "beginnings_equal": 12}
    assert facts["passes"] == "shared"
    assert trainer.vllm_generation.forgotten == trainer.vllm_generation.sent == 3  # the comparison, two steps
    assert any("sampling/sampling_logp_difference/mean" in row for row in trainer.state.log_history)


def test_an_engine_that_counts_other_picture_tokens_stops_the_training(build, job):
    trainer = build(engine="vllm")
    trainer.vllm_generation.reads = lambda ids: ids[:-3]
    with pytest.raises(InputError, match=r"reads a question with its picture as \d+ tokens and the trainer as \d+"):
        training.train(trainer, job, job.scratch / "training", "lower batch")


def test_an_engine_with_other_weights_stops_the_training(build, job):
    trainer = build(engine="vllm")
    other, _ = models.load(str(shipped.PLACE), GrpoSettings.preset("demo"), "cpu")
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    trainer.vllm_generation.weights = other
    with pytest.raises(InputError, match=r"of 12 greedy answers \d begin alike"):
        training.train(trainer, job, job.scratch / "training", "lower batch")


def test_an_engine_that_cannot_forget_pictures_is_refused():
    class Old:
        llm = object()

    with pytest.raises(InputError, match="cannot forget encoded pictures"):
        engine.forget_pictures(Old())


@pytest.mark.parametrize(
    ("installed", "device", "said"),
    [
        (None, "cuda", r"vllm is not installed; .*pad-benchmark\[vllm\]"),
        ("0.27.1", "cuda", r"vllm 0.27.1 is not among the versions tested \(0.28 to 0.31\)"),
        ("0.33.0", "cuda", "0.33.0 is not among"),
        ("0.30.0", "cpu", "needs a CUDA device, and this run is on cpu"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_loaded(installed, device, said, faces, job, monkeypatch):
    known = metadata.version

    def version(name):
        if name == "vllm":
            if installed is None:
                raise metadata.PackageNotFoundError(name)
            return installed
        return known(name)

    monkeypatch.setattr(metadata, "version", version)
    settings = dataclasses.replace(GrpoSettings.preset("demo"), engine="vllm", base_model=str(shipped.PLACE))
    with pytest.raises(InputError, match=said):
        Grpo(settings).fit(faces, faces, dataclasses.replace(job, device=device))


def test_pictures_that_would_be_resized_again_are_refused():
    with pytest.raises(InputError, match="side=288 has to be a multiple of 28"):
        GrpoSettings(engine="vllm", side=288)
