"""One picture that shows every species of every release, to be looked at by a person."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocols.demo.draw import pictures
from protocols.demo.field.cameras import camera_of
from protocols.demo.plan import Item
from protocols.demo.releases import plans
from protocols.files import write_whole

_HIGH, _TEXT, _COLUMNS, _WIDE = 176, 18, 4, 420


def sheet(file: Path, seed: int = 0) -> None:
    """Write a PNG with one presentation of each species and release: two frames, of videos the second one enlarged.

    Raises OSError where the file cannot be written; it then does not exist.
    """
    from PIL import Image

    bands = []
    for plan in plans(seed):
        cells = [_cell(plan.name, label, item, seed) for label, item in _examples(plan.items).items()]
        blank = np.full_like(cells[0], 24)
        cells += [blank] * (-len(cells) % _COLUMNS)
        bands += [np.hstack(cells[i : i + _COLUMNS]) for i in range(0, len(cells), _COLUMNS)]
    data = io.BytesIO()
    Image.fromarray(np.vstack(bands)).save(data, "PNG")
    write_whole(Path(file), data.getvalue(), durable=False)


def _examples(items: tuple[Item, ...]) -> dict[str, Item]:
    """The first unharmed presentation of each species (of each type of cut photo, each light), by its label."""
    found: dict[str, Item] = {}
    for item in items:
        if not (item.fault or item.copy_of):
            kind = f" {item.variant}" if item.species == "cut photo" else ""
            light = f", {item.light}" if item.light != "room" else ""
            found.setdefault(item.species + kind + light, item)
    return found


def _cell(release: str, label: str, item: Item, seed: int) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw

    frames = list(pictures(release, item, seed))
    first, second = frames[0], frames[len(frames) // 2]
    camera = camera_of(release, item.camera)
    if not camera.cut:
        h, w = second.shape[:2]
        side = min(int(1.5 * camera.face[1]), h, w)
        top, left = int((h - side) * 0.44), (w - side) // 2
        second = second[top : top + side, left : left + side]
        trim = max(0, (w - 4 * h // 3) // 2)
        first = first[:, trim : w - trim]
    cell = Image.new("RGB", (_WIDE, _HIGH + _TEXT), (24, 24, 24))
    x = 0
    for picture in (first, second):
        wide = round(picture.shape[1] * _HIGH / picture.shape[0])
        cell.paste(Image.fromarray(picture).resize((wide, _HIGH), Image.Resampling.LANCZOS), (x, _TEXT))
        x += wide + 4
    ImageDraw.Draw(cell).text((3, 3), f"{release}: {label}", fill=(255, 230, 90))
    return np.asarray(cell)
