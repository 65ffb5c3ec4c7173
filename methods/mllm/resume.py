"""Resuming a training that was killed, so that it ends with the weights of an undisturbed one.

Two things stand in the way. A checkpoint that was being written when the process died looks like any other: here only
those count that were marked when whole. And `Trainer._load_from_checkpoint` loads the file of a fully fine-tuned
Qwen2.5-VL with `strict=False`: its keys are in the hub's layout, none matches, and training goes on from the initial
weights with the checkpoint's optimizer, without an error (transformers issues 43701 and 40187). Here the checkpoint is
read by the model's own class, and a fingerprint taken when it was written must match after it was read.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainerCallback

_MARK = "whole.json"
_SAMPLES = 1024


def last_whole(folder: Path) -> Path | None:
    """The newest checkpoint of a training folder that was written to its end, or None. Others are removed."""
    whole = []
    for place in folder.glob("checkpoint-*"):
        if (place / _MARK).is_file():
            whole.append((int(place.name.rpartition("-")[2]), place))
        else:
            shutil.rmtree(place, ignore_errors=True)
    return max(whole)[1] if whole else None


def fingerprint(model: torch.nn.Module) -> str:
    """SHA-256 over a thousand evenly spread values of every trainable parameter, with names and shapes."""
    total = hashlib.sha256()
    for name, parameter in sorted(model.named_parameters()):
        if parameter.requires_grad:
            flat = parameter.detach().flatten()
            some = flat[:: max(1, flat.numel() // _SAMPLES)].float().cpu().contiguous()
            total.update(f"{name}{tuple(parameter.shape)}".encode())
            total.update(some.numpy().tobytes())
    return total.hexdigest()


class MarkWhole(TrainerCallback):
    """Marks each checkpoint once all of it is written, with the fingerprint of its weights."""

    def on_save(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Called by the trainer after its last file of a checkpoint."""
        place = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero:
            new = place / f"{_MARK}.new"
            new.write_text(json.dumps({"step": state.global_step, "fingerprint": fingerprint(model)}))
            new.replace(place / _MARK)


class LoadCheck(TrainerCallback):
    """Stops a resumed training whose checkpoint was not read by `ExactResume`."""

    def __init__(self, trainer: ExactResume) -> None:
        self._trainer = trainer

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Called before the first step."""
        if state.global_step > 0 and not self._trainer.resumed_exactly:
            raise RuntimeError(
                "this version of transformers resumes without Trainer._load_from_checkpoint: the weights of the "
                "checkpoint were not loaded; hold transformers to the versions in pyproject.toml"
            )


class ExactResume:
    """Put before a trainer's class: `class OurTrainer(ExactResume, SFTTrainer)`; call `watch` after it is made."""

    resumed_exactly = False

    def watch(self: Any) -> None:
        """Mark checkpoints when whole, and refuse a resume that did not go through this class."""
        self.add_callback(MarkWhole())
        self.add_callback(LoadCheck(self))

    def _load_from_checkpoint(self: Any, resume_from_checkpoint: str, model: Any = None) -> None:
        place = Path(resume_from_checkpoint)
        model = self.model if model is None else model
        inner = self.accelerator.unwrap_model(model)
        sharded = self.is_fsdp_enabled or self.is_deepspeed_enabled
        if sharded or hasattr(inner, "peft_config"):
            super()._load_from_checkpoint(resume_from_checkpoint, model)  # type: ignore[misc]
        else:
            fresh = type(inner).from_pretrained(place, dtype=inner.dtype, local_files_only=True)
            inner.load_state_dict(fresh.state_dict(), strict=True)
        if not sharded and fingerprint(model) != json.loads((place / _MARK).read_text())["fingerprint"]:
            raise RuntimeError(f"{place}: the weights that were loaded are not those that were saved")
        self.resumed_exactly = True


if list(inspect.signature(Trainer._load_from_checkpoint).parameters) != ["self", "resume_from_checkpoint", "model"]:
    raise ImportError("transformers changed Trainer._load_from_checkpoint: see methods/mllm/resume.py before going on")
