"""Figure 6: error per species under the protocols of a suite, with counts and exact intervals beside every bar."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing, Request
from benchmark.metrics.coverage import BREAKDOWN
from benchmark.tables.measured import Measured
from protocols.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@register("6", about="error per species with exact intervals, four protocols of one method", panels=True)
def draw(request: Request) -> Drawing:
    """One panel per protocol, bona fide ("real") first; a protocol without a run is an empty panel that says so."""
    found, gaps = _measured(request)
    if not found:
        raise InputError(f"{request.results}: no finished run for this figure; {gaps[0]}")
    columns = min(2, len(request.protocols))
    height = math.ceil(len(request.protocols) / columns)
    places = {protocol: (i % height, i // height) for i, protocol in enumerate(request.protocols)}
    rows = [4] * height
    for protocol, measured in found.items():
        row = places[protocol][0]
        rows[row] = max(rows[row], len(measured.outcomes.counts) if measured.outcomes else 0)
    limit = _limit(found.values())
    figure = canvas.blank(9.0 if columns > 1 else 5.2, 0.8 + 0.4 * height + 0.24 * sum(rows))
    grid = figure.add_gridspec(height, columns, height_ratios=rows)
    for protocol, place in places.items():
        axes = figure.add_subplot(grid[place])
        axes.set_title(canvas.drawable(request.title(protocol), 60))
        shown = found.get(protocol)
        if shown is None or shown.outcomes is None:
            _empty(axes, str(shown.why) if shown else _lacking(request, protocol))
        else:
            _bars(axes, shown, limit)
    first = next(iter(found.values()))
    figure.suptitle(f"{canvas.drawable(first.run.title, 60)}: error per type of face", fontweight="bold")
    return Drawing(
        figure,
        canvas.file_name("figure", "6", request.method, *([request.suite.name] if request.suite else [])),
        (
            canvas.policy_footer([m.policy.name for m in found.values()]) + " real: BPCER; attacks: APCER. "
            f"Errors / presentations at the right. Whiskers: 95 % intervals, {BREAKDOWN}.",
        ),
        tuple(gaps),
    )


def _measured(request: Request) -> tuple[dict[str, Measured], list[str]]:
    found, gaps = {}, []
    for protocol in request.protocols:
        if (request.method, protocol) in request.world.entries:
            found[protocol] = request.measured(protocol)
        else:
            gaps.append(_lacking(request, protocol))
    return found, gaps


def _lacking(request: Request, protocol: str) -> str:
    """Why a panel is empty, and how it could be filled."""
    if request.suite is not None and (why := request.suite.why(protocol)) is not None:
        return f"{request.title(protocol)}: {why}"
    return f"no run of {request.method}: `{request.command(protocol)}` makes one"


def _limit(found: Iterable[Measured]) -> int:
    """The end of every panel's axis in %: one scale for all, the next ten above the greatest upper bound."""
    bounds = [one.interval.high for m in found for one in m.species if one.interval is not None]
    return min(100, 10 * math.ceil(10 * max(bounds, default=1.0)))


def _bars(axes: Axes, measured: Measured, limit: int) -> None:
    every = measured.species
    for row, one in enumerate(every):
        rate, value, interval = one.rate, one.rate.value, one.interval
        if value is None or interval is None:
            axes.text(0.01 * limit, row, "no presentation counted", va="center", fontsize=7, color="#777777")
            continue
        axes.barh(
            row,
            100 * value,
            height=0.66,
            color=canvas.ORANGE if one.bona_fide else canvas.SKY,
            edgecolor="black",
            linewidth=0.5,
            hatch="////" if one.bona_fide else None,
        )
        bars = [[100 * (value - interval.low)], [100 * (interval.high - value)]]
        axes.errorbar(100 * value, row, xerr=bars, fmt="none", ecolor="black", elinewidth=0.9, capsize=2)
        axes.text(1.015 * limit, row, f"{rate.errors}/{rate.n}", va="center", fontsize=7, clip_on=False)
    labels = ["real" if one.bona_fide else canvas.drawable(one.name, 30) for one in every]
    axes.set_yticks(range(len(every)), labels)
    axes.set_ylim(len(every) - 0.4, -0.6)
    axes.set_xlim(0, limit)
    axes.set_xlabel("error (%)")
    axes.grid(False, axis="y")


def _empty(axes: Axes, words: str) -> None:
    import textwrap

    text = "\n".join(textwrap.fill(part, 52, break_on_hyphens=False) for part in words.splitlines())
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=7, color="#777777")
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_linestyle((0, (4, 4)))
        side.set_visible(True)
        side.set_color("#aaaaaa")
