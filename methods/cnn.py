"""CNN: Yang, Lei, Li, "Learn convolutional neural network for face anti-spoofing", 2014 (arXiv 1408.5601), with the
constants of its public re-implementation (mnikitin) where the paper's are unread."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from methods import Job, Method, Predictions, Settings, register, setting
from methods.arrays import load_arrays, save_arrays
from methods.classic.svm import LinearMachine, fit_linear_hinge
from methods.eer import equal_error_rate
from methods.frames import average, describe_frames, require_both_labels
from protocols.errors import InputError
from protocols.store.faces import Faces

if TYPE_CHECKING:
    from torch import Tensor

    from methods.nets.alexnet import AlexNet

SIDE = 128
CONTRAST = np.float32(1 / 58)


@dataclass(frozen=True)
class CnnSettings(Settings):
    face_scale: float = setting(1.8, "paper: five box scales 1.0, 1.4, 1.8, 2.2, 2.6; Table 1 does not say which")
    classifier: Literal["svm", "softmax"] = setting("svm", "paper: deep features to LIBSVM; softmax is the ports' way")
    layer: Literal["pool", "fc7"] = setting("pool", "mnikitin: the last pooling, 1024 numbers; the paper fc7 (unread)")
    costs: tuple[float, ...] = setting(
        tuple(4.0**k for k in range(-5, 6)),
        "mnikitin: linear SVM, C 2^-10, 2^-8 ... 2^10; ours: the smallest EER on dev",
    )
    svm_frames: int = setting(20000, "ours: at most so many training frames, evenly spread, for the kernel matrix")
    steps: int = setting(10000, "mnikitin", demo=240)
    batch: int = setting(512, "mnikitin", demo=32)
    rate: float = setting(1e-3, "paper, as quoted by RizhaoCai", demo=1e-2)
    drop_at: int = setting(5000, "mnikitin: the rate is divided by 10 at iteration 5000", demo=180)
    momentum: float = setting(0.9, "paper, as quoted by RizhaoCai")
    decay: float = setting(1e-3, "paper, as quoted by RizhaoCai")
    dropout: float = setting(0.5, "AlexNet")
    width: float = setting(1.0, "AlexNet: 96-256-384-384-256 and 4096-4096; demo: narrower", demo=0.25)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("face_scale", "svm_frames", "steps", "batch", "rate", "width"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise InputError(f"setting {name}: {value} must be a number above 0")
        for name, limit in (("momentum", 1.0), ("dropout", 1.0), ("decay", np.inf)):
            if not 0 <= getattr(self, name) < limit:
                raise InputError(f"setting {name}: {getattr(self, name)} must be at least 0 and below {limit:g}")
        if not self.costs or not all(np.isfinite(C) and C > 0 for C in self.costs):
            raise InputError(f"setting costs: {self.costs} must be one or more numbers above 0")


@register("cnn", title="CNN")
class Cnn(Method):
    """AlexNet at 128 px, trained from scratch on frames minus the training mean, and a linear machine on its features.

    A frame's score is the machine's decision value (with `classifier=softmax` the log-odds of the network itself), a
    presentation's the mean over its frames. Pictures are divided by 58, about one standard deviation of a photograph:
    MSRA initialisation supposes inputs of unit variance, and no source tells the scale.
    """

    settings_class = CnnSettings
    extra = "cnn"
    settings: CnnSettings
    net: AlexNet
    mean: NDArray[np.float32]
    machine: LinearMachine | None = None
    pictures: int | None = None

    @classmethod
    def contract_settings(cls) -> CnnSettings:
        """Settings for tests of the contract: every step is taken, nothing is learnt."""
        return CnnSettings(steps=6, batch=8, width=0.1, costs=(0.01, 1.0))

    def _crops(self, faces: Faces, frames: NDArray[np.int64]) -> NDArray[np.uint8]:
        return faces.crops(frames, SIDE, self.settings.face_scale)

    def _input(self, faces: Faces, frames: NDArray[np.int64]) -> Tensor:
        """Pictures minus the training mean, scaled: torch float32, (n, 3, 128, 128)."""
        import torch

        pictures = (self._crops(faces, frames) - self.mean) * CONTRAST
        return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))

    def _describe(self, faces: Faces, frames: NDArray[np.int64]) -> NDArray[np.float32]:
        """Features for the linear machine, or the log-odds (n, 1) in softmax mode."""
        import torch

        net = self.net
        with torch.inference_mode():
            pictures = self._input(faces, frames).to(next(net.parameters()).device)
            if self.settings.classifier == "svm":
                return net.layer(pictures, self.settings.layer).cpu().numpy()
            logits = net(pictures)
            out: NDArray[np.float32] = (logits[:, 1:] - logits[:, :1]).cpu().numpy()
            return out

    def _features(self, faces: Faces, job: Job) -> NDArray[np.float32]:
        from methods.nets.training import repeatable

        with repeatable(job.threads):
            return describe_frames(faces, self._describe, job, "CNN features")

    def _new_net(self) -> AlexNet:
        from methods.nets.alexnet import AlexNet

        return AlexNet(self.settings.width, self.settings.dropout)

    def fit(self, train: Faces, dev: Faces, job: Job) -> None:
        """Trains on `train`; with the linear machine `dev` chooses its C. Resumed from `job.scratch` after a kill."""
        from methods.nets import training
        from methods.nets.alexnet import initialise

        require_both_labels(train, "train")
        require_both_labels(dev, "dev")
        chosen = self.settings
        self.mean, self.pictures = self._training_mean(train, job), train.frames
        self.net = self._new_net()
        initialise(self.net, job.seed)
        self.net.to(job.device)
        identity = json.dumps([chosen.as_dict(), train.digest, train.frames, job.seed], sort_keys=True)
        schedule = training.Schedule(
            steps=chosen.steps,
            batch=chosen.batch,
            rate=chosen.rate,
            momentum=chosen.momentum,
            decay=chosen.decay,
            drop_at=chosen.drop_at,
            every=max(20, chosen.steps // 40),
        )
        training.train(
            self.net,
            lambda frames: self._input(train, frames),
            train.frame_labels,
            schedule,
            job,
            hashlib.sha256(identity.encode()).hexdigest(),
        )
        if chosen.classifier == "svm":
            self.machine = self._fit_machine(train, dev, job)

    def _training_mean(self, train: Faces, job: Job) -> NDArray[np.float32]:
        """The mean picture of the training frames, (128, 128, 3)."""
        total = np.zeros((SIDE, SIDE, 3))
        starts = range(0, train.frames, 64)
        for start in job.progress(starts, "CNN training mean", len(starts)):
            frames = np.arange(start, min(start + 64, train.frames))
            total += self._crops(train, frames).sum(0, dtype=np.int64)
        return (total / train.frames).astype(np.float32)

    def _fit_machine(self, train: Faces, dev: Faces, job: Job) -> LinearMachine:
        number = min(train.frames, self.settings.svm_frames)
        some = np.linspace(0, train.frames - 1, number).round().astype(np.int64)
        rows = self._features(train, job)[some]
        dev_rows = self._features(dev, job)
        shown = np.bincount(dev.owner, minlength=len(dev)) > 0
        assert dev.labels is not None
        costs = tuple(sorted(self.settings.costs))
        machines = fit_linear_hinge(rows, train.frame_labels[some], costs)
        rates = [equal_error_rate(dev.mean(m.decide(dev_rows))[shown], dev.labels[shown]) for m in machines]
        for number, (C, rate) in enumerate(zip(costs, rates, strict=True), 1):
            job.log(step=self.settings.steps + number, cost=C, dev_eer=rate)
        return machines[int(np.argmin(rates))]

    def predict(self, faces: Faces, job: Job) -> Predictions:
        if not faces.frames:
            return average(faces, np.empty(0))
        rows = self._features(faces, job)
        return average(faces, rows[:, 0] if self.machine is None else self.machine.decide(rows))

    def save(self, folder: Path) -> None:
        arrays = {f"net.{name}": value.detach().cpu().numpy() for name, value in self.net.state_dict().items()}
        arrays["mean"] = self.mean
        if self.machine is not None:
            arrays["svm"], arrays["intercept"] = self.machine.weights, np.array([self.machine.intercept])
        save_arrays(folder / "cnn.safetensors", arrays, pictures=self.pictures)

    def load(self, folder: Path, job: Job) -> None:
        import torch

        path = folder / "cnn.safetensors"
        with_machine = self.settings.classifier == "svm"
        arrays, facts = load_arrays(path, "mean", *(["svm", "intercept"] if with_machine else []))
        self.net, self.mean, self.pictures = self._new_net(), arrays["mean"], facts.get("pictures")
        weights = {name[4:]: torch.from_numpy(value) for name, value in arrays.items() if name.startswith("net.")}
        try:
            self.net.load_state_dict(weights)
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise InputError(f"{path}: does not fit the settings ({reason}); load it with its own settings") from None
        self.net.eval().to(job.device)
        self.machine = LinearMachine(arrays["svm"], arrays["intercept"].item()) if with_machine else None

    def provenance(self) -> dict[str, int | None]:
        """Frames trained on, updates of the network, and pictures that these saw, repeats included."""
        steps = self.settings.steps
        return {"pictures": self.pictures, "updates": steps, "pictures_seen": steps * self.settings.batch}
