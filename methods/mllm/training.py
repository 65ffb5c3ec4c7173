"""What supervised and reinforcement fine-tuning share: trainer arguments, lazily cut pictures, resuming."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from methods.frames import middle_frames
from methods.method import Job
from methods.mllm import prompt, sharding
from methods.mllm.answer import Word, word
from methods.mllm.border import Keywords, Trainer
from methods.mllm.policy import crops
from methods.mllm.settings import MllmSettings
from protocols.errors import InputError
from protocols.store.faces import Faces

if TYPE_CHECKING:
    from datasets import Dataset


def training_frames(faces: Faces, asked: int | None) -> NDArray[np.int64]:
    """Positions of the frames to learn from: where one is `asked` for the middle one of each presentation, else all."""
    frames = middle_frames(faces) if asked == 1 else np.arange(faces.frames)
    if not len(frames):
        raise InputError("there are no frames to train on")
    return frames


def balanced(faces: Faces, frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """The frames with as many of either class, those of the rarer one repeated in turn; as they are if one is missing.

    Attacks outnumber bona fide presentations in all four releases, so always saying fake would earn most of R_cls.
    """
    labels = faces.frame_labels[frames]
    classes = [frames[labels == y] for y in (0, 1)]
    if not all(map(len, classes)):
        return frames
    most = max(map(len, classes))
    return np.sort(np.concatenate([np.resize(few, most) for few in classes]))


def dataset(
    faces: Faces, frames: NDArray[np.int64], settings: MllmSettings, completion: Callable[[str], str] | None = None
) -> Dataset:
    """A `datasets.Dataset` for trl: `prompt`, `image`, `label` (real or fake) and, where asked for, `completion`.

    Pictures are cut from the memory map when a row is asked for: nothing is encoded or held.
    """
    from datasets import Dataset

    labels = [word(int(y)) for y in faces.frame_labels[frames]]
    rows = Dataset.from_dict({"frame": frames.tolist(), "label": labels})
    return rows.with_transform(_Rows(faces, settings, completion))


class _Columns(TypedDict):
    frame: list[int]
    label: list[Word]


class _Rows:
    """Frames to rows for trl. A frame asked for N times at once (a group of GRPO) is cut once and shared."""

    def __init__(self, faces: Faces, settings: MllmSettings, completion: Callable[[str], str] | None) -> None:
        self._faces, self._settings, self._completion = faces, settings, completion

    def __getstate__(self) -> dict[str, object]:
        # `datasets` names a transform by the hash of its pickle, which would read the whole memory map.
        return {"faces": self._faces.digest, "settings": self._settings}

    def __deepcopy__(self, memo: dict[int, object]) -> _Rows:
        return self

    def __call__(self, batch: _Columns) -> dict[str, list[object]]:
        from PIL import Image

        distinct, which = np.unique(np.asarray(batch["frame"], np.int64), return_inverse=True)
        pictures = [Image.fromarray(picture) for picture in crops(self._faces, distinct, self._settings)]
        out: dict[str, list[object]] = {
            "prompt": [prompt.dataset_prompt() for _ in which],
            "image": [pictures[i] for i in which],
            "label": list(batch["label"]),
        }
        if self._completion is not None:
            out["completion"] = [[{"role": "assistant", "content": self._completion(y)}] for y in batch["label"]]
        return out


def arguments(job: Job, folder: Path, *, report_to: str, float32: bool, recompute: bool) -> Keywords:
    """Keyword arguments of every trl configuration: device, precision, seed, checkpoints, silence.

    On a GPU the forward pass runs in bfloat16 under autocast; `float32` (and a CPU) switches that off. `recompute`
    trades a second forward pass for the memory of the activations, with the same gradients.
    """
    from transformers import TrainingArguments

    known = {field.name for field in dataclasses.fields(TrainingArguments)}
    new, old = "activation_checkpointing", "gradient_checkpointing"  # renamed within the versions that we support
    cpu = job.device == "cpu"
    return {
        "output_dir": str(folder),
        "seed": job.seed,
        "data_seed": job.seed,
        "use_cpu": cpu,
        "bf16": not (cpu or float32),
        "report_to": [] if report_to == "none" else report_to.split("+"),
        "disable_tqdm": True,
        "save_strategy": "steps",
        "remove_unused_columns": False,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": not cpu,
        "logging_first_step": True,
        "logging_nan_inf_filter": False,  # it would write a mean in the place of a NaN
        new if new in known else old: recompute,
    }


def train(trainer: Trainer, job: Job, folder: Path, memory: str) -> None:
    """Train, or go on from the last whole checkpoint; the curve goes to the job's log, a bar to the screen.

    Raises `InputError` for too little memory (`memory` says which setting to lower), a full disk and a training that
    diverges.
    """
    from transformers import PrinterCallback

    from methods.mllm.attempts import require_progress
    from methods.mllm.curve import Bar, Curve
    from methods.mllm.failures import Diverged, explained

    folder.mkdir(parents=True, exist_ok=True)
    place = _agreed(folder, job)
    begun = 0 if place is None else int(place.name.rpartition("-")[2])
    require_progress(folder, begun, int(trainer.args.save_steps), writes=job.processes.first)
    trainer.watch(place)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Bar(job.progress))
    trainer.add_callback(Curve(job.log, folder))
    trainer.add_callback(Diverged())
    with explained(trainer, folder, memory):
        trainer.train(resume_from_checkpoint=None if place is None else str(place))


def _agreed(folder: Path, job: Job) -> Path | None:
    """The checkpoint to go on from, as the first process found it: the others do not read 100 GB to find the same."""
    from methods.mllm.resume import last_whole

    found = [last_whole(folder, job.say) if job.processes.first else None]
    if job.processes.size > 1:
        from accelerate.utils import broadcast_object_list

        broadcast_object_list(found)
    return found[0]


def seen(trainer: Trainer, pictures: int) -> dict[str, int]:
    """Pictures trained on, updates, and pictures that these saw, repeats included (a GRPO group counts once)."""
    state = trainer.state
    return {"pictures": pictures, "updates": state.global_step, "pictures_seen": round((state.epoch or 0) * pictures)}


def opening_device(job: Job) -> str:
    """Where a model is opened that will be trained: the job's device, or the CPU where it will be cut over processes.

    What FSDP or ZeRO-3 cuts must never lie whole on one GPU, and ZeRO-3 refuses a device map; the trainer moves it.
    """
    return "cpu" if sharding.kind() else job.device
