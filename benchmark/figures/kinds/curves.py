"""Training curves from `log.jsonl`: rewards, repetition, unparsable answers, whatever else a method logged."""

from __future__ import annotations

import math
from fnmatch import fnmatchcase

from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing, Request
from benchmark.results.task import title_of
from protocols.errors import InputError

ORDER = (
    "reward",
    "rewards/*/mean",
    "completions/mean_length",
    "repetition",
    "unparsable",
    "kl",
    "entropy",
    "frac_reward_zero_std",
    "loss",
    "grad_norm",
)
"""Figures logged by trainers, as patterns, most telling first."""
_LEFT_OUT = ("step", "epoch", "learning_rate", "lr", "num_tokens", "stage")
MAX_PANELS = 12


@register("curves", about="training curves: rewards, repetition, everything logged")
def draw(request: Request) -> Drawing:
    """Small multiples over the steps, one figure of the log in each."""
    measured = request.measured()
    series = curves(measured.run.log())
    if not series:
        raise InputError(
            f"{measured.run.path}: no training curve in it ({request.method} logs none, or its scores were imported)"
        )
    names = sorted(series, key=_rank)
    left_out = names[MAX_PANELS:]
    names = names[:MAX_PANELS]
    columns = min(3, len(names))
    rows = math.ceil(len(names) / columns)
    figure = canvas.blank(2.9 * columns + 0.4, 2.0 * rows + 0.7)
    for i, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, i + 1)
        steps, values = series[name]
        axes.plot(
            steps, values, color=canvas.BLUE, linewidth=1.2, marker="o" if len(steps) < 20 else None, markersize=3
        )
        axes.set_title(canvas.drawable(name, 40), fontsize=8)
        axes.tick_params(labelsize=7)
        if i >= len(names) - columns:
            axes.set_xlabel("step", fontsize=8)
    figure.suptitle(f"{canvas.drawable(measured.run.title, 60)}, {title_of(measured.run)}: training", fontweight="bold")
    footer = (f"Also logged: {', '.join(left_out)}.",) if left_out else ()
    return Drawing(figure, canvas.file_name("curves", request.method, request.protocol), footer)


def curves(log: list[dict[str, object]]) -> dict[str, tuple[list[float], list[float]]]:
    """Name -> (steps, values) of every figure in the log; rows without a step count on from one."""
    series: dict[str, tuple[list[float], list[float]]] = {}
    for number, row in enumerate(log, 1):
        step = row.get("step", number)
        for name, value in row.items():
            if name in _LEFT_OUT or isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if isinstance(step, int | float) and math.isfinite(value):
                steps, values = series.setdefault(name, ([], []))
                steps.append(step)
                values.append(value)
    return series


def _rank(name: str) -> tuple[int, str]:
    return next((i for i, pattern in enumerate(ORDER) if fnmatchcase(name, pattern)), len(ORDER)), name
