"""Completions from vLLM instead of `generate`, through trl's own seam (`VLLMGeneration`, in the training's process).

What trl leaves to its user is done here: tokens that stand for pictures are forbidden by a bias, because vLLM knows no
`suppress_tokens`; the cache of encoded pictures is emptied whenever weights are sent (trl issue 7198: a picture that
comes back would be seen by the old vision tower); and before the first step both engines read the same pictures, so
that an engine with other picture tokens or other weights stops the training instead of spoiling it (trl issues 6294 and
6401).

Equation 1 takes the ratio to the policy that sampled. vLLM's probabilities are a little other than the trainer's, so
the old log-probabilities are the trainer's own, and each token's gain is weighted by trainer over sampler, cut at 3
(`token`; `off`: by 1). trl logs the difference either way (`sampling/sampling_logp_difference`). Weighting whole
sequences, trl's default, would drop whole answers of 300 tokens.

No machine here could run vLLM: what is tested is all of this with transformers behind the seam.
"""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np
from transformers import TrainerCallback

from methods import extras
from methods.mllm import generate
from methods.mllm.border import Engine, GrpoSettings, Inputs, Keywords, Trainer
from protocols.errors import InputError

if TYPE_CHECKING:
    from datasets import Dataset
    from PIL.Image import Image
    from transformers import TrainerControl, TrainerState, TrainingArguments


OLDEST, NEWEST = (0, 28), (0, 31)
"""Versions for which trl 1.16 is made and whose weights, caches and image tokens are handled here."""
CAP = 3.0
LOOKED_AT = 12
TOKENS = 64
BEGINNING = 16
"""Tokens of an answer that have to be the same: later ones part from each other in bfloat16 by rounding alone."""
ENOUGH = 0.75
"""Share of the pictures of which they have to be."""


def require(device: str) -> None:
    """Raise `InputError` where vLLM is missing, of an untested version, or has no GPU."""
    try:
        version = metadata.version("vllm")
    except metadata.PackageNotFoundError:
        raise InputError(f"setting engine: vllm is not installed; {extras.command('vllm')}") from None
    found = re.match(r"(\d+)\.(\d+)", version)
    minor = (int(found[1]), int(found[2])) if found else (0, 0)
    if not OLDEST <= minor <= NEWEST:
        tested = " to ".join(f"{a}.{b}" for a, b in (OLDEST, NEWEST))
        raise InputError(
            f"setting engine: vllm {version} is not among the versions tested ({tested}); {extras.command('vllm')}"
        )
    if not device.startswith("cuda"):
        raise InputError(f"setting engine: vllm needs a CUDA device, and this run is on {device}; leave engine out")


