"""What a decision was made from: the frames of a presentation with the face boxes, and the verdict, as one picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.running.presentation import Seen
from protocols.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from benchmark.running.predict import Answer

SUFFIXES = (".png", ".jpg", ".jpeg")
SIDE = 360
"""Longest side of a frame in the picture, in pixels, where there are several."""
COLOURS = {"bona fide": "#009E73", "attack": "#D55E00"}


def draw(seen: Seen, answer: Answer, file: Path) -> None:
    """Write the picture, PNG or JPEG. Raises `InputError` for a place that cannot be written."""
    import io

    from benchmark.output import write_bytes

    out = io.BytesIO()
    sheet(seen, answer).save(out, "PNG" if file.suffix.lower() == ".png" else "JPEG", quality=92)
    write_bytes(file, out.getvalue())


def sheet(seen: Seen, answer: Answer) -> Image:
    """The frames side by side, a box around the face in each, decision and score below."""
    from PIL import Image, ImageDraw

    colour = COLOURS.get(answer["decision"], "#666666")
    tiles = [_tile(seen, i, colour) for i in range(len(seen.frames))]
    if not tiles:
        tiles = [Image.new("RGB", (SIDE, SIDE // 2), "white")]
    columns = math.ceil(math.sqrt(len(tiles)))
    width, height = (max(tile.size[axis] for tile in tiles) for axis in (0, 1))
    rows = math.ceil(len(tiles) / columns)
    whole = Image.new("RGB", (columns * width, rows * height + 28), "white")
    for i, tile in enumerate(tiles):
        whole.paste(tile, (i % columns * width, i // columns * height))
    score = "" if answer["score"] is None else f"  score {answer['score']:+.4f}"
    why = f"  ({answer['reason']})" if answer["reason"] else ""
    words = f"{answer['decision']}{score}{why}".encode("latin-1", "replace").decode("latin-1")
    ImageDraw.Draw(whole).text((6, rows * height + 8), words, fill=colour)
    return whole


def _tile(seen: Seen, i: int, colour: str) -> Image:
    from PIL import Image, ImageDraw

    frame, box = Image.fromarray(seen.frames[i].pixels), seen.boxes[i]
    width = max(2, max(frame.size) // 200)
    corners = (box.x, box.y, box.x + max(1.0, box.w), box.y + max(1.0, box.h))
    ImageDraw.Draw(frame).rectangle(corners, outline=colour, width=width)
    if len(seen.frames) > 1:
        frame.thumbnail((SIDE, SIDE))
    return frame


def require_drawable(file: Path) -> None:
    """Raise `InputError` for a name that says no kind of picture, before anything is computed."""
    if file.suffix.lower() not in SUFFIXES:
        raise InputError(f"--draw {file}: name a file that ends in {', '.join(SUFFIXES)}")
