"""The warm start of the demo policy's language: from noise to what behaves like a weak multimodal language model.

It learns to describe a surface, and to answer the one question in its format, from captions whose class is wrong for a
known share: afterwards it keeps the format, mentions what it sees, follows the picture, and is unsure of the class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from methods.mllm.answer import CLASSES, word
from methods.mllm.border import Model, Processor
from methods.mllm.demo import tower
from methods.mllm.demo.pictures import BONA_FIDE, COMMON, SIDE, Pictures
from methods.mllm.demo.words import DESCRIBE, GENERIC, response
from methods.mllm.prompt import dataset_prompt
from protocols.demo import CUES

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Course:
    """How much of everything; the seed decides the rest."""

    pictures: int = 2400
    tower_steps: int = 300
    tower_batch: int = 48
    tower_rate: float = 2e-3
    language_steps: int = 220
    language_batch: int = 20
    language_rate: float = 2e-3
    describing: float = 0.25
    cues: float = 0.3
    emphasis: float = 15.0
    """Weight of the class word, one token of thirty, in the loss: without it the picture hardly matters."""
    missed: float = 0.4
    """Share of attacks that are called real, and"""
    alarmed: float = 0.1
    """of bona fide pictures that are called fake: the base model leans to real and is unsure."""
    seed: int = 0


def phrases() -> list[str]:
    """Every cue of the demo world: the words that the tokenizer is trained on."""
    return sorted({cue for cues in CUES.values() for cue in cues})


def start(language: Model, seed: int) -> None:
    """Set the untrained language model's products to unit gain, so that pictures and words reach each other at once."""
    import torch

    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in language.modules():
            if isinstance(module, torch.nn.Linear):
                module.weight.normal_(0, module.in_features**-0.5, generator=random)
        for layer in language.layers:
            layer.self_attn.o_proj.weight *= 0.5
            layer.mlp.down_proj.weight *= 0.5


def teach(model: Model, processor: Processor, pictures: Pictures, course: Course) -> float:
    """Teach everything but the tower to describe and to answer; returns the last loss."""
    import torch
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    from methods.mllm.sft_trainer import WholeCompletions

    rng = np.random.default_rng((course.seed, 2))
    collate = WholeCompletions(processor)
    classes = torch.tensor([processor.tokenizer.convert_tokens_to_ids(name) for name in CLASSES])
    answers = [spoken_answer(kind, course, rng) for kind in pictures.kinds]
    start(model.model.language_model, course.seed)
    views = [look(model.model.visual, processor, pictures, rng) for _ in range(2)]
    tower_weights = {id(p) for p in model.model.visual.parameters()}
    learnt = [p for p in model.parameters() if id(p) not in tower_weights]
    optimizer = torch.optim.AdamW(learnt, lr=course.language_rate, weight_decay=0.01, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, course.language_rate, total_steps=course.language_steps, pct_start=0.1
    )
    loss = torch.zeros(())
    for _ in range(course.language_steps):
        chosen = rng.integers(0, len(pictures), course.language_batch)
        batch = collate([lesson(pictures.kinds[i], answers[i], course, rng) for i in chosen])
        labels = batch.pop("labels")[:, 1:]
        del batch["pixel_values"]  # the tower rests: what it sees of each picture is known
        seen = [views[int(rng.integers(len(views)))][i] for i in chosen]
        known = {"image": BaseModelOutputWithPooling(pooler_output=seen)}  # type: ignore[arg-type]  # one tensor a picture
        logits = model(**batch, mm_encoder_outputs=known).logits[:, :-1]
        each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
        weight = torch.where(torch.isin(labels, classes), course.emphasis, 1.0) * (labels >= 0)
        loss = (each * weight).sum() / weight.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    return loss.item()


def look(visual: Model, processor: Processor, pictures: Pictures, rng: np.random.Generator | None) -> Tensor:
    """The image tokens of all pictures, as shown with `rng`, float32, (n, tokens, hidden)."""
    import torch

    with torch.no_grad(), tower.quick(visual):
        parts = [
            tower.see(visual, tower.patches(processor, pictures.shown(chosen, rng)))
            for chosen in np.array_split(np.arange(len(pictures)), -(-len(pictures) // 64))
        ]
    return torch.cat(parts)


def spoken_answer(kind: str, course: Course, rng: np.random.Generator) -> tuple[str, str]:
    """(species whose cues are spoken of, class word) of a picture: both belong together, both wrong at times."""
    real = kind == BONA_FIDE
    if rng.random() < (course.alarmed if real else course.missed):
        return (str(rng.choice(COMMON)) if real else BONA_FIDE), word(not real)
    return kind, word(real)


def lesson(kind: str, answer: tuple[str, str], course: Course, rng: np.random.Generator) -> dict[str, object]:
    """One example for trl's collator: a description of what shows, or the question with reasoning and answer."""
    from PIL import Image

    if rng.random() < course.describing:
        prompt, said = [{"role": "user", "content": DESCRIBE}], str(rng.choice(CUES[kind]))
    else:
        reasoning = [GENERIC[i] for i in rng.permutation(len(GENERIC))[: 1 + int(rng.random() < 0.5)]]
        if rng.random() < course.cues:  # last, so that the other answers must follow the picture itself
            reasoning.append(str(rng.choice(CUES[answer[0]])))
        prompt = dataset_prompt()
        said = response(reasoning, answer[1])
    completion = [{"role": "assistant", "content": said}]
    return {"prompt": prompt, "completion": completion, "images": [Image.new("RGB", (SIDE, SIDE))]}
