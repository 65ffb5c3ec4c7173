"""A clip that lies on its side or head: for releases of which some are known to be stored so, without a word of it.

Tags that say how a video is to be shown are honoured when it is decoded (`protocols.media.upright`). This is for a clip
in which no frame shows a face as it stands: what is lost there would make a bona fide person an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from protocols.media.detect import Box
from protocols.media.frame import Frame

Find = Callable[[Frame], Box | None]


def upright(frames: Sequence[Frame], find: Find) -> tuple[list[Frame], list[Box | None], int]:
    """(frames, their boxes, degrees to the left by which the frames were turned): as they stand if any shows a face,
    else the quarter turn in which most do, by the larger confidence where two are alike; as they stand if none does."""
    stands = [find(frame) for frame in frames]
    if any(stands):
        return list(frames), stands, 0
    best: tuple[list[Frame], list[Box | None], int] = (list(frames), stands, 0)
    for quarters in (1, 2, 3):
        moved = [replace(f, pixels=np.ascontiguousarray(np.rot90(f.pixels, quarters))) for f in frames]
        boxes = [find(frame) for frame in moved]
        if _worth(boxes) > _worth(best[1]):
            best = (moved, boxes, 90 * quarters)
    return best


def _worth(boxes: Sequence[Box | None]) -> tuple[int, float]:
    found = [box for box in boxes if box is not None]
    return len(found), sum(box.score for box in found)
