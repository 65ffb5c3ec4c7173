"""Trains one method on toy faces in a process of its own: to be killed, or as one of several."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np

import methods
from methods import Job
from methods.processes import Processes
from tests.methods.clip.toys import toy_faces


def work(cache: Path, folder: Path, changes: dict[str, str], die_at: int, environment: dict[str, str]) -> None:
    """Fit FoundPAD, then write scores, weights and the steps made. SIGKILL to itself at step `die_at`."""
    import torch

    def log(step: int, **_: object) -> None:
        if step == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps.append(step)

    os.environ.update(environment)
    torch.set_num_threads(1)
    steps: list[int] = []
    here = Processes.from_environment()
    job = Job(seed=3, scratch=folder / "scratch", cache=cache, demo=True, log=log, processes=here)
    kind = methods.get("foundpad")
    method = kind(kind.settings_class.preset("demo").override(changes))
    method.fit(toy_faces(16, seed=1), toy_faces(8, seed=2), job)
    target = toy_faces(7, seed=3, labelled=False)
    scores = method.predict(target.subset(np.arange(7)[here.rank :: here.size]), job).scores
    weights = np.concatenate([p.detach().flatten().numpy() for p in method.model.parameters() if p.requires_grad])
    np.savez(folder / f"result-{here.rank}.npz", scores=scores, steps=steps, weights=weights)
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
