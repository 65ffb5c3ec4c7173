"""Resuming a training that was killed, so that it ends with the weights of an undisturbed one.

Two things stand in the way. A checkpoint that was being written when the process died looks like any other: here only
those count that were marked when whole, which is when every process has written its share, and whose files are still
those that were written. And
`Trainer._load_from_checkpoint` loads the file of a fully fine-tuned Qwen2.5-VL with `strict=False`: its keys are in the
hub's layout, none matches, and training goes on from the initial weights with the checkpoint's optimizer, without an
error (transformers issues 43701 and 40187). Here the checkpoint is read by the model's own class.

By whatever road the weights come (DeepSpeed and FSDP each have one of their own), before the first step every process
compares what it holds with the fingerprint that it took when the checkpoint was written.
"""

from __future__ import annotations

import hashlib
import inspect
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from transformers import Trainer, TrainerCallback

from methods.mllm.border import Model
from methods.mllm.border import Trainer as Mixed
from protocols.errors import DamagedError, InputError
from protocols.files import digests_below, sync_tree, write_whole
from protocols.json_values import Parsed
from protocols.sealed import sealed_json, unsealed_json

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

_MARK = "whole.json"
_SAMPLES = 1024


def last_whole(folder: Path, say: Callable[[str], None]) -> Path | None:
    """The newest checkpoint of a training folder that was written to its end and is what was written, or None.

    Newer ones that are not are removed, with a word about one that was whole once.
    """
    for place in sorted(folder.glob("checkpoint-*"), key=lambda place: -int(place.name.rpartition("-")[2])):
        try:
            if (place / _MARK).is_file():
                _verify(place)
                return place
        except DamagedError as error:
            say(f"  {error}: the training goes on from an earlier checkpoint, or begins anew")
        shutil.rmtree(place, ignore_errors=True)
    return None


def _verify(place: Path) -> None:
    recorded, found = _marked(place)["files"], digests_below(place)
    del found[_MARK]
    for name in dict.fromkeys([*recorded, *found]):
        if found.get(name) != recorded.get(name):
            raise DamagedError(f"{place / name}: not what was written (its digest differs)")


def _marked(place: Path) -> dict[str, Parsed]:
    return unsealed_json((place / _MARK).read_bytes(), place / _MARK)


def fingerprint(model: torch.nn.Module) -> str:
    """SHA-256 over a thousand evenly spread values of every trainable parameter, with names and shapes.

    Where FSDP or ZeRO-3 cuts the weights over processes it is that of this process's share: no other one is asked.
    """
    total = hashlib.sha256()
    for name, parameter in sorted(model.named_parameters()):
        if parameter.requires_grad:
            flat = _held(parameter)
            some = flat[:: max(1, flat.numel() // _SAMPLES)].float().cpu().contiguous()
            total.update(f"{name}{tuple(parameter.shape)}".encode())
            total.update(some.numpy().tobytes())
    return total.hexdigest()


def _held(parameter: torch.nn.Parameter) -> torch.Tensor:
    """The values of a parameter that lie in this process, flat. Slicing a DTensor would wait for all processes."""
    held = getattr(parameter, "ds_tensor", parameter).detach()  # `ds_tensor`: a share under DeepSpeed ZeRO-3
    return (held.to_local() if hasattr(held, "to_local") else held).flatten()


class MarkWhole(TrainerCallback):
    """Marks each checkpoint once all of it is written, with the fingerprints of all processes, and drops the others."""

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Model = None, **_: object
    ) -> None:
        """Called on every process after its last file of a checkpoint; gathering waits for all of them."""
        from accelerate.utils import gather_object

        prints = gather_object([fingerprint(model)])
        if state.is_world_process_zero:
            place = Path(str(args.output_dir)) / f"checkpoint-{state.global_step}"
            sync_tree(place)
            mark = {"schema": 1, "step": state.global_step, "fingerprints": prints, "files": digests_below(place)}
            write_whole(place / _MARK, sealed_json(mark))
            for older in place.parent.glob("checkpoint-*"):  # not before: until now they were the last whole ones
                if older != place:
                    shutil.rmtree(older, ignore_errors=True)


class LoadCheck(TrainerCallback):
    """Stops a resumed training that does not hold the weights of its checkpoint.

    Raises `InputError` at once if the checkpoint was made by another number of processes: their shares, their order of
    the data and their batches are others.
    """

    def __init__(self, place: Path, rank: int, ranks: int) -> None:
        self._place = place
        prints = _marked(place)["fingerprints"]
        if len(prints) != ranks:
            raise InputError(
                f"{place.parent}: this training was begun by {len(prints)} processes and cannot go on with {ranks}; "
                f"launch {len(prints)} of them, or remove that folder to train from the start"
            )
        self._print = prints[rank]

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Model = None, **_: object
    ) -> None:
        """Called before the first step, when all that is loaded is loaded."""
        if state.global_step == 0 or fingerprint(model) != self._print:
            raise RuntimeError(
                f"{self._place}: the weights in memory are not those that were saved: the checkpoint was not loaded, "
                "or is damaged. Hold transformers, accelerate and deepspeed to the versions in pyproject.toml; to "
                "train from the start, remove the folder"
            )


class ExactResume:
    """Put before a trainer's class: `class OurTrainer(ExactResume, SFTTrainer)`; call `watch` after it is made."""

    def watch(self: Mixed, place: Path | None) -> None:
        """Mark checkpoints when whole; `place`: the one to go on from, whose weights must be there at the first step.

        Raises `InputError` if it was made by another number of processes.
        """
        self.add_callback(MarkWhole())
        if place is not None:
            self.add_callback(LoadCheck(place, self.args.process_index, self.args.world_size))

    def save_model(self: Mixed, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Nothing where weights are cut over processes: training goes on from the shares, which are written anyway."""
        if self.is_fsdp_enabled or self.is_deepspeed_enabled:
            Path(output_dir or self.args.output_dir).mkdir(parents=True, exist_ok=True)
        else:
            super().save_model(output_dir, _internal_call)  # type: ignore[misc]

    def _load_from_checkpoint(self: Mixed, resume_from_checkpoint: str, model: Model = None) -> None:
        model = self.model if model is None else model
        inner = self.accelerator.unwrap_model(model)
        if self.is_fsdp_enabled or hasattr(inner, "peft_config"):
            super()._load_from_checkpoint(resume_from_checkpoint, model)  # type: ignore[misc]
        else:
            fresh = type(inner).from_pretrained(resume_from_checkpoint, dtype=inner.dtype, local_files_only=True)
            inner.load_state_dict(fresh.state_dict(), strict=True)


if list(inspect.signature(Trainer._load_from_checkpoint).parameters) != ["self", "resume_from_checkpoint", "model"]:
    raise ImportError("transformers changed Trainer._load_from_checkpoint: see methods/mllm/resume.py before going on")
