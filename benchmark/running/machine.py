"""What a run may use of this machine. Nothing here imports torch unless a device asks for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from methods.processes import Processes
from protocols.errors import InputError
from protocols.progress import over

if TYPE_CHECKING:
    from methods.method import LoopBar


@dataclass(frozen=True)
class Machine:
    """What a run may use and how it shows what it does."""

    device: str = "cpu"
    threads: int = 1
    workers: int = 1
    progress: bool = True
    partial: bool = False
    """Go on where a part lacks more than may be missing."""
    say: Callable[[str], None] = print
    processes: Processes = field(default_factory=Processes.from_environment)

    def bar(self) -> LoopBar:
        """What shows how far a loop is: `protocols.progress.over`."""
        return partial(over, shown=self.progress and self.processes.first)


def cores() -> int:
    """The CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_threads(threads: int) -> None:
    """Bound the threads of every numerical library, before any of them is imported."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def usable_device(word: str, threads: int) -> str:
    """`auto`, `cpu`, `cuda` or `cuda:1` as a device that is there. Raises `InputError` where CUDA is not usable."""
    device = word
    if device == "auto" and not _driver_present():
        device = "cpu"  # without importing torch: it costs as much as a classic method's whole run
    if device == "auto" or device.startswith("cuda"):
        import torch

        there = torch.cuda.is_available()
        if device != "auto" and not there:
            raise InputError(f"--device {device}: no CUDA device is usable here; leave it out to run on the CPU")
        if device == "auto":
            device = "cuda" if there else "cpu"
    if device == "cpu" and "torch" in sys.modules:  # else it reads OMP_NUM_THREADS when a method imports it
        sys.modules["torch"].set_num_threads(threads)
    return device


def _driver_present() -> bool:
    """False only where no driver of an accelerator is loaded (NVIDIA's, WSL's, AMD's)."""
    return any(
        Path(place).exists() for place in ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
    )
