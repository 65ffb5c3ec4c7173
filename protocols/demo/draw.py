"""One planned presentation to its file or files. Runs in worker processes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocols.demo import hq_wmca, siw_mv2
from protocols.demo.act import Cast
from protocols.demo.camera import CAMERAS
from protocols.demo.field.cameras import camera_of
from protocols.demo.field.people import people
from protocols.demo.field.sets import RATE
from protocols.demo.plan import Item, frame_files
from protocols.demo.simulators import Takes, encoded, stage
from protocols.demo.video import write_hdf5, write_video

_RATES = {"hq-wmca": hq_wmca.RATE, "siw-mv2": siw_mv2.RATE}
STRENGTH = (0.5, 1.0)
"""How strongly an artefact shows its physics: from hard to see to plain."""


def draw(root: Path, release: str, item: Item, seed: int) -> None:
    """Write one presentation below `root`. The bytes depend on (seed, release, item) only, not on order or process."""
    target = root / item.path
    frames = pictures(release, item, seed)
    if target.suffix == ".hdf5":
        write_hdf5(target, frames)
        return
    if target.suffix:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_video(target, frames, _RATES.get(release, RATE))
        if item.fault == "cut short":
            whole = target.read_bytes()
            target.write_bytes(whole[: len(whole) // 2])
        return
    target.mkdir(parents=True, exist_ok=True)
    for file, picture in zip(frame_files(item), frames, strict=True):
        (root / file).write_bytes(encoded(picture, CAMERAS[release].quality))


def pictures(release: str, item: Item, seed: int) -> Iterator[NDArray[np.uint8]]:
    """The frames of one presentation before compression."""
    rng = generator(seed, release, item.path)
    everybody = people()
    cast = Cast(
        everybody[item.face], everybody[item.presenter], float(rng.uniform(*STRENGTH)), item.variant, item.glasses
    )  # fmt: skip
    size = siw_mv2.SIZES[item.path.rsplit(".", 1)[1]] if release == "siw-mv2" else None
    frames = stage(item.species, cast, camera_of(release, item.camera), rng, Takes(item.frames, size, item.light))
    return (_hidden(picture) for picture in frames) if item.fault == "no face" else frames


def _hidden(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A sheet so near that only its blank side is seen."""
    h, w = picture.shape[:2]
    ramp = np.linspace(225, 196, w)[None, :, None] + np.linspace(0, 14, h)[:, None, None]
    paper = np.repeat(ramp, 3, axis=2) + (picture[:1, :1].astype(float) - 128) / 16
    return np.clip(paper, 0, 255).astype(np.uint8)


def generator(seed: int, *words: str) -> np.random.Generator:
    """Random numbers for one named thing."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest[:16], "<u4").tolist()])


def draw_all(root: Path, release: str, items: list[Item], seed: int) -> int:
    """Several presentations; the number written."""
    for item in items:
        draw(root, release, item, seed)
    return len(items)


def by_face(items: tuple[Item, ...], batch: int) -> list[list[Item]]:
    """Batches of items, those of one face together (its picture is then decoded once)."""
    ordered = sorted((item for item in items if not item.copy_of), key=lambda item: (item.face, item.path))
    return [list(chunk) for chunk in (ordered[i : i + batch] for i in range(0, len(ordered), batch))]
