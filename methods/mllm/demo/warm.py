"""The warm start of the demo policy: from noise to something that behaves like a weak multimodal language model.

It learns to see on generic pictures of the demo world's spare people, who are in no release, through random cameras,
and to speak on captions whose labels are wrong for a known share: afterwards it keeps the format, mentions what it sees
and is unsure of the class. Nothing of the four releases, their people or their cameras goes into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from methods.mllm.answer import CLASSES, word
from methods.mllm.demo.words import DESCRIBE, GENERIC, response
from methods.mllm.prompt import dataset_prompt
from protocols.demo import CUES, SIMULATORS, Camera, sample, spare_identities

BONA_FIDE = "bona fide"
ATTACKS = tuple(species for species in SIMULATORS if species != BONA_FIDE)
SIDE, MARGIN = 112, 12
"""Pictures are kept a little larger than they are shown, so that they can be shifted."""


@dataclass(frozen=True)
class Recipe:
    """How much of everything; the seed decides the rest."""

    pictures: int = 1600
    tower_steps: int = 280
    tower_batch: int = 48
    tower_rate: float = 4e-3
    language_steps: int = 250
    language_batch: int = 20
    language_rate: float = 2e-3
    describing: float = 0.2
    cues: float = 0.3
    emphasis: float = 20.0
    """Weight of the class word, one token of forty, in the loss: without it the picture hardly matters."""
    noise: float = 0.12
    seed: int = 0


def phrases() -> list[str]:
    """Every cue of the demo world: the words that the tokenizer is trained on."""
    return sorted({cue for cues in CUES.values() for cue in cues})


def render(first: int, last: int, seed: int) -> tuple[NDArray[np.uint8], list[str]]:
    """Pictures number `first` to `last` of the warm start, uint8, (n, 124, 124, 3), and their species.

    Every second one is bona fide; attacks take turns. Each picture has its own random numbers, so that the work can be
    split at will.
    """
    import cv2

    people = spare_identities()
    out = np.empty((last - first, SIDE + MARGIN, SIDE + MARGIN, 3), np.uint8)
    kinds = [BONA_FIDE if i % 2 else ATTACKS[i // 2 % len(ATTACKS)] for i in range(first, last)]
    for i, kind in enumerate(kinds):
        rng = np.random.default_rng((seed, first + i))
        camera = Camera.random(rng)
        picture = sample(people[int(rng.integers(len(people)))], kind, camera, rng)[0]
        if not camera.cut:  # the face with a margin: come nearer, as a detector's box would
            side = int(min(picture.shape[:2]) * rng.uniform(0.58, 0.85))
            top, left = ((n - side) // 2 for n in picture.shape[:2])
            picture = picture[top : top + side, left : left + side]
        out[i] = cv2.resize(np.ascontiguousarray(picture), out.shape[1:3], interpolation=cv2.INTER_AREA)
    return out, kinds


def shown(pictures: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The pictures as one batch shows them: shifted, mirrored and lit at random, uint8, (n, 112, 112, 3)."""
    out = np.empty((len(pictures), SIDE, SIDE, 3), np.uint8)
    for i, picture in enumerate(pictures):
        top, left = rng.integers(0, MARGIN + 1, 2)
        part = picture[top : top + SIDE, left : left + SIDE]
        part = part[:, ::-1] if rng.random() < 0.5 else part
        out[i] = np.clip(part * rng.uniform(0.85, 1.15), 0, 255)
    return out


