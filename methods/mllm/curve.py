"""What is seen of a training: its curve in the run's log, and a bar on the screen.

The curve is every row that a trainer logs, written once, however often it was killed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from transformers import TrainerCallback

from protocols.files import write_whole

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

    from methods.method import LoopBar

_LEFT_OUT = ("runtime", "per_second", "step_time", "total_flos", "num_tokens")
"""Parts of names of figures that differ from run to run, by the clock or because trl forgets them in a resume."""


class Curve(TrainerCallback):
    """Writes the trainer's log rows with `log(step=..., **figures)`.

    After a kill the trainer goes on from its last checkpoint and repeats the steps behind it. The number of the last
    row written is kept in `folder`, before the row is: a row can be lost in the instant of a kill, never repeated.
    """

    def __init__(self, log: Callable[..., None], folder: Path) -> None:
        self._log = log
        self._mark = folder / "last-logged-step"
        self._last = int(self._mark.read_text()) if self._mark.exists() else -1

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: object,
    ) -> None:
        """One row of figures; NaN and infinite ones are left out, as are those that would differ after a resume."""
        figures = {name: float(value) for name, value in (logs or {}).items() if _is_figure(name, value)}
        if not figures or state.global_step <= self._last or not state.is_world_process_zero:
            return
        self._last = state.global_step
        write_whole(self._mark, str(self._last))
        self._log(step=state.global_step, **figures)


def _is_figure(name: str, value: object) -> bool:
    if name == "epoch" or any(part in name for part in _LEFT_OUT):
        return name == "epoch"
    return isinstance(value, int | float) and math.isfinite(value)


class Bar(TrainerCallback):
    """Shows how far the steps are, as every loop of a run does."""

    def __init__(self, progress: LoopBar) -> None:
        self._progress = progress

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Starts at the step that a resumed training goes on from."""
        first, last = state.global_step, state.max_steps
        self._steps = iter(self._progress(range(first, last), "training", last, done=first))
        next(self._steps, None)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """One optimizer step further."""
        next(self._steps, None)
