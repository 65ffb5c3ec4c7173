"""k frames of an HQ-WMCA HDF5 file's colour stream.

Opened without locks: a file system without them, or a writer that holds one, would make every file look broken.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocols.media.findings import about, blame, is_memory, open_file, read_through
from protocols.media.frame import MAX_FRAMES, MAX_KEPT, Decoded, Undecodable, check_size, gather, spread

DATASET = "BASLER_BGR"
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
                found = _frames(_dataset(file), k)
            if found.losses:
                read_through(path)  # what cannot be unpacked may be the disk's fault
            return found
        except (OSError, RuntimeError, KeyError) as error:  # what h5py means to raise on broken files
            reason = _IN_USE if "already open for write" in str(error) else "not a readable HDF5 file"
            raise blame(path, error, reason) from error


def _frames(dataset: Any, k: int) -> Decoded:
    frames, _, height, width = dataset.shape
    times = _times(dataset)
    check_size(width, height, len(spread(times, k)))

    def read(index: int) -> NDArray[np.uint8]:
        try:  # one frame at a time: `dataset[[0, 5]]` is up to 70 times slower
            return np.ascontiguousarray(dataset[index][::-1].transpose(1, 2, 0))
        except (OSError, RuntimeError) as error:
            if is_memory(error):
                raise
            raise Undecodable("cannot be unpacked") from None

    found = gather(times, k, read, lambda index: f"frame {index} of {frames}")
    return replace(found, tried=(0,))  # one file, whichever frames


def _dataset(file: Any) -> Any:
    """`/BASLER_BGR` of an HQ-WMCA file, checked: in this very file, (frames, 3, height, width) uint8."""
    import h5py

    link = file.get(DATASET, getlink=True)
    if link is None:
        raise Undecodable(f"HDF5 file without /{DATASET}: no colour stream")
    if not isinstance(link, h5py.HardLink):
        raise Undecodable(f"/{DATASET} is a link to elsewhere: refused")
    dataset = file[DATASET]
    if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 4 or dataset.shape[1] != 3 or dataset.dtype != np.uint8:
        raise Undecodable(f"/{DATASET} is not (frames, 3, height, width) of uint8")
    if dataset.is_virtual or dataset.external:
        raise Undecodable(f"/{DATASET} keeps its data in another file: refused")
    if not 0 < dataset.shape[0] <= MAX_FRAMES:
        raise Undecodable(f"/{DATASET} says that it holds {dataset.shape[0]} frames")
    if dataset.chunks and int(np.prod(dataset.chunks)) > 3 * MAX_KEPT:
        raise Undecodable(f"/{DATASET} is stored in chunks over the limit of {3 * MAX_KEPT // 10**6} MB")
    return dataset


def _times(dataset: Any) -> NDArray[np.float64]:
    """The attribute `timestamps` (JSON list, milliseconds) in seconds; the frames' numbers where it is unusable."""
    n = dataset.shape[0]
    try:
        times = np.asarray(json.loads(dataset.attrs["timestamps"]), np.float64) / 1000.0
        if times.shape == (n,) and np.isfinite(times).all() and (np.diff(times) > 0).all():
            return times
    except (KeyError, TypeError, ValueError, OSError):
        pass
    return np.arange(n, dtype=np.float64)
