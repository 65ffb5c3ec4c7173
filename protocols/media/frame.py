"""A decoded frame, what decoding lost on the way, which frames are chosen, and the limits that hold for all media."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

MAX_PIXELS = 64_000_000
MAX_KEPT = 224_000_000
"""25 frames of 4096 x 2160: 0.7 GB in a worker, for moments."""
MAX_FRAMES = 100_000
"""About an hour at 30 frames a second: no presentation is that long, so more is refused and not waited for."""

MAX_TRIED = 1000
"""Broken pictures of one presentation after which no more are tried."""
MAX_NAMED = 20
"""Broken pictures of one presentation that are named one by one."""

LossKind = Literal["broken picture", "breaks off", "black", "no face", "box outside"]


class Undecodable(Exception):  # noqa: N818  # a finding about a file, not an accident
    """A presentation that gives no frames; the message is the reason, without any path."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that was kept.

    Attributes:
        index: its position among the presentation's frames, 0-based, in temporal order.
        time: seconds from the first frame; where the release records no times, `index`.
        pixels: uint8, (height, width, 3), RGB, upright, of square pixels.
    """

    index: int
    time: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of a presentation that could not be used; the rest of it was.

    Attributes:
        kind: `broken picture` (a picture of its folder cannot be decoded), `breaks off` (a video ends before the number
            of frames that it names), `black` (a cut-out frame is black), `no face` (the detector found none; the frame
            is kept with a neighbour's box), `box outside` (a box found before misses the picture).
        frames: how many frames it concerns; 0 where that is not known.
        reason: one line, without folders.
    """

    kind: LossKind
    frames: int
    reason: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """The frames of a presentation.

    Attributes:
        frames: those kept, in temporal order.
        named: how many frames there should be: pictures in the folder, or what the video says of itself; None: unknown.
        losses: what could not be used.
        tried: positions in `Media.files` of the files that were opened: all that the frames depend on.
    """

    frames: list[Frame]
    named: int | None
    losses: tuple[Loss, ...] = ()
    tried: tuple[int, ...] = (0,)


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


def gather(
    times: NDArray[np.float64],
    k: int,
    read: Callable[[int], NDArray[np.uint8]],
    name: Callable[[int], str],
) -> Decoded:
    """k frames that can each be read alone; one that cannot costs itself, and the others are spread anew.

    `read` raises `Undecodable` for a broken frame, `name` says what to call it. Raises `Undecodable` if none is left.
    """
    alive = np.ones(len(times), bool)
    kept: dict[int, NDArray[np.uint8]] = {}
    broken: dict[int, str] = {}
    while alive.any():
        places = np.flatnonzero(alive)
        chosen = places[spread(times[places], k)].tolist()
        kept = {i: kept[i] for i in chosen if i in kept}
        for i in chosen:
            if i not in kept:
                try:
                    kept[i] = read(i)
                except Undecodable as reason:
                    broken[i] = str(reason)
                    alive[i] = False
                check_kept(kept.values())
        if len(kept) == len(chosen) or (kept and len(broken) >= MAX_TRIED):
            frames = [Frame(i, float(times[i] - times[0]), kept[i]) for i in sorted(kept)]
            return Decoded(frames, len(times), _broken(broken, name), tuple(sorted({*kept, *broken})))
        if len(broken) >= MAX_TRIED:
            break
    first = min(broken)
    what = f"none of {len(times)} pictures" if len(broken) == len(times) else f"none of {len(broken)} pictures tried"
    many = f"{what} can be used; {name(first)}: " if len(times) > 1 else ""
    raise Undecodable(many + broken[first])


def check_kept(pictures: Collection[NDArray[np.uint8]]) -> None:
    """Raises `Undecodable` for pictures that are over `MAX_KEPT` together."""
    if sum(p.shape[0] * p.shape[1] for p in pictures) > MAX_KEPT:
        raise Undecodable(f"{len(pictures)} frames are over the limit of {MAX_KEPT // 10**6} megapixels together")


def _broken(reasons: Mapping[int, str], name: Callable[[int], str]) -> tuple[Loss, ...]:
    """One loss a broken frame; those beyond `MAX_NAMED` are counted together."""
    named = sorted(reasons)[:MAX_NAMED]
    losses = [Loss("broken picture", 1, f"{name(i)}: {reasons[i]}") for i in named]
    if more := len(reasons) - len(named):
        losses.append(Loss("broken picture", more, f"{more} more pictures"))
    return tuple(losses)
