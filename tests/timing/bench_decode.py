"""8 frames of a 30 s 1080p H.264 video, a key frame every 2 s. Run: `python -m tests.timing.bench_decode`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocols.media.decode import read_frames
from protocols.presentation import Media
from tests.timing.cpu_time import Row, compare, show

K = 8


def hand_held(seconds: int, width: int = 1920, height: int = 1080) -> Iterator[NDArray[np.uint8]]:
    """A photograph before a hand-held camera: the view wanders, and the sensor adds noise."""
    import cv2
    from skimage import data

    large = cv2.resize(data.astronaut(), (width + 80, width + 80), interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 12, (height + 60, width + 60, 3), np.uint8)
    for i in range(seconds * 30):
        x, y = round(40 + 35 * np.sin(i / 25)), round(40 + 35 * np.cos(i / 31))
        dx, dy = rng.integers(0, 60, 2)
        yield cv2.add(large[y : y + height, x : x + width], noise[dy : dy + height, dx : dx + width])


def write(path: Path, seconds: int = 30, gop: int = 60) -> Path:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"g": str(gop), "preset": "ultrafast", "crf": "26"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for picture in hand_held(seconds):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
    return path


def with_opencv(path: Path) -> int:
    """What is usual: read every frame."""
    import cv2

    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    n = 0
    while capture.read()[0]:
        n += 1
    return n


def with_pyav(path: Path) -> Iterator[NDArray[np.uint8]]:
    import av

    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.mov")
        media = Media("video", (path.name,))
        kept = {frame.index: frame.pixels for frame in read_frames(path.parent, media, K).frames}
        assert len(kept) == K
        for index, pixels in enumerate(with_pyav(path)):
            assert index not in kept or np.array_equal(kept[index], pixels), f"frame {index} differs"
        assert with_opencv(path) == index + 1
        usual, ours = compare(lambda: with_opencv(path), lambda: read_frames(path.parent, media, K), rounds=2)
    name = "8 frames of 30 s 1080p H.264: OpenCV reads all; seek over key frames (same pixels)"
    return [(name, f"{usual:.2f} s", f"{ours:.2f} s", usual / ours, ">= 4")]


if __name__ == "__main__":
    show(rows())
