"""The curve's rows: figures only, each step once however often a run is taken up again."""

from __future__ import annotations

import math
from types import SimpleNamespace

from methods.mllm.curve import Bar, Curve


def state(step: int, zero: bool = True) -> SimpleNamespace:
    return SimpleNamespace(global_step=step, is_world_process_zero=zero)


def test_no_step_twice_after_a_kill(tmp_path):
    rows = []
    first = Curve(lambda **row: rows.append(row), tmp_path)
    for step in (1, 2, 3):
        first.on_log(None, state(step), None, {"loss": 1.0 / step, "step_time": 9.0})
    second = Curve(lambda **row: rows.append(row), tmp_path)  # resumed from a checkpoint at step 1
    for step in (2, 3, 4):
        second.on_log(None, state(step), None, {"loss": 1.0 / step})
    assert rows == [{"step": step, "loss": 1.0 / step} for step in (1, 2, 3, 4)]


def test_figures_of_the_clock_and_undefined_ones_are_left_out(tmp_path):
    rows = []
    curve = Curve(lambda **row: rows.append(row), tmp_path)
    curve.on_log(None, state(1), None, {"epoch": 0.5, "reward": 1, "kl": math.nan, "train_runtime": 3.0, "note": "x"})
    assert rows == [{"step": 1, "epoch": 0.5, "reward": 1.0}]
    curve.on_log(None, state(2), None, {"train_runtime": 3.0})
    curve.on_log(None, state(3), None, None)
    curve.on_log(None, state(4, zero=False), None, {"loss": 1.0})
    assert len(rows) == 1


def test_a_resumed_training_shows_how_far_it_is_of_all_steps():
    seen = []

    def progress(items, title, total, done=0):
        seen.append((title, total, done))
        for item in items:
            yield item
            seen.append(item)

    bar = Bar(progress)
    bar.on_train_begin(None, SimpleNamespace(global_step=4, max_steps=6), None)
    assert seen == [("training", 6, 4)]
    bar.on_step_end(None, None, None)
    assert seen[1:] == [4]
    bar.on_step_end(None, None, None)
    assert seen[1:] == [4, 5]
