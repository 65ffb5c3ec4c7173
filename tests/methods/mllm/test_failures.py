"""A training that ends for a reason its user can mend says so in one line and loses nothing that was whole."""

from __future__ import annotations

import dataclasses

import pytest
import torch

import methods
from methods.mllm import failures
from protocols.errors import InputError

SMALL = {
    "sft": {"batch": "6", "max_steps": "6", "save_every": "2", "log_every": "1"},
    "grpo": {"batch_size": "2", "groups_per_pass": "2", "generations": "2", "max_steps": "4"},
}


def method(name, base_model, **changes):
    cls = methods.get(name)
    few = {"side": "56", "max_new_tokens": "8", "base_model": str(base_model), **SMALL[name], **changes}
    return cls(cls.settings_class.preset("demo").override(few))


@pytest.mark.parametrize("name", ["sft", "grpo"])
def test_a_training_that_diverges_names_the_step_and_the_settings(name, tiny_model, faces, job):
    with pytest.raises(InputError, match=r"diverged after step [1-3]: .* lower learning_rate \(now 1e\+30\)"):
        method(name, tiny_model, learning_rate="1e30").fit(faces, faces, job)


def test_a_disk_that_fills_up_at_a_checkpoint_keeps_the_one_before(tiny_model, faces, job, small_disk):
    small_disk.mount("60m")
    steps = []

    def log(**row):
        steps.append(row["step"])
        if row["step"] == 3:
            used = sum(f.stat().st_size for f in small_disk.folder.rglob("*"))
            small_disk.resize(f"{used // 1024 + 400}k")

    crowded = dataclasses.replace(job, scratch=small_disk.folder, log=log)
    with pytest.raises(InputError, match="the disk is full after step 4; the last whole checkpoint is kept"):
        method("sft", tiny_model).fit(faces, faces, crowded)
    small_disk.resize("60m")
    method("sft", tiny_model).fit(faces, faces, crowded)
    assert steps == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("name", "changes", "advice"),
    [
        ("sft", {}, r"lower batch \(now 6\)"),
        ("grpo", {}, r"lower groups_per_pass \(now 2\), which changes no result"),
        ("grpo", {"batch_size": "1", "groups_per_pass": "1"}, r"lower max_new_tokens \(now 8\)"),
    ],
)
def test_too_little_memory_names_the_setting_to_lower(name, changes, advice, tiny_model, faces, job, monkeypatch):
    from transformers import Trainer

    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(Trainer, "training_step", full)
    with pytest.raises(InputError, match=f"out of memory on cpu after step 0: {advice}"):
        method(name, tiny_model, **changes).fit(faces, faces, job)


def test_too_little_memory_to_answer_names_the_batch(opened, faces, job, monkeypatch):
    from methods.mllm import generate

    def full(*_, **__):
        raise RuntimeError("CUDA error: out of memory")

    asked = methods.get("qwen-zero-shot")(methods.get("qwen-zero-shot").settings_class.preset("demo"))
    asked._model, asked._processor = opened
    monkeypatch.setattr(generate, "respond", full)
    with pytest.raises(InputError, match=r"lower eval_batch \(now 32\)"):
        asked.predict(faces, job)


def test_another_error_stays_what_it_is(tiny_model, faces, job, monkeypatch):
    from transformers import Trainer

    def broken(*_, **__):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(Trainer, "training_step", broken)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        method("sft", tiny_model).fit(faces, faces, job)


def test_a_launch_file_that_fixes_another_value_than_the_settings(tmp_path):
    from transformers import TrainingArguments
    from transformers.integrations.deepspeed import HfTrainerDeepSpeedConfig

    args = TrainingArguments(str(tmp_path), use_cpu=True, max_grad_norm=0.5)
    config = HfTrainerDeepSpeedConfig({"gradient_clipping": 1.0})
    config.trainer_config_process(args)
    with pytest.raises(ValueError, match="mismatch") as caught:
        config.trainer_config_finalize(args, None, 3)
    said = failures.reason(caught.value, args, 0, tmp_path, "")
    assert said is not None
    assert "ds gradient_clipping=1.0 vs hf max_grad_norm=0.5" in said
