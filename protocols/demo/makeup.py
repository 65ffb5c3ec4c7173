"""What is painted on a living face: cosmetic, impersonation and obfuscation makeup, tattoos."""

from __future__ import annotations

import cv2
import numpy as np

from protocols.demo.act import Act, Cast, Worn, align
from protocols.demo.identity import SIDE, Canvas, Identity, f32
from protocols.demo.masks import smooth
from protocols.demo.surface import Rng, blur, clouds, grey, mix, saturate


def _tint(picture: Canvas, colour: Canvas, mask: Canvas, amount: float) -> Canvas:
    """Pigment: takes the colour, keeps most of the light and shade."""
    luma = grey(picture)[..., None]
    pigment = colour * (0.35 + 0.65 * luma / np.float32(0.5))
    return mix(picture, np.clip(pigment, 0, 1), mask * np.float32(amount))


def _painted(picture: Canvas, who: Identity, rng: Rng, amount: float) -> Canvas:
    """Foundation, lipstick, rouge, eye shadow, liner."""
    frame = who.frame
    face = smooth(picture, 0.8 * amount)
    face = mix(picture, mix(face, face * 0.7 + who.skin * 0.33, 0.5 * amount), who.oval * (1 - _features(who)))
    lips = frame.ellipse(0, 1.0, 0.46, 0.15, 0.35)
    reddish = np.clip((picture[..., 0] - picture[..., 1]) / 0.12, 0.35, 1).astype(np.float32)
    red = f32(rng.choice([[0.75, 0.08, 0.15], [0.62, 0.05, 0.22], [0.85, 0.25, 0.3], [0.4, 0.08, 0.2]]))
    face = _tint(face, red, lips * reddish, 0.85 * amount)
    face = _tint(face, f32([0.9, 0.4, 0.42]), frame.both(0.68, 0.62, 0.28, 0.2, 1.6), 0.5 * amount)
    shadow = f32(rng.choice([[0.2, 0.25, 0.5], [0.35, 0.2, 0.4], [0.3, 0.22, 0.15], [0.15, 0.4, 0.35]]))
    face = _tint(face, shadow, frame.both(0.5, -0.13, 0.27, 0.13, 0.9), 0.8 * amount)
    liner = np.clip(frame.both(0.5, 0.0, 0.25, 0.11, 0.3) - frame.both(0.5, 0.01, 0.2, 0.08, 0.3), 0, 1)
    return mix(face, face * 0.2, liner * np.float32(0.9 * amount))


def _features(who: Identity) -> Canvas:
    """Eyes and mouth, which foundation spares."""
    return np.maximum(who.frame.both(0.5, 0, 0.26, 0.15, 0.4), who.frame.ellipse(0, 1.0, 0.5, 0.18, 0.4))


def cosmetic_makeup(cast: Cast, rng: Rng) -> Act:
    """Lipstick, rouge, eye shadow and liner over an even foundation."""
    who = cast.face
    return Worn(who, _painted(who.picture, who, rng, 0.55 + 0.45 * cast.strength), who.matte)


def impersonation_makeup(cast: Cast, rng: Rng) -> Act:
    """Another person's brows, shadows and lips drawn on a living face."""
    who, k = cast.face, 0.5 + 0.5 * cast.strength
    other = align(cast.presenter, who)
    detail = grey(other) - blur(grey(other), 14)
    mine = grey(who.picture) - blur(grey(who.picture), 14)
    drawn = smooth(who.picture, 0.9) + np.float32(k) * (0.9 * detail - 0.55 * mine)[..., None]
    tone = np.float32(cast.presenter.skin / np.maximum(who.skin, 0.1)) ** np.float32(0.6 * k)
    drawn = np.clip(saturate(drawn * tone, 1.15), 0, 1)
    frame = who.frame
    contour = frame.both(0.85, 0.7, 0.2, 0.4, 1.5) + frame.both(0.17, 0.35, 0.07, 0.4, 1.5)
    drawn = mix(drawn, drawn * f32([0.62, 0.5, 0.44]), np.clip(contour, 0, 1) * np.float32(0.7 * k))
    soft = frame.ellipse(who.turn, 0.42, 0.98, 1.15, 0.3)
    return Worn(who, mix(who.picture, drawn, soft * (1 - frame.both(0.5, 0.0, 0.19, 0.09, 0.5))), who.matte)


