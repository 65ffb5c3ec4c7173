"""The faces of the demo world: pictures of people who do not exist, with landmarks and a matte.

Everything is drawn on a square canvas of `SIDE` pixels in float32 RGB between 0 and 1 (display values). Places on a
face are given in eye units: the origin lies between the eyes, x grows to the viewer's right in eye distances, y grows
downwards in eye-to-mouth distances. The eyes are then at (-0.5, 0) and (0.5, 0), the mouth at (0, 1), the chin near
(0, 1.6).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[Any]
"""float32; the element type is left open because NumPy's own annotations lose it at every scalar."""
SIDE = 256
SPARE = 32
_FACES = Path(__file__).parent / "faces"
_STORED = 384  # side of the stored pictures, px
_TILE, _TILES_IN_ROW = 96, 16  # the sheet of mattes


def f32(values: Sequence[Any] | NDArray[Any]) -> Canvas:
    """Colours, points or matrices as float32."""
    return np.asarray(values, np.float32)


@dataclass(frozen=True, slots=True)
class FaceFrame:
    """Eye units of every canvas pixel: `x` and `y` float32 (SIDE, SIDE); the units themselves in canvas pixels."""

    x: Canvas
    y: Canvas
    eye_distance: float
    eye_to_mouth: float
    origin: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]

    def point(self, x: float, y: float) -> NDArray[np.float64]:
        """Canvas position (column, row) of a place on the face."""
        return self.origin + x * self.eye_distance * self.across + y * self.eye_to_mouth * self.down

    def ellipse(self, x: float, y: float, rx: float, ry: float, soft: float = 0.15) -> Canvas:
        """A soft ellipse, 1 inside and 0 outside; `soft` is the relative width of its edge."""
        radius = np.sqrt(((self.x - x) / rx) ** 2 + ((self.y - y) / ry) ** 2)
        return np.clip((1 - radius) / soft + 0.5, 0, 1).astype(np.float32)

    def both(self, x: float, y: float, rx: float, ry: float, soft: float = 0.15) -> Canvas:
        """The ellipse of `ellipse` on both sides of the face (both eyes, both cheeks)."""
        radius = np.sqrt(((np.abs(self.x) - x) / rx) ** 2 + ((self.y - y) / ry) ** 2)
        return np.clip((1 - radius) / soft + 0.5, 0, 1).astype(np.float32)

    def polygon(self, points: list[tuple[float, float]], soft: float = 0.8) -> Canvas:
        """A filled polygon given in eye units; `soft` blurs its edge (sigma in canvas pixels)."""
        import cv2

        corners = np.stack([self.point(x, y) for x, y in points])
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.fillPoly(mask, [np.rint(corners * 8).astype(np.int32)], 255, cv2.LINE_AA, shift=3)
        out = mask.astype(np.float32) / 255
        return cv2.GaussianBlur(out, (0, 0), soft) if soft else out


@dataclass(frozen=True)
class Identity:
    """One invented person. `landmarks`, (5, 2), canvas pixels, as seen: left eye, right eye, nose, mouth corners."""

    index: int
    landmarks: tuple[tuple[float, float], ...]
    box: tuple[float, float, float, float]

    @property
    def picture(self) -> Canvas:
        """The portrait on the canvas, float32, (SIDE, SIDE, 3)."""
        return _picture(self.index)

    @property
    def matte(self) -> Canvas:
        """How much of each canvas pixel is the person and not the background, float32, (SIDE, SIDE)."""
        return _matte(self.index)

    @cached_property
    def frame(self) -> FaceFrame:
        """Eye units on this face."""
        left, right, _, corner_l, corner_r = (np.asarray(p) for p in self.landmarks)
        origin, mouth = (left + right) / 2, (corner_l + corner_r) / 2
        eye_distance = float(np.linalg.norm(right - left))
        across = (right - left) / eye_distance
        down = np.array([-across[1], across[0]])
        eye_to_mouth = max(float((mouth - origin) @ down), 0.7 * eye_distance)
        rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
        dx, dy = columns - np.float32(origin[0]), rows - np.float32(origin[1])
        x = (dx * np.float32(across[0]) + dy * np.float32(across[1])) / np.float32(eye_distance)
        y = (dx * np.float32(down[0]) + dy * np.float32(down[1])) / np.float32(eye_to_mouth)
        return FaceFrame(x, y, eye_distance, eye_to_mouth, origin, across, down)

    @cached_property
    def oval(self) -> Canvas:
        """The face without hair, ears and neck, float32, (SIDE, SIDE)."""
        return self.frame.ellipse(self.turn, 0.42, 1.06, 1.22, 0.06)

    @cached_property
    def turn(self) -> float:
        """Where the middle of the face lies, in eye units: not 0 when the head is turned."""
        middle = (self.box[0] + self.box[2]) / 2
        return float(np.clip((middle - self.frame.point(0, 0.5)[0]) / self.frame.eye_distance, -0.2, 0.2))

    @cached_property
    def skin(self) -> Canvas:
        """The median colour of the cheeks and the forehead, float32, (3,)."""
        frame = self.frame
        places = np.maximum(frame.both(0.5, 0.55, 0.2, 0.2, 0.01), frame.ellipse(0, -0.45, 0.3, 0.12, 0.01)) > 0.5
        return np.median(self.picture[places], axis=0).astype(np.float32)


