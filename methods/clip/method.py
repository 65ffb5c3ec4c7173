"""The part that all six CLIP methods share: scoring, what is written down, and the policy that picks a checkpoint."""

from __future__ import annotations

import json
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from methods.method import Job, Method, Predictions
from protocols.errors import InputError
from protocols.json_values import Json, Parsed
from protocols.store.faces import Faces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from methods.clip.features import View
    from methods.clip.parallel import Group
    from methods.method import Settings

FACTS = "method.json"


class ClipMethod(Method):
    """A method on CLIP's towers. Subclasses say how to train, and how a frame gets its two logits."""

    extra = "clip"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.facts: dict[str, Parsed] = {}

    @abstractmethod
    def frame_logits(self, faces: Faces, job: Job, group: Group) -> NDArray[np.float32]:
        """(frames, 2), spoof and real."""

    def predict(self, faces: Faces, job: Job) -> Predictions:
        """One log-odds for each presentation, from all its frames. Other processes are not waited for."""
        return self._predict(faces, job, self.group(job).alone())

    def _predict(self, faces: Faces, job: Job, group: Group) -> Predictions:
        from methods.clip.scoring import predictions

        return predictions(faces, self.frame_logits(faces, job, group).reshape(-1, 2), self.settings.aggregate)

    @property
    def frame_wise(self) -> bool:
        """True where the settings ask for a decision of each frame."""
        return bool(self.settings.aggregate == "frame-wise")

    def group(self, job: Job) -> Group:
        """This process among those that share the run; also fixes the number of CPU threads."""
        import torch

        from methods.clip.parallel import group

        torch.set_num_threads(max(1, job.threads))
        return group(job)

    def view(self) -> View:
        """How this method looks at a frame."""
        from methods.clip.features import View

        s = self.settings
        return View(self.facts["side"], s.scale, s.normalisation, s.predict_batch, s.interpolation)

    def selection(self, dev: Faces, job: Job) -> Faces | None:
        """The labelled faces that the checkpoint is chosen by, or None: the last one is taken.

        `oracle-target` needs labels of the target. Methods never get them unless the run was started under that name.
        """
        chosen = self.settings.selection
        if chosen == "last":
            return None
        faces = dev if chosen == "source-dev" else job.oracle
        if faces is None:
            raise InputError(
                "selection oracle-target: this run hands out no target labels; ask for the policy by that name, "
                "or set selection=source-dev or selection=last"
            )
        if faces.labels is None or len(set(faces.labels.tolist())) < 2:
            raise InputError(
                f"selection {chosen}: needs bona fide and attack presentations to choose by; set selection=last"
            )
        return faces

    def figure(self, faces: Faces, job: Job, group: Group) -> float:
        """HTER at the equal error point of `faces`, which the checkpoint is chosen by."""
        from methods.clip.scoring import smallest_hter

        faces = faces.by_frame() if self.frame_wise else faces
        assert faces.labels is not None
        return smallest_hter(self._predict(faces, job, group).scores, faces.labels)

    def weights_digest(self) -> str | None:
        """SHA-256 of CLIP's weights, known after `fit` or `load`."""
        return self.facts.get("weights")

    def provenance(self) -> dict[str, Json]:
        """What is known after `fit` or `load`: weights, architecture, trainable parameters, the checkpoint kept."""
        return {key: value for key, value in self.facts.items() if key not in ("config", "weights")}

    def write_facts(self, folder: Path) -> None:
        """Write `method.json`."""
        (folder / FACTS).write_text(json.dumps(self.facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def read_facts(self, folder: Path) -> None:
        """Read `method.json`. `InputError` if it is missing, damaged or of another method."""
        file = folder / FACTS
        try:
            facts = json.loads(file.read_text(encoding="utf-8"))
            kind = facts["method"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{file}: missing or damaged ({error}); run the method again") from error
        if kind != self.name:
            raise InputError(f"{file}: written by {kind}, not by {self.name}; name the folder of a {self.name} run")
        self.facts = facts
