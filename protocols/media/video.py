"""k frames of a video by time, without decoding what is not needed, through PyAV.

The packets' times are read first (no picture is decoded). Then each wanted frame is reached from the nearest key frame
before it; frames are converted to RGB only if they are kept. The result is the same, pixel by pixel, as decoding every
frame. Where the file does not keep what its packets promise (it breaks off, lacks times or seeks badly), everything is
decoded up to the failure and the frames are spread over what could be decoded; how far that was is recorded.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from protocols.media.findings import about, blame, is_memory, open_file
from protocols.media.frame import MAX_FRAMES, MAX_PIXELS, Decoded, Frame, Loss, Undecodable, check_size, spread
from protocols.media.upright import of_matrix, show

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.sidedata.sidedata import SideData
    from av.video.stream import VideoStream

MAX_DECODED = 100_000_000_000
"""Pixels decoded for one video: 25 minutes of 1080p. A small file can hold far more than it looks."""
TOO_LONG = f"video is longer than any presentation (over {MAX_FRAMES} frames or {MAX_DECODED // 10**9} gigapixels)"

# Frames come from the open file alone: no format that points to other files (playlists, concatenations), no protocol.
OPEN_OPTIONS = {"protocol_whitelist": "none", "format_whitelist": "mov,mp4,avi,matroska,webm"}


class _UnreliableError(Exception):
    """The quick way does not fit this file: decode everything."""


@dataclass(frozen=True)
class _Timeline:
    pts: list[int]  # increasing, one per frame
    keys: list[int]  # those of key frames
    end: int
    base: float
    named: int | None  # frames that the file says it holds


def read_video(path: Path, k: int) -> Decoded:
    """At most `k` frames evenly spread by time, upright. Raises `Undecodable` or `UnreadableError`."""
    import av

    with about(path):
        try:
            try:
                return _seek_and_decode(path, k)
            except (_UnreliableError, av.FFmpegError):
                return _decode_all(path, k)
        except av.FFmpegError as error:
            raise blame(path, error, "not a readable video file") from error


@contextmanager
def _open(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """(container, video stream). Tags that are no UTF-8 text are none of our business: they are replaced."""
    import av

    with open_file(path) as file, av.open(file, "r", options=OPEN_OPTIONS, metadata_errors="replace") as container:
        if not container.streams.video:
            raise Undecodable("file without a video stream")
        stream = container.streams.video[0]
        context = stream.codec_context
        if context is None:
            raise Undecodable("video in a format that cannot be decoded")
        check_size(max(context.width, 1), max(context.height, 1))
        context.thread_count = 1  # preparation is parallel over presentations
        context.options = {"max_pixels": str(MAX_PIXELS)}  # the stream itself may say another size than the container
        try:
            yield container, stream
        finally:
            file.check()  # FFmpeg may take what the system refused for the file's end


def _timeline(container: InputContainer, stream: VideoStream) -> _Timeline:
    """Times of all frames from the packets alone. Raises `_UnreliableError` where packets carry none."""
    pts, keys, end, hidden = [], [], 0, 0
    for packet in container.demux(stream):
        if packet.size == 0:
            continue
        if packet.is_discard:
            hidden += 1
            continue
        if packet.pts is None or packet.is_corrupt:
            raise _UnreliableError
        pts.append(packet.pts)
        end = max(end, packet.pts + (packet.duration or 0))
        if packet.is_keyframe:
            keys.append(packet.pts)
        if len(pts) > MAX_FRAMES:
            raise Undecodable(TOO_LONG)
    pts.sort()
    keys.sort()
    if not pts or not keys or keys[0] != pts[0] or len(set(pts)) < len(pts):
        raise _UnreliableError
    if stream.time_base is None:
        raise _UnreliableError
    base = float(stream.time_base)
    named = _named(container, stream, len(pts), (end - pts[0]) * base)
    return _Timeline(pts, keys, end, base, None if named is None else max(0, named - hidden))


def _named(container: InputContainer, stream: VideoStream, found: int, seconds: float) -> int | None:
    """How many frames the file says it holds, hidden ones included, where `found` were and lasted `seconds`."""
    if container.format.name.startswith("mov"):
        return len(stream.index_entries) if stream.frames else None  # without: in fragments, none of which says it all
    if stream.frames:
        return int(stream.frames)
    lasts = _seconds(stream.metadata.get("DURATION", ""))  # Matroska says how long, not how many
    if lasts is None or seconds <= 0:
        return None
    named = round(found * lasts / seconds)
    return named if named - found > max(1, 0.01 * found) else found  # the last frame's length is often not said


def _seconds(text: str) -> float | None:
    """Matroska's `00:00:02.000000000`."""
    try:
        hours, minutes, seconds = map(float, text.split(":"))
    except ValueError:
        return None
    total = 3600 * hours + 60 * minutes + seconds
    return total if 0 < total < 1e6 else None


