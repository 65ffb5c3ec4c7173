"""How much memory a model will need, estimated from its configuration before any work is done, against what is free."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from methods.mllm.sharding import WHOLE, Cut
from protocols.errors import InputError

Use = Literal["inference", "lora", "full"]
GIB = 2**30
_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
MAX_LAYERS = 4096
MAX_NUMBER = 1 << 40
_NUMBERS_PER_BYTE = 4
"""The most that a packed format keeps in a byte: 2 bits a number."""
_ROOM = 1.1
"""Fragmentation, kernels' workspaces and what is not counted."""


@dataclass(frozen=True)
class Shape:
    """What the estimate needs to know of a model; counted without allocating a weight."""

    parameters: int
    hidden: int
    layers: int
    vocabulary: int
    cache_per_token: int
    """Numbers of the key-value cache per token."""
    adapted: int
    """Inputs plus outputs of the language model's linear layers: LoRA of rank r adds r times this."""


def shape_of(folder: Path) -> Shape:
    """Read a model folder's configuration and count on the meta device."""
    import torch
    from transformers import AutoConfig, AutoModelForImageTextToText

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    _require_plausible(config.to_dict(), folder)
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config, trust_remote_code=False)
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    linear = [
        module.in_features + module.out_features
        for name, module in model.named_modules()
        if re.search("language_model|text_model", name) and isinstance(module, torch.nn.Linear)
    ]
    return Shape(
        parameters=sum(p.numel() for p in model.parameters()),
        hidden=text.hidden_size,
        layers=text.num_hidden_layers,
        vocabulary=text.vocab_size,
        cache_per_token=2 * text.num_hidden_layers * heads * width,
        adapted=sum(linear),
    )


def _require_plausible(values: object, folder: Path, name: str = "") -> None:
    """Raise `InputError` for numbers that no model has: a million layers take for ever, even without a weight."""
    if isinstance(values, dict):
        for key, value in values.items():
            _require_plausible(value, folder, str(key))
    elif isinstance(values, int) and not isinstance(values, bool):
        deep = any(word in name for word in ("layers", "depth", "blocks"))
        if abs(values) > (MAX_LAYERS if deep else MAX_NUMBER):
            raise InputError(f"{folder / 'config.json'}: {name} = {values}: no model is like that; fetch it again")


def require_weights(folder: Path, shape: Shape, stored: int) -> None:
    """Raise `InputError` where a configuration describes far more than the weight files, `stored` bytes, can hold."""
    if shape.parameters > _NUMBERS_PER_BYTE * stored:
        raise InputError(
            f"{folder}: config.json describes {shape.parameters:,} numbers, the weight files hold {stored:,} bytes: "
            "they do not belong together; fetch the model again"
        )


def estimate(
    shape: Shape,
    use: Use,
    dtype: str,
    tokens: int,
    *,
    rank: int = 0,
    reference: bool = False,
    generates: bool = False,
    cached: int = 0,
    engine: bool = False,
    cut: Cut = WHOLE,
) -> int:
    """Bytes that one process needs on its device at the peak.

    `inference`: weights and key-value cache; whole on every process. `lora`: frozen weights in `dtype`, adapters with
    gradient and Adam in float32 (16 bytes a number). `full`: float32 weights, gradients and two Adam moments, 16 bytes
    a parameter, because pure bfloat16 loses updates of a small learning rate; `reference` adds a float32 copy of the
    model for the KL term (LoRA needs none). `tokens` are those in flight at once in a process: sequences of a batch
    times their length. Activations are counted with gradient checkpointing: one state per layer, one layer in full, and
    the logits in float32 twice. A training that samples has instead, in turn, `cached` tokens in the key-value cache;
    with an `engine` of its own beside it that cache and the weights in bfloat16 are held all the time.

    `cut` divides weights and their states, not activations. ZeRO-3 holds weights in bfloat16 beside the float32 master
    weights (16 bytes a parameter, too), the reference in bfloat16, and all weights on every device while it
    `generates`; FSDP brings two layers together at a time and holds frozen weights in float32.
    """
    width = _BYTES[dtype]
    if use == "inference":
        return int(_ROOM * width * (shape.parameters + tokens * shape.cache_per_token))
    activations = tokens * (shape.hidden * (shape.layers + 40) * width + 2 * 4 * shape.vocabulary)
    cache = cached * shape.cache_per_token * width
    activations = activations + cache + 2 * shape.parameters if engine else max(activations, cache)
    trained = shape.parameters if use == "full" else rank * shape.adapted
    zero = cut.kind == "DeepSpeed"
    frozen = 0 if use == "full" else shape.parameters * (4 if cut.kind == "FSDP" else width)
    states = trained * ((4 if zero else 0) if cut.offload else 16) + frozen
    if reference and use == "full":
        states += shape.parameters * (2 if zero else 4)
    gathered = 0.0
    if cut.kind:
        layer = 2 * (shape.parameters / shape.layers + shape.vocabulary * shape.hidden)
        gathered = 2 * (shape.parameters if zero and generates else layer)
    return int(_ROOM * (states / cut.processes + gathered + activations))


