"""How faces and hand-held artefacts move before the camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from protocols.demo.identity import SIDE, Canvas, Identity, f32


@dataclass(frozen=True, slots=True)
class Pose:
    """The state of one frame. Angles in radians; `shift` in canvas pixels; `blink` 0 (open) to 1 (shut)."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    blink: float = 0.0
    mouth: float = 0.0
    light: float = 1.0
    time: float = 0.0


def _walk(rng: np.random.Generator, frames: int, reach: float) -> np.ndarray:
    """A smooth random movement that stays within about `reach`, float64, (frames,)."""
    phase = rng.uniform(0, 2 * np.pi, 2)
    pace = rng.uniform(0.5, 1.6, 2)
    t = np.linspace(0, 2 * np.pi, frames, endpoint=False)
    out: np.ndarray = reach * (0.7 * np.sin(pace[0] * t + phase[0]) + 0.3 * np.sin(2 * pace[1] * t + phase[1]))
    return out


def poses(rng: np.random.Generator, frames: int, steady: float = 1.0) -> list[Pose]:
    """The poses of one presentation; `steady` 0 keeps everything still (a head on a tripod), 1 is a sitting person."""
    start = rng.normal(0, 1, 5)
    yaw = 0.05 * start[0] + _walk(rng, frames, 0.09 * steady)
    pitch = 0.03 * start[1] + _walk(rng, frames, 0.05 * steady)
    roll = 0.04 * start[2] + _walk(rng, frames, 0.03 * steady)
    scale = 1 + _walk(rng, frames, 0.02 * steady)
    dx, dy = 2.5 * start[3] + _walk(rng, frames, 3 * steady), 2.5 * start[4] + _walk(rng, frames, 3 * steady)
    blink = np.clip(_walk(rng, frames, 0.15), 0, 1)
    blink = np.where(rng.random(frames) < 0.12, rng.uniform(0.7, 1, frames), blink)
    mouth, light = _walk(rng, frames, 1.0), 1 + _walk(rng, frames, 0.025)
    return [
        Pose(yaw[i], pitch[i], roll[i], scale[i], (dx[i], dy[i]), blink[i], mouth[i], light[i], i / frames)
        for i in range(frames)
    ]


def still(pose: Pose) -> Pose:
    """The same pose without anything that only a living face does."""
    return replace(pose, blink=0.0, mouth=0.0)


def relief(who: Identity) -> Canvas:
    """How far each canvas pixel of a head stands out, 0 to about 1.3, float32, (SIDE, SIDE)."""
    x, y = who.frame.x - who.turn * np.clip(1 - np.abs(who.frame.y - 0.5), 0, 1), who.frame.y
    head = np.sqrt(np.clip(1 - (x / 1.45) ** 2 - ((y - 0.3) / 1.75) ** 2, 0, None))
    nose = np.exp(-((x / 0.17) ** 2)) * np.clip((y + 0.1) / 0.7, 0, 1) * np.clip((0.85 - y) / 0.12, 0, 1)
    sockets = np.exp(-(((np.abs(x) - 0.5) / 0.3) ** 2) - (y / 0.2) ** 2)
    lips = np.exp(-((x / 0.42) ** 2) - ((y - 1.0) / 0.13) ** 2)
    cheeks = np.exp(-(((np.abs(x) - 0.6) / 0.3) ** 2) - ((y - 0.5) / 0.3) ** 2)
    return f32(head + 0.3 * nose - 0.09 * sockets + 0.07 * lips + 0.05 * cheeks)


class Flesh:
    """Moves what lies on one head: parallax for all of it, eyelids and mouth only where `alive` allows."""

    def __init__(self, who: Identity, alive: Canvas | float = 1.0) -> None:
        frame, self.relief = who.frame, relief(who)
        rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
        self._rows, self._columns = rows, columns
        lids = np.exp(-(((np.abs(frame.x) - 0.5) / 0.27) ** 2) - (frame.y / 0.17) ** 2)
        lips = np.exp(-((frame.x / 0.5) ** 2) - ((frame.y - 1.1) / 0.22) ** 2)
        self._lids = (lids * alive * 0.17 * frame.eye_to_mouth).astype(np.float32)
        self._lips = (lips * alive * 0.025 * frame.eye_to_mouth).astype(np.float32)

    def move(self, layers: Canvas, pose: Pose) -> Canvas:
        """The layers, (SIDE, SIDE, channels), as they appear in `pose` (without the movement of the whole head)."""
        import cv2

        reach = np.float32(0.16 * SIDE)
        columns = self._columns - np.float32(pose.yaw) * reach * (self.relief - np.float32(0.5))
        rows = self._rows - np.float32(pose.pitch) * reach * (self.relief - np.float32(0.5))
        rows -= np.float32(pose.blink) * self._lids + np.float32(pose.mouth) * self._lips
        return cv2.remap(layers, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
