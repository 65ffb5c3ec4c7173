"""Trains one method on toy faces: to be killed, or as one of several processes. Writes its scores at the end."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path

import numpy as np
import torch

import methods
from methods import Job

spec = importlib.util.spec_from_file_location("toys", Path(__file__).parent.parent / "conftest.py")
assert spec is not None
assert spec.loader is not None
toys = importlib.util.module_from_spec(spec)
spec.loader.exec_module(toys)


def main(name: str, cache: str, folder: str, die_at: str, *changes: str) -> None:
    """Fit; `die_at` is the step at which the process kills itself with SIGKILL, or `never`."""

    def log(step: int, **_: object) -> None:
        if str(step) == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps.append(step)

    steps: list[int] = []
    job = Job(seed=3, scratch=Path(folder) / "scratch", cache=Path(cache), demo=True, log=log)
    kind = methods.get(name)
    method = kind(kind.settings_class.preset("demo").override(dict(c.split("=") for c in changes)))
    method.fit(toys.toy_faces(16, seed=1), toys.toy_faces(8, seed=2), job)
    scores = method.predict(toys.toy_faces(7, seed=3, labelled=False), job).scores
    rank = os.environ.get("RANK", "0")
    weights = np.concatenate([p.detach().flatten().numpy() for p in method.model.parameters() if p.requires_grad])
    np.savez(Path(folder) / f"result-{rank}.npz", scores=scores, steps=steps, weights=weights)
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


main(*sys.argv[1:])
