"""Several processes that share one run under `accelerate launch`; one process is the common case and costs nothing.

Every rank trains (gradients are averaged by the method through `accelerate`), then predicts the chunks whose number is
its rank modulo the number of ranks: no presentation is padded or scored twice, and the borders of chunks do not depend
on the number of ranks. Rank 0 alone owns the workspace, writes the model and publishes.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup

LIMIT = timedelta(minutes=30)
"""Of one exchange in a training. The longest work of one process in between is to write a checkpoint of 100 GB."""
PATIENCE = timedelta(days=7)
"""Of waiting for a process that works alone: the first may prepare a release for hours."""


@dataclass(frozen=True)
class Processes:
    """This process's number, how many there are, and its number on this machine: the one description of them."""

    rank: int = 0
    size: int = 1
    local: int = 0

    @classmethod
    def from_environment(cls) -> Processes:
        """As `accelerate launch` and `torchrun` set it; a single process where nothing is set."""
        defaults = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": 0}
        return cls(*(int(os.environ.get(key, value)) for key, value in defaults.items()))

    @property
    def first(self) -> bool:
        """True for the process that writes."""
        return self.rank == 0

    def join(self) -> None:
        """Meet the other processes, before any of them has work that takes long. Each must call this."""
        if self.size > 1:
            _patient_group()

    def wait(self) -> None:
        """Return once every process has come here, be it after hours in which the first one works alone.

        A process that dies closes its connections, which ends the others' waiting with an error; so does the launcher.
        """
        if self.size > 1:
            import torch.distributed

            torch.distributed.barrier(group=_patient_group())


@functools.cache
def _patient_group() -> ProcessGroup:
    """A group for nothing but waiting, made together with the one in which training exchanges gradients.

    That one has a limit of minutes: if processes ever disagree about what to exchange next, the run ends with an error
    instead of holding eight GPUs until somebody looks.
    """
    import torch.distributed
    from accelerate import PartialState

    on_cpu = os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes")
    PartialState(cpu=on_cpu, timeout=LIMIT)
    group = torch.distributed.new_group(backend="gloo", timeout=PATIENCE)
    return cast("ProcessGroup", group)  # a number is for processes that are not in it, and all are
