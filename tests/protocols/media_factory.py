"""Writes small real media files and releases for the tests of decoding and preparation."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from pathlib import Path

import av
import cv2
import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from protocols.media.decode import read_frames
from protocols.media.frame import Undecodable
from protocols.presentation import BONA_FIDE, Media, Presentation, Release


def moving(n: int, height: int = 48, width: int = 64) -> Iterable[NDArray[np.uint8]]:
    """Pictures that all differ: a bright field grows from the left while everything darkens."""
    for i in range(n):
        picture = np.full((height, width, 3), (60, 120, 180), np.uint8)
        picture[:, : 1 + i * (width - 1) // n] = 250 - i * 200 // n
        yield picture


def portrait(n: int, height: int = 240, width: int = 200) -> Iterable[NDArray[np.uint8]]:
    """A real face (Eileen Collins, NASA, public domain) that moves a little."""
    face = cv2.resize(data.astronaut()[:260, 90:350], (180, 180), interpolation=cv2.INTER_AREA)
    for i in range(n):
        picture = np.full((height, width, 3), 90, np.uint8)
        picture[20 + i : 200 + i, 10:190] = face
        yield picture


def write_video(path: Path, codec: str, pictures: Iterable[NDArray[np.uint8]], gop: int = 10, **options: str) -> Path:
    """`options` go to the container (for instance movflags)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options=options) as container:
        stream = None
        for picture in pictures:
            if stream is None:
                stream = container.add_stream(codec, rate=30, options={"g": str(gop)})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
                stream.codec_context.thread_count = 1
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
    return path


def every_frame(path: Path) -> list[NDArray[np.uint8]]:
    """What everybody writes: decode and convert all of it."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def turn_display(path: Path) -> None:
    """Marks a .mov as recorded by a phone held upright: to be shown turned by 90 degrees clockwise."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 44
    content[at : at + 36] = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    path.write_bytes(content)


def write_images(folder: Path, pictures: Iterable[NDArray[np.uint8]]) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for i, picture in enumerate(pictures, 1):
        names.append(f"{i:04}.jpg")
        Image.fromarray(picture).save(folder / names[-1], quality=95)
    return names


def cut_out(height: int = 60, width: int = 50, margin: int = 9) -> NDArray[np.uint8]:
    """An ellipse of skin colour on black, as CASIA-SURF and CeFA distribute faces."""
    picture = np.zeros((height + 2 * margin, width + 2 * margin, 3), np.uint8)
    centre = (margin + width // 2, margin + height // 2)
    cv2.ellipse(picture, centre, (width // 2, height // 2), 0, 0, 360, (190, 140, 120), -1)
    return picture


def presentation(
    name: str, kind: str, *files: str, subject: str | None = None, split: str | None = None
) -> Presentation:
    return Presentation(name, BONA_FIDE, BONA_FIDE, "Live", subject, subject or name, split, Media(kind, files))


def release(root: Path, *presentations: Presentation, name: str = "siw-mv2", cropped: bool = False) -> Release:
    return Release(name, name, "test", root, tuple(presentations), cropped=cropped)


def write_hdf5(path: Path, frames: int = 6, times: list[int] | None = None, **options) -> NDArray[np.uint8]:
    """Noise in HQ-WMCA's own layout; `options` go to the data set."""
    pixels = np.random.default_rng(0).integers(0, 256, (frames, 3, 20, 12), np.uint8)
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("BASLER_BGR", data=pixels, **options)
        if times is not None:
            dataset.attrs["timestamps"] = json.dumps(times)
    return pixels


def why(root: Path, kind: str, *files: str, k: int = 8) -> str:
    """Why a presentation gives no frames: one line without its folder."""
    with pytest.raises(Undecodable) as caught:
        read_frames(root, Media(kind, files), k)
    assert "\n" not in str(caught.value)
    assert str(root) not in str(caught.value)
    return str(caught.value)
