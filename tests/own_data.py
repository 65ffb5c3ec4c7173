"""Data of nobody's release for tests: drawn faces, cut out already, in a layout, a list and a plug-in of our own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.plugins import install

COLUMNS = ("path", "label", "species", "subject", "split", "sensor", "operator")
KINDS = {"live": ("real", ""), "print": ("attack", "print"), "foil": ("attack", "foil hat")}
"""Folder of a list's pictures -> their label and species."""
RELEASE = '''
"""The rig's pictures: <split>/<subject>_<kind>_<camera>.png."""

from protocols.adapter import Adapter, register
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation, Release

SPECIES = {"live": "bona fide", "print": "print", "resin": "resin mask"}


@register("rig", title="The Rig")
class Rig(Adapter):
    licence = "ours"
    covariates = ("sensor",)

    def discover(self, root):
        rows = []
        for file in sorted(root.glob("*/*_*_*.png")):
            subject, kind, camera = file.stem.split("_")
            where = f"{file.parent.name}/{file.name}"
            label = BONA_FIDE if kind == "live" else ATTACK
            row = Presentation(
                id=where.removesuffix(".png"),
                label=label,
                species=SPECIES[kind],
                native_code=kind,
                subject=subject,
                group=subject,
                split=file.parent.name,
                media=Media("images", (where,)),
                covariates=(("sensor", camera),),
            )
            rows.append(row)
        if not rows:
            raise InputError(f"{root}: not the rig's pictures: no <split>/<subject>_<kind>_<camera>.png below it")
        return Release(self.name, self.title, "rig", root, tuple(rows), cropped=True)
'''
PROTOCOLS = """
[protocols.rig-own]
title = "The rig's own test"
sources = ["rig"]
targets = ["rig"]
choices = { target_splits = "test" }

[suites.rigs]
title = "Rigs"
protocols = ["rig-own", "rig-to-*"]
"""


def face(path: Path, *, attack: bool, size: int = 64) -> Path:
    """A picture of an ellipse in a colour that follows from its name; attacks are striped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(_drawn(f"{path.parent.name}/{path.name}", attack, size)).save(path)
    return path


def clip(path: Path, *, attack: bool, frames: int = 4, size: int = 64) -> Path:
    """A video of such a face, of as many pictures that differ in their noise."""
    from tests.protocols.media_factory import write_video

    path.parent.mkdir(parents=True, exist_ok=True)
    codec = "mjpeg" if path.suffix == ".avi" else "mpeg4"
    return write_video(path, codec, [_drawn(f"{path.name}/{i}", attack, size) for i in range(frames)])


def _drawn(name: str, attack: bool, size: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(np.frombuffer(name.encode(), np.uint8))
    y, x = np.mgrid[:size, :size] / size - 0.5
    turned = (x * np.cos(a := rng.uniform(-0.5, 0.5)) + y * np.sin(a), y * np.cos(a) - x * np.sin(a))
    inside = (turned[0] / 0.38) ** 2 + (turned[1] / 0.46) ** 2 < 1
    skin = (
        rng.integers(110, 210, 3) * (1 - rng.uniform(0.2, 1.2) * ((x - rng.uniform(-0.3, 0.3)) ** 2 + y * y))[..., None]
    )
    noise = rng.normal(0, 2 if attack else 6, (size, size, 3))
    stripes = 12 * np.sin((x + y) * size * 1.2)[..., None] if attack else 0
    return (np.clip(skin + noise + stripes, 1, 255) * inside[..., None]).astype(np.uint8)


def rig(root: Path, subjects: int = 4) -> Path:
    """The rig's pictures: so many subjects in train, fewer in dev and test."""
    for split, first, n in (("train", 0, subjects), ("dev", 20, 2), ("test", 40, 3)):
        for subject in range(first, first + n):
            for kind in ("live", "print", "resin"):
                face(root / split / f"s{subject:02d}_{kind}_cam{subject % 2}.png", attack=kind != "live")
    return root


def booth(
    root: Path, subjects: Sequence[int] = range(6), train: int = 3, *, films: bool = False
) -> list[tuple[str, ...]]:
    """Pictures of a booth and the rows of a list of them, `COLUMNS`; the first `train` subjects are trained on.

    `films`: every second subject was filmed.
    """
    rows = []
    for subject in subjects:
        for kind, (label, species) in KINDS.items():
            draw, suffix = (clip, "mp4") if films and subject % 2 else (face, "png")
            file = draw(root / kind / f"{subject:02d}.{suffix}", attack=label == "attack")
            path = file.relative_to(root).as_posix()
            split = "train" if subject < train else "test"
            rows.append((path, label, species, f"p{subject}", split, "webcam" if subject % 2 else "phone", "A. Name"))
    return rows


def door(root: Path, subjects: Sequence[int] = range(6), train: int = 3) -> Path:
    """A folder tree: bona fide pictures, and prints as folders of frames and as videos."""
    for subject in subjects:
        split = "train" if subject < train else "test"
        face(root / split / "live" / f"s{subject:02d}" / "door.png", attack=False)
        print_ = root / split / "Spoof" / "print" / f"s{subject:02d}"
        if subject % 2:
            clip(print_ / "film.mov", attack=True)
        for frame in (1, 2) if subject % 2 == 0 else ():
            face(print_ / "frames" / f"{frame:04d}.png", attack=True)
    return root


def as_csv(rows: Iterable[Sequence[str]], columns: Sequence[str] = COLUMNS, *, office: bool = False) -> bytes:
    """A list as a CSV file; `office`: as a spreadsheet program saves it on Windows where commas are decimal: a byte
    order mark, semicolons, quotes around every cell, backslashes in paths, Windows' line ends, and a row of empty cells
    at the end."""
    text = io.StringIO(newline="")
    how = {"delimiter": ";", "quoting": csv.QUOTE_ALL, "lineterminator": "\r\n"} if office else {}
    written = [[cell.replace("/", "\\") for cell in row] if office else row for row in rows]
    csv.writer(text, **how).writerows([columns, *written])
    if office:
        text.write(";" * (len(columns) - 1) + "\r\n")
    return text.getvalue().encode("utf-8-sig" if office else "utf-8")


def plug_in(folder: Path) -> Path:
    """The rig as an installed package: a release, and a file with a protocol and a suite."""
    install(folder, "rig_release", RELEASE, "releases", name="rig")
    source = "from pathlib import Path\n\nFILE = Path(__file__).with_name('rig.toml')\n"
    install(folder, "rig_protocols", source, "protocols", "rig_protocols:FILE", "rig")
    (folder / "rig.toml").write_text(PROTOCOLS)
    return folder
