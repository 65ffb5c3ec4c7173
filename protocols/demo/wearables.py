"""What is worn or stuck on a living face: glasses of all kinds, pieces of a printed face, wigs."""

from __future__ import annotations

import numpy as np

from protocols.demo.act import Act, Cast, Worn, align, edge, lens_rims
from protocols.demo.identity import SIDE, Canvas, f32
from protocols.demo.surface import COLUMNS, ROWS, Rng, blur, clouds, glare, mix, printed


def _over(cast: Cast, layer: Canvas, mask: Canvas, alive: Canvas | float = 1.0, gloss: Canvas | None = None) -> Act:
    """A piece on the living face, with the shadow that it throws just below."""
    who = cast.face
    shadow = np.clip(np.roll(blur(mask, 2.5), 3, axis=0) - mask, 0, 1) * np.float32(0.55)
    texture = mix(who.picture * (1 - shadow[..., None]), layer, mask)
    return Worn(who, texture, np.maximum(who.matte, mask), alive, gloss)


def _colour(rng: Rng) -> Canvas:
    bright = [
        [0.85, 0.1, 0.12],
        [0.1, 0.3, 0.8],
        [0.95, 0.8, 0.1],
        [0.08, 0.08, 0.09],
        [0.9, 0.9, 0.92],
        [0.15, 0.6, 0.25],
    ]
    return f32(rng.choice(bright))


def glasses(cast: Cast, rng: Rng) -> Act:
    """Party glasses: oversized coloured plastic rims, sometimes with a false nose; dark or clear lenses."""
    who, frame = cast.face, cast.face.frame
    lens = rng.uniform(0.36, 0.44), rng.uniform(0.3, 0.42)
    rims, lenses = lens_rims(frame, lens, rng.uniform(0.07, 0.14), rng.random() < 0.5)
    tone = _colour(rng)
    layer = tone * (0.85 + 0.25 * blur(clouds(rng, 5), 1.0)[..., None] * 0.3) * np.ones((SIDE, SIDE, 3), np.float32)
    tinted = rng.random() < 0.5
    mask = rims
    if tinted:
        layer = mix(layer, who.picture * np.float32(0.35) + 0.02, lenses)
        mask = np.maximum(rims, lenses * 0.95)
    if rng.random() < 0.45:
        nose = frame.ellipse(0, 0.55, 0.27, 0.33, 0.06)
        layer = mix(layer, f32([0.93, 0.62, 0.52]) * (1.1 - 0.5 * np.abs(frame.x))[..., None], nose * (1 - rims))
        mask = np.maximum(mask, nose)
    gloss = (edge(lenses, 2.0) * glare(rng) * 0.5 + rims * glare(rng) * 0.4).astype(np.float32)
    return _over(cast, layer, mask, gloss=gloss)


def funny_eye_glasses(cast: Cast, rng: Rng) -> Act:
    """Glasses with large painted or bulging false eyes that never blink."""
    frame = cast.face.frame
    lens = rng.uniform(0.36, 0.42), rng.uniform(0.32, 0.4)
    rims, lenses = lens_rims(frame, lens, rng.uniform(0.04, 0.09), False)
    tone = _colour(rng)
    look = rng.uniform(-0.1, 0.1, 2)
    ball = np.full((SIDE, SIDE, 3), 0.93, np.float32) * (1 - 0.35 * (frame.y[..., None] / 0.45) ** 2)
    iris = f32(rng.choice([[0.2, 0.45, 0.75], [0.25, 0.5, 0.25], [0.4, 0.25, 0.1], [0.7, 0.15, 0.1]]))
    side = np.sign(frame.x)
    radius = np.sqrt((np.abs(frame.x) - 0.5 - look[0] * side) ** 2 + (frame.y - look[1]) ** 2)
    ball = mix(ball, iris, np.clip((0.2 - radius) / 0.02, 0, 1))
    ball = mix(ball, 0.03, np.clip((0.1 - radius) / 0.02, 0, 1))
    if rng.random() < 0.5:
        veins = np.clip(1 - np.abs(clouds(rng, 9)) / 0.09, 0, 1) * (radius > 0.22)
        ball = mix(ball, f32([0.8, 0.2, 0.2]), veins.astype(np.float32) * 0.6)
    layer = mix(tone * np.ones_like(ball), ball, lenses)
    gloss = lenses * glare(rng) * np.float32(rng.uniform(0.1, 0.5))
    return _over(cast, layer, np.maximum(rims, lenses), 1 - lenses, gloss)