def _stored(name: str, mode: int) -> NDArray[np.uint8]:
    import cv2

    data = cv2.imdecode(np.fromfile(_FACES / name, np.uint8), mode)
    if data is None:
        raise RuntimeError(f"{name} of the demo's faces cannot be decoded: the installation is damaged")
    return data.astype(np.uint8, copy=False)


@lru_cache(maxsize=8)
def _picture(index: int) -> Canvas:
    import cv2

    stored = _stored(f"face_{index:03d}.webp", cv2.IMREAD_COLOR)
    small = cv2.resize(stored, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    picture = np.ascontiguousarray(small[..., ::-1], dtype=np.float32) / np.float32(255)
    alive: Canvas = np.clip(picture * (1 + _matte(index)[..., None] * _living(index)), 0, 1)
    alive.flags.writeable = False
    return alive


def _living(index: int) -> Canvas:
    """Pores and the uneven blood of skin, around 0: the stored faces are smoother and more even than people are."""
    import cv2

    rng = np.random.default_rng([20261123, index])

    def blobs(coarse: float) -> Canvas:
        cells = round(SIDE / coarse)
        seeds = rng.standard_normal((cells, cells), dtype=np.float32)
        return cv2.resize(seeds, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).astype(np.float32)[..., None]

    pores = np.float32(0.02) * blobs(2.6) + np.float32(0.016) * blobs(5)
    blood = np.float32(0.012) * blobs(5) + np.float32(0.014) * blobs(12)
    return (pores + blood * f32([0.6, -1.0, -0.8])).astype(np.float32)


@lru_cache(maxsize=1)
def _mattes() -> NDArray[np.uint8]:
    import cv2

    return _stored("mattes.png", cv2.IMREAD_GRAYSCALE)


@lru_cache(maxsize=8)
def _matte(index: int) -> Canvas:
    import cv2

    row, column = divmod(index, _TILES_IN_ROW)
    tile = _mattes()[row * _TILE : (row + 1) * _TILE, column * _TILE : (column + 1) * _TILE]
    matte = cv2.resize(tile, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).astype(np.float32) / np.float32(255)
    matte.flags.writeable = False
    return matte


@lru_cache(maxsize=1)
def identities() -> tuple[Identity, ...]:
    """All people of the demo world, in a fixed order."""
    scale = SIDE / _STORED
    points = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
    people = []
    with (_FACES / "faces.csv").open(encoding="utf-8", newline="") as lines:
        for i, row in enumerate(csv.DictReader(lines)):
            landmarks = tuple((float(row[f"{p}_x"]) * scale, float(row[f"{p}_y"]) * scale) for p in points)
            x0, y0, x1, y1 = (float(row[f"box_{side}"]) * scale for side in ("x0", "y0", "x1", "y1"))
            people.append(Identity(i, landmarks, (x0, y0, x1, y1)))
    return tuple(people)


def spare_identities() -> list[Identity]:
    """The people who are in no release: methods may warm up their demo models on them."""
    return list(identities()[-SPARE:])
