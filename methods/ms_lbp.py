"""Multi-scale LBP and an RBF machine: Maatta, Hadid, Pietikainen, "Face spoofing detection from single images using
micro-texture analysis", IJCB 2011, as in Idiap's `antispoofing.lbp`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from methods import Job, Method, Predictions, Settings, register, setting
from methods.arrays import Array, load_arrays, save_arrays
from methods.classic.lbp import MS_LBP_SIZE, SIDE, ms_lbp
from methods.classic.svm import KernelMachine, fit_rbf
from methods.frames import average, describe_frames, remembered_frames, require_both_labels
from protocols.errors import InputError
from protocols.store.faces import Faces


@dataclass(frozen=True)
class MsLbpSettings(Settings):
    cost: float = setting(1.0, "antispoofing.lbp: LIBSVM's default C; whether the paper searched a grid is unread")
    gamma: float | None = setting(None, "antispoofing.lbp: LIBSVM's default, 1 / features (None)")
    face_scale: float = setting(1.0, "the face box itself, as the paper; which detector made it is unread")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("cost", "gamma", "face_scale"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError(f"setting {name}: {value} must be a number above 0")


@register("ms-lbp", title="MS-LBP")
class MsLbp(Method):
    """833 uniform-LBP numbers of the 64 x 64 grey face, each stretched to [-1, 1] over the training frames; C-SVC with
    an RBF kernel. A frame's score is its decision value, a presentation's the mean over its frames."""

    settings_class = MsLbpSettings
    settings: MsLbpSettings
    low: NDArray[np.float32]
    span: NDArray[np.float32]
    machine: KernelMachine
    pictures: int | None = None

    def _describe(self, faces: Faces, frames: NDArray[np.int64]) -> NDArray[np.float32]:
        import cv2

        crops = faces.crops(frames, SIDE, self.settings.face_scale)
        return ms_lbp(np.stack([cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for crop in crops]))

    def _scaled(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """As LIBSVM's svm-scale: frames other than the training ones may lie outside [-1, 1]."""
        return (features - self.low) / self.span * 2 - 1

    def fit(self, train: Faces, dev: Faces, job: Job) -> None:
        """Learns from `train` only; no constant is chosen."""
        require_both_labels(train, "train")
        version = f"ms-lbp 1, scale {self.settings.face_scale}"
        features = remembered_frames(train, self._describe, job, "MS-LBP features", version)
        self.low = features.min(0)
        span = features.max(0) - self.low
        self.span = np.where(span > 0, span, 1).astype(np.float32)  # a bin that never varies tells nothing
        gamma = self.settings.gamma if self.settings.gamma is not None else 1 / features.shape[1]
        self.machine = fit_rbf(self._scaled(features), train.frame_labels, self.settings.cost, gamma)
        self.pictures = train.frames
        job.log(step=1, frames=train.frames, support_vectors=len(self.machine.duals))

    def predict(self, faces: Faces, job: Job) -> Predictions:
        if not faces.frames:
            return average(faces, np.empty(0))
        features = describe_frames(faces, self._describe, job, "MS-LBP features")
        return average(faces, self.machine.decide(self._scaled(features)))

    def save(self, folder: Path) -> None:
        machine = self.machine
        arrays: dict[str, Array] = {
            "low": self.low,
            "span": self.span,
            "vectors": machine.vectors,
            "duals": machine.duals,
            "constants": np.array([machine.intercept, machine.gamma]),
        }
        save_arrays(folder / "ms-lbp.safetensors", arrays, pictures=self.pictures)

    def load(self, folder: Path, job: Job) -> None:
        path = folder / "ms-lbp.safetensors"
        arrays, facts = load_arrays(path, "low", "span", "vectors", "duals", "constants")
        vectors, duals, constants = arrays["vectors"], arrays["duals"], arrays["constants"]
        if vectors.shape != (len(duals), MS_LBP_SIZE) or constants.shape != (2,):
            raise InputError(f"{path}: its arrays do not fit together; fit the method again")
        self.low, self.span, self.pictures = arrays["low"], arrays["span"], facts.get("pictures")
        self.machine = KernelMachine(vectors, duals, *constants.tolist())

    def provenance(self) -> dict[str, int | None]:
        """Frames trained on, each seen once."""
        return {"pictures": self.pictures, "pictures_seen": self.pictures}
