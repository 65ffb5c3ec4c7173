"""Colour texture: Boulkenafet, Komulainen, Hadid, "Face spoofing detection using colour texture analysis", TIFS 2016,
as in the authors' MATLAB toolbox."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from methods import Job, Method, Predictions, Settings, register, setting
from methods.arrays import load_arrays, save_arrays
from methods.classic.coalbp import coalbp_histograms
from methods.classic.colour import SPACES, planes
from methods.classic.lbp import uniform_histograms
from methods.classic.lpq import lpq_histograms
from methods.classic.svm import LinearMachine, fit_squared_hinge
from methods.eer import equal_error_rate
from methods.frames import average, describe_frames, remembered_frames, require_both_labels
from protocols.errors import InputError
from protocols.store.faces import Faces

SIDE = 64
SIZES = {"lbp": 59 * len(SPACES), "coalbp-lpq": (3072 + 256) * len(SPACES)}


@dataclass(frozen=True)
class ColourTextureSettings(Settings):
    descriptor: Literal["lbp", "coalbp-lpq"] = setting(
        "lbp", "toolbox default, 354 numbers; the paper's final system is coalbp-lpq, 19968 numbers"
    )
    costs: tuple[float, ...] = setting(
        tuple(4.0**k for k in range(9)),
        "toolbox: C in 2^0, 2^2 ... 2^16, the smallest EER on dev; ties take the smallest C",
    )
    face_scale: float = setting(1.0, "toolbox: a square of two eye distances; the detector's box is the nearest here")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.costs or not all(np.isfinite(C) and C > 0 for C in self.costs):
            raise InputError(f"setting costs: {self.costs} must be one or more numbers above 0")
        if not (np.isfinite(self.face_scale) and self.face_scale > 0):
            raise InputError(f"setting face_scale: {self.face_scale} must be a number above 0")


@register("colour-texture", title="Color texture")
class ColourTexture(Method):
    """Texture histograms of six planes (HSV and YCbCr, converted at the crop's own size, then 64 x 64) and a linear
    machine with squared hinge loss and no intercept (LIBLINEAR `-s 1`). A frame's score is its decision value, a
    presentation's the mean over its frames. C is the one with the smallest EER over the source's dev presentations."""

    settings_class = ColourTextureSettings
    settings: ColourTextureSettings
    machine: LinearMachine
    cost: float
    pictures: int | None = None

    def _describe(self, faces: Faces, frames: NDArray[np.int64]) -> NDArray[np.float32]:
        native = [faces.native(frame, self.settings.face_scale) for frame in frames.tolist()]
        return self._histograms(planes(native, SIDE)) if native else np.empty((0, 0), np.float32)

    def _histograms(self, six: NDArray[np.float32]) -> NDArray[np.float32]:
        pictures = six.reshape(-1, SIDE, SIDE)
        if self.settings.descriptor == "lbp":
            return uniform_histograms(pictures).reshape(len(six), -1)
        both = np.concatenate([coalbp_histograms(pictures), lpq_histograms(pictures)], axis=1)
        return both.reshape(len(six), -1)

    def fit(self, train: Faces, dev: Faces, job: Job) -> None:
        """Learns from `train`; `dev` chooses C."""
        require_both_labels(train, "train")
        require_both_labels(dev, "dev")
        version = f"colour-texture 1, {self.settings.descriptor}, scale {self.settings.face_scale}"
        rows = remembered_frames(train, self._describe, job, "colour features, train", version)
        dev_rows = remembered_frames(dev, self._describe, job, "colour features, dev", version)
        self.pictures = train.frames
        costs = tuple(sorted(self.settings.costs))
        shown = np.bincount(dev.owner, minlength=len(dev)) > 0
        assert dev.labels is not None
        lowest = np.inf
        for step, (C, machine) in enumerate(
            zip(costs, fit_squared_hinge(rows, train.frame_labels, costs), strict=True), 1
        ):
            rate = equal_error_rate(dev.mean(machine.decide(dev_rows))[shown], dev.labels[shown])
            job.log(step=step, cost=C, dev_eer=rate)
            if rate < lowest:
                lowest, self.cost, self.machine = rate, C, machine

    def predict(self, faces: Faces, job: Job) -> Predictions:
        if not faces.frames:
            return average(faces, np.empty(0))
        features = describe_frames(faces, self._describe, job, "colour features")
        return average(faces, self.machine.decide(features))

    def save(self, folder: Path) -> None:
        facts = {"descriptor": self.settings.descriptor, "cost": self.cost, "pictures": self.pictures}
        save_arrays(folder / "colour-texture.safetensors", {"weights": self.machine.weights}, **facts)

    def load(self, folder: Path, job: Job) -> None:
        path = folder / "colour-texture.safetensors"
        arrays, facts = load_arrays(path, "weights")
        if arrays["weights"].shape != (SIZES[self.settings.descriptor],) or "cost" not in facts:
            raise InputError(
                f"{path}: holds weights for {facts.get('descriptor')!r}, the settings ask for "
                f"{self.settings.descriptor!r}; load it with its own settings"
            )
        self.machine, self.cost = LinearMachine(arrays["weights"]), facts["cost"]
        self.pictures = facts.get("pictures")

    def provenance(self) -> dict[str, float | None]:
        """The cost chosen; frames trained on, each seen once."""
        return {"cost": self.cost, "pictures": self.pictures, "pictures_seen": self.pictures}
