"""Tiny files of every kind that the releases hold: pictures, clips, raw HDF5, lists, clutter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from protocols.presentation import Media, Presentation


@dataclass
class Written:
    """A miniature on disk and what is in it."""

    root: Path
    layout: str
    rows: list[Presentation] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def jpeg(path: Path) -> None:
    """An ellipse on black with a size and colour that follow from the path: 96 x 96 or 140 x 120 pixels."""
    from PIL import Image

    seed = _seed(path)
    height, width = ((96, 96), (120, 140))[seed % 2]
    y, x = np.mgrid[:height, :width]
    inside = ((y / height - 0.5) / 0.4) ** 2 + ((x / width - 0.5) / 0.35) ** 2 < 1
    picture = np.where(inside[..., None], np.random.default_rng(seed).integers(60, 220, 3), 0).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, format="JPEG")


def video(path: Path, frames: int = 3, seed: int | None = None) -> None:
    """A portrait clip of a few frames; the codec follows from the container."""
    import av

    rng = np.random.default_rng(_seed(path) if seed is None else seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    codec, pixels = {".avi": ("mjpeg", "yuvj420p"), ".mov": ("mpeg4", "yuv420p"), ".mp4": ("mpeg4", "yuv420p")}[
        path.suffix.lower()
    ]
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 48, pixels
        for _ in range(frames):
            picture = np.broadcast_to(rng.integers(0, 255, (48, 1, 3), np.uint8), (48, 32, 3))
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def hdf5(path: Path) -> None:
    """A raw file with the colour stream, two frames of 48 x 30, and one stream that is no colour."""
    import h5py

    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        colour = file.create_dataset(
            "BASLER_BGR", data=np.arange(2 * 3 * 48 * 30, dtype=np.uint8).reshape(2, 3, 48, 30)
        )
        colour.attrs["timestamps"] = "[0.0, 33.3]"
        file.create_dataset("GOBI_THERMAL", data=np.zeros((2, 4, 4), np.uint16))


def text(path: Path, lines: Iterable[str], end: str = "\n") -> None:
    """A list file; `end` is what follows its last line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join(lines) + end).encode())


def clutter(folder: Path) -> None:
    """What desktop systems and other modalities leave lying about: none of it may count or be warned of."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (".DS_Store", "Thumbs.db", "._0001.jpg", "readme.pdf"):
        (folder / name).write_bytes(b"x")
    (folder / "__MACOSX" / "color").mkdir(parents=True)
    (folder / "__MACOSX" / "color" / "0001.jpg").write_bytes(b"x")


def _seed(path: Path) -> int:
    return int.from_bytes(hashlib.sha256(path.name.encode() + path.parent.name.encode()).digest()[:4], "little")


def frames(root: Path, folder: str, names: Iterable[str]) -> Media:
    """Write the frames, their depth and infrared siblings, and say what the colour ones are called below `root`."""
    files = tuple(f"{folder}/{name}" for name in names)
    for file in files:
        jpeg(root / file)
        for other in ("depth", "ir"):
            place = root / Path(folder).parent / other / Path(file).name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"not for colour")
    return Media("images", files)