def _shortened(found: int, named: int | None, *, failed: bool) -> tuple[Loss, ...]:
    """The loss of a video that ends before what it says, or in the middle of a frame."""
    if named is not None and named > found:
        return (Loss("breaks off", named - found, f"breaks off after {found} of {named} frames"),)
    return (Loss("breaks off", 0, f"breaks off after {found} frames"),) if failed else ()


def _seek_and_decode(path: Path, k: int) -> Decoded:
    with _open(path) as (container, stream):
        line = _timeline(container, stream)
        check_size(stream.codec_context.width, stream.codec_context.height, min(k, len(line.pts)))
        first, base = line.pts[0], line.base
        chosen = spread((np.asarray(line.pts, np.float64) - first) * base, k, (line.end - first) * base)
        kept: list[Frame] = []
        frames, reached, decoded = None, None, 0
        for index in chosen:
            target = line.pts[index]
            key = line.keys[bisect.bisect_right(line.keys, target) - 1]
            if frames is None or reached is None or key > reached:
                container.seek(key, stream=stream, backward=True)
                frames = container.decode(stream)
            for frame in frames:
                if frame.pts is None or frame.is_corrupt or frame.pts > target:
                    raise _UnreliableError
                reached = frame.pts
                decoded += frame.width * frame.height
                if decoded > MAX_DECODED:
                    raise Undecodable(TOO_LONG)
                if reached == target:
                    kept.append(Frame(index, (target - first) * base, _shown(frame, stream, len(chosen))))
                    break
            else:
                raise _UnreliableError
    if not kept:
        raise _UnreliableError
    return Decoded(kept, line.named, _shortened(len(line.pts), line.named, failed=False))


class _Pass:
    """Once through the frames that can be decoded, up to the first failure."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.failed = False
        self.named: int | None = None

    def __iter__(self) -> Iterator[tuple[float, float, VideoFrame, VideoStream]]:
        """(recorded seconds or NaN, seconds at a steady rate, frame, stream)."""
        import av

        with _open(self._path) as (container, stream):
            rate = float(stream.average_rate or stream.guessed_rate or 1)
            index = pixels = 0
            packets = container.demux(stream)
            while True:
                try:
                    packet = next(packets, None)
                    frames = packet.decode() if packet is not None else []
                except av.FFmpegError as error:
                    if is_memory(error):
                        raise
                    self.failed = True
                    break
                if packet is None:
                    break
                for frame in frames:
                    if frame.is_corrupt:
                        self.failed = True
                        break
                    pixels += frame.width * frame.height
                    if index >= MAX_FRAMES or pixels > MAX_DECODED:
                        raise Undecodable(TOO_LONG)
                    yield _recorded(frame), index / rate, frame, stream
                    index += 1
                if self.failed:
                    break
            self.named = _named(container, stream, index, index / rate)


def _recorded(frame: VideoFrame) -> float:
    """Seconds, by the file's own clock; NaN without."""
    return math.nan if frame.pts is None or frame.time_base is None else frame.pts * float(frame.time_base)


def _decode_all(path: Path, k: int) -> Decoded:
    """Spread over the frames that can be decoded: once through for their times, once again for the chosen pixels."""
    through = _Pass(path)
    pairs = [(recorded, even) for recorded, even, _, _ in through]
    if not pairs:
        raise Undecodable("no frame of the video can be decoded")
    recorded, steady = map(list, zip(*pairs, strict=True))
    usable = all(map(math.isfinite, recorded)) and all(a < b for a, b in itertools.pairwise(recorded))
    times = recorded if usable else steady
    chosen = spread(times, k)
    kept = []
    for index, (_, _, frame, stream) in enumerate(_Pass(path)):
        if index in chosen:
            kept.append(Frame(index, times[index] - times[0], _shown(frame, stream, len(chosen))))
        if index == chosen[-1]:
            break
    return Decoded(kept, through.named, _shortened(len(pairs), through.named, failed=through.failed))


def _shown(frame: VideoFrame, stream: VideoStream, kept: int) -> NDArray[np.uint8]:
    """RGB pixels as a player shows them: 8 bits, full range, by the whole display matrix, of square pixels.

    FFmpeg's scaler brings every depth and range to 8 bits of full range, by what the frame says of itself.
    """
    check_size(frame.width, frame.height, kept)
    sides = cast("Mapping[str, SideData]", frame.side_data)  # which the library's own annotation calls a `SideData`
    matrix = sides.get("DISPLAYMATRIX")
    numbers = (1, 0, 0, 0, 1) if matrix is None else np.frombuffer(bytes(matrix), np.int32).tolist()
    pixels = show(
        np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), of_matrix(numbers, stream.sample_aspect_ratio)
    )
    check_size(pixels.shape[1], pixels.shape[0], kept)
    return pixels
