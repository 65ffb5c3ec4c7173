"""Shared passes against trl's own: the same completions for a seed and the same gradients, whatever the batch."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
import torch

# trl 1.16 itself still uses names that transformers 5.23 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:`(is_)?gradient_checkpointing.*is deprecated:FutureWarning")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def one_step(trainer):
    """Completions, loss and gradient of one optimizer step, away from the reference so that the KL term counts."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in trainer.model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.02 * torch.randn_like(parameter))
    trainer.model.train()
    batch = next(iter(trainer.get_train_dataloader()))
    steps = trainer.current_gradient_accumulation_steps = trainer.args.gradient_accumulation_steps
    torch.manual_seed(7)
    loss = 0.0
    for _ in range(steps):
        part = trainer._compute_loss(trainer.model, trainer._prepare_inputs(batch))
        part.backward()
        loss += part.item()
        trainer._step += 1
    gradient = {name: p.grad.clone() for name, p in trainer.model.named_parameters() if p.grad is not None}
    logs = {name: values[0] for name, values in trainer._metrics["train"].items()}
    return SimpleNamespace(
        texts=list(trainer._logs["completion"]),
        loss=loss,
        gradient=gradient,
        logs=logs,
        advantages=list(trainer._logs["advantages"]),
    )


def difference(ours, theirs):
    """Relative difference of two gradients, over all parameters together."""
    assert ours.keys() == theirs.keys()
    flat = [torch.cat([g[name].flatten().double() for name in theirs]) for g in (ours, theirs)]
    assert flat[1].norm() > 1e-3
    return float((flat[0] - flat[1]).norm() / flat[1].norm())


def lora():
    from peft import LoraConfig

    return LoraConfig(r=4, lora_alpha=8, target_modules="all-linear")


CASES = {
    "full": {},
    "accumulated": {"per_device_train_batch_size": 6, "gradient_accumulation_steps": 2},
    "reused": {"num_iterations": 2, "per_device_train_batch_size": 6, "gradient_accumulation_steps": 2},
    "checkpointed": {"activation_checkpointing": True},
    "no reference": {"beta": 0.0},
}


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_gradients_and_completions_are_trls(grpo_trainer, options):
    from trl import GRPOTrainer

    from methods.mllm.fast_grpo import SharedGRPOTrainer

    theirs, ours = (one_step(grpo_trainer(cls, **options)) for cls in (GRPOTrainer, SharedGRPOTrainer))
    assert ours.texts == theirs.texts
    assert max(map(abs, theirs.advantages)) > 0.5  # the rewards differ within groups, so the policy term counts
    assert ours.loss == pytest.approx(theirs.loss, abs=1e-6)
    assert difference(ours.gradient, theirs.gradient) <= 1e-5
    once = ("entropy", "kl") if "gradient_accumulation_steps" not in options else ()  # else logged for each part
    for name in ("reward", "completions/mean_length", *once):
        assert ours.logs.get(name, 0) == pytest.approx(theirs.logs.get(name, 0), rel=1e-4), name


def test_adapters_of_language_and_vision_get_trls_gradients(grpo_trainer):
    from trl import GRPOTrainer

    from methods.mllm.fast_grpo import SharedGRPOTrainer

    theirs, ours = (one_step(grpo_trainer(cls, peft_config=lora())) for cls in (GRPOTrainer, SharedGRPOTrainer))
    assert ours.texts == theirs.texts
    assert difference(ours.gradient, theirs.gradient) <= 1e-5
    assert any(g.norm() > 0 for name, g in ours.gradient.items() if "visual" in name)


def test_bfloat16_stays_as_near_as_bfloat16_is(grpo_trainer):
    from trl import GRPOTrainer

    from methods.mllm.fast_grpo import SharedGRPOTrainer

    exact = one_step(grpo_trainer(GRPOTrainer))
    theirs, ours = (one_step(grpo_trainer(cls, bf16=True)) for cls in (GRPOTrainer, SharedGRPOTrainer))
    if ours.texts == theirs.texts == exact.texts:
        assert difference(ours.gradient, theirs.gradient) <= 2 * difference(theirs.gradient, exact.gradient) + 0.02
    assert all(torch.isfinite(g).all() for g in ours.gradient.values())


def test_a_group_costs_one_image_and_one_prompt(grpo_trainer):
    from trl import GRPOTrainer

    from methods.mllm.fast_grpo import SharedGRPOTrainer

    patches, tokens = {}, {}
    for cls in (GRPOTrainer, SharedGRPOTrainer):
        trainer = grpo_trainer(cls)
        seen, read = patches.setdefault(cls, []), tokens.setdefault(cls, [])
        for model in (trainer.model, trainer.ref_model):
            model.model.visual.register_forward_pre_hook(lambda _, args, seen=seen: seen.append(len(args[0])))
            layer = model.model.language_model.layers[0]
            layer.register_forward_pre_hook(lambda _, args, read=read: read.append(args[0].shape[:2].numel()))
        one_step(trainer)
    assert len(patches[GRPOTrainer]) == 3  # generation, reference, policy
    assert [3 * n for n in patches[SharedGRPOTrainer]] == patches[GRPOTrainer]
    assert sum(tokens[SharedGRPOTrainer]) < 0.7 * sum(tokens[GRPOTrainer])


@pytest.mark.parametrize(
    ("options", "change", "reason"),
    [
        ({"per_device_train_batch_size": 4, "gradient_accumulation_steps": 3}, {}, "whole groups of 3"),
        ({"model_init_kwargs": {"attn_implementation": "eager"}}, {}, "eager"),
        ({}, {"tools": [print]}, "tools"),
        ({}, {"use_transformers_continuous_batching": True}, "another engine"),
    ],
)
def test_falls_back_to_trl_and_says_why(grpo_trainer, caplog, options, change, reason):
    from trl import GRPOTrainer

    from methods.mllm.fast_grpo import SharedGRPOTrainer

    ours = grpo_trainer(SharedGRPOTrainer, **options)
    for name, value in change.items():
        setattr(ours, name, value)
    assert reason in (ours.stock_reason or reason)
    for name in change:
        setattr(ours, name, [] if name == "tools" else False)
    with caplog.at_level(logging.WARNING):
        got = one_step(ours)
    assert reason in caplog.text
    theirs = one_step(grpo_trainer(GRPOTrainer, **options))
    assert got.texts == theirs.texts
    assert difference(got.gradient, theirs.gradient) == 0


def test_untested_versions_are_not_trusted(grpo_trainer, monkeypatch):
    from methods.mllm import fast_grpo

    monkeypatch.setattr(fast_grpo.transformers, "__version__", "5.99.0")
    assert "transformers 5.99" in grpo_trainer(fast_grpo.SharedGRPOTrainer).stock_reason


def test_another_architecture_is_not_packed(grpo_trainer):
    from methods.mllm.fast_grpo import SharedGRPOTrainer

    trainer = grpo_trainer(SharedGRPOTrainer)
    trainer.model.config.model_type = "qwen3_vl"
    assert "qwen3_vl" in trainer.stock_reason
