"""What a training leaves, brought together where FSDP or DeepSpeed has cut it over processes, and written to disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from methods.mllm.border import Model, Trainer

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Trained:
    """A trained model.

    Attributes:
        model: in evaluation mode.
        sharded: True where it is cut over processes: each holds a share, and it can only be saved.
        weights: then all trained weights by name, in the first process's main memory; else None.
    """

    model: Model
    sharded: bool = False
    weights: Mapping[str, Tensor] | None = None

    def save(self, folder: Path) -> None:
        """Write the weights, or the adapter, as `save_pretrained` does. Of a sharded model: the first process alone."""
        if not self.sharded:
            self.model.save_pretrained(folder)
        elif hasattr(self.model, "peft_config"):
            self.model.save_pretrained(folder, state_dict=dict(self.weights or {}))
        else:
            _save_whole(self.model, self.weights or {}, folder)


def trained(trainer: Trainer, dtype: str | None) -> Trained:
    """The trained model, its weights in `dtype` (None: as they are); every process must call this.

    Ends the trainer: its optimizer's memory is given back, and transformers forgets DeepSpeed's configuration, under
    which a model that one process makes or opens would wait for all others.
    """
    import torch

    model = trainer.accelerator.unwrap_model(trainer.model)
    target = getattr(torch, dtype) if dtype else None
    sharded, weights = trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled, None
    if sharded:
        weights = _gathered(trainer, hasattr(model, "peft_config")) or {}
        for name in list(weights) if target else []:  # one after the other: they lie in memory once, not twice
            weights[name] = weights[name].to(target)
    elif target:
        model.to(target)
    trainer.accelerator.free_memory()
    return Trained(model.eval(), sharded, weights)


def _gathered(trainer: Trainer, adapters: bool) -> dict[str, Tensor] | None:
    """All weights of a sharded model, or the adapters alone, on the first process; nothing or None on the others."""
    if not trainer.is_deepspeed_enabled:
        from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

        options = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=adapters)
        return get_model_state_dict(trainer.model_wrapped, options=options)  # type: ignore[return-value]
    from transformers.integrations.deepspeed import is_deepspeed_zero3_enabled, unset_hf_deepspeed_config

    engine = trainer.model_wrapped
    weights: dict[str, Tensor] | None
    if adapters and is_deepspeed_zero3_enabled():
        weights = engine._zero3_consolidated_16bit_state_dict(exclude_frozen_parameters=True)
    else:
        weights = trainer.accelerator.get_state_dict(engine)
    unset_hf_deepspeed_config()
    return weights


def _save_whole(model: Model, weights: Mapping[str, Tensor], folder: Path) -> None:
    """Write a model from its weights by name. Raises RuntimeError where one is missing.

    `save_pretrained` takes names, types and ties from a model: here from one without memory (on the meta device),
    because one that was opened under ZeRO-3 (transformers 5.23) or cut by FSDP writes other names and ties twice.
    """
    import torch
    from transformers import AutoModelForImageTextToText

    with torch.device("meta"):
        shell = AutoModelForImageTextToText.from_config(model.config, dtype=next(iter(weights.values())).dtype)
    shell.generation_config = model.generation_config
    wanted = [name for name, _ in shell.named_parameters()]  # of tied ones the first
    missing = [name for name in wanted if name not in weights]
    if missing:
        raise RuntimeError(f"{len(missing)} weights were not brought together ({missing[0]} ...)")
    shell.save_pretrained(folder, state_dict={name: weights[name] for name in wanted})
