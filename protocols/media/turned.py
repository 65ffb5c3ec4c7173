"""A clip that lies on its side or head: for releases of which some are known to be stored so, without a word of it.

Tags that say how a video is to be shown are honoured when it is decoded (`protocols.media.upright`). This is for a clip
that shows no face as it lies, which would make a bona fide person an error, or hardly any: of one genuine clip of
MSU-MFSD MTCNN finds the face in 25 of 25 frames, and without its tag, on its head or side, "faces" in 1, 3 and 12.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from protocols.media.detect import Box
from protocols.media.frame import Frame

Find = Callable[[Frame], Box | None]


def upright(frames: Sequence[Frame], find: Find) -> tuple[list[Frame], list[Box | None], int]:
    """(frames, their boxes, degrees to the left by which the frames were turned).

    As they lie if half of them show a face, or none does in any turn; else in the quarter turn in which most do (by the
    larger confidence where two are alike), if these are at least half of them or if there was no face at all before.
    """
    lies = [find(frame) for frame in frames]
    before, half = _worth(lies)[0], len(frames) / 2
    best: tuple[list[Frame], list[Box | None], int] = (list(frames), lies, 0)
    if before >= half:
        return best
    for quarters in (1, 2, 3):
        moved = [replace(f, pixels=np.ascontiguousarray(np.rot90(f.pixels, quarters))) for f in frames]
        boxes = [find(frame) for frame in moved]
        if _worth(boxes) > _worth(best[1]) and (_worth(boxes)[0] >= half or not before):
            best = (moved, boxes, 90 * quarters)
    return best


def _worth(boxes: Sequence[Box | None]) -> tuple[int, float]:
    found = [box for box in boxes if box is not None]
    return len(found), sum(box.score for box in found)
