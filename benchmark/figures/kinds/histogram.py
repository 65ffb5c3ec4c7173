"""Score histograms of both classes with the threshold of every policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing, Request
from benchmark.results.task import title_of
from protocols.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmark.results.scores import Scores

BINS = 40
LINES = {"source-eer": ("-", canvas.BLACK), "fixed:0": (":", canvas.GREEN), "oracle-target-eer": ("--", canvas.RED)}
"""Policies whose thresholds are drawn."""


def binned(scores: Scores, bins: int = BINS) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]] | None:
    """(edges, bona fide counts, attack counts) over the finite scores; infinite ones fall into the outermost bins.
    None where nobody has a finite score."""
    answered = scores.score[scores.responded]
    finite = answered[np.isfinite(answered)]
    if not len(finite):
        return None
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    sides = (scores.score[scores.responded & side] for side in (scores.bona_fide, ~scores.bona_fide))
    counts = [np.histogram(np.clip(side, low, high), edges)[0] for side in sides]
    return edges, counts[0], counts[1]


@register("scores", about="score histograms with the thresholds of every policy")
def draw(request: Request) -> Drawing:
    """Shares of each class per bin, so that classes of different size compare."""
    measured = request.measured()
    scores = measured.run.scores
    found = binned(scores)
    if found is None:
        raise InputError(f"{measured.run.path}: no presentation has a finite score: there is no histogram")
    edges, bona_fide, attack = found
    figure = canvas.blank(6.2, 3.8)
    axes = figure.add_subplot()
    for counts, name, look in (
        (attack, "attack", {"facecolor": canvas.SKY, "edgecolor": canvas.BLUE, "alpha": 0.6}),
        (bona_fide, "bona fide", {"facecolor": "none", "edgecolor": canvas.RED, "hatch": "///"}),
    ):
        share = 100 * counts / max(1, counts.sum())
        axes.stairs(share, edges, fill=True, label=f"{name} ({counts.sum()})", linewidth=1.1, **look)
    for name, (dash, colour) in LINES.items():
        at = measured.figures.policies[name].threshold if measured.figures else None
        if at is not None and np.isfinite(at):
            inside = edges[0] <= at <= edges[-1]
            label = f"{name}: {at:.3g}" + ("" if inside else " (outside)")
            if inside:
                axes.axvline(at, linestyle=dash, color=colour, label=label)
            else:
                axes.plot([], [], linestyle=dash, color=colour, label=label)
    axes.set_xlabel("score (higher: more bona fide)")
    axes.set_ylabel("share of the class (%)")
    axes.set_title(f"{canvas.drawable(measured.run.title, 60)}, {title_of(measured.run)}")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    silent = int((~scores.responded).sum())
    infinite = int(np.isinf(scores.score).sum())
    footer = f"{silent} of {len(scores)} presentations without an answer are not shown."
    footer += f" {infinite} infinite scores stand in the outermost bins." if infinite else ""
    return Drawing(figure, canvas.file_name("scores", request.method, request.protocol), (footer,))
