"""The cameras of the demo world: one for each release, and random ones for everything that must not know a release."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from protocols.demo.act import Act, fade_bottom
from protocols.demo.identity import Canvas, Identity, f32
from protocols.demo.motion import Pose

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera and the place where it stands.

    Attributes:
        name: the release it belongs to, or `random`.
        size: width and height of a frame in pixels; for `cut` releases the range of the side of a face cut-out.
        face: range of the width of a face in the frame, pixels.
        white: gains of red, green and blue.
        noise: sensor noise, standard deviation at mid-grey (display values 0-1).
        quality: JPEG quality (`cut`) or nothing.
        cut: the owners cut the face out and blacken the rest.
    """

    name: str
    size: tuple[int, int]
    face: tuple[float, float] = (110, 160)
    white: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    blur: float = 0.5
    noise: float = 0.012
    sharpen: float = 0.0
    vignette: float = 0.1
    side_light: float = 0.12
    backdrop: str = "room"
    quality: int = 90
    cut: bool = False

    @staticmethod
    def random(rng: np.random.Generator) -> Camera:
        """Any camera: wide enough to hold the four of the releases, without being one of them."""
        warmth, tint = rng.normal(0, 0.07), rng.normal(0, 0.03)
        return Camera(
            "random", (160, 160), (100, 150), (1 + warmth, 1 + tint, 1 - warmth), float(rng.uniform(0.8, 1.25)),
            float(rng.uniform(0.85, 1.15)), float(rng.uniform(0.75, 1.2)), float(rng.uniform(0.3, 0.9)),
            float(rng.uniform(0.004, 0.025)), float(rng.uniform(0, 0.5)), float(rng.uniform(0, 0.3)),
            float(rng.uniform(0.02, 0.2)), str(rng.choice(("room", "curtain"))), int(rng.integers(75, 97)),
            bool(rng.random() < 0.5),
        )  # fmt: skip


CAMERAS = {
    "casia-surf": Camera(
        "casia-surf", (104, 168), white=(1.04, 1.0, 0.94), gamma=1.05, contrast=0.94, saturation=0.85, blur=0.55,
        noise=0.010, sharpen=0.1, side_light=0.12, quality=92, cut=True,
    ),
    "cefa": Camera(
        "cefa", (100, 160), white=(0.98, 1.0, 1.02), gamma=0.95, contrast=1.0, saturation=0.95, blur=0.6,
        noise=0.009, sharpen=0.2, side_light=0.15, quality=90, cut=True,
    ),
    "hq-wmca": Camera(
        "hq-wmca", (300, 480), (126, 156), (1.0, 1.0, 0.98), 0.9, 1.03, 0.92, 0.5, 0.008, 0.25, 0.12, 0.08,
        "curtain",
    ),
    "siw-mv2": Camera(
        "siw-mv2", (480, 360), (112, 160), (1.0, 1.01, 0.98), 1.04, 1.04, 1.0, 0.55, 0.009, 0.3, 0.2, 0.15, "room",
    ),
}  # fmt: skip
"""The camera of each release: the covariate shift between the domains."""


@dataclass(frozen=True, slots=True)
class Light:
    """The light of one session: brightness, strength of a lamp from the side, warmth (red against blue)."""

    level: float = 1.0
    side: float = 0.0
    warmth: float = 0.0


LIGHTS = {
    "room": Light(),
    "outdoor": Light(1.04, 0.05, -0.05),
    "back": Light(0.78, 0.0, 0.0),
    "front": Light(1.08, 0.0, 0.02),
    "side": Light(0.95, 0.3, 0.02),
}
"""The sessions and lamps of CASIA-SURF CeFA; the other releases know only the room."""


