"""The demo's CLIP knows people of no release and words of no label, and comes out the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import torch

from methods import Job
from methods.clip import demo
from protocols.demo import CUES, SIMULATORS, sample, spare_identities
from protocols.world import RELEASES

BRIEF = demo.Lesson(pictures=1, natural=1, steps=1, each=1)


def test_captions_name_what_shows_never_a_label_or_a_release() -> None:
    forbidden = {"spoof", "attack", "real", "bona", "bonafide", "live", "genuine", "fake", *RELEASES}
    words = {
        word
        for cues in CUES.values()
        for cue in cues
        for caption in demo.CAPTIONS
        for word in caption.format(cue).split()
    }
    assert words & forbidden == set()


def test_pictures_show_spare_people_only(monkeypatch, clip_job) -> None:
    seen: list[int] = []

    def watch(identity, *rest, **more):
        seen.append(identity.index)
        return sample(identity, *rest, **more)

    monkeypatch.setattr("protocols.demo.sample", watch)
    examples = demo.render(BRIEF, clip_job)
    assert len(seen) == len(examples.pictures) == len(SIMULATORS)
    assert set(seen) <= {person.index for person in spare_identities()}
    assert examples.pictures.shape[1:] == (112, 112, 3)


def test_the_same_lesson_teaches_the_same_model_for_any_number_of_threads(toy_faces, clip_job) -> None:
    faces = toy_faces(4, seed=9)
    species = tuple("bona fide" if label else "print" for label in faces.frame_labels)
    examples = demo.Examples(faces.crops(slice(None), 112), species, CUES)
    models = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        models.append(demo.teach(examples, BRIEF, clip_job).state_dict())
        assert torch.get_num_threads() == threads
    torch.set_num_threads(1)
    assert all(torch.equal(models[0][key], models[1][key]) for key in models[0])


def test_taught_once_and_then_read(clip_job: Job, tmp_path: Path, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("taught again")

    file = demo.place(clip_job.cache)
    before = file.stat().st_mtime_ns
    monkeypatch.setattr(demo, "teach", refuse)
    clip = demo.load(clip_job)
    assert isinstance(clip.model, open_clip.CLIP)
    assert clip.size == 112
    assert file.stat().st_mtime_ns == before
    other = replace(clip_job, cache=tmp_path / "empty")
    monkeypatch.undo()
    monkeypatch.setattr(demo, "LESSON", BRIEF)
    made = demo.load(other)
    assert demo.place(other.cache).exists()
    assert made.digest != clip.digest
    assert np.isfinite(made.model.visual.proj.detach().numpy()).all()
