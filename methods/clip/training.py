"""One training loop for FLIP and FoundPAD: steps that can be killed and resumed, and a choice of the checkpoint.

A step depends on its number, the seed and the state only: batches, augmentation and dropout are drawn from generators
seeded by both, so a run killed at any point and started again ends with the scores of an undisturbed one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from methods.clip.parallel import Group
from methods.method import Job
from methods.tensors import keep_state, kept_state
from protocols.errors import DamagedError, InputError


@dataclass(frozen=True)
class Training:
    """What is trained and how.

    Attributes:
        module: holds everything that training changes.
        optimisers: each steps once a step.
        loss: (step) -> this process' part of the loss and figures for the log; the parts of all processes add up.
        steps: number of steps.
        max_norm: gradients of each optimiser's parameters are clipped to this L2 norm; None: not clipped.
        checkpoint_every: steps between the states kept for a resumed run.
        identity: text that names settings, weights and data; a state left by another run is not taken up.
        evaluate_every: steps between the evaluations of `figure`; None: the last state is the result.
        figure: smaller is better; the state with the smallest is the result, the later one of equals (as FLIP).
    """

    module: nn.Module
    optimisers: Sequence[Optimizer]
    loss: Callable[[int], tuple[Tensor, dict[str, float]]]
    steps: int
    max_norm: float | None
    checkpoint_every: int
    identity: str
    evaluate_every: int | None = None
    figure: Callable[[], float] | None = None


def fit(recipe: Training, job: Job, group: Group) -> dict[str, float]:
    """Train `recipe.module` in place. Returns the step of the state kept, and its figure if one was asked for."""
    job.scratch.mkdir(parents=True, exist_ok=True)
    place = job.scratch / "training.safetensors"
    best_place = job.scratch / "best.safetensors"
    identity = hashlib.sha256(recipe.identity.encode()).hexdigest()
    first, best, best_step = _resume(recipe, place, best_place, identity, job.say)
    recipe.module.train()
    for step in job.progress(range(first, recipe.steps), "training", recipe.steps, done=first):
        torch.manual_seed(mix(job.seed, step, group.processes.rank))
        loss, row = recipe.loss(step)
        loss.backward()
        for optimiser in recipe.optimisers:
            parameters = [p for part in optimiser.param_groups for p in part["params"]]
            group.sum_gradients(parameters)
            if recipe.max_norm is not None:
                nn.utils.clip_grad_norm_(parameters, recipe.max_norm)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        rates = {f"lr{i or ''}": o.param_groups[0]["lr"] for i, o in enumerate(recipe.optimisers)}
        if recipe.evaluate_every and recipe.figure and (step + 1) % recipe.evaluate_every == 0:
            recipe.module.eval()
            row["selection"] = recipe.figure()
            recipe.module.train()
            if row["selection"] <= best:
                best, best_step = row["selection"], step
                if group.first:
                    keep_state(trained(recipe.module), best_place, identity, step=str(step))
        whole = group.total(loss)
        if group.first:
            job.log(step=step, loss=whole, **row, **rates)
        if (step + 1) % recipe.checkpoint_every == 0 and step + 1 < recipe.steps and group.first:
            facts = {"step": str(step + 1), "best": repr(best), "best_step": str(best_step)}
            keep_state(_state(recipe), place, identity, **facts)
    recipe.module.eval()
    group.wait()
    if best_step < 0:
        return {"kept_step": recipe.steps - 1}
    best_state = kept_state(best_place, identity, job.say)
    if best_state is None:
        raise DamagedError(f"{best_place}: the best state is not what was kept; run the same command again")
    restore(recipe.module, best_state[0])
    return {"kept_step": best_step, "selection_hter": best}


def mix(*numbers: int) -> int:
    """One 63-bit seed from several numbers."""
    return int.from_bytes(hashlib.sha256(repr(numbers).encode()).digest()[:8], "big") >> 1


def trained(module: nn.Module) -> dict[str, Tensor]:
    """What training changes: parameters that take gradients, and buffers (batch norm's running statistics)."""
    parameters = {name: p for name, p in module.named_parameters() if p.requires_grad}
    kept = module.state_dict()
    return parameters | {name: b for name, b in module.named_buffers() if name in kept}


def restore(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Put back what `trained` gave."""
    here = trained(module)
    if here.keys() != tensors.keys():
        raise InputError("a training state left in the scratch folder does not fit this method; delete it")
    with torch.no_grad():
        for name, tensor in tensors.items():
            here[name].copy_(tensor)


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """bfloat16 matrix products where asked for; `auto` means on CUDA only, where they pay at every size."""
    if precision == "bfloat16" or (precision == "auto" and device.type == "cuda" and torch.cuda.is_bf16_supported()):
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


def _state(recipe: Training) -> dict[str, Tensor]:
    tensors = {f"module/{name}": t for name, t in trained(recipe.module).items()}
    for number, optimiser in enumerate(recipe.optimisers):
        for index, entry in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser/{number}/{index}/{key}": value for key, value in entry.items()}
    return tensors


def _resume(
    recipe: Training, place: Path, best_place: Path, identity: str, say: Callable[[str], None]
) -> tuple[int, float, int]:
    kept = kept_state(place, identity, say)
    if kept is None:
        return 0, float("inf"), -1
    tensors, facts = kept
    if int(facts["best_step"]) >= 0 and kept_state(best_place, identity, say) is None:
        return 0, float("inf"), -1
    restore(recipe.module, {k.removeprefix("module/"): v for k, v in tensors.items() if k.startswith("module/")})
    for number, optimiser in enumerate(recipe.optimisers):
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            kind, *path = key.split("/")
            if kind == "optimiser" and path[0] == str(number):
                state.setdefault(int(path[1]), {})[path[2]] = value
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return int(facts["step"]), float(facts["best"]), int(facts["best_step"])
