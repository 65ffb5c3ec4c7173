"""What a training says, in one line, when it ends for a reason that its user can mend: memory, disk, learning rate."""

from __future__ import annotations

import errno
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from transformers import TrainerCallback

from methods.mllm.border import Trainer
from protocols.errors import InputError

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

_MEMORY = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")
_DISK = ("No space left on device", "Disk quota exceeded", "PytorchStreamWriter failed", "unexpected pos")
_DIVERGED = ("probability tensor contains",)
_LAUNCH = "DeepSpeed config values that mismatch"
_ROOM = 2**20
"""Bytes left on a disk that is full."""


class Diverged(TrainerCallback):
    """Stops a training at the first row of its curve whose loss or gradient is no number."""

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: object,
    ) -> None:
        """Raises `InputError`: every later step, and the model at the end, would be made of NaN."""
        for name in ("loss", "grad_norm"):
            value = (logs or {}).get(name, 0.0)
            if not math.isfinite(value):
                raise InputError(_diverged(args, state.global_step, f"{name} is {value}"))


@contextmanager
def explained(trainer: Trainer, folder: Path, memory: str) -> Iterator[None]:
    """Turn what its user can mend into an `InputError`; `memory`: which setting to lower where there is too little."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        said = reason(error, trainer.args, trainer.state.global_step, folder, memory)
        if said is None:
            raise
        raise InputError(said) from error


def reason(error: BaseException, args: TrainingArguments, step: int, folder: Path, memory: str) -> str | None:
    """What the user is told of an error, or None where it is a fault of the program."""
    if out_of_memory(error):
        return f"out of memory on {args.device} after step {step}: {memory}"
    if _disk_full(error, folder):
        return (
            f"{folder}: the disk is full after step {step}; the last whole checkpoint is kept: free some space, or "
            "give another disk as `scratch` in the configuration, and run the same command again"
        )
    if any(word in str(error) for word in _DIVERGED):
        return _diverged(args, step, "the policy's probabilities are no numbers")
    if _LAUNCH in str(error):
        wrong = "; ".join(line.strip("- ") for line in str(error).splitlines() if line.startswith("- "))
        return (
            f"the launch file and the settings differ ({wrong}): take the value out of the launch file, or write auto"
        )
    return None


def out_of_memory(error: BaseException) -> bool:
    """True for a device, or the system, that had no more memory to give."""
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(word in str(error) for word in _MEMORY)
    )


def _disk_full(error: BaseException, folder: Path) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    if any(word in str(error) for word in _DISK[:2]):
        return True
    return any(word in str(error) for word in _DISK[2:]) and shutil.disk_usage(folder).free < _ROOM


def _diverged(args: TrainingArguments, step: int, what: str) -> str:
    return (
        f"training diverged after step {step}: {what}; lower learning_rate (now {args.learning_rate:g}) or "
        f"max_grad_norm (now {args.max_grad_norm:g})"
    )