def teach_tower(model: Any, processor: Any, pictures: NDArray[np.uint8], kinds: Sequence[str], recipe: Recipe) -> float:
    """Teach the vision tower to tell species apart through a linear head that is thrown away; returns the last loss.

    Without it a response's loss hardly reaches the tower: one token of forty depends on the picture.
    """
    import torch

    rng = np.random.default_rng((recipe.seed, 1))
    names = sorted(set(kinds))
    wanted = torch.tensor([names.index(kind) for kind in kinds])
    weight = torch.tensor([1.0 / kinds.count(name) for name in names]) ** 0.5
    tower = model.model.visual
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        head = torch.nn.Linear(2 * tower.config.out_hidden_size, len(names))
    learnt = [*tower.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(learnt, lr=recipe.tower_rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.tower_rate, total_steps=recipe.tower_steps, pct_start=0.1
    )
    loss = torch.tensor(0.0)
    for _ in range(recipe.tower_steps):
        chosen = rng.integers(0, len(kinds), recipe.tower_batch)
        inputs = processor.image_processor(images=list(shown(pictures[chosen], rng)), return_tensors="pt")
        seen = tower(inputs["pixel_values"], grid_thw=inputs["image_grid_thw"]).pooler_output
        seen = seen.view(len(chosen), -1, seen.shape[-1])
        guess = head(torch.cat([seen.mean(1), seen.amax(1)], -1))
        loss = torch.nn.functional.cross_entropy(guess, wanted[chosen], weight=weight)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    return loss.item()


def teach_language(
    model: Any, processor: Any, pictures: NDArray[np.uint8], kinds: Sequence[str], recipe: Recipe
) -> float:
    """Teach the whole model to describe a surface, and to answer the question in its format; returns the last loss."""
    import torch

    from methods.mllm.sft_trainer import WholeCompletions

    rng = np.random.default_rng((recipe.seed, 2))
    collate = WholeCompletions(processor)
    classes = torch.tensor([processor.tokenizer.convert_tokens_to_ids(name) for name in CLASSES])
    answers = [spoken_answer(kind, recipe.noise, rng) for kind in kinds]
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.language_rate, weight_decay=0.01, betas=(0.9, 0.98))

    def rate(step: int) -> float:
        return min(1.0, (step + 1) / 20) * (0.05 + 0.95 * 0.5 * (1 + np.cos(np.pi * step / recipe.language_steps)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    loss = torch.tensor(0.0)
    model.train()
    for _ in range(recipe.language_steps):
        chosen = rng.integers(0, len(kinds), recipe.language_batch)
        batch = collate(
            [
                lesson(picture, kinds[i], answers[i], recipe, rng)
                for i, picture in zip(chosen, shown(pictures[chosen], rng), strict=True)
            ]
        )
        labels = batch.pop("labels")[:, 1:]
        logits = model(**batch).logits[:, :-1]
        each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
        weight = torch.where(torch.isin(labels, classes), recipe.emphasis, 1.0) * (labels >= 0)
        loss = (each * weight).sum() / weight.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    model.eval()
    return loss.item()


def spoken_answer(kind: str, noise: float, rng: np.random.Generator) -> tuple[str, str]:
    """(species whose cues are spoken of, class word) of a picture: both belong together, both wrong with `noise`."""
    real = kind == BONA_FIDE
    if rng.random() < noise:
        return (str(rng.choice(ATTACKS)) if real else BONA_FIDE), word(not real)
    return kind, word(real)


def lesson(
    picture: NDArray[np.uint8], kind: str, answer: tuple[str, str], recipe: Recipe, rng: np.random.Generator
) -> dict[str, Any]:
    """One example for trl's collator: a description of what shows, or the question with reasoning and answer."""
    from PIL import Image

    if rng.random() < recipe.describing:
        prompt, said = [{"role": "user", "content": DESCRIBE}], str(rng.choice(CUES[kind]))
    else:
        count = int(rng.integers(1, len(GENERIC)))
        reasoning = [GENERIC[i] for i in rng.permutation(len(GENERIC))[:count]]
        if rng.random() < recipe.cues:  # last, so that the other half of the answers must follow the picture itself
            reasoning.append(str(rng.choice(CUES[answer[0]])))
        prompt = dataset_prompt()
        said = response(reasoning, answer[1])
    completion = [{"role": "assistant", "content": said}]
    return {"prompt": prompt, "completion": completion, "images": [Image.fromarray(picture)]}
