"""Toy faces and a CLIP taught for a moment, for the tests of the methods built on CLIP."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from methods import Job
from protocols.faces import Faces


def toy_faces(
    presentations: int, *, frames: int = 2, seed: int = 0, labelled: bool = True, domains: tuple[str, ...] = ("a",)
) -> Faces:
    """Smooth blobs (bona fide) and the same under a fine grid (attack), in turns; 64 pixels, one domain a turn."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(presentations) % 2 == 0).astype(np.int8)
    y, x = np.mgrid[0:64, 0:64] / 64
    pixels = np.empty((presentations * frames, 64, 64, 3), np.uint8)
    for i in range(len(pixels)):
        at, tone = rng.uniform(0.3, 0.7, 2), rng.uniform(90, 200, 3)
        blob = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 0.1)[..., None] * tone
        if not labels[i // frames]:
            blob = blob + 40 * ((np.arange(64) % 4 < 2)[None, :, None] ^ (np.arange(64) % 4 < 2)[:, None, None])
        pixels[i] = np.clip(blob + rng.normal(0, 3, blob.shape), 0, 255)
    return Faces(
        pixels=pixels,
        rows=np.arange(len(pixels)),
        owner=np.repeat(np.arange(presentations), frames),
        context=np.ones(len(pixels), np.float32),
        keys=tuple(f"p{seed}-{i}" for i in range(presentations)),
        labels=labels if labelled else None,
        domains=tuple(domains[i // 2 % len(domains)] for i in range(presentations)) if labelled else None,
        digest=f"toy-{presentations}-{frames}-{seed}",
    )


@pytest.fixture(name="toy_faces")
def toy_faces_fixture():
    """The function that makes toy faces."""
    return toy_faces


@pytest.fixture(scope="session")
def clip_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the demo's CLIP lies, taught for two steps on toy pictures: the right classes, little sense."""
    from methods.clip import demo

    cache = tmp_path_factory.mktemp("clip-cache")
    faces = toy_faces(8, seed=9)
    species = tuple("bona fide" if label else "print" for label in faces.frame_labels)
    cues = MappingProxyType({"bona fide": ("soft shading",), "print": ("a fine dot pattern", "a grid")})
    examples = demo.Examples(faces.crops(slice(None), 112), species, cues)
    job = Job(seed=0, scratch=cache / "scratch", cache=cache, demo=True)
    demo.write(demo.teach(examples, demo.Lesson(steps=2), job), demo.place(cache))
    return cache


@pytest.fixture
def clip_job(clip_cache: Path, tmp_path: Path) -> Job:
    """A run in the demo world with that CLIP at hand and a scratch folder of its own."""
    return Job(seed=1, scratch=tmp_path / "scratch", cache=clip_cache, demo=True)
