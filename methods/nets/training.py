"""Plain stochastic gradient descent on face crops that goes on where a killed process stopped, with the same weights.

Everything random in a step (the batch, mirroring, dropout) is drawn from (seed, step) alone, so nothing about the
random generators has to be kept; weights and momenta are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from methods.method import Job
from methods.tensors import keep_state, kept_state
from protocols.errors import InputError

Batch = Callable[[NDArray[np.int64]], Tensor]
"""Frame numbers to pictures ready for the network, (n, 3, side, side), on the CPU."""


@dataclass(frozen=True)
class Schedule:
    """SGD with momentum; the rate is divided by ten after step `drop_at`. Every `every` steps a row is logged and the
    state kept."""

    steps: int
    batch: int
    rate: float
    momentum: float
    decay: float
    drop_at: int
    every: int

    def rate_at(self, step: int) -> float:
        return self.rate * (0.1 if step > self.drop_at else 1.0)


class Checkpoint:
    """Weights, momenta and the step of a training, in a file of `methods.tensors`."""

    def __init__(self, path: Path, identity: str, say: Callable[[str], None]) -> None:
        self.path, self.identity, self._say = path, identity, say

    def save(self, step: int, net: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        """Keep the state after a step."""
        tensors = {f"net.{name}": value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
        for name, parameter in net.named_parameters():
            tensors[f"momentum.{name}"] = optimiser.state[parameter]["momentum_buffer"].cpu().contiguous()
        keep_state(tensors, self.path, self.identity, step=str(step))

    def restore(self, net: nn.Module, optimiser: torch.optim.Optimizer) -> int:
        """Put the kept state into `net` and `optimiser`; the step it was kept after, 0 if there is none."""
        kept = kept_state(self.path, self.identity, self._say)
        if kept is None:
            return 0
        tensors, facts = kept
        net.load_state_dict({name[4:]: value for name, value in tensors.items() if name.startswith("net.")})
        for name, parameter in net.named_parameters():
            momentum = tensors[f"momentum.{name}"].to(parameter.device)
            optimiser.state[parameter]["momentum_buffer"] = momentum
        return int(facts["step"])


@contextmanager
def repeatable(threads: int) -> Iterator[None]:
    """A fixed number of threads and cuDNN's repeatable kernels inside; the caller's settings and generators after."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with (
            torch.random.fork_rng(devices=[]),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
        ):
            yield
    finally:
        torch.set_num_threads(before)


def train(
    net: nn.Module, batch: Batch, labels: NDArray[np.integer], schedule: Schedule, job: Job, identity: str
) -> None:
    """Minimise cross-entropy over frames with `labels` (bona fide = 1), in place.

    Each epoch visits every frame once in an order of its own; pictures are mirrored with probability 1/2. Raises
    `InputError` if the loss stops being a number.
    """
    parameters = list(net.parameters())
    optimiser = torch.optim.SGD(
        parameters, lr=schedule.rate, momentum=schedule.momentum, weight_decay=schedule.decay, foreach=False
    )
    checkpoint = Checkpoint(job.scratch / "cnn-training.safetensors", identity, job.say)
    device = parameters[0].device
    net.train()
    with repeatable(job.threads):
        done = checkpoint.restore(net, optimiser)
        for step in job.progress(range(done + 1, schedule.steps + 1), "training", schedule.steps, done=done):
            frames = _frames_of(step, schedule.batch, len(labels), job.seed)
            pictures = batch(frames).to(device)
            mirror = torch.from_numpy(np.random.default_rng([job.seed, step, 1]).random(len(frames)) < 0.5)
            pictures[mirror.to(device)] = pictures[mirror.to(device)].flip(3)
            torch.manual_seed((job.seed << 32) + step)
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate_at(step)
            optimiser.zero_grad()
            target = torch.from_numpy(labels[frames].astype(np.int64)).to(device)
            loss = nn.functional.cross_entropy(net(pictures), target)
            if not torch.isfinite(loss):
                raise InputError(f"CNN training diverged at step {step} (loss {loss.item()}): lower the setting rate")
            loss.backward()
            optimiser.step()
            if step % schedule.every == 0 or step == schedule.steps:
                job.log(step=step, loss=round(float(loss.item()), 6), rate=schedule.rate_at(step))
                checkpoint.save(step, net, optimiser)
    net.eval()


def _frames_of(step: int, batch: int, frames: int, seed: int) -> NDArray[np.int64]:
    """The frames of one step: a window on the endless row of shuffled epochs."""
    first = (step - 1) * batch
    epochs = range(first // frames, (first + batch - 1) // frames + 1)
    row = np.concatenate([np.random.default_rng([seed, epoch]).permutation(frames) for epoch in epochs])
    start = first - epochs[0] * frames
    return row[start : start + batch]
