"""What an artefact becomes before the camera: something worn on a head, or a flat sheet held up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from protocols.demo.identity import SIDE, Canvas, FaceFrame, Identity, f32
from protocols.demo.motion import Flesh, Pose
from protocols.demo.surface import ROWS, Rng, mix


@dataclass(frozen=True)
class Cast:
    """Who takes part in a presentation: the person shown, the person who presents, how strong the cue is (0-1).

    `variant` chooses between kinds of one species where a release names them (0: by chance), `glasses` puts spectacles
    on a mask.
    """

    face: Identity
    presenter: Identity
    strength: float = 1.0
    variant: int = 0
    glasses: bool = False


class Act:
    """One presentation in front of the camera. `frame` returns the picture and its matte for one pose."""

    flat = False
    steady = 1.0
    face: Identity

    def frame(self, pose: Pose) -> tuple[Canvas, Canvas]:
        """Picture float32 (SIDE, SIDE, 3) and matte float32 (SIDE, SIDE)."""
        raise NotImplementedError


@dataclass
class Worn(Act):
    """A head and what it wears: all of `texture` moves with the head, only `alive` parts blink and speak.

    `gloss` is a layer of highlights that slides over the surface when the head turns, as reflections do.
    """

    face: Identity
    texture: Canvas
    matte: Canvas
    alive: Canvas | float = 1.0
    gloss: Canvas | None = None
    steady: float = 1.0
    flesh: Flesh = field(init=False)

    def __post_init__(self) -> None:
        self.flesh = Flesh(self.face, self.alive)

    def frame(self, pose: Pose) -> tuple[Canvas, Canvas]:
        import cv2

        moved = self.flesh.move(np.dstack([self.texture, self.matte]), pose)
        picture = moved[..., :3] * np.float32(pose.light)
        if self.gloss is not None:
            slide = np.array([[1, 0, -70 * pose.yaw], [0, 1, -70 * pose.pitch]], np.float32)
            gloss = cv2.warpAffine(self.gloss, slide, (SIDE, SIDE))
            picture = mix(picture, 1.0, gloss)
        return np.clip(picture, 0, 1), np.clip(moved[..., 3], 0, 1)


@dataclass
class Sheet(Act):
    """A flat medium in the hand. `texture` never changes; through `holes` the presenter's live face is seen.

    `playback` returns what a screen shows at a pose, `finish` draws what lies on top of it (pixels, glare).
    """

    face: Identity
    texture: Canvas
    matte: Canvas
    behind: Worn | None = None
    holes: Canvas | None = None
    playback: Callable[[Pose], Canvas] | None = None
    finish: Callable[[Canvas, Pose], Canvas] | None = None
    steady: float = 0.8
    flat: bool = True

    def frame(self, pose: Pose) -> tuple[Canvas, Canvas]:
        picture = self.texture if self.playback is None else self.playback(pose)
        if self.behind is not None and self.holes is not None:
            picture = mix(picture, self.behind.frame(pose)[0], self.holes)
        if self.finish is not None:
            picture = self.finish(picture, pose)
        return np.clip(picture * np.float32(pose.light), 0, 1), self.matte


def align(who: Identity, onto: Identity) -> Canvas:
    """The portrait of `who`, moved so that eyes and mouth lie where those of `onto` are, (SIDE, SIDE, 3)."""
    import cv2

    places = ((-0.5, 0.0), (0.5, 0.0), (0.0, 1.0))
    source = f32([who.frame.point(x, y) for x, y in places])
    target = f32([onto.frame.point(x, y) for x, y in places])
    move = cv2.getAffineTransform(source, target)
    return cv2.warpAffine(who.picture, move, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def bona_fide(cast: Cast, rng: Rng) -> Act:
    """A living face, sometimes with oily skin."""
    from protocols.demo.motion import relief
    from protocols.demo.surface import highlight

    gloss = None
    if rng.random() < 0.3:
        oily = highlight(relief(cast.face), (rng.uniform(-0.8, 0.8), 0.5), 14)
        gloss = (oily * cast.face.oval * rng.uniform(0.03, 0.1)).astype(np.float32)
    return Worn(cast.face, cast.face.picture, cast.face.matte, gloss=gloss)


def edge(mask: Canvas, width: float) -> Canvas:
    """The rim of a mask, 0 to 1, about `width` pixels wide."""
    import cv2

    soft = cv2.GaussianBlur(mask, (0, 0), width)
    out: Canvas = np.clip(4 * soft * (1 - soft), 0, 1) ** 2
    return out


def upper(line: float, who: Identity, soft: float = 0.03) -> Canvas:
    """1 above a line across the face at height `line` (eye units), 0 below it."""
    return np.clip((line - who.frame.y) / soft, 0, 1).astype(np.float32)


def fade_bottom(matte: Canvas, rows: int = 10) -> Canvas:
    """The matte with its last rows faded out, so that a neck sinks into a collar."""
    return f32(matte * np.clip((SIDE - ROWS) / rows, 0, 1))


def lens_rims(frame: FaceFrame, lens: tuple[float, float], thick: float, square: bool) -> tuple[Canvas, Canvas]:
    """The frame and the lenses of a pair of glasses: half axes of a lens and thickness of its rim in eye units."""
    power = 5 if square else 2
    wide, tall = lens

    def inside(grow: float) -> Canvas:
        across, down = (np.abs(frame.x) - 0.5) / (wide + grow), frame.y / (tall + grow)
        radius = (np.abs(across) ** power + np.abs(down) ** power) ** (1 / power)
        return f32(np.clip((1 - radius) / 0.06 + 0.5, 0, 1))

    inner, low = inside(0.0), -0.12 + thick * 1.3
    bridge = frame.polygon([(-0.2, -0.12), (0.2, -0.12), (0.2, low), (-0.2, low)], 0.6)
    arms = [[(s * 1.25, -0.16), (s * 0.85, -0.14), (s * 0.85, 0.0), (s * 1.25, -0.06)] for s in (-1, 1)]
    parts = [inside(thick) - inner, bridge, *(frame.polygon(arm, 0.6) for arm in arms)]
    return np.clip(np.maximum.reduce(parts), 0, 1), inner
