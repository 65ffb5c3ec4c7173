"""Flat artefacts: a print on paper or cloth, a photo with holes cut into it, a screen that replays a video."""

from __future__ import annotations

import cv2
import numpy as np

from protocols.demo.act import Act, Cast, Sheet, Worn, align, edge
from protocols.demo.identity import SIDE, Canvas, f32
from protocols.demo.motion import Flesh, Pose
from protocols.demo.surface import COLUMNS, ROWS, Rng, bend, blur, clouds, glare, mix, printed, saturate, wave

_PHONE, _WARPED = 1, 3
"""Variants that a release asks for by name: a replay on a phone, a warped photograph."""


def _margin(rng: Rng, low: float, high: float) -> Canvas:
    """1 within a sheet's picture, 0 in its border of `low` to `high` canvas pixels."""
    width = rng.uniform(low, high)
    inside = np.minimum(np.minimum(COLUMNS, SIDE - 1 - COLUMNS), np.minimum(ROWS, SIDE - 1 - ROWS))
    out: Canvas = np.clip(inside - width + 0.5, 0, 1)
    return out


def _paper(cast: Cast, rng: Rng, curve: float) -> tuple[Canvas, tuple[Canvas, Canvas]]:
    """A print with its white border, bent by `curve`; also the map of the bend."""
    picture = mix(np.full((SIDE, SIDE, 3), 0.93, np.float32), printed(cast.face.picture, rng, cast.strength), 1.0)
    picture = mix(f32([0.95, 0.94, 0.9]) * np.ones_like(picture), picture, _margin(rng, 3, 10))
    columns, rows, shading = bend(rng, curve)
    picture = cv2.remap(picture, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    creases = 1 + np.float32(0.018) * clouds(rng, 60)
    return picture * (shading * creases)[..., None], (columns, rows)


def print_photo(cast: Cast, rng: Rng) -> Act:
    """A photograph on paper, flat or bent, matt or with a sheen."""
    picture, _ = _paper(cast, rng, rng.uniform(0.1, 0.9) + (0.4 if cast.variant == _WARPED else 0.0))
    if rng.random() < 0.5:
        picture = mix(picture, 1.0, blur(glare(rng), 8) * np.float32(rng.uniform(0.1, 0.3)))
    return Sheet(cast.face, picture, np.ones((SIDE, SIDE), np.float32), steady=0.9)


def cloth_print(cast: Cast, rng: Rng) -> Act:
    """A face printed on cloth: faded dye, a weave of threads, folds."""
    dyed = saturate(blur(cast.face.picture, rng.uniform(0.8, 1.6)), rng.uniform(0.6, 0.85))
    dyed = mix(cast.face.picture, 0.14 + 0.72 * dyed, 0.6 + 0.4 * cast.strength)
    period = rng.uniform(3.2, 5.4)
    tilt = rng.normal(0, 0.08)
    warp, weft = wave(period, tilt), wave(period, tilt + np.pi / 2)
    over = np.sign(wave(2 * period, tilt + np.pi / 4)) * 0.5
    threads = (0.5 + over) * warp + (0.5 - over) * weft + 0.35 * clouds(rng, 2.5)
    folds = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(int(rng.integers(2, 5))):
        angle, at, width = rng.normal(0, 0.5), rng.uniform(20, SIDE - 20), rng.uniform(7, 20)
        across = (COLUMNS - at) * np.cos(angle) + (ROWS - SIDE / 2) * np.sin(angle) + 4 * clouds(rng, 90)
        folds += rng.uniform(0.5, 1) * (-across / width) * np.exp(-((across / width) ** 2)).astype(np.float32)
    light = 1 + cast.strength * (0.075 * threads + rng.uniform(0.2, 0.4) * folds)
    return Sheet(cast.face, dyed * light[..., None].astype(np.float32), np.ones((SIDE, SIDE), np.float32), steady=0.9)


CUTS = {1: "e", 2: "e", 3: "en", 4: "en", 5: "enm", 6: "enm"}
"""The cut-photo types of CASIA-SURF: eyes, eyes and nose, eyes, nose and mouth; odd types flat, even ones curved."""


def cut_photo(cast: Cast, rng: Rng) -> Act:
    """A printed face with eyes (nose, mouth) cut out before a living face; `cast.variant` is the type 1 to 6."""
    kind = cast.variant or int(rng.integers(1, 7))
    parts, frame = CUTS[kind], cast.face.frame
    wobble = rng.normal(0, 0.03, 6)
    holes = frame.both(0.5 + wobble[0], 0.02 + wobble[1], 0.27, 0.15, 0.08)
    if "n" in parts:
        nose = [(-0.1, 0.2), (0.1, 0.2), (0.3 + wobble[2], 0.66), (0.2, 0.74), (-0.2, 0.74), (-0.3 + wobble[3], 0.66)]
        holes = np.maximum(holes, frame.polygon(nose))
    if "m" in parts:
        holes = np.maximum(holes, frame.ellipse(wobble[4], 1.02 + wobble[5], 0.52, 0.2, 0.08))
    curved = kind % 2 == 0
    picture, maps = _paper(cast, rng, rng.uniform(0.7, 1.1) if curved else rng.uniform(0, 0.25))
    holes = cv2.remap(holes, *maps, cv2.INTER_LINEAR)
    depth = rng.uniform(0.01, 0.03) * SIDE  # the live face lies behind the sheet, in its shadow
    move = np.array([[1, 0, rng.normal(0, depth)], [0, 1, rng.normal(0, depth)]], np.float32)
    live = cv2.warpAffine(align(cast.presenter, cast.face), move, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
    shadow = blur(1 - holes, 2.5)
    live = live * (0.95 - 0.5 * shadow[..., None])
    rim = edge(holes, 0.9) * np.float32(0.6 * cast.strength)
    picture = mix(picture, f32([0.92, 0.9, 0.86]), np.clip(rim * (1 - holes), 0, 1))
    behind = Worn(cast.face, live, np.ones((SIDE, SIDE), np.float32))
    return Sheet(cast.face, picture, np.ones((SIDE, SIDE), np.float32), behind, holes)


def replay(cast: Cast, rng: Rng) -> Act:
    """A video on a screen: bluish white, raised blacks, pixel grid and moire, a reflection, sometimes a bezel."""
    flesh, picture = Flesh(cast.face), cast.face.picture
    strength = np.float32(cast.strength)
    white = f32([rng.uniform(0.78, 0.92), rng.uniform(0.9, 0.98), rng.uniform(1.0, 1.12)])
    black, gain = rng.uniform(0.06, 0.14), rng.uniform(0.85, 1.0)
    period, tilt = rng.uniform(4.4, 7.2), rng.normal(0, 0.06)
    stripes = np.stack([wave(period, tilt, 2 * np.pi * k / 3) for k in range(3)], -1)
    lines = wave(period, tilt + np.pi / 2)[..., None]
    beat = wave(rng.uniform(7, 16), rng.uniform(0, np.pi))[..., None] * f32([1, -0.1, 0.7])
    beat = beat * (0.6 + 0.4 * clouds(rng, 70))[..., None]
    grid = np.float32(rng.uniform(0.13, 0.2)) * (0.7 * stripes + 0.5 * lines)
    moire = np.float32(rng.uniform(0.06, 0.12)) * beat
    texture = (1 + strength * (grid + moire)).astype(np.float32)
    reflection = glare(rng) * np.float32(rng.uniform(0.25, 0.6) if rng.random() < 0.8 else 0.05)
    screen = _margin(rng, 5, 16) if rng.random() < 0.7 else np.ones((SIDE, SIDE), np.float32)
    bezel = np.full(3, rng.choice((0.03, 0.06, 0.5)), np.float32)
    flicker = rng.uniform(0, 2 * np.pi)
    if cast.variant == _PHONE:  # a small screen, held near: its frame is seen around the face
        screen = _margin(rng, 14, 26)

    def playback(pose: Pose) -> Canvas:
        recorded = Pose(0.6 * pose.yaw, 0.6 * pose.pitch, blink=pose.blink, mouth=pose.mouth)
        shown = saturate(flesh.move(picture, recorded), 1.12)
        return np.clip(black + (gain - black) * shown * white, 0, 1)

    def finish(shown: Canvas, pose: Pose) -> Canvas:
        roll = np.cos(ROWS / 45 + flicker + 9 * pose.time)[..., None] * np.float32(0.02) * strength
        lit = mix(shown * (texture + roll), f32([0.95, 0.97, 1.0]), reflection)
        return mix(bezel * np.ones_like(lit), lit, screen)

    return Sheet(cast.face, picture, np.ones((SIDE, SIDE), np.float32), playback=playback, finish=finish, steady=0.7)
