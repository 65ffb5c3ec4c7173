"""GRPO with eight prompts decoded at once for eight updates, against one: CPU time of whole trainings.

28 narrow layers, so that the number of launches decides, as it does on a GPU; trl's and our own work for a picture is
in both. Run: `python -m tests.timing rollout`.
"""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from methods.grpo import GrpoSettings
from methods.method import Job
from methods.mllm import grpo_trainer, training
from methods.mllm.demo import tiny
from protocols.store.faces import Faces
from tests.timing.cpu_time import Row, seconds, show

SHAPE = tiny.Shape(hidden=64, layers=28, heads=4, kv_heads=2, intermediate=64)
STEPS = 16
PICTURES = 48
TARGET = ">= 1.67"
"""At most 0.6 of the time."""


def cost(model: Path, rollout: int) -> float:
    """CPU seconds a picture of a training of 16 steps with one group each."""
    pixels = np.random.default_rng(0).integers(0, 256, (PICTURES, 112, 112, 3), np.uint8)
    index = np.arange(PICTURES)
    keys, labels = tuple(map(str, index)), (index % 2).astype(np.int8)
    faces = Faces(pixels, index, index, np.ones(PICTURES, np.float32), keys, labels)
    changes: dict[str, Any] = {"batch_unit": "completions", "batch_size": 6, "groups_per_pass": 1}
    changes |= {"max_steps": STEPS, "learning_rate": 1e-6, "max_new_tokens": 40, "save_every": 1000}
    s = dataclasses.replace(GrpoSettings.preset("demo"), **changes, rollout_prompts=rollout)
    folder = model.parent / str(rollout)
    job = Job(seed=0, scratch=folder, cache=folder)
    rows = training.dataset(faces, index, s)
    made: Any = grpo_trainer.build(str(model), s, rows, job, folder, full=True)
    assert made.stock_reason is None
    spent = seconds(lambda: training.train(made, job, folder, ""))
    assert made.state.global_step == STEPS
    return spent / STEPS


def rows() -> list[Row]:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place, grpo_trainer.known_warnings():
        model = Path(place) / "model"
        tiny.build(model, shape=SHAPE)
        one, eight = cost(model, 1), cost(model, 8)
    what = "GRPO training, a picture: 1 against 8 prompts decoded at once"
    return [(what, f"{one:.3f} s", f"{eight:.3f} s", one / eight, TARGET)]


if __name__ == "__main__":
    show(rows())
