"""Video and HDF5 files whose bytes depend on their pictures only."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_CODECS: dict[str, tuple[Literal["libx264", "mpeg4"], str, dict[str, str]]] = {
    ".mov": ("libx264", "yuv420p", {"crf": "14", "preset": "superfast"}),
    ".mp4": ("libx264", "yuv420p", {"crf": "15", "preset": "superfast"}),
    ".avi": ("mpeg4", "yuv420p", {"qscale": "2", "global_quality": "236"}),
}


def write_video(path: Path, pictures: Iterable[NDArray[np.uint8]], rate: int) -> None:
    """Write RGB pictures of one even size; the container follows the suffix (.mov and .mp4 H.264, .avi MPEG-4).

    One encoder thread and no time stamps or version strings of libraries, so that equal pictures make equal files.
    """
    import av

    codec, pixels, options = _CODECS[path.suffix]
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream: VideoStream | None = None
        for picture in pictures:
            if stream is None:
                stream = container.add_stream(codec, rate=rate, options={**options, "threads": "1"})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = pixels
                stream.time_base = Fraction(1, rate)
                stream.codec_context.flags |= int(av.codec.context.Flags.bitexact)
                if codec == "mpeg4":
                    stream.codec_context.flags |= int(av.codec.context.Flags.qscale)
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")):
                container.mux(packet)
        if stream is None:
            raise ValueError(f"{path}: a video without pictures")
        for packet in stream.encode():
            container.mux(packet)


def write_hdf5(path: Path, pictures: Iterable[NDArray[np.uint8]]) -> None:
    """Write RGB pictures as Idiap's preprocessed files hold them: `/Frame_<k>/array`, (3, height, width), uint8."""
    import h5py

    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for k, picture in enumerate(pictures):
            channels = np.ascontiguousarray(picture.transpose(2, 0, 1))
            file.create_group(f"Frame_{k}").create_dataset("array", data=channels, track_times=False)
