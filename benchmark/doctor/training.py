"""Can the configured language model be trained here: cut over several GPUs, and with room for its checkpoints?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmark.doctor.checks import GIB, Finding, note, ok, problem
from protocols.errors import InputError
from protocols.world import World


def full_fine_tuning(world: World, results: Path) -> Iterator[Finding]:
    """What full fine-tuning needs beside GPUs. Nothing for a world without the files of a language model: the demo's
    is small, and of one that will be fetched nothing is known.
    """
    folder = Path(world.models.get("mllm") or "")
    if world.demo or not (folder / "config.json").is_file():
        return
    yield _sharded()
    yield from _checkpoints(world, folder, results)


def _sharded() -> Finding:
    """Whether there is a tested DeepSpeed, and accelerate's plugin for it opens."""
    from methods.mllm import sharding

    about = "several GPUs"
    if wrong := sharding.unusable():
        return note(about, f"sft and grpo on several GPUs (zero3.yaml) need DeepSpeed: {wrong}")
    if wrong := sharding.unopened():
        return problem(about, f"DeepSpeed is installed, but accelerate cannot open its plugin: {wrong}")
    return ok(about, "DeepSpeed is installed, and accelerate opens its plugin")


def _checkpoints(world: World, model: Path, results: Path) -> Iterator[Finding]:
    from methods.mllm import memory

    try:
        need = memory.checkpoints(memory.shape_of(model))
    except (InputError, OSError, ValueError, KeyError, AttributeError):
        return  # a configuration that is no model's: said of the weights already
    place = where = (world.scratch or results).absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    text = (
        f"{where}: full fine-tuning under ZeRO-3 keeps up to {need / GIB:.1f} GiB of checkpoints there, "
        f"{free / GIB:.1f} GiB are free"
    )
    mend = "free some, or name another disk as `scratch` in the configuration; the LoRA variants need little"
    yield ok("checkpoints", text) if need <= free else note("checkpoints", f"{text}: {mend}")
