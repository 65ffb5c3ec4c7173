"""Low-rank adapters on the language model: the paper's stated future work, and what one GPU holds of a 7B model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from methods.mllm.border import Model
from protocols.errors import InputError

if TYPE_CHECKING:
    from peft import LoraConfig

TARGETS = r".*(?:language_model|text_model).*\.(?:q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""Every linear layer of the language model and none of the vision tower, which `all-linear` would adapt too."""


def config(rank: int, alpha: int, dropout: float = 0.0) -> LoraConfig:
    """A `LoraConfig`. Adapters of a bfloat16 model are kept in float32 by peft, so small updates are not lost."""
    from peft import LoraConfig

    return LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=TARGETS, bias="none", task_type="CAUSAL_LM"
    )


def open_adapter(model: Model, folder: Path) -> Model:
    """The base `model` with the adapter of `folder`, not merged (merging in bfloat16 would round the adapter away)."""
    from peft import PeftModel
    from safetensors import SafetensorError

    if not (folder / "adapter_model.safetensors").is_file():
        raise InputError(f"{folder / 'adapter_model.safetensors'}: the adapter's weights are missing; run it again")
    try:
        return PeftModel.from_pretrained(model, str(folder)).eval()
    except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
        raise InputError(
            f"{folder}: the adapter is damaged or belongs to another model; run the method again"
        ) from error
