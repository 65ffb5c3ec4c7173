"""Every species that the demo world can stage, what physically shows of it, and single pictures of it."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from protocols.demo import flat, makeup, masks, wearables
from protocols.demo.act import Act, Cast, bona_fide
from protocols.demo.camera import CAMERAS, Camera, Shot
from protocols.demo.identity import Identity, identities
from protocols.demo.motion import poses, still

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


def stage(species: str, cast: Cast, camera: Camera, rng: np.random.Generator, frames: int) -> list[NDArray[np.uint8]]:
    """One presentation as the camera records it: `frames` pictures, uint8 RGB."""
    act = SIMULATORS[species](cast, rng)
    shot = Shot(camera, act, rng)
    moves = poses(rng, frames, act.steady)
    return [shot.take(pose if act.flat or act.steady >= 1 else still(pose)) for pose in moves]


def sample(
    identity: Identity, species: str, camera: Camera | str, rng: np.random.Generator, frames: int = 1
) -> list[NDArray[np.uint8]]:
    """Pictures of a face as a method sees them, uint8 RGB, each (height, width, 3) of about 120 to 200 pixels.

    `species` is a key of `SIMULATORS`; `camera` a `Camera` (`Camera.random(rng)` knows no release) or the name of a
    release's. A camera that cuts faces out gives the face on black, any other the face with a margin of up to 1.8 face
    boxes. JPEG compression is applied at the camera's quality. Where a second person is needed (who presents a mask, whose
    eyes are pasted), it is drawn from the same release's people as `identity`, so spare ones meet spare ones only.
    """
    import cv2

    chosen = CAMERAS[camera] if isinstance(camera, str) else camera
    cast = Cast(identity, partner(identity, rng), float(rng.uniform(0.45, 1.0)))
    context = float(rng.uniform(1.25, 1.8))
    pictures = []
    for picture in stage(species, cast, chosen, rng, frames):
        seen = picture
        if not chosen.cut and min(picture.shape[:2]) > 200:  # a whole scene: keep the middle, where the face is
            h, w = picture.shape[:2]
            side = min(int(chosen.face[0] * context), h, w)
            top, left = int((h - side) * 0.44), (w - side) // 2
            seen = picture[top : top + side, left : left + side]
        ok, data = cv2.imencode(
            ".jpg", np.ascontiguousarray(seen[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, chosen.quality]
        )
        if not ok:
            raise RuntimeError("JPEG encoding failed")
        pictures.append(np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]))
    return pictures


def partner(identity: Identity, rng: np.random.Generator) -> Identity:
    """Another person of the same world: a spare one for a spare one."""
    people = identities()
    first, last = next((a, b) for a, b in _WORLDS if a <= identity.index < b)
    other = int(rng.integers(first, last - 1))
    return people[other if other < identity.index else other + 1]


_WORLDS = ((0, 56), (56, 112), (112, 160), (160, 208), (208, 240))

CUES: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "bona fide": (
            "natural skin texture", "fine pores and soft shading", "even light over a living face", "clear eyes and natural lips",
        ),
        "print": (
            "a fine dot pattern", "faded colours on paper", "flat shading without depth", "grey shadows and pale whites",
            "a bent sheet of paper",
        ),
        "cloth print": ("a weave of threads", "folds across the face", "dull dyed colours", "a soft wavy surface"),
        "cut photo": (
            "cut edges around the eyes", "holes in a printed face", "a fine dot pattern", "dark gaps between paper and skin",
        ),
        "replay": (
            "a grid of screen pixels", "coloured stripes of moire", "a bright band of glare", "a bluish glow", "a dark screen border",
        ),
        "rigid mask": (
            "small hard highlights", "flat painted skin", "fine layer lines", "dark rims around the eye holes",
        ),
        "silicone mask": ("smooth waxy skin", "a broad soft sheen", "loose rims around the eyes", "skin without pores"),
        "paper mask": ("folds in printed paper", "a white paper edge around the face", "eye holes in a print", "a fine dot pattern"),
        "half mask": ("a hard edge across the face", "smooth moulded skin on half of the face", "a shadow line at the nose"),
        "transparent mask": (
            "glossy streaks over the skin", "a milky veil", "bright reflections of clear plastic", "a shiny rim around the face",
        ),
        "mannequin": ("one plastic skin colour", "painted brows and lips", "a lacquered shine", "staring painted eyes"),
        "makeup": ("heavy paint on the skin", "strong lipstick and eye shadow", "drawn contours"),
        "cosmetic makeup": ("strong red lips", "coloured eye shadow", "even foundation and rouge"),
        "impersonation makeup": ("drawn contours on the cheeks", "painted brows and shadows", "skin tone that does not fit"),
        "obfuscation makeup": ("bold patches of paint", "drawn wrinkles", "a false painted beard"),
        "tattoo": ("dark ink lines on the skin", "a spiral drawn on the cheek", "blue-black shapes on the forehead"),
        "glasses": ("thick coloured plastic rims", "oversized party glasses", "dark lenses over the eyes"),
        "paper glasses": ("printed eyes on paper glasses", "white paper edges around the eyes", "eyes that are a print"),
        "funny-eye glasses": ("huge false eyes", "round white eyeballs with painted pupils", "bulging plastic eyes"),
        "partial eye": ("a printed strip over the eyes", "paper edges across the brows", "eyes of another person"),
        "partial mouth": ("a printed mouth pasted on", "a paper edge around the mouth", "a mouth that does not fit"),
        "wig": ("shiny artificial hair", "a hard hairline on the forehead", "hair of one even colour"),
    }
)  # fmt: skip
"""Short generic phrases for what physically shows of each species: material for captions, not for decisions."""
