"""k frames of a video by time, without decoding what is not needed, through PyAV.

The packets' times are read first (no picture is decoded). Then each wanted frame is reached from the nearest key frame
before it; frames are converted to RGB only if they are kept. The result is the same, pixel by pixel, as decoding every
frame. Where the file does not keep what its packets promise (it breaks off, lacks times or seeks badly), everything is
decoded up to the failure and the frames are spread over what could be decoded.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocols.media.decode import MAX_FRAMES, MAX_PIXELS, Frame, Undecodable, check_size, spread

MAX_DECODED = 100_000_000_000
"""Pixels decoded for one video: 25 minutes of 1080p. A small file can hold far more than it looks."""
TOO_LONG = f"video is longer than any presentation (over {MAX_FRAMES} frames or {MAX_DECODED // 10**9} gigapixels)"

# Reads local files only, and no format that points to other files (playlists, concatenations).
OPEN_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,mp4,avi,matroska,webm"}


class _UnreliableError(Exception):
    """The quick way does not fit this file: decode everything."""


@dataclass(frozen=True)
class _Timeline:
    pts: list[int]  # increasing, one per frame
    keys: list[int]  # those of key frames
    end: int
    base: float


def read_video(path: Path, k: int) -> list[Frame]:
    """At most `k` frames evenly spread by time, upright. Raises `Undecodable`."""
    import av

    try:
        try:
            return _seek_and_decode(path, k)
        except (_UnreliableError, av.FFmpegError):
            return _decode_all(path, k)
    except av.FFmpegError:
        raise Undecodable("not a readable video file") from None


def _open(path: Path) -> tuple[Any, Any]:
    import av

    container = av.open(str(path), options=OPEN_OPTIONS)
    if not container.streams.video:
        container.close()
        raise Undecodable("file without a video stream")
    stream = container.streams.video[0]
    context = stream.codec_context
    if context is None:
        container.close()
        raise Undecodable("video in a format that cannot be decoded")
    try:
        check_size(max(context.width, 1), max(context.height, 1))
    except Undecodable:
        container.close()
        raise
    context.thread_count = 1  # preparation is parallel over presentations
    context.options = {"max_pixels": str(MAX_PIXELS)}  # the stream itself may say another size than the container
    return container, stream


def _timeline(container: Any, stream: Any) -> _Timeline:
    """Times of all frames from the packets alone. Raises `_UnreliableError` where packets carry none."""
    pts, keys, end = [], [], 0
    for packet in container.demux(stream):
        if packet.size == 0 or packet.is_discard:
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
    return _Timeline(pts, keys, end, float(stream.time_base))


def _seek_and_decode(path: Path, k: int) -> list[Frame]:
    container, stream = _open(path)
    with container:
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
                    kept.append(Frame(index, (target - first) * base, _upright(frame)))
                    break
            else:
                raise _UnreliableError
    if not kept:
        raise _UnreliableError
    return kept


def _decode_all(path: Path, k: int) -> list[Frame]:
    """Spread over the frames that can be decoded: once through for their times, once again for the chosen pixels."""
    recorded: list[float] = []
    steady: list[float] = []
    for time, even, _ in _decodable(path):
        recorded.append(time)
        steady.append(even)
    if not steady:
        raise Undecodable("no frame of the video can be decoded")
    usable = all(map(math.isfinite, recorded)) and all(a < b for a, b in itertools.pairwise(recorded))
    times = recorded if usable else steady
    chosen = spread(times, k)
    kept = []
    for index, (_, _, frame) in enumerate(_decodable(path)):
        if index in chosen:
            check_size(frame.width, frame.height, len(chosen))
            kept.append(Frame(index, times[index] - times[0], _upright(frame)))
        if index == chosen[-1]:
            break
    return kept


def _decodable(path: Path) -> Iterator[tuple[float, float, Any]]:
    """(recorded seconds or NaN, seconds at a steady rate, frame) up to the first failure."""
    import av

    container, stream = _open(path)
    rate = float(stream.average_rate or stream.guessed_rate or 1)
    index = pixels = 0
    with container:
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
                frames = packet.decode() if packet is not None else []
            except av.FFmpegError:
                return
            if packet is None:
                return
            for frame in frames:
                if frame.is_corrupt:
                    return
                pixels += frame.width * frame.height
                if index >= MAX_FRAMES or pixels > MAX_DECODED:
                    raise Undecodable(TOO_LONG)
                yield math.nan if frame.pts is None else frame.pts * float(frame.time_base), index / rate, frame
                index += 1


def _upright(frame: Any) -> NDArray[np.uint8]:
    """RGB pixels turned as the container's display matrix says; odd angles are left as they were recorded."""
    pixels = frame.to_ndarray(format="rgb24")
    turns = round(frame.rotation / 90) if frame.rotation % 90 == 0 else 0  # degrees, counter-clockwise
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns % 4 else pixels
