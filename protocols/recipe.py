"""How a release becomes face crops: every choice that changes a stored pixel, and nothing else."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Self

from protocols.errors import InputError, unknown

FORMAT = 2
"""Raised whenever the same recipe would give other pixels, so that an old store is never mistaken for a new one."""


@dataclass(frozen=True)
class Recipe:
    """The constants of a preparation. Its digest, with the release's, names the face store.

    Attributes:
        frames: frames kept of each presentation, evenly spread by time; 25 as CF-PAD and FoundPAD, the largest number
            that a method here asks for. Each method is handed as many of them as it asks for, evenly spread.
        size: longest side of the stored picture with context, in pixels; 288 are more than twice the 128 px of the CNN
            baseline, the one method that looks beyond the face by default.
        face_size: longest side of the stored face itself. A face of the frame or of a cut-out release is kept pixel for
            pixel up to here, so that what a method is shown of it was resized once, from the source; 640 is 2.3 times
            the 280 px of the language models, and a face of 800 px loses nothing that shows at 280 or 224 px
            (`tests.timing.bench_sharpness`). Beyond the face box, at more than `size` pixels, pictures are blurred.
        context: side of the stored crop in face-box sides. The box is made square (its longer side), kept centred and
            filled by replication beyond the picture. 1.8 is the scale of Yang et al. 2014 that the CNN baseline takes
            by default; methods that want less cut it from the middle. Releases that are already cut out have 1.0.
        fit: how the trimmed picture of a release that is already cut out becomes a square: `stretch` as FLIP and
            few_shot_fas do, `pad` (black) as the CeFA challenge winners do.
        border: a row or column belongs to the black border if no pixel of it is brighter than this (0..255). Not 0,
            because JPEG rings around the edge of the mask.
        detector: `mtcnn`, as PAD papers crop; `yunet`, faster, with a model file; `boxes`, a CSV of boxes found before.
        detector_file: the YuNet model (.onnx) or the boxes (.csv); None for `mtcnn`.
        detect_side: the detector sees the picture shrunk to this longer side; the box is scaled back. The smallest
            face of SiW-Mv2 covers 1.1 % of its frame: about 50 px here.
        min_face: the smallest face looked for, in pixels of the shrunk picture.
    """

    frames: int = 25
    size: int = 288
    face_size: int = 640
    context: float = 1.8
    fit: Literal["stretch", "pad"] = "stretch"
    border: int = 24
    detector: Literal["mtcnn", "yunet", "boxes"] = "mtcnn"
    detector_file: Path | None = None
    detect_side: int = 640
    min_face: int = 20

    def __post_init__(self) -> None:
        if self.fit not in ("stretch", "pad"):
            raise unknown("fit", str(self.fit), ("stretch", "pad"))
        if self.detector not in ("mtcnn", "yunet", "boxes"):
            raise unknown("detector", str(self.detector), ("mtcnn", "yunet", "boxes"))
        limits = {
            "frames": (1, 1000),
            "size": (16, 1024),
            "face_size": (16, 4096),
            "context": (1.0, 4.0),
            "border": (0, 254),
            "detect_side": (64, 4096),
            "min_face": (12, 1024),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"recipe {name}: {value} is outside {low} .. {high}")
        if self.detector == "mtcnn" and self.detector_file is not None:
            raise InputError("recipe detector_file: the detector mtcnn brings its own weights; leave the file out")
        if self.detector != "mtcnn" and self.detector_file is None:
            kind = "model file (.onnx)" if self.detector == "yunet" else "CSV of boxes"
            raise InputError(f"recipe detector_file: the detector {self.detector} needs a {kind}")

    @classmethod
    def preset(cls, name: str) -> Self:
        """`paper`: the defaults. `demo`: fewer frames; 216 = 1.8 x 120 px: the demo videos' faces are no larger, so
        that their pictures with context hold the whole of them."""
        if name not in ("paper", "demo"):
            raise unknown("recipe", name, ("paper", "demo"))
        return cls() if name == "paper" else cls(frames=4, size=216, face_size=216)

    @property
    def detector_digest(self) -> str:
        """SHA-256 of the detector's weights or of the boxes. Raises `InputError` where the file cannot be read."""
        marks = []
        for file in self._detector_files():
            try:
                now = file.stat()
            except OSError as error:
                raise InputError(f"{file}: the detector's file cannot be read ({error.strerror})") from None
            marks.append((file, now.st_size, now.st_mtime_ns))
        return _digest(tuple(marks))

    def _detector_files(self) -> list[Path]:
        if self.detector_file is not None:
            return [self.detector_file]
        package = importlib.util.find_spec("mtcnnruntime")  # located, not imported
        if package is None or package.origin is None:
            raise InputError("the detector mtcnn needs the package mtcnn-runtime: install it or choose yunet or boxes")
        weights = Path(package.origin).parent / "weights"
        return [weights / f"{net}.onnx" for net in ("pnet", "rnet", "onet")]

    def as_dict(self) -> dict[str, int | float | str]:
        """Plain values for manifests and `run.json`; the detector's file is named by its digest, not by its path."""
        values = dataclasses.asdict(self)
        del values["detector_file"]
        return {**values, "detector_digest": self.detector_digest, "format": FORMAT}

    @property
    def digest(self) -> str:
        """SHA-256 over everything that changes a stored pixel, the detector's weights included, paths excluded."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()


def differences(held: Mapping[str, object], other: Mapping[str, object]) -> tuple[str, str] | None:
    """What differs between two recipes' values (`Recipe.as_dict`), as words for the one and for the other; None where
    nothing does. `format` comes first, as it explains most."""
    names = {name for name in {*held, *other} if held.get(name) != other.get(name)}
    ordered = sorted(names, key=lambda name: (name != "format", name))
    if not ordered:
        return None
    return _listed(held, ordered), _listed(other, ordered)


def _listed(values: Mapping[str, object], names: Iterable[str]) -> str:
    return ", ".join(f"{name}={'none' if (v := values.get(name)) is None else str(v)[:12]}" for name in names)


@cache
def _digest(marks: tuple[tuple[Path, int, int], ...]) -> str:
    """SHA-256 over files, read once for each (path, size, time of change): a sweep asks a thousand times."""
    digest = hashlib.sha256()
    for file, _, _ in marks:
        try:
            digest.update(file.read_bytes())
        except OSError as error:
            raise InputError(f"{file}: the detector's file cannot be read ({error.strerror})") from None
    return digest.hexdigest()
