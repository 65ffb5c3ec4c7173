"""Where the face is: MTCNN by default, YuNet with a user's model file, or boxes found before."""

from __future__ import annotations

import contextlib
import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from protocols.errors import InputError
from protocols.recipe import Recipe

MAX_BOXES = 20_000_000
COLUMNS = ("presentation", "frame", "x", "y", "w", "h")


@dataclass(frozen=True, slots=True)
class Box:
    """A face box in pixels of its picture: left, top, width, height; `score` is the detector's confidence (0..1)."""

    x: float
    y: float
    w: float
    h: float
    score: float = 1.0


class Detector(Protocol):
    """Anything that finds the largest face. `digest` identifies its weights; it stands in the recipe's digest."""

    name: str
    digest: str

    def __call__(self, rgb: NDArray[np.uint8]) -> Box | None:
        """The box of the largest face of a uint8 (height, width, 3) RGB picture, or None."""
        ...


def load_detector(recipe: Recipe) -> Detector:
    """The recipe's detector, single-threaded. Raises `InputError` for missing or unusable files, or for `boxes`."""
    if recipe.detector == "mtcnn":
        return Mtcnn(recipe)
    if recipe.detector == "yunet":
        return YuNet(recipe)
    raise InputError("boxes were found before on the presentations of a release: for other pictures choose mtcnn")


class Mtcnn:
    """MTCNN (Zhang et al. 2016), the three nets of the package mtcnn-runtime on ONNX Runtime."""

    name = "mtcnn"

    def __init__(self, recipe: Recipe) -> None:
        import onnxruntime
        from mtcnnruntime import detector

        self.digest = recipe.detector_digest
        self._side, self._min_face = recipe.detect_side, recipe.min_face
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1

        def session(path: str, providers: list[str]) -> object:
            return onnxruntime.InferenceSession(path, options, providers=providers)

        # The package offers no way to say how many threads its sessions take, and takes all cores in every worker.
        detector.onnxruntime = SimpleNamespace(InferenceSession=session)
        try:
            self._net = detector.MTCNN()
        finally:
            detector.onnxruntime = onnxruntime

    def __call__(self, rgb: NDArray[np.uint8]) -> Box | None:
        import cv2

        small, scale = shrink(rgb, self._side)
        bgr = np.ascontiguousarray(small[..., ::-1])
        with contextlib.redirect_stdout(io.StringIO()):  # the package prints "error" for candidates outside the picture
            try:
                found, _ = self._net.detect(bgr, min_face_size=float(self._min_face))
            except ValueError as error:
                if "need at least one array" not in str(error):
                    raise
                return None  # its first stage found no candidate at all
            except cv2.error:
                return None  # a candidate without area: cannot be resized for the second stage
        rows = [(x1, y1, x2 - x1 + 1, y2 - y1 + 1, score) for x1, y1, x2, y2, score in np.asarray(found).tolist()]
        return _largest(rows, scale)


class YuNet:
    """YuNet (Wu et al. 2023) through OpenCV, with the user's model file; about four times as fast as MTCNN."""

    name = "yunet"

    def __init__(self, recipe: Recipe) -> None:
        import cv2

        self.digest = recipe.detector_digest
        self._side, self._min_face = recipe.detect_side, recipe.min_face
        try:
            self._net = cv2.FaceDetectorYN.create(str(recipe.detector_file), "", (320, 320), score_threshold=0.6)
        except cv2.error:
            raise InputError(f"{recipe.detector_file}: not a YuNet model that OpenCV can load (.onnx)") from None

    def __call__(self, rgb: NDArray[np.uint8]) -> Box | None:
        small, scale = shrink(rgb, self._side)
        self._net.setInputSize((small.shape[1], small.shape[0]))
        _, found = self._net.detect(np.ascontiguousarray(small[..., ::-1]))
        rows = [] if found is None else [(*row[:4], row[14]) for row in found.astype(float).tolist()]
        return _largest([row for row in rows if max(row[2], row[3]) >= self._min_face], scale)


def shrink(rgb: NDArray[np.uint8], side: int) -> tuple[NDArray[np.uint8], float]:
    """The picture with its longer side at most `side`, and how many original pixels one of its pixels spans."""
    import cv2

    height, width = rgb.shape[:2]
    scale = max(height, width) / side
    if scale <= 1:
        return rgb, 1.0
    shape = (max(1, round(width / scale)), max(1, round(height / scale)))
    return np.asarray(cv2.resize(rgb, shape, interpolation=cv2.INTER_AREA), np.uint8), scale


def _largest(rows: Sequence[tuple[float, ...]], scale: float) -> Box | None:
    usable = [row for row in rows if all(map(math.isfinite, row)) and row[2] >= 1 and row[3] >= 1]
    if not usable:
        return None
    x, y, w, h, score = max(usable, key=lambda row: (row[2] * row[3], row[4], -row[0]))
    return Box(x * scale, y * scale, w * scale, h * scale, min(score, 1.0))


def read_boxes(path: Path) -> dict[str, dict[int, Box]]:
    """Boxes found before: presentation id -> frame number -> box.

    A CSV with the header `presentation,frame,x,y,w,h`: `frame` is the frame's 0-based position in temporal order among
    all frames of the presentation, the box is in pixels of the upright picture. Numbers are plain decimals; a cell that
    a spreadsheet would compute (`=`, `+`, `@`) is refused. Raises `InputError` naming file and line.
    """
    boxes: dict[str, dict[int, Box]] = {}
    number = 1
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file, strict=True)
            header = tuple(cell.strip().lower() for cell in next(rows, []))
            if header != COLUMNS:
                raise InputError(f"{path}: line 1: expected the header {','.join(COLUMNS)}")
            for number, row in enumerate(rows, 2):
                if number > MAX_BOXES:
                    raise InputError(f"{path}: more than {MAX_BOXES} lines: split it by release")
                if row:
                    name, frame, box = _box(row, f"{path}: line {number}")
                    if boxes.setdefault(name, {}).setdefault(frame, box) is not box:
                        raise InputError(f"{path}: line {number}: a second box for frame {frame} of {name}; keep one")
    except OSError as error:
        raise InputError(f"{path}: the boxes cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: after line {number}: not a UTF-8 CSV file ({error})") from None
    if not boxes:
        raise InputError(f"{path}: no boxes in the file")
    return boxes


def _box(row: list[str], where: str) -> tuple[str, int, Box]:
    if len(row) != len(COLUMNS):
        raise InputError(f"{where}: {len(row)} cells instead of {len(COLUMNS)} ({','.join(COLUMNS)})")
    name = row[0].strip()
    if not name or name[0] in "=+@" or "\0" in name:
        raise InputError(f"{where}: {name[:40]!r} is not a presentation id")
    cells = [cell.strip() for cell in row[1:]]
    plain = all(cell and set(cell) <= set("0123456789.-eE") and cell[0] not in "eE" for cell in cells)
    if not plain or not cells[0].isdecimal() or len(cells[0]) > 9:
        raise InputError(f"{where}: frame must be a whole number and x, y, w, h plain decimals, got {row[1:]!r:.80}")
    try:
        x, y, w, h = map(float, cells[1:])
    except ValueError:
        raise InputError(f"{where}: x, y, w, h must be plain decimals, got {row[2:]!r:.80}") from None
    if not all(map(math.isfinite, (x, y, w, h))) or min(w, h) < 1 or max(abs(x), abs(y), w, h) > 1e6:
        raise InputError(f"{where}: a box needs finite numbers and at least one pixel of width and height")
    return name, int(cells[0]), Box(x, y, w, h)
