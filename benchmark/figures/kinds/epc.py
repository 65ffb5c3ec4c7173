"""Expected performance curve: HTER on the target of thresholds that were chosen on the source (Bengio et al. 2005)."""

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

    from benchmark.tables.measured import Measured


@register(
    "epc", about="expected performance curve: HTER on the target of thresholds chosen on the source", several=True
)
def draw(request: Request) -> Drawing:
    """HTER over the weight that the choice of the threshold gives to FAR; non-responses are errors."""
    figure = canvas.blank(5.2, 3.6)
    axes = figure.add_subplot()
    every = request.each()
    top = 0.0
    for i, measured in enumerate(every):
        weights, hter = _curve(measured)
        axes.plot(
            weights, 100 * hter, drawstyle="steps-mid", label=canvas.drawable(measured.run.title, 40), **canvas.line(i)
        )
        top = max(top, 100 * float(np.max(hter)))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 5 + top)
    axes.set_xlabel("weight of FAR when the threshold is chosen on the source's dev part")
    axes.set_ylabel("HTER on the target (%)")
    title = f"{canvas.drawable(every[0].run.title, 60)}, " if len(every) == 1 else ""
    axes.set_title(title + title_of(every[0].run))
    if len(every) > 1:
        axes.legend()
    footer = "No threshold saw the target. Non-responses are errors."
    return Drawing(figure, canvas.file_name("epc", *request.methods, request.protocol), (footer,))


def _curve(measured: Measured) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from benchmark.metrics.roc import expected_performance_curve
    from benchmark.metrics.thresholds import answered

    dev = measured.run.dev_scores
    if measured.why or dev is None:
        raise InputError(f"{measured.run.path}: no performance curve: {measured.why or 'no scores of a dev part'}")
    source, target = (answered(scores, silent_is_error=True) for scores in (dev, measured.run.scores))
    found = expected_performance_curve(source, target, points=201)
    if found is None:
        raise InputError(f"{measured.run.path}: no performance curve: dev or target lacks scores of a class")
    return found[0], found[2]
