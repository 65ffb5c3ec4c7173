"""Figure 6: error per species under the four protocols of one method, counts and exact intervals beside every bar."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing, Request
from benchmark.metrics.coverage import EXACT
from benchmark.metrics.rates import BONA_FIDE, Rate
from benchmark.tables.breakdown import title_of
from benchmark.tables.collect import Measured
from protocols.crossdomain import PROTOCOLS
from protocols.errors import InputError
from protocols.species import GROUPS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@register("6", about="error per species with exact intervals, four protocols of one method")
def draw(request: Request) -> Drawing:
    """One panel per protocol, bona fide ("real") first; a protocol without a run is an empty panel that says so."""
    found, gaps = _measured(request)
    if not found:
        raise InputError(f"{request.results}: no finished run of {request.method}; make one with {gaps[0]}")
    rows = [max([4, *(len(m.outcomes.counts) for p in pair if (m := found.get(p)) and m.outcomes)]) for pair in _PAIRS]
    limit = _limit(found.values())
    figure = canvas.blank(9.0, 1.6 + 0.24 * sum(rows))
    grid = figure.add_gridspec(2, 2, height_ratios=rows)
    for protocol in PROTOCOLS:
        axes = figure.add_subplot(grid[_PLACES[protocol]])
        axes.set_title(title_of(protocol))
        measured = found.get(protocol)
        if measured is None or measured.outcomes is None:
            why = measured.why if measured else f"no run of {request.method}"
            _empty(axes, f"{why}\n{request.command(protocol)}" if measured is None else str(why))
        else:
            _bars(axes, measured, limit)
    first = next(iter(found.values()))
    figure.suptitle(f"{canvas.drawable(first.run.title, 60)}: error per type of face", fontweight="bold")
    return Drawing(
        figure,
        canvas.file_name("figure", "6", request.method),
        (
            canvas.policy_footer([m.policy.name for m in found.values()]) + " real: BPCER; attacks: APCER. "
            f"Errors / presentations at the right. Whiskers: 95 % intervals, {EXACT}.",
        ),
        tuple(gaps),
    )


_PLACES = {"cefa2hqwmca": (0, 0), "surf2hqwmca": (0, 1), "cefa2siw": (1, 0), "surf2siw": (1, 1)}
_PAIRS = (("cefa2hqwmca", "surf2hqwmca"), ("cefa2siw", "surf2siw"))


def _measured(request: Request) -> tuple[dict[str, Measured], list[str]]:
    found, gaps = {}, []
    for protocol in PROTOCOLS:
        if (request.method, protocol) in request.world.entries:
            found[protocol] = request.measured(protocol)
        else:
            gaps.append(f"`{request.command(protocol)}`")
    return found, gaps


def _limit(found: Iterable[Measured]) -> int:
    """The end of every panel's axis in %: one scale for all, the next ten above the greatest upper bound."""
    from benchmark.metrics.intervals import clopper_pearson

    every = [m.outcomes.rate(name) for m in found if m.outcomes for name in m.outcomes.counts]
    bounds = [exact.high for rate in every if (exact := clopper_pearson(rate)) is not None]
    return min(100, 10 * math.ceil(10 * max(bounds, default=1.0)))


def _bars(axes: Axes, measured: Measured, limit: int) -> None:
    from benchmark.metrics.intervals import clopper_pearson

    assert measured.outcomes is not None
    order = {name: i for i, name in enumerate(GROUPS)}
    names = sorted(measured.outcomes.counts, key=lambda name: (order.get(name, len(order)), name))
    for row, name in enumerate(names):
        rate: Rate = measured.outcomes.rate(name)
        value = rate.value
        exact = clopper_pearson(rate)
        bona_fide = name == BONA_FIDE
        if value is None or exact is None:
            axes.text(0.01 * limit, row, "no presentation counted", va="center", fontsize=7, color="#777777")
            continue
        axes.barh(
            row,
            100 * value,
            height=0.66,
            color=canvas.ORANGE if bona_fide else canvas.SKY,
            edgecolor="black",
            linewidth=0.5,
            hatch="////" if bona_fide else None,
        )
        bars = [[100 * (value - exact.low)], [100 * (exact.high - value)]]
        axes.errorbar(100 * value, row, xerr=bars, fmt="none", ecolor="black", elinewidth=0.9, capsize=2)
        axes.text(1.015 * limit, row, f"{rate.errors}/{rate.n}", va="center", fontsize=7, clip_on=False)
    axes.set_yticks(range(len(names)), ["real" if name == BONA_FIDE else canvas.drawable(name, 30) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
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