def host(shape: Shape, use: Use, *, rank: int = 0, cut: Cut = WHOLE) -> int:
    """Bytes of main memory that all processes of a machine need together beside what their devices hold.

    What was trained is brought together on the first process to be saved, in float32 under FSDP; FSDP also opens the
    whole model there. Offloaded master weights and optimizer state are 12 bytes a number.
    """
    if not cut.kind:
        return 0
    trained = shape.parameters if use == "full" else rank * shape.adapted
    whole = 4 * shape.parameters if cut.kind == "FSDP" else 2 * trained
    return int(_ROOM * (whole + (12 * trained if cut.offload else 0)))


def checkpoints(shape: Shape) -> int:
    """Bytes on disk that full fine-tuning under ZeRO-3 needs at once: bfloat16 weights, float32 master weights and two
    moments, 14 a parameter, and twice that while a new checkpoint is written beside the last whole one.
    """
    return 2 * 14 * shape.parameters


def release(device: str) -> None:
    """Give back what a training that has ended held: trainer, optimizer and models are in cycles, and on a GPU PyTorch
    keeps what it has freed, which counts as used.
    """
    import gc

    gc.collect()
    if device.startswith("cuda"):
        import torch

        torch.cuda.empty_cache()


def free(device: str) -> int:
    """Bytes free on a device now. For the CPU: what the system can give without swapping, within the cgroup's limit."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(torch.device(device))[0])
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(fields["MemAvailable"].split()[0]) * 1024
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and limit.read_text().strip() != "max":
        available = min(available, max(0, int(limit.read_text()) - int(used.read_text())))
    return available


def require(name: str, shape: Shape, device: str, needs: Mapping[Use, int], use: Use, in_main_memory: int = 0) -> None:
    """Raise `InputError`, one line with all figures, if this process needs more than the device has free.

    `needs` are bytes for one process by use, of which `use` is asked for; `in_main_memory` those for all processes.
    """
    have = free(device)
    if needs[use] > have:
        figures = ", ".join(f"{kind} {value / GIB:.0f}" for kind, value in needs.items())
        raise InputError(
            f"{name}: {shape.parameters / 1e9:.1f} billion parameters, {use} needs about "
            f"{needs[use] / GIB:.1f} GiB on {device} and {have / GIB:.1f} are free (in GiB: {figures}); "
            "take a larger device, a smaller model or batch, the LoRA variant, or shard the model with accelerate"
        )
    if device != "cpu" and in_main_memory > free("cpu"):
        raise InputError(
            f"{name}: {shape.parameters / 1e9:.1f} billion parameters, {use} needs about {in_main_memory / GIB:.0f} "
            f"GiB of main memory over all processes and {free('cpu') / GIB:.0f} are free; take a launch file that "
            "offloads less, or a machine with more"
        )
