"""The part of reinforcement fine-tuning: seconds and memory of a grpo-lora step, ours, trl's and eight at once."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np
from transformers import TrainerCallback

from methods.grpo import GrpoLoraSettings
from methods.mllm import grpo_trainer, memory, training
from tests.gpu import seven
from tests.gpu.bench import GIB, Bench, Figure, noise


def grpo(bench: Bench) -> None:
    """Whole trainings of a few steps of one group; those of the first rollout warm up and do not count."""
    many = 2 if bench.small else 8
    cases: tuple[tuple[str, dict[str, Any]], ...] = (
        ("grpo-lora step, shared passes", {}),
        ("grpo-lora step, trl's own passes", {"trainer": "stock"}),
        (f"grpo-lora step, rollout_prompts={many}", {"rollout_prompts": many}),
    )
    for name, changes in cases:
        bench.measure(name, lambda changes=changes: training_steps(bench, **changes))


class _Clock(TrainerCallback):
    """When each step ended, all kernels finished."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self.ends = bench, []

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._bench.wait()
        self.ends.append(time.perf_counter())


def training_steps(bench: Bench, **changes: Any) -> Figure:
    """Seconds a step and a picture, of which in generation; the memory check's estimate beside the peak."""
    rollout = changes.get("rollout_prompts", 1)
    warm, counted = (rollout, rollout) if rollout > 1 else (1, 2)
    s = dataclasses.replace(
        GrpoLoraSettings(),
        max_steps=warm + counted,
        side=bench.side,
        max_new_tokens=bench.tokens,
        dtype=bench.dtype,
        save_every=1000,
        **changes,
    )
    job = bench.job("training")
    folder = str(seven.folder(bench))
    rows = training.dataset(noise(24, s.side), np.arange(24), s)
    made: Any = grpo_trainer.build(folder, s, rows, job, job.scratch, full=False)
    for config in (made.generation_kwargs, vars(made.generation_config)):  # every completion has full length
        config["suppress_tokens"] = [*config["suppress_tokens"], *made.eos_token_ids]
    clock, spent = _Clock(bench), []
    made.add_callback(clock)
    generate = made._generate_single_turn

    def timed(*args: Any, **more: Any) -> Any:
        bench.wait()
        start = time.perf_counter()
        found = generate(*args, **more)
        bench.wait()
        spent.append(time.perf_counter() - start)
        return found

    made._generate_single_turn = timed
    with grpo_trainer.known_warnings():
        training.train(made, job, job.scratch, "")
    seconds = (clock.ends[-1] - clock.ends[warm - 1]) / counted
    generating = sum(spent[1:]) / counted
    shape = memory.shape_of(seven.folder(bench))
    tokens = (s.side // 28) ** 2 + 160 + s.generations * s.max_new_tokens
    estimated = memory.estimate(shape, "lora", s.dtype, tokens, rank=s.rank, generates=True)
    return {
        "s_a_picture": round(seconds, 3),
        "of_it_generating": round(generating, 3),
        "passes": grpo_trainer.facts(made)["passes"],
        "estimated_GiB": round(estimated / GIB, 2),
    }
