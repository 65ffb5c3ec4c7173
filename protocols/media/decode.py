"""Frames of a presentation: k pictures evenly spread by time, from image files, a video or an HDF5 file.

Every reader is bounded: what a header promises is never trusted, and no file can ask for more than `MAX_PIXELS` a
picture or `MAX_KEPT` pixels for the frames that are kept together.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocols.presentation import Media

MAX_PIXELS = 64_000_000
MAX_KEPT = 160_000_000
MAX_FRAMES = 100_000
"""About an hour at 30 frames a second: no presentation is that long, so more is refused and not waited for."""
HDF5_DATASET = "BASLER_BGR"


class Undecodable(Exception):  # noqa: N818  # a finding about a file, not an accident
    """A presentation that gives no frames; the message is the reason, without any path."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that was kept.

    Attributes:
        index: its position among the presentation's frames, 0-based, in temporal order.
        time: seconds from the first frame; where the release records no times, `index`.
        pixels: uint8, (height, width, 3), RGB, upright.
    """

    index: int
    time: float
    pixels: NDArray[np.uint8]


def read_frames(root: Path, media: Media, k: int) -> list[Frame]:
    """At most `k` frames, at the midpoints of k equal intervals of the presentation's duration.

    A presentation of fewer frames gives each of them once. Raises `Undecodable`.
    """
    if not media.files:
        raise Undecodable("no media file")
    paths = [root / name for name in media.files]
    if media.kind == "images":
        return _read_images(paths, k)
    path = paths[0]
    check_file(path)
    if media.kind == "hdf5":
        return _read_hdf5(path, k)
    from protocols.media.video import read_video

    return read_video(path, k)


def spread(times: NDArray[np.float64] | Sequence[float], k: int, end: float | None = None) -> list[int]:
    """Positions of the frames on show at the midpoints of k equal intervals, increasing and without repeats.

    `times` are increasing; `end` is the moment when the last frame leaves the screen (default: one median interval
    after it came). With fewer than k frames, or in a recording that stands still for a while, fewer are returned.
    """
    at = np.asarray(times, np.float64)
    n = len(at)
    if n <= k:
        return list(range(n))
    if end is None or end <= at[-1]:
        end = at[-1] + float(np.median(np.diff(at)))
    midpoints = at[0] + (np.arange(k) + 0.5) * (end - at[0]) / k
    chosen = np.searchsorted(at, midpoints, side="right") - 1
    return sorted(set(np.clip(chosen, 0, n - 1).tolist()))


def check_file(path: Path) -> None:
    """Raises `Undecodable` unless `path` is an ordinary file that holds something."""
    try:
        if not path.is_file():
            raise Undecodable("file is missing" if not path.exists() else "not an ordinary file")
        if path.stat().st_size == 0:
            raise Undecodable("file is empty (0 bytes)")
    except OSError as error:
        raise Undecodable(f"file cannot be read ({error.strerror})") from None


def check_size(width: int, height: int, kept: int = 1) -> None:
    """Raises `Undecodable` for pictures beyond `MAX_PIXELS`, or `kept` of them beyond `MAX_KEPT`."""
    if width < 1 or height < 1:
        raise Undecodable(f"picture of {width} x {height} pixels")
    if width * height > MAX_PIXELS:
        raise Undecodable(f"picture of {width} x {height} pixels is over the limit of {MAX_PIXELS // 10**6} megapixels")
    if width * height * kept > MAX_KEPT:
        raise Undecodable(
            f"{kept} frames of {width} x {height} pixels are over the limit of {MAX_KEPT // 10**6} megapixels together"
        )


def _read_images(paths: list[Path], k: int) -> list[Frame]:
    chosen = spread(np.arange(len(paths), dtype=np.float64), k)
    frames, total = [], 0
    for index in chosen:
        pixels = read_image(paths[index])
        total += pixels.shape[0] * pixels.shape[1]
        if total > MAX_KEPT:
            raise Undecodable(f"{len(chosen)} frames are over the limit of {MAX_KEPT // 10**6} megapixels together")
        frames.append(Frame(index, float(index), pixels))
    return frames


def read_image(path: Path) -> NDArray[np.uint8]:
    """One JPEG, PNG, BMP or WebP file, uint8, (height, width, 3), RGB, turned upright by its EXIF orientation.

    Raises `Undecodable`, also for a file that breaks off: half a picture is not silently filled with grey.
    """
    from PIL import Image, ImageOps

    check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; check_size refuses the too large ones
            with Image.open(path, formats=("JPEG", "PNG", "BMP", "WEBP")) as image:
                check_size(*image.size)
                upright = ImageOps.exif_transpose(image) if image.getexif() else image
                return np.array(upright.convert("RGB"))
    except Image.DecompressionBombError:
        raise Undecodable(f"picture is over the limit of {MAX_PIXELS // 10**6} megapixels") from None
    except (OSError, SyntaxError, ValueError) as error:  # the three that Pillow's decoders raise on broken files
        broken = "truncated" in str(error) or "not processed" in str(error)
        raise Undecodable("image file breaks off" if broken else "not a readable image file") from None


def _read_hdf5(path: Path, k: int) -> list[Frame]:
    import h5py

    try:
        # chunks that span several frames are unpacked once and stay in the cache; the default of 1 MB holds none
        with h5py.File(path, "r", rdcc_nbytes=128 * 2**20) as file:
            dataset = _hdf5_dataset(file)
            _, _, height, width = dataset.shape
            times = _hdf5_times(dataset)
            chosen = spread(times, k)
            check_size(width, height, len(chosen))
            # one frame at a time: `dataset[[0, 5]]` is up to 70 times slower
            return [
                Frame(i, float(times[i] - times[0]), np.ascontiguousarray(dataset[i][::-1].transpose(1, 2, 0)))
                for i in chosen
            ]
    except (OSError, RuntimeError, KeyError) as error:  # what h5py raises on broken files
        raise Undecodable("not a readable HDF5 file") from error


def _hdf5_dataset(file: Any) -> Any:
    """`/BASLER_BGR` of an HQ-WMCA file, checked: in this very file, (frames, 3, height, width) uint8."""
    import h5py

    link = file.get(HDF5_DATASET, getlink=True)
    if link is None:
        raise Undecodable(f"HDF5 file without /{HDF5_DATASET}: no colour stream")
    if not isinstance(link, h5py.HardLink):
        raise Undecodable(f"/{HDF5_DATASET} is a link to elsewhere: refused")
    dataset = file[HDF5_DATASET]
    if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 4 or dataset.shape[1] != 3 or dataset.dtype != np.uint8:
        raise Undecodable(f"/{HDF5_DATASET} is not (frames, 3, height, width) of uint8")
    if dataset.is_virtual or dataset.external:
        raise Undecodable(f"/{HDF5_DATASET} keeps its data in another file: refused")
    if not 0 < dataset.shape[0] <= MAX_FRAMES:
        raise Undecodable(f"/{HDF5_DATASET} says that it holds {dataset.shape[0]} frames")
    if dataset.chunks and int(np.prod(dataset.chunks)) > 3 * MAX_KEPT:
        raise Undecodable(f"/{HDF5_DATASET} is stored in chunks over the limit of {3 * MAX_KEPT // 10**6} MB")
    return dataset


def _hdf5_times(dataset: Any) -> NDArray[np.float64]:
    """The attribute `timestamps` (JSON list, milliseconds) in seconds; the frames' numbers where it is unusable."""
    n = dataset.shape[0]
    try:
        times = np.asarray(json.loads(dataset.attrs["timestamps"]), np.float64) / 1000.0
        if times.shape == (n,) and np.isfinite(times).all() and (np.diff(times) > 0).all():
            return times
    except (KeyError, TypeError, ValueError, OSError):
        pass
    return np.arange(n, dtype=np.float64)
