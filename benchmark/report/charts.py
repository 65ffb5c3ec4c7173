"""DET curves and score histograms as inline SVG: colours come from the page's style, so they follow light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from benchmark.figures.kinds.det import TICKS, deviate, species_curves
from benchmark.figures.kinds.histogram import binned
from benchmark.untrusted import one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmark.results.scores import Scores

LOOKS = 28
"""Different looks of a curve in the page's style (`.k0` ... `.k27`)."""
_SIDE, _LEFT, _TOP, _BOTTOM = 300.0, 46.0, 8.0, 38.0


@dataclass(frozen=True)
class Chart:
    """A drawing and the names of its curves: (class in the style, name)."""

    svg: Markup
    legend: tuple[tuple[str, str], ...]


def det(scores: Scores, title: str) -> Chart | None:
    """One DET curve per species on normal-deviate axes; None where none can be drawn."""
    curves = species_curves(scores)
    if not curves:
        return None
    low, high = deviate([0.0, 1.0])
    scale = _SIDE / (high - low)
    parts = []
    for tick, place in zip(TICKS, deviate([tick / 100 for tick in TICKS]), strict=True):
        x, y = _LEFT + (place - low) * scale, _TOP + _SIDE - (place - low) * scale
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{_TOP + _SIDE}M{_LEFT} {y:.1f}H{_LEFT + _SIDE}"/>')
        if tick not in (95, 80, 0.1, 99.9):  # their words would touch their neighbours'
            parts.append(f'<text x="{x:.1f}" y="{_TOP + _SIDE + 13}" text-anchor="middle">{tick:g}</text>')
            parts.append(f'<text x="{_LEFT - 5}" y="{y + 3:.1f}" text-anchor="end">{tick:g}</text>')
    legend = []
    for i, (name, (apcer, bpcer, n)) in enumerate(curves.items()):
        xs = _LEFT + (deviate(apcer) - low) * scale
        ys = _TOP + _SIDE - (deviate(bpcer) - low) * scale
        look = f"k{i % LOOKS}"
        parts.append(f'<path class="curve {look}" d="{_path(xs, ys)}"/>')
        legend.append((look, f"{name} ({n})"))
    words = f"DET curves per species, {title}"
    return Chart(_svg(words, parts, "APCER of the species (%)", "BPCER (%)"), tuple(legend))


def histogram(scores: Scores, thresholds: Sequence[tuple[str, float | None]], title: str) -> Chart | None:
    """Shares of both classes per bin of the score, with named thresholds; None where nobody has a finite score."""
    found = binned(scores)
    if found is None:
        return None
    edges, bona_fide, attack = found
    shares = [100 * side / max(1, side.sum()) for side in (attack, bona_fide)]
    top = max(float(share.max()) for share in shares) * 1.05
    width = float(edges[-1] - edges[0])
    xs = _LEFT + (edges - edges[0]) / width * _SIDE
    parts, legend = [], []
    for share, look, name in zip(
        shares, ("attack", "bonafide"), (f"attack ({attack.sum()})", f"bona fide ({bona_fide.sum()})"), strict=True
    ):
        ys = _TOP + _SIDE - share / top * _SIDE
        steps = "".join(f"V{y:.1f}H{x:.1f}" for y, x in zip(ys, xs[1:], strict=True))
        parts.append(f'<path class="area {look}" d="M{xs[0]:.1f} {_TOP + _SIDE}{steps}V{_TOP + _SIDE}Z"/>')
        legend.append((look, name))
    for i, (name, value) in enumerate(thresholds):
        if value is None:
            continue
        look, x = f"t{i}", _LEFT + (value - edges[0]) / width * _SIDE
        inside = _LEFT <= x <= _LEFT + _SIDE
        if inside:
            parts.append(f'<path class="threshold {look}" d="M{x:.1f} {_TOP}V{_TOP + _SIDE}"/>')
        legend.append((look, f"{name}: {value:.3g}" + ("" if inside else " (outside)")))
    for place, value in ((0.0, edges[0]), (0.5, (edges[0] + edges[-1]) / 2), (1.0, edges[-1])):
        x = _LEFT + place * _SIDE
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _SIDE + 13}" text-anchor="middle">{value:.3g}</text>')
    parts.append(f'<text x="{_LEFT - 5}" y="{_TOP + 6}" text-anchor="end">{top:.2g}</text>')
    parts.append(f'<text x="{_LEFT - 5}" y="{_TOP + _SIDE}" text-anchor="end">0</text>')
    words = f"Score histogram, {title}"
    return Chart(_svg(words, parts, "score (higher: more bona fide)", "share of the class (%)"), tuple(legend))


def _path(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> str:
    """A polyline with a tenth of a unit, repeated points left out."""
    points = dict.fromkeys(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
    return "M" + "L".join(points)


def _svg(title: str, parts: list[str], below: str, beside: str) -> Markup:
    middle = _TOP + _SIDE / 2
    frame = f'<path class="frame" d="M{_LEFT} {_TOP}V{_TOP + _SIDE}H{_LEFT + _SIDE}"/>'
    axes = (
        f'<text x="{_LEFT + _SIDE / 2}" y="{_TOP + _SIDE + 32}" text-anchor="middle">{below}</text>'
        f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">{beside}</text>'
    )
    size = f"0 0 {_LEFT + _SIDE + 14:g} {_TOP + _SIDE + _BOTTOM:g}"
    name = escape(one_line(title, 200))
    return Markup(f'<svg viewBox="{size}" role="img" aria-label="{name}">{"".join(parts)}{frame}{axes}</svg>')  # noqa: S704
