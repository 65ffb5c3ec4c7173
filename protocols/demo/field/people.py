"""People who are in none of the first releases: new faces made of two of the stored ones each, and mirrored.

The head, hair and outline are one person's, eyes, nose and mouth another's, in the former's skin colour. All 240 stored
people have their place in the other releases or among the spare ones, and nobody may stand on two sides of a protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from protocols.demo.act import align
from protocols.demo.identity import SIDE, Canvas, Identity, identities
from protocols.demo.surface import mix

FIRST = 240
"""The number of the first of them."""
COUNT = 60
_HEADS, _FACES = (17, 5), (31, 101)  # steps and starts that never pair one person with itself, nor repeat a pair
_ORDER = (1, 0, 2, 4, 3)  # of eyes, nose and mouth corners, as seen in a mirror


@dataclass(frozen=True)
class Blend(Identity):
    """One of these people; `parents` are the numbers of the head's and of the face's owner."""

    parents: tuple[int, int] = (0, 0)

    @property
    def picture(self) -> Canvas:
        """The portrait on the canvas, float32, (SIDE, SIDE, 3)."""
        return _picture(*self.parents)

    @property
    def matte(self) -> Canvas:
        """How much of each canvas pixel is the person, float32, (SIDE, SIDE)."""
        return np.ascontiguousarray(identities()[self.parents[0]].matte[:, ::-1])


@lru_cache(maxsize=1)
def blends() -> tuple[Blend, ...]:
    """All of them, in a fixed order."""
    return tuple(_blend(k) for k in range(COUNT))


def people() -> Sequence[Identity]:
    """Everybody of the demo world by number: the stored people, then these."""
    return (*identities(), *blends())


def _blend(k: int) -> Blend:
    head, face = ((step * k + start) % FIRST for step, start in (_HEADS, _FACES))
    who = identities()[head]
    landmarks = tuple((SIDE - 1 - x, y) for x, y in (who.landmarks[i] for i in _ORDER))
    x0, y0, x1, y1 = who.box
    return Blend(FIRST + k, landmarks, (SIDE - 1 - x1, y0, SIDE - 1 - x0, y1), (head, face))


@lru_cache(maxsize=8)
def _picture(head: int, face: int) -> Canvas:
    who, other = identities()[head], identities()[face]
    features = align(other, who) * (who.skin / np.maximum(other.skin, 0.05))
    inside = who.frame.ellipse(who.turn, 0.5, 0.86, 0.98, 0.35) * np.float32(0.75)
    picture = np.ascontiguousarray(np.clip(mix(who.picture, features, inside), 0, 1)[:, ::-1], dtype=np.float32)
    picture.flags.writeable = False
    return picture
