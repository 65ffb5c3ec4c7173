"""The pictures of the warm start: the demo world's spare people, who are in no release, through random cameras.

Nothing of the four releases, their people or their cameras goes into them; only how a face store cuts faces is so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from protocols.demo import SIMULATORS, Camera, sample, spare_identities
from protocols.media.crop import resize, trim
from protocols.recipe import Recipe

BONA_FIDE = "bona fide"
COMMON = ("print", "cloth print", "cut photo", "replay", "rigid mask", "silicone mask")
RARE = tuple(species for species in SIMULATORS if species not in (BONA_FIDE, *COMMON))
SIDE, MARGIN = 112, 4
"""Pictures are kept a few pixels larger on each side than they are shown, so that they can be shifted."""
HELD_OUT = 6
"""Of the spare people, the last ones are never learnt from: they show what was learnt."""


@dataclass(frozen=True)
class Pictures:
    """uint8 pictures, (n, 120, 120, 3), RGB, and the species of each."""

    pixels: NDArray[np.uint8]
    kinds: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def real(self) -> NDArray[np.bool_]:
        """Which are bona fide, (n,)."""
        return np.array([kind == BONA_FIDE for kind in self.kinds])

    def shown(self, chosen: NDArray[np.int64], rng: np.random.Generator | None) -> NDArray[np.uint8]:
        """Some of them, shifted, mirrored and lit at random (None: as they are), uint8, (n, 112, 112, 3)."""
        out = np.empty((len(chosen), SIDE, SIDE, 3), np.uint8)
        for i, picture in enumerate(self.pixels[chosen]):
            top, left = (MARGIN, MARGIN) if rng is None else rng.integers(0, 2 * MARGIN + 1, 2)
            part = picture[top : top + SIDE, left : left + SIDE]
            if rng is not None:
                part = part[:, ::-1] if rng.random() < 0.5 else part
                part = np.clip(part * rng.uniform(0.85, 1.15), 0, 255)
            out[i] = part
        return out


def kind_of(number: int) -> str:
    """The species of a picture: every second one bona fide, one attack in ten rare, the common ones by turns."""
    if number % 2:
        return BONA_FIDE
    turn = number // 2
    return RARE[turn // 10 % len(RARE)] if turn % 10 == 9 else COMMON[(turn - turn // 10) % len(COMMON)]


def render(first: int, last: int, seed: int, held_out: bool = False) -> Pictures:
    """Pictures number `first` to `last`. Each has its own random numbers, so that the work can be split at will."""
    people = spare_identities()
    people = people[-HELD_OUT:] if held_out else people[:-HELD_OUT]
    pixels = np.empty((last - first, SIDE + 2 * MARGIN, SIDE + 2 * MARGIN, 3), np.uint8)
    kinds = tuple(kind_of(number) for number in range(first, last))
    for i, kind in enumerate(kinds):
        rng = np.random.default_rng((seed, int(held_out), first + i))
        camera = Camera.random(rng)
        if camera.cut:  # its cut-outs have one size: any size instead
            camera = replace(camera, size=(96, 176))
        picture = sample(people[int(rng.integers(len(people)))], kind, camera, rng)[0]
        pixels[i] = _cut_out(picture) if camera.cut else _close_up(picture, rng)
    return Pictures(pixels, kinds)


def _cut_out(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face on black as a face store keeps it, without its border."""
    recipe = Recipe.preset("demo")
    face = trim(picture, recipe.border, recipe.fit, recipe.face_size)
    face = picture if face is None else face
    return np.pad(resize(face, SIDE, SIDE), ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)))


def _close_up(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The face out of a picture with a margin: about what a detector's box would hold."""
    side = int(min(picture.shape[:2]) * rng.uniform(0.62, 0.9))
    top, left = ((n - side) // 2 for n in picture.shape[:2])
    return resize(picture[top : top + side, left : left + side], SIDE + 2 * MARGIN, SIDE + 2 * MARGIN)
