"""Frames of a presentation: k pictures evenly spread by time, from image files, a video or an HDF5 file.

Every reader is bounded: what a header promises is never trusted, and no file can ask for more than `MAX_PIXELS` a
picture or `MAX_KEPT` pixels for the frames that are kept together.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from protocols.discovery.walk import shown
from protocols.errors import UnreadableError
from protocols.media.frame import Decoded, Undecodable, gather
from protocols.media.picture import read_image
from protocols.presentation import Media


def read_frames(root: Path, media: Media, k: int) -> Decoded:
    """At most `k` frames, at the midpoints of k equal intervals of the presentation's duration.

    A presentation of fewer frames gives each of them once; a broken picture costs itself alone. Raises `Undecodable`
    for a presentation without any frame, `UnreadableError` where the system is to blame.
    """
    try:
        return _read(root, media, k)
    except Undecodable:
        if not root.is_dir():
            raise UnreadableError(f"{shown(root)}: the release is gone: is its disk still there?") from None
        raise


def _read(root: Path, media: Media, k: int) -> Decoded:
    if not media.files:
        raise Undecodable("no media file")
    if media.kind == "images":
        files = media.files
        return gather(
            np.arange(len(files), dtype=np.float64),
            k,
            lambda index: read_image(root / files[index]),
            lambda index: shown(files[index].rpartition("/")[2]),
        )
    path = root / media.files[0]
    if media.kind == "hdf5":
        from protocols.media.hdf5 import read_hdf5

        return read_hdf5(path, k)
    from protocols.media.video import read_video

    return read_video(path, k)
