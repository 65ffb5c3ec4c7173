"""DET curves: APCER of each species against BPCER on normal-deviate axes (ISO/IEC 30107-3; Martin et al. 1997)."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing, Request
from benchmark.tables.breakdown import title_of
from protocols.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from benchmark.results.scores import Scores

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


@register("det", about="DET curves per species on normal-deviate axes")
def draw(request: Request) -> Drawing:
    """One curve per species; the threshold of the run's policy is a marker on each."""
    measured = request.measured()
    curves = species_curves(measured.run.scores)
    if measured.why or not curves:
        raise InputError(
            f"{measured.run.path}: no DET curve can be drawn: {measured.why or 'no scores of both classes'}"
        )
    figure = canvas.blank(6.6, 4.8)
    axes = figure.add_subplot()
    for i, (name, (apcer, bpcer, n)) in enumerate(curves.items()):
        axes.plot(
            deviate(apcer), deviate(bpcer), label=f"{canvas.drawable(name, 30)} ({n})",
            **canvas.line(i),
        )  # fmt: skip
        if measured.outcomes is not None and (at := measured.outcomes.rate(name)).value is not None:
            marker = canvas.MARKERS[i % len(canvas.MARKERS)]
            bpcer_at = measured.outcomes.bpcer.value
            if bpcer_at is not None:
                axes.plot(
                    deviate([at.value]), deviate([bpcer_at]), marker, color=canvas.line(i)["color"],
                    markeredgecolor="white", markersize=6, zorder=4, clip_on=False,
                )  # fmt: skip
    places = deviate([tick / 100 for tick in TICKS])
    axes.set_xticks(places, [f"{tick:g}" for tick in TICKS], fontsize=7)
    axes.set_yticks(places, [f"{tick:g}" for tick in TICKS], fontsize=7)
    ends = deviate([0, 1])
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    axes.set_xlabel("APCER of the species (%)")
    axes.set_ylabel("BPCER (%)")
    axes.set_title(f"{canvas.drawable(measured.run.title, 60)}, {title_of(request.protocol)}")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), title="species (presentations)", title_fontsize=8)
    return Drawing(
        figure,
        canvas.file_name("det", request.method, request.protocol),
        (
            canvas.policy_footer([measured.policy.name]) + " Markers: where it lands for each species. "
            f"Non-responses are errors. Rates of 0 and 100 % are drawn at {EDGE} and {100 - EDGE} %.",
        ),
    )
