"""Toy faces, a CLIP taught for a moment and an untrained language model, for the tests of the methods."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from methods import Job
from tests.methods.clip.toys import toy_faces
from tests.methods.mllm.fixtures import asking, faces, grpo_trainer, job, opened, processor, tiny_model

__all__ = [
    "asking",
    "clip_cache",
    "clip_job",
    "faces",
    "grpo_trainer",
    "job",
    "opened",
    "processor",
    "tiny_model",
    "toy_faces",
]


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