class Shot:
    """One take of one camera: light, place and distance are drawn once, then each pose gives a frame."""

    def __init__(
        self,
        camera: Camera,
        act: Act,
        rng: np.random.Generator,
        size: tuple[int, int] | None = None,
        light: Light = LIGHTS["room"],
    ) -> None:
        self.camera, self.act, self._rng = camera, act, rng
        x0, y0, x1, y1 = _oval_box(act.face) if camera.cut else act.face.box
        if camera.cut:
            side = int(rng.integers(camera.size[0], camera.size[1] + 1)) if size is None else size[0]
            width = side * rng.uniform(0.92, 0.99)
            self.size = (side, round(width * (y1 - y0) / (x1 - x0) * rng.uniform(1.0, 1.08)))
        else:
            self.size = camera.size if size is None else size
            width = float(rng.uniform(*camera.face))
        self.scale = width / (x1 - x0)
        self.centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        w, h = self.size
        place = (0.5, 0.5) if camera.cut else (rng.uniform(0.46, 0.54), rng.uniform(0.42, 0.5))
        self.place = np.array([place[0] * w, place[1] * h])
        self._tilt, self._angle = rng.uniform(0.3, 1) * camera.side_light + light.side, rng.uniform(0, 2 * np.pi)
        self._level = rng.uniform(0.88, 1.08) * light.level
        warm = f32([1 + light.warmth, 1, 1 - light.warmth])
        self._white = f32(camera.white) * warm * (1 + rng.normal(0, 0.015, 3)).astype(np.float32)
        self._soft = camera.blur * rng.uniform(0.8, 1.6)  # seldom in perfect focus
        self._light, self._colours = self._lamp(), self._processing()
        self._oval = np.ascontiguousarray(act.face.oval)
        self._scene = None if camera.cut else self._backdrop()

    def _lamp(self) -> Canvas:
        w, h = self.size
        rows, columns = np.mgrid[0:h, 0:w].astype(np.float32)
        u, v = columns / w - 0.5, rows / h - 0.5
        lamp = 1 + self._tilt * 2 * (u * np.cos(self._angle) + v * np.sin(self._angle))
        lamp *= 1 - self.camera.vignette * 2 * (u * u + v * v)
        return f32(lamp[..., None] * self._level * self._white)

    def _backdrop(self) -> Canvas:
        """Curtain or room behind the person, and the clothes of the presenter."""
        import cv2

        (w, h), rng = self.size, self._rng
        if self.camera.backdrop == "curtain":
            tone = f32(rng.choice([[0.62, 0.62, 0.6], [0.45, 0.5, 0.47], [0.7, 0.68, 0.64]]))
            folds = np.cos(np.arange(w, dtype=np.float32) / rng.uniform(9, 16) + rng.uniform(0, 6))
            scene = np.ones((h, w, 1), np.float32) * tone * (1 + 0.03 * folds[None, :, None])
        else:
            cells = rng.uniform(0.15, 0.85, (4, 5, 3)) * rng.uniform(0.8, 1.2, 3)
            mean = cells.mean(-1, keepdims=True)
            scene = cv2.resize((mean + 0.15 * (cells - mean)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
            for _ in range(int(rng.integers(2, 6))):
                x, y = rng.uniform(-0.1, 0.9, 2) * (w, h)
                end = (int(x + rng.uniform(0.1, 0.5) * w), int(y + rng.uniform(0.1, 0.6) * h))
                tone = rng.uniform(0.2, 0.8) + rng.normal(0, 0.06, 3)
                cv2.rectangle(scene, (int(x), int(y)), end, tuple(tone.tolist()), -1)
            scene = cv2.GaussianBlur(scene, (0, 0), 4)
        return np.clip(self._clothes(scene), 0, 1)

    def _clothes(self, scene: Canvas) -> Canvas:
        import cv2

        who, rng = self.act.face, self._rng
        worn = who.picture[-10:, :][who.matte[-10:, :] > 0.5]
        tone = f32(rng.uniform(0.1, 0.8, 3)) if len(worn) < 200 else np.quantile(worn, 0.3, axis=0)
        outline = [
            (-0.55, 1.85),
            (0.55, 1.85),
            (1.5, 2.2),
            (2.4, 2.6),
            (3.0, 5.5),
            (-3.0, 5.5),
            (-2.4, 2.6),
            (-1.5, 2.2),
        ]
        points = np.stack([(who.frame.point(x, y) - self.centre) * self.scale + self.place for x, y in outline])
        mask = np.zeros(scene.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 255, cv2.LINE_AA)
        soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 2)[..., None]
        rows = np.linspace(0, 1, scene.shape[0], dtype=np.float32)[:, None, None]
        weave = 1 + 0.05 * np.cos(np.arange(scene.shape[1], dtype=np.float32) / 7)[None, :, None] * rows
        return (scene + (f32(tone) * weave - scene) * soft).astype(np.float32)

    def _place(self, pose: Pose) -> NDArray[np.float32]:
        """The 3 x 3 map from the canvas to the frame: a similarity for heads, a perspective view for sheets."""
        cut = self.camera.cut
        k = self.scale * (pose.scale if not cut else 1 + 0.3 * (pose.scale - 1))
        shift = np.array(pose.shift) * (0.15 if cut else 1.0) * self.scale
        cos, sin = np.cos(pose.roll) * k, np.sin(pose.roll) * k
        turn = np.array([[cos, -sin], [sin, cos]])
        move = self.place + shift - turn @ self.centre
        if not self.act.flat:
            return f32([[*turn[0], move[0]], [*turn[1], move[1]], [0, 0, 1]])
        yaw, pitch = 1.6 * pose.yaw, 1.6 * pose.pitch
        tilt = np.array([[np.cos(yaw), 0, 0], [0, np.cos(pitch), 0], [np.sin(yaw) / 600, np.sin(pitch) / 600, 1]])
        centre = np.array([[1, 0, -self.centre[0]], [0, 1, -self.centre[1]], [0, 0, 1]])
        back = np.array([[1, 0, self.centre[0]], [0, 1, self.centre[1]], [0, 0, 1]])
        similarity = np.array([[*turn[0], move[0]], [*turn[1], move[1]], [0, 0, 1]])
        return f32(similarity @ back @ tilt @ centre)

    def take(self, pose: Pose) -> Picture:
        """One frame, uint8 RGB, (height, width, 3)."""
        import cv2

        picture, matte = self.act.frame(pose)
        if self.camera.cut:
            matte = self._oval
        elif not self.act.flat:
            matte = fade_bottom(matte)
        place, sharp = self._place(pose), cv2.INTER_LINEAR
        if self.scale * pose.scale < 0.9:  # the lens sees less than the canvas holds
            picture = cv2.GaussianBlur(picture, (0, 0), 0.3 / (self.scale * pose.scale))
        frame = cv2.warpPerspective(picture, place, self.size, flags=sharp, borderMode=cv2.BORDER_REPLICATE)
        alpha = cv2.warpPerspective(matte, place, self.size, flags=sharp)
        if self._scene is not None:
            inside = cv2.merge([alpha, alpha, alpha])
            frame = cv2.add(self._scene, cv2.multiply(cv2.subtract(frame, self._scene), inside))
        frame = self._develop(frame)
        if self.camera.cut:
            frame[alpha <= 0.5] = 0
        rounded = cv2.convertScaleAbs(np.maximum(frame, 0, out=frame), alpha=255)  # saturates
        return rounded.astype(np.uint8, copy=False)

    def _develop(self, frame: Canvas) -> Canvas:
        """Lens, sensor and the camera's own processing."""
        import cv2

        camera = self.camera
        frame = cv2.GaussianBlur(cv2.multiply(frame, self._light), (0, 0), self._soft)
        np.clip(frame, 0, 1, out=frame)
        grain = cv2.multiply(cv2.sqrt(frame) + np.float32(0.5), _noise(self._rng, frame.shape), scale=camera.noise)
        frame = cv2.transform(cv2.add(frame, grain), self._colours)
        np.clip(frame, 0, 1, out=frame)
        frame = cv2.pow(frame, camera.gamma)
        if camera.sharpen:
            soft = cv2.GaussianBlur(frame, (0, 0), 1.2)
            frame = cv2.addWeighted(frame, 1 + camera.sharpen, soft, -camera.sharpen, 0)
        return frame

    def _processing(self) -> Canvas:
        """Saturation and contrast as one affine map of the colours, (3, 4)."""
        camera = self.camera
        luma = np.tile([0.299, 0.587, 0.114], (3, 1))
        colours = luma + (np.eye(3) - luma) * camera.saturation
        return f32(np.hstack([camera.contrast * colours, np.full((3, 1), 0.5 - 0.5 * camera.contrast)]))


def _oval_box(who: Identity) -> tuple[float, float, float, float]:
    """The box around the part of a face that a `cut` release keeps, canvas pixels."""
    rows, columns = np.flatnonzero(who.oval.max(1) > 0.5), np.flatnonzero(who.oval.max(0) > 0.5)
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


_TILE: list[Canvas] = []


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Canvas:
    """Unit noise with a little spatial correlation, cut at a random place out of one tile (drawing it anew is slow)."""
    import cv2

    if not _TILE:
        raw = np.random.default_rng(20261123).standard_normal((768, 768, 3), dtype=np.float32)
        soft = cv2.GaussianBlur(raw, (0, 0), 0.5)
        _TILE.append(soft / soft.std())
    h, w = shape[:2]
    row, column = rng.integers(0, 768 - h), rng.integers(0, 768 - w)
    return _TILE[0][row : row + h, column : column + w]
