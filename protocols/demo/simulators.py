"""Every species that the demo world can stage, and single pictures of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from protocols.demo import flat, makeup, masks, wearables
from protocols.demo.act import Act, Cast, bona_fide
from protocols.demo.camera import CAMERAS, LIGHTS, Camera, Shot
from protocols.demo.identity import Identity, identities
from protocols.demo.motion import poses, still


@dataclass(frozen=True, slots=True)
class Takes:
    """How a presentation is recorded: number of frames, frame size (None: the camera's own), a name of `LIGHTS`."""

    frames: int = 1
    size: tuple[int, int] | None = None
    light: str = "room"


Simulator = Callable[[Cast, np.random.Generator], Act]

SIMULATORS: MappingProxyType[str, Simulator] = MappingProxyType(
    {
        "bona fide": bona_fide,
        "print": flat.print_photo,
        "cloth print": flat.cloth_print,
        "cut photo": flat.cut_photo,
        "replay": flat.replay,
        "rigid mask": masks.rigid_mask,
        "silicone mask": masks.silicone_mask,
        "paper mask": masks.paper_mask,
        "half mask": masks.half_mask,
        "transparent mask": masks.transparent_mask,
        "mannequin": masks.mannequin,
        "makeup": makeup.makeup,
        "cosmetic makeup": makeup.cosmetic_makeup,
        "impersonation makeup": makeup.impersonation_makeup,
        "obfuscation makeup": makeup.obfuscation_makeup,
        "tattoo": makeup.tattoo,
        "glasses": wearables.glasses,
        "paper glasses": wearables.paper_glasses,
        "funny-eye glasses": wearables.funny_eye_glasses,
        "partial eye": wearables.partial_eye,
        "partial mouth": wearables.partial_mouth,
        "wig": wearables.wig,
    }
)
"""Canonical species, and two kinds of `print` of their own: `cloth print` and `cut photo`."""


def stage(
    species: str, cast: Cast, camera: Camera, rng: np.random.Generator, takes: Takes
) -> Iterator[NDArray[np.uint8]]:
    """One presentation as the camera records it, picture by picture, uint8 RGB."""
    act = SIMULATORS[species](cast, rng)
    shot = Shot(camera, act, rng, takes.size, LIGHTS[takes.light])
    for pose in poses(rng, takes.frames, act.steady):
        yield shot.take(pose if act.flat or act.steady >= 1 else still(pose))


def sample(
    identity: Identity, species: str, camera: Camera | str, rng: np.random.Generator, frames: int = 1
) -> list[NDArray[np.uint8]]:
    """Pictures of a face as a method sees them, uint8 RGB, each (height, width, 3) of about 120 to 200 pixels.

    `species` is a key of `SIMULATORS`; `camera` a `Camera` (`Camera.random(rng)` knows no release) or the name of a
    release's. A camera that cuts faces out gives the face on black, any other the face with a margin of up to 1.8 face
    boxes. JPEG compression is applied at the camera's quality. Where a second person is needed (who presents a mask,
    whose eyes are pasted), it is drawn from the people of the same release: spare ones meet spare ones only.
    """
    chosen = CAMERAS[camera] if isinstance(camera, str) else camera
    cast = Cast(identity, partner(identity, rng), float(rng.uniform(0.45, 1.0)))
    context = float(rng.uniform(1.25, 1.8))
    pictures = []
    for picture in stage(species, cast, chosen, rng, Takes(frames)):
        seen = picture
        if not chosen.cut and min(picture.shape[:2]) > 200:  # a whole scene: keep the middle, where the face is
            h, w = picture.shape[:2]
            side = min(int(chosen.face[0] * context), h, w)
            top, left = int((h - side) * 0.44), (w - side) // 2
            seen = picture[top : top + side, left : left + side]
        pictures.append(_decoded(encoded(seen, chosen.quality)))
    return pictures


def encoded(picture: NDArray[np.uint8], quality: int) -> bytes:
    """A JPEG file of an RGB picture."""
    import cv2

    ok, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise RuntimeError("JPEG encoding failed")
    return data.tobytes()


def _decoded(data: bytes) -> NDArray[np.uint8]:
    import cv2

    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.ascontiguousarray(picture[..., ::-1], dtype=np.uint8)


def partner(identity: Identity, rng: np.random.Generator) -> Identity:
    """Another person of the same world: a spare one for a spare one."""
    people = identities()
    first, last = next((a, b) for a, b in _WORLDS if a <= identity.index < b)
    other = int(rng.integers(first, last - 1))
    return people[other if other < identity.index else other + 1]


_WORLDS = ((0, 56), (56, 112), (112, 160), (160, 208), (208, 240))
