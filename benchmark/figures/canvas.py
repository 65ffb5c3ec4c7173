"""How every figure looks and how it is written: SVG and PNG, the same bytes for the same scores.

Colours are Okabe and Ito's (2008), told apart with any kind of colour vision; line styles, markers and hatches tell
the same story in greyscale.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from benchmark.figures.request import Drawing
from benchmark.untrusted import printable, shown
from protocols.errors import InputError
from protocols.files import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, BLACK = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000",
)  # fmt: skip
COLOURS = (BLUE, RED, GREEN, BLACK, PURPLE, ORANGE, SKY)
LINES: tuple[str | tuple[int, tuple[float, ...]], ...] = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)))
_FOOTER_PER_INCH = 17  # characters of 7 pt
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_RC: dict[Any, Any] = {  # Matplotlib's keys are one `Literal` of all its settings
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "savefig.dpi": 200,
    "svg.fonttype": "path",
    "svg.hashsalt": "pad-benchmark",
    "text.parse_math": False,
}


@contextmanager
def style() -> Iterator[None]:
    """The look of all figures, for drawing and for writing; nothing outside is changed."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        yield


def blank(width: float, height: float) -> Figure:
    """An empty figure, inches. No display and no global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


class Stroke(TypedDict):
    """Keywords of Matplotlib's `plot`."""

    color: str
    linestyle: str | tuple[int, tuple[float, ...]]


def line(number: int) -> Stroke:
    """Colour and dash pattern of the n-th curve of a figure: 28 different ones."""
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": LINES[number // len(COLOURS) % len(LINES)]}


def drawable(text: str, limit: int = 4000) -> str:
    """Text as the font can draw it: what does not print or has no glyph becomes U+FFFD, what is too long is cut."""
    glyphs = _glyphs()
    return "".join(c if c == "\n" or ord(c) in glyphs else "\ufffd" for c in shown(text, limit).expandtabs(2))


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    return frozenset(font.get_charmap())


def footed(drawing: Drawing, world: str) -> Figure:
    """The figure with its footer: what the drawing says of itself, and the world."""
    width = int(drawing.figure.get_figwidth() * _FOOTER_PER_INCH)
    lines = [part for text in (*drawing.footer, world) for part in textwrap.wrap(drawable(text), width)]
    drawing.figure.supxlabel("\n".join(lines), fontsize=7, color="#444444", x=0.01, ha="left")
    return drawing.figure


def save(drawing: Drawing, folder: Path, world: str) -> tuple[Path, Path]:
    """Write `name.svg` and `name.png`, whole or not at all; the world stands in the footer."""
    footed(drawing, world)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
            file = folder / f"{drawing.name}.{kind}"
            with whole(file) as part:
                drawing.figure.savefig(part, format=kind, metadata=metadata)
            written.append(file)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); choose another --output") from error
    return written[0], written[1]


def file_name(*words: str) -> str:
    """A file name of words that may come from a run: letters, digits, hyphens."""
    return "-".join("".join(c if c.isalnum() else "-" for c in printable(word)) for word in words)


def policy_footer(names: Sequence[str]) -> str:
    """Which threshold policy decided, for the footer."""
    return f"Threshold policy: {', '.join(dict.fromkeys(names))}."
