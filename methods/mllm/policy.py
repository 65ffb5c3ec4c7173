"""What all MLLM methods share: opening their model, asking it about presentations, keeping it."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from methods.method import Job, Method, Predictions, Settings
from methods.mllm import generate, memory, weights
from methods.mllm import model as models
from methods.mllm.answer import join_frames
from methods.mllm.border import Model, Processor
from methods.mllm.settings import MllmSettings
from protocols.errors import InputError
from protocols.json_values import Json
from protocols.store.faces import Faces

if TYPE_CHECKING:
    from methods.mllm.trained import Trained

MANIFEST = "policy.json"


class MllmMethod(Method):
    """A method whose decision is the model's own answer. Subclasses train `self._model` in `fit`.

    `_weights` says what `save` keeps beside the processor: `base` (nothing, the base model is named), `full` (the
    model, as `save_pretrained` writes it) or `lora` (a PEFT adapter, loadable in plain peft; the base model is named).
    """

    settings_class: ClassVar[type[Settings]] = MllmSettings
    policy: ClassVar[str] = "answer"
    chunk: ClassVar[int] = 64
    extra: ClassVar[str] = "mllm"
    _weights: ClassVar[str] = "base"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._model: Model = None
        self._trained: Trained | None = None
        self._processor: Processor = None
        self._base = ""
        self._folder = Path()
        self._digest: str | None = None
        self._training: dict[str, Json] = {}

    def _find_base(self, job: Job) -> Path:
        """The base model's folder, checked to be whole, and its digest. Nothing is loaded yet."""
        name = models.base_model(self.settings, job)
        self._folder = weights.resolve(name)
        self._base = self._folder.name if Path(name).is_dir() else name
        self._digest = weights.digest(self._folder, job.cache)
        return self._folder

    def predict(self, faces: Faces, job: Job) -> Predictions:
        """Ask about every presentation: scores are log-odds at the answer token, decisions the parsed answers."""
        how = self.settings.frames_per_presentation
        frames = [
            few[len(few) // 2 :][:1] if how == "middle" else few
            for few in (np.flatnonzero(faces.owner == i) for i in range(len(faces)))
        ]
        pictures = crops(faces, np.concatenate([np.zeros(0, np.int64), *frames]), self.settings)
        responses = self._respond(list(pictures))
        bounds = np.cumsum([0, *(len(few) for few in frames)])
        groups = [responses[a:b] for a, b in itertools.pairwise(bounds)]
        rows = [generate.combine(group, how) for group in groups]
        return Predictions(
            scores=np.array([row[0] for row in rows], np.float64),
            decisions=tuple(row[1] for row in rows),
            texts=tuple(join_frames([r.text for r in group]) if group else None for group in groups),
            reasons=tuple(row[2] for row in rows),
        )

    def weigh(self, faces: Faces, texts: Sequence[str]) -> NDArray[np.float64]:
        """Log-odds of real against fake, (presentations,), after the middle frame of each presentation and its text up
        to the answer; NaN where a text reads no answer."""
        from methods.mllm import forced

        if self._model is None:
            raise ValueError("the method has no model yet: fit or load it first")
        own = [np.flatnonzero(faces.owner == i) for i in range(len(faces))]
        pictures = crops(faces, np.array([few[len(few) // 2] for few in own], np.int64), self.settings)
        odds = [forced.log_odds(self._model, self._processor, *one) for one in zip(pictures, texts, strict=True)]
        return np.array(odds, np.float64)

    def _keep(self, trained: Trained, processor: Processor) -> None:
        """Take over what a training left. A model that is cut over processes answers once it was saved and loaded."""
        self._trained, self._processor = trained, processor
        self._model = None if trained.sharded else trained.model

    def _respond(self, pictures: list[NDArray[np.uint8]]) -> list[generate.Response]:
        if self._model is None:
            raise ValueError("the method has no model yet: fit or load it first")
        s = self.settings
        try:
            return generate.respond(
                self._model, self._processor, pictures, batch=s.eval_batch, max_new_tokens=s.max_new_tokens
            )
        except RuntimeError as error:
            from methods.mllm.failures import out_of_memory

            if not out_of_memory(error):
                raise
            raise InputError(
                f"out of memory on {self._model.device} while answering: lower eval_batch (now {s.eval_batch})"
            ) from error

    def save(self, folder: Path) -> None:
        """Processor and weights as transformers or peft write them, and what they belong to."""
        if self._trained is not None:
            self._trained.save(folder)
        elif self._weights != "base":
            self._model.save_pretrained(folder)
        if self._weights != "base":
            self._processor.save_pretrained(folder)
        facts = {"weights": self._weights, "base": self._base, "base_digest": self._digest, "training": self._training}
        (folder / MANIFEST).write_text(json.dumps(facts, indent=1))

    def load(self, folder: Path, job: Job) -> None:
        """Open the kept model on the job's device, for inference in the settings' precision."""
        try:
            facts = json.loads((folder / MANIFEST).read_text())
            kept, digest, self._training = facts["weights"], facts["base_digest"], facts["training"]
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{folder / MANIFEST}: missing or damaged; run the method again") from error
        if kept != self._weights:
            raise InputError(f"{folder}: holds {kept} weights, but {self.name} keeps {self._weights} ones")
        base = self._find_base(job)
        if digest not in (None, self._digest):
            raise InputError(f"{folder}: was made from another base model than {base}; give the same base_model")
        self._open_for_answers(str(folder if self._weights == "full" else base), job)
        if self._weights == "lora":
            from methods.mllm import lora

            self._model = lora.open_adapter(self._model, folder)

    def _open_for_answers(self, name: str, job: Job) -> None:
        memory.release(job.device)
        models.require_memory(name, self.settings, job.device, "inference", {})
        use_threads(job)
        self._model, self._processor = models.load(name, self.settings, job.device)

    @classmethod
    def contract_settings(cls) -> Settings:
        """Settings for the test of what every method must do: two steps on pictures of four tokens."""
        known = {field.name for field in dataclasses.fields(cls.settings_class)}
        few = {"side": "56", "max_steps": "2", "batch": "6"}
        return cls.settings_class.preset("demo").override({k: v for k, v in few.items() if k in known})

    def weights_digest(self) -> str | None:
        """Of the base model's weight files."""
        return self._digest

    def provenance(self) -> dict[str, Json]:
        """How the model was asked and, where it was, trained."""
        if self._model is None:
            return {}
        facts = models.facts(self._model, self._processor, self.settings)
        return {
            **facts,
            "base_model": self._base,
            "base_revision": models.revision(self._folder),
            "weights": self._weights,
            "generation": generate.generation_settings(self.settings.max_new_tokens),
            "training": self._training,
            **{key: self._training[key] for key in ("pictures", "updates", "pictures_seen") if key in self._training},
        }


def use_threads(job: Job) -> None:
    """Hold PyTorch to the job's number of CPU threads: more than there are cores to spare are slower, not faster."""
    import torch

    torch.set_num_threads(job.threads)


def crops(faces: Faces, frames: NDArray[np.int64], settings: MllmSettings) -> NDArray[np.uint8]:
    """The pictures that the model is shown of some frames, uint8, (n, side, side, 3), RGB."""
    return faces.crops(frames, settings.side, settings.face_scale)
