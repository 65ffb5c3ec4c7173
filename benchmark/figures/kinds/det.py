"""DET curves: APCER of each species against BPCER on normal-deviate axes (ISO/IEC 30107-3; Martin et al. 1997)."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing, Request
from benchmark.results.task import title_of
from protocols.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from benchmark.results.rates import Rate
    from benchmark.results.scores import Scores
    from benchmark.tables.measured import Measured

TICKS = (0.1, 1, 5, 10, 20, 40, 60, 80, 90, 95, 99, 99.9)
EDGE = 0.05
"""Per cent at which a rate of 0 or 100 is drawn: a normal deviate has no end."""


def deviate(rates: ArrayLike) -> NDArray[np.float64]:
    """Normal deviates of rates in [0, 1], clipped to `EDGE`."""
    clipped = np.clip(np.asarray(rates, np.float64), EDGE / 100, 1 - EDGE / 100)
    inverse = NormalDist().inv_cdf
    return np.array([inverse(float(rate)) for rate in clipped.ravel()]).reshape(clipped.shape)


def species_curves(scores: Scores) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64], int]]:
    """Species -> (APCER, BPCER, presentations); non-responses are errors. Corners only: the points between lie on the
    straight steps that join them."""
    from benchmark.metrics.roc import curve
    from benchmark.metrics.thresholds import by_species

    curves = {}
    for name, sides in by_species(scores, silent_is_error=True).items():
        found = curve(sides)
        if found is not None:
            keep = _corners(found.far, found.frr)
            curves[name] = (found.far[keep], found.frr[keep], found.n_attack)
    return curves


def _corners(far: NDArray[np.float64], frr: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where a staircase turns, and its ends."""
    keep = np.ones(len(far), bool)
    flat = (np.diff(far) == 0, np.diff(frr) == 0)
    keep[1:-1] = ~((flat[0][:-1] & flat[0][1:]) | (flat[1][:-1] & flat[1][1:]))
    return keep


def worst_curve(scores: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64], int] | None:
    """(greatest APCER of any species, BPCER, attack presentations) over all thresholds, corners only."""
    from benchmark.metrics.thresholds import by_species

    sides = list(by_species(scores, silent_is_error=True).values())
    if not sides or not sides[0].n_bona_fide:
        return None
    values = np.concatenate([sides[0].bona_fide, *(side.attack for side in sides)])
    thresholds = np.append(np.unique(values), np.inf)
    far = np.max([1 - np.searchsorted(side.attack, thresholds, "left") / side.n_attack for side in sides], axis=0)
    below = np.searchsorted(sides[0].bona_fide, thresholds, "left")
    frr = (sides[0].silent_bona_fide + below) / sides[0].n_bona_fide
    keep = _corners(far, frr)
    return far[keep], frr[keep], sum(side.n_attack for side in sides)


@register(
    "det", about="DET curves: per species, or of the worst species per method where several are given", several=True
)
def draw(request: Request) -> Drawing:
    """One curve per species of a method, or the worst species' of each of several; markers: the policy's threshold."""
    figure = canvas.blank(6.6, 4.8)
    axes = figure.add_subplot()
    every = request.each()
    if len(every) == 1:
        _species(axes, every[0])
    else:
        _methods(axes, every)
    places = deviate([tick / 100 for tick in TICKS])
    axes.set_xticks(places, [f"{tick:g}" for tick in TICKS], fontsize=7)
    axes.set_yticks(places, [f"{tick:g}" for tick in TICKS], fontsize=7)
    ends = deviate([0, 1])
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    axes.set_ylabel("BPCER (%)")
    title = f"{canvas.drawable(every[0].run.title, 60)}, " if len(every) == 1 else ""
    axes.set_title(title + title_of(every[0].run))
    lands = "where it lands" + (" for each species" if len(every) == 1 else "")
    return Drawing(
        figure,
        canvas.file_name("det", *request.methods, request.protocol),
        (
            canvas.policy_footer([measured.policy.name for measured in every]) + f" Markers: {lands}. "
            f"Non-responses are errors. Rates of 0 and 100 % are drawn at {EDGE} and {100 - EDGE} %.",
        ),
    )


def _species(axes: Axes, measured: Measured) -> None:
    curves = species_curves(measured.run.scores)
    if measured.why or not curves:
        raise _no_curve(measured)
    for i, (name, (apcer, bpcer, n)) in enumerate(curves.items()):
        axes.plot(deviate(apcer), deviate(bpcer), label=f"{canvas.drawable(name, 30)} ({n})", **canvas.line(i))
        if measured.outcomes is not None:
            _mark(axes, i, measured.outcomes.rate(name), measured.outcomes.bpcer)
    axes.set_xlabel("APCER of the species (%)")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), title="species (presentations)", title_fontsize=8)


def _methods(axes: Axes, every: list[Measured]) -> None:
    for i, measured in enumerate(every):
        found = None if measured.why else worst_curve(measured.run.scores)
        if found is None:
            raise _no_curve(measured)
        apcer, bpcer, n = found
        axes.plot(
            deviate(apcer), deviate(bpcer), label=f"{canvas.drawable(measured.run.title, 30)} ({n})", **canvas.line(i)
        )
        if measured.outcomes is not None and measured.outcomes.apcer_max is not None:
            _mark(axes, i, measured.outcomes.apcer_max.rate, measured.outcomes.bpcer)
    axes.set_xlabel("APCER of the worst species at each threshold (%)")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), title="method (attacks)", title_fontsize=8)


def _mark(axes: Axes, i: int, apcer: Rate, bpcer: Rate) -> None:
    """Where the policy's threshold lies on the n-th curve."""
    if apcer.value is None or bpcer.value is None:
        return
    axes.plot(
        deviate([apcer.value]), deviate([bpcer.value]), canvas.MARKERS[i % len(canvas.MARKERS)],
        color=canvas.line(i)["color"], markeredgecolor="white", markersize=6, zorder=4, clip_on=False,
    )  # fmt: skip


def _no_curve(measured: Measured) -> InputError:
    return InputError(f"{measured.run.path}: no DET curve can be drawn: {measured.why or 'no scores of both classes'}")
