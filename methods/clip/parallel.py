"""Several processes on one run: who computes what, and how gradients and features come together.

Started by `accelerate launch`; one process is the common case. All of them train, and encode what training needs; in
prediction the harness gives each its own presentations, so nothing is exchanged there.
Gradients are summed by hand after `backward`, whatever function made them: FoundPAD's released code wraps the model
for data parallelism and then calls a method past the wrapper, so its processes drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from methods.method import Job
from methods.processes import Processes


@dataclass(frozen=True)
class Group:
    """This process among those that share the run, and the device it computes on."""

    device: torch.device
    processes: Processes = Processes()  # noqa: RUF009 - frozen

    @property
    def first(self) -> bool:
        """True for the process that writes."""
        return self.processes.first

    def alone(self) -> Group:
        """The same device, without the others."""
        return Group(self.device)

    def share(self, n: int) -> slice:
        """This process' part of `n` rows; the parts are disjoint and cover all rows, none is padded."""
        place = self.processes
        return slice(n * place.rank // place.size, n * (place.rank + 1) // place.size)

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Add up the gradients of all processes, in place. A parameter without one counts as zero."""
        if self.processes.size == 1:
            return
        from accelerate.utils import reduce

        owners = [p for p in parameters if p.requires_grad]
        grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in owners]
        flat = reduce(torch.cat([g.reshape(-1).float() for g in grads]), reduction="sum")
        start = 0
        for owner, grad in zip(owners, grads, strict=True):
            owner.grad = flat[start : start + grad.numel()].view_as(grad).to(grad.dtype)
            start += grad.numel()

    def total(self, part: torch.Tensor) -> float:
        """The sum of all processes' numbers."""
        if self.processes.size == 1:
            return float(part.detach())
        from accelerate.utils import reduce

        return float(reduce(part.detach().clone(), reduction="sum"))

    def join(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """The rows of all processes, in the order of `share`."""
        if self.processes.size == 1:
            return rows
        from accelerate.utils import gather_object

        return np.concatenate(gather_object([rows]))

    def wait(self) -> None:
        """Let every process arrive here."""
        if self.processes.size > 1:
            from accelerate import PartialState

            PartialState().wait_for_everyone()


def group(job: Job) -> Group:
    """The group of this process; with several processes each has its own device."""
    if job.processes.size == 1:
        return Group(torch.device(job.device))
    from accelerate import PartialState

    state = PartialState(cpu=job.device == "cpu")
    return Group(state.device, job.processes)