def options(settings: GrpoSettings, forbidden: list[int]) -> Keywords:
    """trl's options for it; `forbidden`: tokens that may not be said."""
    weigh = settings.engine_correction == "token"
    return {
        "use_vllm": True,
        "vllm_mode": "colocate",
        "vllm_gpu_memory_utilization": settings.engine_memory,
        "vllm_max_model_length": (settings.side // 28) ** 2 + 260 + settings.max_new_tokens,
        "vllm_importance_sampling_correction": True,  # also where it is cut to 1: it logs the difference
        "vllm_importance_sampling_mode": "token_truncate",
        "vllm_importance_sampling_clip_max": CAP if weigh else 1.0,
        "vllm_importance_sampling_clip_min": None if weigh else 1.0 - 2**-20,  # trl wants it below the other
        "generation_kwargs": {"logit_bias": dict.fromkeys(forbidden, -100.0)},
    }


def attach(trainer: Trainer, rows: Dataset) -> None:
    """Empty the picture cache at every sending of weights, and compare the engines before the first step."""
    send = trainer.vllm_generation.sync_weights

    def send_and_forget() -> None:
        send()
        forget_pictures(trainer.vllm_generation)

    trainer.vllm_generation.sync_weights = send_and_forget
    trainer.add_callback(Compared(trainer, rows))


def forget_pictures(engine: Engine) -> None:
    """Empty vLLM's cache of encoded pictures. Raises `InputError` where this version has no way to."""
    for owner in (engine.llm, getattr(engine.llm, "llm_engine", None)):
        forget = getattr(owner, "reset_encoder_cache", None)
        if forget is not None:
            forget()
            return
    raise InputError(
        "setting engine: this version of vllm cannot forget encoded pictures; take another, or leave it out"
    )


class Compared(TrainerCallback):
    """Before the first step, also of a resumed training: do both engines see and say the same?"""

    def __init__(self, trainer: Trainer, rows: Dataset) -> None:
        self._trainer, self._rows = trainer, rows

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Raises `InputError` where the engine counts other tokens or answers otherwise."""
        few = np.unique(np.linspace(0, len(self._rows) - 1, LOOKED_AT).astype(int))
        self._trainer.engine_check = compare(self._trainer, [self._rows[int(i)]["image"] for i in few])


def compare(trainer: Trainer, pictures: list[Image]) -> dict[str, int]:
    """Greedy answers of both engines about PIL pictures: how many are equal, and equal at the beginning."""
    processor = trainer.processing_class
    inputs = generate.encode(processor, [np.asarray(picture) for picture in pictures])
    asked = [ids[mask.bool()].tolist() for ids, mask in zip(inputs["input_ids"], inputs["attention_mask"], strict=True)]
    read, said = _greedy(trainer.vllm_generation, asked, pictures)
    wrong = [i for i, (mine, its) in enumerate(zip(asked, read, strict=True)) if mine != list(its)]
    if wrong:
        i = wrong[0]
        raise InputError(
            f"setting engine: vllm reads a question with its picture as {len(read[i])} tokens and the trainer as "
            f"{len(asked[i])}: their picture tokens differ, so it would answer about something else; leave engine out"
        )
    expected = _by_transformers(trainer, inputs)
    pairs = list(zip(expected, [list(ids) for ids in said], strict=True))
    same = sum(mine == its for mine, its in pairs)
    begin = sum(mine[:BEGINNING] == its[:BEGINNING] for mine, its in pairs)
    if begin < ENOUGH * len(pairs):
        raise InputError(
            f"setting engine: of {len(pairs)} greedy answers {begin} begin alike in vllm and transformers: it does not "
            "run the weights that are trained; leave engine out"
        )
    return {"pictures": len(pairs), "answers_equal": same, "beginnings_equal": begin}


def _greedy(engine: Engine, asked: list[list[int]], pictures: list[Image]) -> tuple[list[list[int]], list[list[int]]]:
    engine.sync_weights()
    before = engine.temperature, engine.max_completion_length
    engine.temperature, engine.max_completion_length = 0.0, min(TOKENS, before[1])
    try:
        read, said, *_ = engine.generate(prompts=asked, images=[[picture] for picture in pictures], num_generations=1)
    finally:
        engine.temperature, engine.max_completion_length = before
    return read, said


def _by_transformers(trainer: Trainer, inputs: Inputs) -> list[list[int]]:
    """The same answers by `generate`, up to their ends; every process takes part."""
    import torch
    from trl.models.utils import disable_gradient_checkpointing, unwrap_model_for_generation

    inputs = inputs.to(trainer.accelerator.device)
    limit = min(TOKENS, trainer.vllm_generation.max_completion_length)
    asked = generate.generation_settings(limit) | {"suppress_tokens": trainer.forbidden}
    training = trainer.model.training
    with (
        unwrap_model_for_generation(trainer.model_wrapped, trainer.accelerator) as model,
        torch.no_grad(),
        disable_gradient_checkpointing(trainer.model, trainer.args.gradient_checkpointing_kwargs),
        trainer.accelerator.autocast(),
    ):
        out = model.generate(**inputs, **asked)[:, inputs["input_ids"].shape[1] :].tolist()
    trainer.model.train(training)
    ends = set(trainer.eos_token_ids)
    return [ids[: next((i + 1 for i, token in enumerate(ids) if token in ends), len(ids))] for ids in out]
