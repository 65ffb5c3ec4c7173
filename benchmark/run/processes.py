"""Several processes that share one run under `accelerate launch`; one process is the common case and costs nothing.

Every rank trains (gradients are averaged by the method through `accelerate`), then predicts the chunks whose number is
its rank modulo the number of ranks: no presentation is padded or scored twice, and the borders of chunks do not depend
on the number of ranks. Rank 0 alone owns the workspace, writes the model and publishes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Ranks:
    """This process's number, how many there are, and its number on this machine."""

    rank: int = 0
    size: int = 1
    local: int = 0

    @classmethod
    def from_environment(cls) -> Ranks:
        """As `accelerate launch` and `torchrun` set it; a single process where nothing is set."""
        defaults = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": 0}
        return cls(*(int(os.environ.get(key, value)) for key, value in defaults.items()))

    @property
    def first(self) -> bool:
        """True for the process that writes."""
        return self.rank == 0

    def wait(self) -> None:
        """Return once every process has come here. A process that dies is noticed by the launcher, which ends all."""
        if self.size > 1:
            from datetime import timedelta

            from accelerate import PartialState

            on_cpu = os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes")
            # The first rank may prepare a release for hours while the others wait; the usual limit is minutes.
            PartialState(cpu=on_cpu, timeout=timedelta(days=7)).wait_for_everyone()
