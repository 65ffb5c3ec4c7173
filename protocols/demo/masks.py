"""Three-dimensional artefacts: rigid, silicone, half, transparent and paper masks, and mannequin heads."""

from __future__ import annotations

import numpy as np

from protocols.demo.act import Act, Cast, Worn, align, edge, lens_rims, upper
from protocols.demo.identity import SIDE, Canvas, Identity, f32
from protocols.demo.motion import relief
from protocols.demo.surface import ROWS, Rng, blur, clouds, highlight, mix, printed, shade, wave


def _lamp(rng: Rng) -> tuple[float, float]:
    return float(rng.uniform(-0.9, 0.9)), float(rng.uniform(0.2, 0.8))


def smooth(picture: Canvas, amount: float) -> Canvas:
    """Skin without pores: edges stay, fine texture goes."""
    import cv2

    flat = cv2.bilateralFilter(np.ascontiguousarray(blur(picture, 1.0)), 9, 0.18, 5)
    return mix(picture, blur(flat, 1.2), np.float32(amount))


def _eye_holes(who: Identity, rng: Rng) -> Canvas:
    return who.frame.both(0.5 + rng.normal(0, 0.015), rng.normal(0.01, 0.02), 0.24, 0.12, 0.12)


def _holes(picture: Canvas, live: Canvas, holes: Canvas) -> Canvas:
    """The wearer's eyes deep behind the holes of a mask: shadow at the rim, then the eye."""
    depth = 1 - np.float32(0.7) * blur(1 - holes, 2.2)
    out = mix(picture, live * depth[..., None], holes)
    return mix(out, 0.08, edge(holes, 1.3) * np.float32(0.8))


def _bare(who: Identity, tone: Canvas) -> tuple[Canvas, Canvas]:
    """A head without hair in one tone, with its matte: what lies around a mask without a wig."""
    frame = who.frame
    head = np.maximum(frame.ellipse(who.turn, 0.3, 1.3, 1.5, 0.05), frame.ellipse(0, 2.3, 0.75, 1.2, 0.08))
    ball = shade(relief(who), (0.0, 0.6), 0.25)
    return (tone * ball[..., None] * 0.95).astype(np.float32), head


def _tinted(who: Identity, tone: Canvas, amount: float, contrast: float = 1.0) -> Canvas:
    """The face with its colours drawn towards one tone and its light kept, as pigment does."""
    luma = who.picture.mean(-1, keepdims=True)
    level = luma[who.oval > 0.5].mean()
    painted = tone * (1 + contrast * (luma - level) / max(float(level), 0.1))
    return mix(who.picture, painted, np.float32(amount))


def rigid_mask(cast: Cast, rng: Rng) -> Act:
    """A hard (3D-printed, resin) mask: flat paint, layer lines, small hard highlights, live eyes behind holes.

    `cast.variant` 1 wears it bare, 2 with the hair of the person shown.
    """
    who, k = cast.face, np.float32(cast.strength)
    tone = np.minimum(who.skin, 0.8) * np.float32(rng.uniform(0.78, 1.0)) * f32([1.04, 0.99, 0.93])
    form = relief(who)
    paint = smooth(_tinted(who, tone, 0.6 + 0.35 * cast.strength, 0.9), 1.0)
    lines = wave(rng.uniform(4.2, 7.5), np.pi / 2 + rng.normal(0, 0.04), 0) * np.float32(rng.uniform(0.02, 0.06))
    speckle = clouds(rng, 3) * np.float32(0.008)
    paint = paint * (shade(form, _lamp(rng), 0.35) * (1 + k * (lines + speckle)))[..., None]
    gloss = highlight(form, _lamp(rng), rng.uniform(45, 90)) * np.float32(rng.uniform(0.5, 0.9)) * (0.4 + 0.6 * k)
    holes = _eye_holes(who, rng)
    paint = _holes(paint, align(cast.presenter, who), holes)
    cover = who.frame.ellipse(who.turn, 0.4, 1.14, 1.36, 0.04)
    around, matte = (who.picture, who.matte) if _wig(cast, rng) else _bare(cast.face, tone * 0.8)
    texture = _spectacles(mix(around, paint, cover), cast)
    texture = mix(texture, texture * 0.45, edge(cover, 1.2) * 0.8)
    return Worn(who, texture, np.maximum(matte, cover), holes, gloss * cover * (1 - holes), steady=1.0)


def _wig(cast: Cast, rng: Rng) -> bool:
    return cast.variant == 2 if cast.variant else bool(rng.random() < 0.5)


def _spectacles(texture: Canvas, cast: Cast) -> Canvas:
    """Thin dark rims over a mask whose presentation asks for glasses."""
    if not cast.glasses:
        return texture
    rims, _ = lens_rims(cast.face.frame, (0.36, 0.28), 0.035, square=True)
    return mix(texture, 0.08, rims * np.float32(0.9))