def _outline(piece: Canvas) -> Canvas:
    """The white cut edge of a piece of paper."""
    return np.clip((piece - blur(piece, 1.5)) * 2.0, 0, 0.9)


def _printed_piece(cast: Cast, rng: Rng, mask: Canvas) -> Canvas:
    other = printed(align(cast.presenter, cast.face), rng, cast.strength)
    light = rng.uniform(0.85, 1.12) * (1 + 0.12 * np.sign(rng.normal()) * cast.face.frame.x)
    return mix(other * light[..., None].astype(np.float32), f32([0.95, 0.94, 0.9]), _outline(mask))


def paper_glasses(cast: Cast, rng: Rng) -> Act:
    """Paper cut in the shape of glasses, printed with another person's eyes, worn over the living face."""
    frame = cast.face.frame
    lens = rng.uniform(0.4, 0.46), rng.uniform(0.26, 0.34)
    rims, lenses = lens_rims(frame, lens, rng.uniform(0.03, 0.06), rng.random() < 0.6)
    mask = np.maximum(
        np.maximum(rims, lenses), frame.polygon([(-0.2, -0.14), (0.2, -0.14), (0.2, 0.1), (-0.2, 0.1)], 0.6)
    )
    return _over(cast, _printed_piece(cast, rng, mask), mask, 1 - mask)


def partial_eye(cast: Cast, rng: Rng) -> Act:
    """A strip with another person's eyes, printed and held or stuck over the eyes."""
    frame = cast.face.frame
    top, low, wide = rng.uniform(-0.52, -0.38), rng.uniform(0.2, 0.34), rng.uniform(0.95, 1.08)
    slant = rng.normal(0, 0.05, 4)
    brow = [(-wide, top + slant[0]), (wide, top + slant[1])]
    nose = [(wide, low + slant[2]), (0.22, low), (0, low - 0.12), (-0.22, low), (-wide, low + slant[3])]
    mask = frame.polygon([*brow, *nose], 0.5)
    return _over(cast, _printed_piece(cast, rng, mask), mask, 1 - mask)


def partial_mouth(cast: Cast, rng: Rng) -> Act:
    """Another person's mouth, printed and stuck over the mouth."""
    frame = cast.face.frame
    x, y = rng.normal(0, 0.04), 1.02 + rng.normal(0, 0.03)
    mask = frame.ellipse(x, y, rng.uniform(0.6, 0.75), rng.uniform(0.3, 0.38), 0.05)
    return _over(cast, _printed_piece(cast, rng, mask), mask, 1 - mask)


def wig(cast: Cast, rng: Rng) -> Act:
    """A wig: even artificial colour, straight shiny strands, a hard hairline low on the forehead."""
    who, frame = cast.face, cast.face.frame
    hair = f32(rng.choice([[0.75, 0.6, 0.3], [0.5, 0.1, 0.1], [0.07, 0.06, 0.07], [0.85, 0.3, 0.5], [0.35, 0.2, 0.1],
                                  [0.2, 0.3, 0.7]]))  # fmt: skip
    long = rng.uniform(1.2, 2.6)
    drop = np.clip((long - frame.y) / 0.3, 0, 1)
    cap = np.maximum(frame.ellipse(0, 0.15, 1.62, 1.75, 0.04), frame.both(1.25, 1.2, 0.5, 1.6, 0.2)) * drop
    line = rng.uniform(-0.55, -0.4) + rng.choice((0.0, -0.12)) * np.cos(3 * frame.x) + 0.03 * clouds(rng, 10)
    open_face = frame.ellipse(who.turn, 0.75, 1.0, 1.6, 0.06) * np.clip((frame.y - line) / 0.05, 0, 1)
    mask = np.clip(cap - open_face, 0, 1).astype(np.float32)
    bow = COLUMNS + 0.14 * (ROWS - 40) * np.sign(frame.x) * np.clip(np.abs(frame.x), 0, 1)
    strands = np.cos(bow * 1.1 + 2.5 * clouds(rng, 30)) * 0.5 + np.cos(bow * 0.45 + 2 * clouds(rng, 40)) * 0.5
    shine = np.exp(-(((frame.y + 0.75) / 0.16) ** 2)) + 0.5 * np.exp(-(((frame.y - 1.0) / 0.3) ** 2))
    layer = (
        hair * (0.75 + 0.28 * strands)[..., None] + (0.22 * cast.strength * shine * (0.6 + 0.4 * strands))[..., None]
    )
    return _over(cast, np.clip(layer, 0, 1).astype(np.float32), mask)