def obfuscation_makeup(cast: Cast, rng: Rng) -> Act:
    """Paint that hides who it is: patches and stripes, drawn wrinkles, a false beard or bruises."""
    who, k, frame = cast.face, 0.6 + 0.4 * cast.strength, cast.face.frame
    face, kind = who.picture, rng.integers(3)
    if kind == 0:  # asymmetric blocks of colour across the features
        for _ in range(int(rng.integers(3, 6))):
            tone = f32(rng.choice([[0.05, 0.05, 0.06], [0.95, 0.95, 0.93], [0.1, 0.15, 0.5], [0.7, 0.1, 0.1]]))
            x, y, turn, half, tall = *rng.uniform((-0.8, -0.6), (0.8, 1.3)), *rng.uniform((-1, 0.1, 0.5), (1, 0.2, 0.9))
            corners = [(-half, -tall), (half, -tall), (half, tall), (-half, tall)]
            c, s = np.cos(turn), np.sin(turn)
            patch = frame.polygon([(float(x + c * u - s * v), float(y + s * u + c * v)) for u, v in corners], 1.2)
            face = mix(face, tone * (0.55 + 0.45 * grey(face)[..., None]), patch * who.oval * np.float32(0.85 * k))
    elif kind == 1:  # old age: drawn wrinkles, grey hollows
        face = mix(face, saturate(face, 0.4) * 0.95, who.oval * np.float32(0.8 * k))
        lines = np.cos(frame.y * 38 + 1.5 * np.cos(3 * frame.x)) * (frame.y < -0.35)
        lines = lines + np.cos((np.abs(frame.x) + 0.6 * frame.y) * 30) * (frame.both(0.65, 0.75, 0.3, 0.45, 0.5) > 0.5)
        strokes = blur(np.clip(lines - 0.55, 0, 1).astype(np.float32), 0.7) * who.oval
        face = mix(face, face * 0.35, np.clip(strokes * 1.6, 0, 1) * np.float32(k))
        face = mix(face, face * 0.55, frame.both(0.72, 0.75, 0.22, 0.3, 1.5) * np.float32(0.7 * k))
        face = mix(face, face * 0.6, frame.both(0.5, 0.17, 0.25, 0.1, 1.2) * np.float32(0.8 * k))
    else:  # false beard, moustache and heavy brows
        jaw = np.clip(frame.ellipse(who.turn, 0.75, 0.98, 0.95, 0.2) - upper_face(who), 0, 1)
        beard = jaw * (1 - frame.ellipse(0, 1.0, 0.4, 0.11, 0.3))
        hair = f32(rng.choice([[0.1, 0.07, 0.05], [0.25, 0.15, 0.08], [0.35, 0.33, 0.31]]))
        strands = (0.8 + 0.35 * clouds(rng, 3))[..., None]
        face = mix(face, hair * strands, beard * np.float32(0.8 * k))
        face = mix(face, hair * strands, frame.both(0.5, -0.34, 0.36, 0.1, 0.6) * np.float32(0.85 * k))
    return Worn(who, np.clip(face, 0, 1), who.matte)


def upper_face(who: Identity) -> Canvas:
    """1 above the upper lip."""
    return np.clip((0.72 + 0.1 * np.abs(who.frame.x) - who.frame.y) / 0.08, 0, 1).astype(np.float32)


def makeup(cast: Cast, rng: Rng) -> Act:
    """Makeup of any kind: light, heavy or meant to hide or to impersonate."""
    kind = rng.choice(3, p=[0.4, 0.3, 0.3])
    return (cosmetic_makeup, impersonation_makeup, obfuscation_makeup)[int(kind)](cast, rng)


def tattoo(cast: Cast, rng: Rng) -> Act:
    """Tattoos stuck or drawn on the face: dark bluish lines and shapes on a cheek, the forehead, around an eye."""
    who, frame = cast.face, cast.face.frame
    ink = np.zeros((SIDE, SIDE), np.uint8)
    unit = frame.eye_distance

    def at(x: float, y: float) -> tuple[int, int]:
        column, row = np.rint(frame.point(x, y) * 8)
        return int(column), int(row)

    places = [(-0.62, 0.6), (0.62, 0.6), (0.0, -0.6), (-0.5, -0.55), (0.5, -0.55), (0.0, 1.4), (0.75, 0.15)]
    for place in rng.permutation(len(places))[: int(rng.integers(2, 5))]:
        x, y = places[int(place)]
        kind, size = rng.integers(3), rng.uniform(0.2, 0.34)
        if kind == 0:  # spiral
            turns = np.linspace(0.5, 5 * np.pi, 60)
            r = size * turns / turns[-1]
            line = [at(x + a * np.cos(b), y + a * np.sin(b)) for a, b in zip(r, turns, strict=True)]
            cv2.polylines(ink, [np.array(line)], False, 255, max(1, round(unit * 0.045)), cv2.LINE_AA, shift=3)
        elif kind == 1:  # tribal blades
            for _ in range(4):
                a = rng.uniform(0, 2 * np.pi)
                tip = at(x + 1.3 * size * np.cos(a), y + 1.3 * size * np.sin(a))
                side = [at(x + 0.3 * size * np.cos(a + d), y + 0.3 * size * np.sin(a + d)) for d in (1.6, -1.6)]
                cv2.fillPoly(ink, [np.array([tip, *side])], 255, cv2.LINE_AA, shift=3)
        else:  # star and dots
            star = [
                at(x + size * r * np.cos(a), y + size * r * np.sin(a))
                for a, r in zip(np.linspace(0, 2 * np.pi, 10, endpoint=False), [1, 0.4] * 5, strict=True)
            ]
            cv2.polylines(ink, [np.array(star)], True, 255, max(1, round(unit * 0.04)), cv2.LINE_AA, shift=3)
    mask = blur(ink.astype(np.float32) / 255, 0.6) * who.oval
    colour = f32(rng.choice([[0.08, 0.1, 0.16], [0.06, 0.14, 0.14], [0.12, 0.08, 0.1]]))
    dark = mix(who.picture, colour, mask * np.float32(0.55 + 0.35 * cast.strength))
    return Worn(who, dark, who.matte)