def silicone_mask(cast: Cast, rng: Rng) -> Act:
    """A flexible mask: waxy even skin, mottled pigment, broad soft sheen, loose rims at eyes and mouth.

    `cast.variant` 1 wears it bare, 2 with a wig.
    """
    who, k, frame = cast.face, np.float32(cast.strength), cast.face.frame
    tone = (0.3 * who.skin.mean() + 0.7 * who.skin) * f32([1.02, 1.0, 0.95]) * np.float32(rng.uniform(0.9, 1.08))
    form = relief(who)
    wax = smooth(_tinted(who, tone, 0.55 + 0.35 * cast.strength, 0.8), 1.0)
    wax = mix(wax, blur(wax, 2.8), 0.4 + 0.5 * k)
    mottled = clouds(rng, 12)[..., None] * f32([0.012, -0.004, -0.004]) * k
    wrinkles = np.clip(clouds(rng, 22), 0.9, 2) - 0.9
    wax = wax * (shade(form, _lamp(rng), 0.18) - 0.05 * k * wrinkles)[..., None] + mottled
    gloss = highlight(form, _lamp(rng), rng.uniform(9, 18)) * np.float32(rng.uniform(0.28, 0.5)) * (0.4 + 0.6 * k)
    holes = _eye_holes(who, rng)
    wax = _holes(wax, align(cast.presenter, who), holes)
    mouth = frame.ellipse(0, 1.0, 0.42, 0.05, 0.5)
    wax = mix(wax, wax * 0.4, mouth * np.float32(0.8 * k))
    cover = frame.ellipse(who.turn, 0.4, 1.2, 1.45, 0.05)
    if _wig(cast, rng):
        around, matte, cover = who.picture, who.matte, cover * who.matte
    else:
        around, matte = _bare(who, wax[who.oval > 0.9].mean(0))
    alive = np.maximum(holes, 0.5 * frame.ellipse(0, 1.05, 0.6, 0.3, 0.5))
    texture = _spectacles(mix(around, wax, cover), cast)
    return Worn(who, texture, np.maximum(matte, cover), alive, gloss * cover * (1 - holes))


def paper_mask(cast: Cast, rng: Rng) -> Act:
    """A photo printed on paper, cut out along the face, folded to fit, worn with holes for the eyes."""
    who, frame = cast.face, cast.face.frame
    sheet = printed(who.picture, rng, cast.strength)
    fold = rng.normal(0, 0.05)
    planes = np.where(frame.x > fold, 1 + rng.uniform(0.05, 0.14), 1 - rng.uniform(0.08, 0.2)).astype(np.float32)
    brow, chin = rng.uniform(-0.5, -0.3), rng.uniform(1.15, 1.35)
    planes = planes * np.where(frame.y < brow, 0.92, 1.0) * np.where(frame.y > chin, 0.86, 1.0)
    crease = np.exp(-(((frame.x - fold) / 0.025) ** 2)) + np.exp(-(((frame.y - chin) / 0.03) ** 2))
    sheet = sheet * blur(planes.astype(np.float32), 0.8)[..., None] + 0.13 * crease[..., None].astype(np.float32)
    angles = np.sort(np.linspace(0, 2 * np.pi, 14, endpoint=False) + rng.normal(0, 0.06, 14))
    reach = 1 + rng.normal(0, 0.025, 14)
    corners = [
        (float(who.turn + 1.12 * r * np.cos(a)), float(0.42 + 1.3 * r * np.sin(a)))
        for a, r in zip(angles, reach, strict=True)
    ]
    cover = frame.polygon(corners, 0.5)
    rim = np.clip(cover - blur(cover, 1.6), 0, 1) * 2.2
    sheet = mix(sheet, f32([0.95, 0.94, 0.9]), np.clip(rim, 0, 0.9))
    holes = _eye_holes(who, rng)
    sheet = _holes(sheet, align(cast.presenter, who), holes)
    shadow = np.clip(blur(cover, 4) - cover, 0, 1) * 0.6
    base = who.picture * (1 - shadow[..., None])
    return Worn(who, mix(base, sheet, cover), np.maximum(who.matte, cover), holes)


