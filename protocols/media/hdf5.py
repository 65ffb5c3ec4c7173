"""k frames of the colour stream of an HDF5 file, in the layouts of Idiap's releases.

`/BASLER_BGR` of HQ-WMCA and `/Color_Data` of 3DMAD hold (frames, 3, height, width) in one data set, blue first and red
first; `/Frame_<k>/array` of WMCA's preprocessed files hold (3, height, width) each, red first.

Opened without locks: a file system without them, or a writer that holds one, would make every file look broken.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from protocols.media.findings import about, blame, is_memory, open_file, read_through
from protocols.media.frame import MAX_FRAMES, MAX_KEPT, Decoded, Undecodable, check_size, gather, spread

if TYPE_CHECKING:
    import h5py

STREAMS = {"BASLER_BGR": -1, "Color_Data": 1}
"""Data sets of all frames -> the step that makes their channels red, green, blue."""
_GROUP = re.compile(r"Frame_(\d{1,6})")
_ARRAY = "array"
_CACHE = 128 << 20
_IN_USE = "marked as open for writing: its writer is at work or has died (h5clear -s removes the mark)"


def read_hdf5(path: Path, k: int) -> Decoded:
    """At most `k` frames evenly spread by time. Raises `Undecodable` or `UnreadableError`."""
    import h5py

    open_file(path).close()
    with about(path):
        try:
            # chunks that span several frames are unpacked once and stay in the cache; the default of 1 MB holds none
            with h5py.File(path, "r", locking=False, rdcc_nbytes=_CACHE) as file:
                found = _found(file, k)
            if found.losses:
                read_through(path)  # what cannot be unpacked may be the disk's fault
            return found
        except (OSError, RuntimeError, KeyError) as error:  # what h5py means to raise on broken files
            reason = _IN_USE if "already open for write" in str(error) else "not a readable HDF5 file"
            raise blame(path, error, reason) from error


def _found(file: h5py.File, k: int) -> Decoded:
    """The frames of whichever layout the file has."""
    for name, step in STREAMS.items():
        if file.get(name, getlink=True) is not None:
            return _frames(_dataset(file, name, 4), step, k)
    numbers = sorted((int(match[1]), name) for name in file if (match := _GROUP.fullmatch(name)))
    if not numbers:
        raise Undecodable(
            f"HDF5 file without {', '.join(f'/{name}' for name in STREAMS)} or /Frame_<k>: no colour stream"
        )
    return _groups(file, [name for _, name in numbers], k)


def _frames(dataset: h5py.Dataset, step: int, k: int) -> Decoded:
    frames, _, height, width = dataset.shape
    times = _times(dataset)
    check_size(width, height, len(spread(times, k)))

    # one frame at a time: `dataset[[0, 5]]` is up to 70 times slower
    found = gather(times, k, lambda index: _unpacked(dataset, index, step), lambda index: f"frame {index} of {frames}")
    return replace(found, tried=(0,))  # one file, whichever frames


def _groups(file: h5py.File, names: list[str], k: int) -> Decoded:
    """Frames that lie in groups of their own; their numbers are the only times known."""
    if len(names) > MAX_FRAMES:
        raise Undecodable(f"HDF5 file that says that it holds {len(names)} frames")

    def read(index: int) -> NDArray[np.uint8]:
        if not isinstance(file.get(names[index], getlink=True), _hard()):
            raise Undecodable(f"/{names[index]} is a link to elsewhere: refused")
        dataset = _dataset(file, f"{names[index]}/{_ARRAY}", 3)
        check_size(dataset.shape[2], dataset.shape[1], min(k, len(names)))
        return _unpacked(dataset, (), 1)

    times = np.arange(len(names), dtype=np.float64)
    return replace(gather(times, k, read, lambda index: names[index]), tried=(0,))


def _unpacked(dataset: h5py.Dataset, index: int | tuple[()], step: int) -> NDArray[np.uint8]:
    """One frame, (height, width, 3), RGB. Raises `Undecodable` for one that is damaged."""
    try:
        return np.ascontiguousarray(dataset[index][::step].transpose(1, 2, 0))
    except (OSError, RuntimeError) as error:
        if is_memory(error):
            raise
        raise Undecodable("cannot be unpacked") from None


def _hard() -> type:
    import h5py

    hard: type = h5py.HardLink
    return hard


def _dataset(file: h5py.File, name: str, dims: int) -> h5py.Dataset:
    """A data set, checked: in this very file, ([frames,] 3, height, width) uint8."""
    import h5py

    link = file.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise Undecodable(f"/{name} is not there" if link is None else f"/{name} is a link to elsewhere: refused")
    dataset = file[name]
    wanted = "(frames, 3, height, width)" if dims == 4 else "(3, height, width)"
    if (
        not isinstance(dataset, h5py.Dataset)
        or dataset.ndim != dims
        or dataset.shape[-3] != 3
        or dataset.dtype != np.uint8
    ):
        raise Undecodable(f"/{name} is not {wanted} of uint8")
    if dataset.is_virtual or dataset.external:
        raise Undecodable(f"/{name} keeps its data in another file: refused")
    if dims == 4 and not 0 < dataset.shape[0] <= MAX_FRAMES:
        raise Undecodable(f"/{name} says that it holds {dataset.shape[0]} frames")
    if dataset.chunks and int(np.prod(dataset.chunks)) > 3 * MAX_KEPT:
        raise Undecodable(f"/{name} is stored in chunks over the limit of {3 * MAX_KEPT // 10**6} MB")
    return dataset


def _times(dataset: h5py.Dataset) -> NDArray[np.float64]:
    """The attribute `timestamps` (JSON list, milliseconds) in seconds; the frames' numbers where it is unusable."""
    n = dataset.shape[0]
    try:
        times = np.asarray(json.loads(dataset.attrs["timestamps"]), np.float64) / 1000.0
        if times.shape == (n,) and np.isfinite(times).all() and (np.diff(times) > 0).all():
            return times
    except (KeyError, TypeError, ValueError, OSError):
        pass
    return np.arange(n, dtype=np.float64)
