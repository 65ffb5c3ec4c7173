"""The base model as it is, asked the same question (Table 2, row "Qwen2.5-VL-7B-Instruct")."""

from __future__ import annotations

from typing import ClassVar

import methods
from methods.method import Job
from methods.mllm.policy import MllmMethod
from protocols.store.faces import Faces


@methods.register("qwen-zero-shot", title="Qwen2.5-VL-7B-Instruct")
class QwenZeroShot(MllmMethod):
    """No training: the answer of the untouched base model."""

    needs_training: ClassVar[bool] = False

    def fit(self, train: Faces, dev: Faces, job: Job) -> None:
        """Nothing is learnt; the base model is opened, so that it can be asked at once."""
        self._open_for_answers(str(self._find_base(job)), job)