def half_mask(cast: Cast, rng: Rng) -> Act:
    """A moulded mask over one half of the face, above or below the nose tip; the other half is alive."""
    who, k = cast.face, np.float32(cast.strength)
    form, frame = relief(who), cast.face.frame
    line = rng.uniform(0.6, 0.75) + 0.12 * np.cos(frame.x * 2.2).astype(np.float32)
    below = rng.random() < 0.4
    part = np.clip((frame.y - 0.45) / 0.03, 0, 1) if below else np.clip((line - frame.y) / 0.03, 0, 1)
    cover = (part * frame.ellipse(who.turn, 0.4, 1.13, 1.34, 0.03)).astype(np.float32)
    tone = cast.presenter.skin * np.float32(rng.uniform(0.75, 1.15)) * f32([1.05, 0.97, 0.9])
    skin = blur(smooth(align(cast.presenter, who), 1.0), 1.5)
    shell = mix(skin, tone * (0.5 + 0.5 * skin.mean(-1, keepdims=True) / max(float(skin.mean()), 0.1)), 0.35 + 0.35 * k)
    shell = shell * shade(form, _lamp(rng), 0.35)[..., None]
    holes = _eye_holes(who, rng) * (0.0 if below else 1.0)
    shell = _holes(shell, who.picture, holes.astype(np.float32))
    shadow = np.clip(blur(cover, 3.5) - cover, 0, 1) * 0.9
    texture = mix(who.picture * (1 - shadow[..., None]), shell, cover)
    texture = mix(texture, texture * 0.5, edge(cover, 1.0) * 0.6)
    gloss = highlight(form, _lamp(rng), rng.uniform(25, 60)) * cover * (1 - holes) * np.float32(rng.uniform(0.35, 0.7))
    return Worn(who, texture, np.maximum(who.matte, cover), np.clip(1 - cover + holes, 0, 1), gloss)


def transparent_mask(cast: Cast, rng: Rng) -> Act:
    """A clear plastic shell over the living face: milky veil, sharp highlights along its ridges, a visible rim."""
    who, k = cast.face, np.float32(cast.strength)
    form = relief(cast.presenter if rng.random() < 0.5 else who) + 0.012 * clouds(rng, 26)
    cover = who.frame.ellipse(who.turn, 0.4, 1.1, 1.3, 0.03)
    veil = f32([0.82, 0.85, 0.87])
    through = mix(blur(who.picture, 1.4), veil, np.float32(0.1 + 0.14 * float(k)))
    gloss: Canvas = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(3):
        gloss = np.maximum(
            gloss, highlight(form, _lamp(rng), rng.uniform(50, 140)) * np.float32(rng.uniform(0.5, 0.95))
        )
    ripples = np.clip(clouds(rng, 18) - 1.3, 0, 1) * 0.35
    gloss = np.clip(gloss + ripples, 0, 0.95) * cover * (0.45 + 0.55 * k)
    texture = mix(who.picture, through, cover)
    texture = mix(texture, 0.92, edge(cover, 0.9) * np.float32(rng.uniform(0.25, 0.5)))
    return Worn(who, texture, np.maximum(who.matte, cover), 0.6, gloss.astype(np.float32))


def mannequin(cast: Cast, rng: Rng) -> Act:
    """A dummy head: one plastic colour, painted brows and lips, lacquer, eyes that never close, no movement."""
    who, frame, form = cast.face, cast.face.frame, relief(cast.face)
    tone = f32(rng.choice([[0.86, 0.70, 0.58], [0.93, 0.82, 0.74], [0.62, 0.45, 0.34], [0.9, 0.88, 0.84]]))
    luma = smooth(who.picture, 1.0).mean(-1)
    level = float(luma[who.oval > 0.5].mean())
    plastic = tone * (1 + 0.55 * (luma - level) / max(level, 0.1))[..., None]
    plastic = blur(plastic.astype(np.float32), 1.6) * shade(form, _lamp(rng), 0.4)[..., None]
    lips = f32([0.72, 0.3, 0.3]) * rng.uniform(0.8, 1.1)
    plastic = mix(plastic, lips, frame.ellipse(0, 1.0, 0.36, 0.11, 0.4) * np.float32(rng.uniform(0.3, 0.7)))
    brows = frame.both(0.52, -0.33 + rng.normal(0, 0.02), 0.3, 0.045, 0.9)
    plastic = mix(plastic, tone * 0.3, brows * np.float32(rng.uniform(0.4, 0.8)))
    eyes = frame.both(0.5, 0.0, 0.2, 0.09, 0.25)
    painted = mix(np.full((SIDE, SIDE, 3), 0.9, np.float32), 0.12, frame.both(0.5, 0.0, 0.075, 0.08, 0.3))
    plastic = mix(plastic, painted, eyes * 0.85)
    plastic = mix(plastic, plastic * 0.25, frame.both(0.5, -0.085, 0.21, 0.02, 0.9))
    wig = rng.random() < 0.6
    bare, matte = _bare(who, tone)
    cover = frame.ellipse(who.turn, 0.42, 1.1, 1.3, 0.08)
    neck = np.clip(upper(1.5, who, 0.2) * -1 + 1, 0, 1) * frame.ellipse(0, 2.3, 0.75, 1.2, 0.08)
    around = mix(who.picture, bare, neck) if wig else bare
    alpha = np.maximum(who.matte, neck) if wig else matte
    gloss = highlight(form, _lamp(rng), rng.uniform(30, 70)) * np.float32(rng.uniform(0.4, 0.8))
    rows = np.clip((ROWS - 4) / 8, 0, 1)
    texture = mix(around, plastic, cover)
    gloss = gloss * np.maximum(cover, 0 if wig else matte) * rows
    return Worn(who, texture, np.maximum(alpha, cover), 0.0, gloss, steady=0.25)
