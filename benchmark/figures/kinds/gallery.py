"""Figure 7: what the model said about one presentation of each species, its picture only where it was asked for.

Which presentation stands for its species is drawn by its id's digest: neither the best answer nor the longest.
"""

from __future__ import annotations

import hashlib
import math
import textwrap
from typing import TYPE_CHECKING

from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing, Request
from benchmark.metrics.thresholds import Answer, decisions, of_run
from benchmark.results.rates import BONA_FIDE
from benchmark.results.task import title_of
from protocols.errors import InputError
from protocols.species import in_order

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from benchmark.results.scores import Scores

TEXT = 600
WIDTH = 88


def chosen(scores: Scores) -> list[int]:
    """One presentation with a text per species, bona fide first; the same whatever the order of the file."""
    best: dict[str, tuple[bytes, int]] = {}
    for i, text in enumerate(scores.text):
        if text:
            key = hashlib.sha256(f"{scores.release[i]}/{scores.id[i]}".encode()).digest()
            name = str(scores.species[i])
            if name not in best or key < best[name][0]:
                best[name] = (key, i)
    return [best[name][1] for name in in_order(best)]


@register("7", about="reasoning per species", faces=True)
def draw(request: Request) -> Drawing:
    """A box per species: what it is, what was decided, and the model's words."""
    measured = request.measured()
    scores = measured.run.scores
    rule = of_run(Answer.word, rule=request.answer_rule)
    decided = decisions(rule, scores, None)
    picked = chosen(scores)
    if not picked:
        raise InputError(f"{measured.run.path}: {request.method} keeps no words: choose a method that answers in text")
    columns = 2
    rows = math.ceil(len(picked) / columns)
    figure = canvas.blank(10.0, 1.3 * rows + 0.8)
    for place, i in enumerate(picked):
        axes = figure.add_subplot(rows, columns, place + 1)
        picture = None
        if request.pictures is not None:
            picture = request.pictures.crop(measured.run, scores.release[i], scores.id[i])
        _box(axes, scores, i, str(decided[i]), picture)
    figure.suptitle(
        f"{canvas.drawable(measured.run.title, 60)}, {title_of(measured.run)}: reasoning", fontweight="bold"
    )
    return Drawing(
        figure,
        canvas.file_name("figure", "7", request.method, request.protocol),
        (f"One presentation per species, drawn by its id's digest, not by its answer. Decisions: {rule.meaning}.",),
    )


def _box(axes: Axes, scores: Scores, i: int, decision: str, picture: NDArray[np.uint8] | None) -> None:
    label = str(scores.label[i])
    right = label == decision
    colour = canvas.GREEN if right else canvas.RED
    axes.set_axis_off()
    left = 0.0
    if picture is not None:
        inset = axes.inset_axes((0.0, 0.08, 0.24, 0.84))
        inset.imshow(picture)
        inset.set_axis_off()
        left = 0.26
    word = "right" if right else "no answer" if decision == "non-response" else "wrong"
    species = "real" if label == BONA_FIDE else canvas.drawable(str(scores.species[i]), 30)
    head = f"{species}: {'✔' if right else '✘'} {decision} ({word})"
    axes.text(left, 0.98, head, transform=axes.transAxes, va="top", fontweight="bold", color=colour, fontsize=8.5)
    words = canvas.drawable(str(scores.text[i]), TEXT)
    wrapped = "\n".join(textwrap.wrap(words, WIDTH if picture is None else int(WIDTH * 0.74))[:7])
    axes.text(left, 0.84, wrapped, transform=axes.transAxes, va="top", fontsize=7, linespacing=1.25)
    axes.plot([0, 1], [0, 0], transform=axes.transAxes, color="#cccccc", linewidth=0.6)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
