"""The demo world's CLIP: open_clip's own classes, small, taught by contrast on generic pictures in a minute or two.

It stands in for OpenAI's weights where none may be had. Its pictures show the demo world's spare people, who are in no
release, under random cameras; its captions name what physically shows ("a fine dot pattern"), never a label or a
release. Made once, kept in the cache, the same on every machine with the same torch for any number of threads.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from methods.clip.weights import Clip, build
from methods.method import Job
from methods.tensors import keep_state, kept_state, load_tensors
from protocols.files import sha256_of
from protocols.json_values import Parsed

if TYPE_CHECKING:
    from methods.clip.encoder import Tower

CONFIG: dict[str, Parsed] = {
    "embed_dim": 64,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 112, "layers": 3, "width": 96, "patch_size": 16, "head_width": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
}
"""The real tokenizer's vocabulary and context, small towers."""
IDENTITY = "the demo world's CLIP"
CAPTIONS = ("a photo of {}", "a face with {}", "a close picture of {}", "{}", "this face shows {}")


@dataclass(frozen=True)
class Lesson:
    """How long the small CLIP is taught; all of it is part of the cache's key.

    `pictures` of each species are rendered and `each` stand in a batch, bona fide ones `natural` times as many.
    """

    pictures: int = 64
    natural: int = 4
    steps: int = 300
    each: int = 2
    learning_rate: float = 1e-3
    seed: int = 2025
    version: int = 1


LESSON = Lesson()


@dataclass(frozen=True)
class Examples:
    """Pictures, uint8 (n, side, side, 3), their species, and each species' phrases."""

    pictures: NDArray[np.uint8]
    species: tuple[str, ...]
    cues: MappingProxyType[str, tuple[str, ...]]


def load(job: Job) -> Clip:
    """The demo's CLIP from the cache; made there first if need be, by one process while others wait."""
    from filelock import FileLock

    file = place(job.cache)
    kept = kept_state(file, IDENTITY, job.say)
    if kept is None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock")):
            kept = kept_state(file, IDENTITY, job.say)
            if kept is None:
                write(teach(render(LESSON, job), LESSON, job), file)
                kept = load_tensors(file)
    model = build(CONFIG)
    model.load_state_dict(kept[0], strict=True)
    return Clip(model, sha256_of(file), CONFIG, "demo CLIP, self-trained")


def place(cache: Path) -> Path:
    """Where the demo's CLIP of this version lies."""
    key = hashlib.sha256(json.dumps([CONFIG, repr(LESSON)], sort_keys=True).encode()).hexdigest()[:16]
    return cache / "demo-clip" / f"{key}.safetensors"


def write(model: Tower, file: Path) -> None:
    """Keep a taught model."""
    file.parent.mkdir(parents=True, exist_ok=True)
    keep_state(model.state_dict(), file, IDENTITY)


def render(lesson: Lesson, job: Job) -> Examples:
    """`lesson.pictures` pictures of each species, of spare people, under cameras that belong to no release."""
    import cv2

    from protocols.demo import CUES, SIMULATORS, Camera, sample, spare_identities

    side = CONFIG["vision_cfg"]["image_size"]
    rng = np.random.default_rng(lesson.seed)
    people, names = spare_identities(), list(SIMULATORS)
    weighed = [name for name in names for _ in range(lesson.natural if name == "bona fide" else 1)]
    rounds = [(i, name) for i in range(0, lesson.pictures, 2) for name in weighed]
    pictures, species = [], []
    for i, name in job.progress(rounds, "pictures for the demo's CLIP", len(rounds)):
        person = people[(i // 2) % len(people)]
        for picture in sample(person, name, Camera.random(rng), rng, frames=min(2, lesson.pictures - i)):
            pictures.append(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA))
            species.append(name)
    return Examples(np.stack(pictures), tuple(species), CUES)


def teach(examples: Examples, lesson: Lesson, job: Job) -> Tower:
    """A CLIP model taught to match pictures with phrases: the symmetric contrastive loss, equal phrases all correct."""
    import torch
    from torch.nn import functional as F

    from methods.clip import augment
    from methods.clip.encoder import encode_text, tokenize
    from methods.clip.pictures import normalise, to_tensor

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums in another order would give another model
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(lesson.seed)
        model = build(CONFIG).train()
        optimiser = torch.optim.AdamW(model.parameters(), lr=lesson.learning_rate, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lesson.learning_rate, lesson.steps, pct_start=0.1)
        names = np.array(examples.species)
        groups = [
            (np.flatnonzero(names == name), lesson.each * (lesson.natural if name == "bona fide" else 1))
            for name in dict.fromkeys(examples.species)
        ]
        phrases = {cue: tokenize([c.format(cue) for c in CAPTIONS]) for cues in examples.cues.values() for cue in cues}
        for step in job.progress(range(lesson.steps), "teaching the demo's CLIP", lesson.steps):
            rng = np.random.default_rng([lesson.seed, step])
            chosen = np.concatenate([rng.choice(members, each) for members, each in groups])
            cues = [str(rng.choice(examples.cues[examples.species[i]])) for i in chosen]
            draws = augment.Draws((lesson.seed, step, 1), len(chosen), slice(None), torch.device("cpu"))
            pictures = augment.resized_crop(to_tensor(examples.pictures[chosen]), draws, (0.5, 1.0))
            pictures = augment.brightness(augment.flip(pictures, draws), draws.uniform(0.7, 1.3))
            images = F.normalize(model.visual(normalise(pictures, "clip")), dim=-1)
            tokens = torch.stack([phrases[cue][rng.integers(len(CAPTIONS))] for cue in cues])
            texts = F.normalize(encode_text(model, tokens), dim=-1)
            logits = model.logit_scale.exp().clamp(max=100) * images @ texts.t()
            same = torch.from_numpy(np.array(cues)[:, None] == np.array(cues)[None]).float()
            same /= same.sum(dim=1, keepdim=True)
            loss = (F.cross_entropy(logits, same) + F.cross_entropy(logits.t(), same)) / 2
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    torch.set_num_threads(threads)
    return model.eval()
