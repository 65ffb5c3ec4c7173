"""Figures 4 and 5: HTER against one setting, every run as its own point with its 95 % interval."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing, Request
from benchmark.metrics.coverage import BOOTSTRAP
from benchmark.results.runs import Run
from benchmark.results.task import title_of
from benchmark.tables.measured import Measured
from protocols.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Swept:
    """The setting on the horizontal axis. `points` are those that the sweep `paper` runs, besides the preset's own."""

    setting: str
    points: tuple[float, ...]
    label: str
    title: str


SWEPT = {
    "4": Swept("train_fraction", (0.1, 0.25, 0.5, 0.75, 1.0), "share of the training subjects", "training data volume"),
    "5": Swept("generations", (2, 3), "responses sampled per picture, N", "sampling quantity"),
}


@register("5", about="HTER against the sampling quantity N")
@register("4", about="HTER against the share of training data")
def draw(request: Request) -> Drawing:
    """HTER against the setting; a value without a run is an empty marked place, never a figure."""
    swept = SWEPT[request.kind]
    usual, points = _points(request, swept)
    if not points:
        first = next(x for x in swept.points if x != usual)
        wanted = request.command(request.protocol, **{swept.setting: f"{first:g}"})
        raise InputError(
            f"{request.results}: no finished run of {request.method} on {request.protocol} for figure {request.kind}; "
            f"make them with `python -m benchmark sweep paper`, or one by one: `{wanted}`"
        )
    expected = sorted({*swept.points, *points, *([] if usual is None else [usual])})
    missing = [x for x in expected if x not in points]
    figure = canvas.blank(5.2, 3.6)
    axes = figure.add_subplot()
    _runs(axes, points, missing)
    _gaps(axes, missing)
    measured = [m for found in points.values() for m in found]
    axes.set_title(f"{canvas.drawable(measured[0].run.title, 60)}, {title_of(measured[0].run)}: {swept.title}")
    axes.set_xlabel(swept.label)
    axes.set_ylabel("HTER (%)")
    axes.set_xticks(expected, [f"{x:g}" for x in expected])
    axes.set_ylim(bottom=0)
    footer = f"Bars: 95 % intervals, {BOOTSTRAP}. "
    footer += "One point per seed, line through their means." if len(measured) > len(points) else ""
    gaps = tuple(
        f"no whole run with {swept.setting} = {x:g}: "
        f"`{request.command(request.protocol, **({} if x == usual else {swept.setting: f'{x:g}'}))}`"
        for x in missing
    )
    return Drawing(
        figure,
        canvas.file_name("figure", request.kind, request.method, request.protocol),
        (canvas.policy_footer([m.policy.name for m in measured]) + " " + footer,),
        gaps,
    )


def _points(request: Request, swept: Swept) -> tuple[float | None, dict[float, list[Measured]]]:
    """The preset's own value, and the measured runs by value, the newest of each seed."""
    entry = request.world.entries.get((request.method, request.protocol))
    base = entry.runs if entry else ()
    usual = next((_value(run, swept.setting) for run in base), None) or _preset_value(request, swept.setting)
    runs = [*base, *sorted(request.varied(swept.setting), key=lambda run: run.created)]
    newest = {(_value(run, swept.setting), run.seed): run for run in runs}
    points: dict[float, list[Measured]] = defaultdict(list)
    for (value, seed), run in sorted(newest.items(), key=lambda item: (item[0][0] or 0, item[0][1])):
        measured = request.measure(run)
        if (
            value is not None
            and request.seed in (None, seed)
            and measured.outcomes
            and measured.outcomes.hter is not None
        ):
            points[value].append(measured)
    return usual, dict(points)


def _value(run: Run, setting: str) -> float | None:
    default = 1.0 if setting == "train_fraction" else None
    for place in (run.overrides, run.settings, run.choices):
        value = place.get(setting)
        if isinstance(value, int | float):
            return float(value)
    return default


def _preset_value(request: Request, setting: str) -> float | None:
    import methods

    if setting == "train_fraction":
        return 1.0
    preset = methods.get(request.method).settings_class.preset("demo" if request.world.demo else "paper")
    value: float | None = getattr(preset, setting, None)
    if value is None:
        raise InputError(f"{request.method} has no setting {setting}: choose another --method for this figure")
    return float(value)


def _runs(axes: Axes, points: dict[float, list[Measured]], missing: list[float]) -> None:
    means = []
    for x, measured in points.items():
        values = [100 * m.outcomes.hter for m in measured if m.outcomes and m.outcomes.hter is not None]
        means.append(sum(values) / len(values))
        for m, value in zip(measured, values, strict=True):
            low, high = (100 * bound for bound in m.interval("hter") or (value / 100,) * 2)
            spread = [[max(0.0, value - low)], [max(0.0, high - value)]]
            axes.errorbar(x, value, yerr=spread, fmt="o", color=canvas.BLUE, capsize=3, markersize=6, zorder=3)
    places = list(points)
    for i in range(len(places) - 1):  # dotted over a value of which nothing is known
        over_a_gap = any(places[i] < x < places[i + 1] for x in missing)
        dash = (0, (1, 2)) if over_a_gap else "-"
        axes.plot(places[i : i + 2], means[i : i + 2], color=canvas.BLUE, linewidth=1.2, linestyle=dash)


def _gaps(axes: Axes, missing: list[float]) -> None:
    for x in missing:
        axes.plot(x, 0.03, "o", transform=axes.get_xaxis_transform(), fillstyle="none", color="#777777", clip_on=False)
        axes.text(x, 0.07, "no run", transform=axes.get_xaxis_transform(), ha="center", fontsize=7, color="#777777")
