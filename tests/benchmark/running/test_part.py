from __future__ import annotations

import numpy as np
import pytest

from benchmark.running.part import Part
from benchmark.running.runner import gathered
from benchmark.running.sides import Side
from methods import Method
from protocols.store.journal import Journal
from protocols.store.store import FORMAT, Store, hash_pixels
from tests.protocols.media_factory import presentation, release

FRAMES = {"a": 3, "b": 0, "c": 2}
"""`b` shows no face; four frames were asked for of each."""


class FrameWise(Method):
    """Never run: only what it says of itself matters."""

    frame_wise = True
    fit = predict = save = load = None


@pytest.fixture
def part(tmp_path):
    head = {"format": FORMAT, "release": "siw-mv2", "release_digest": "", "recipe": {"size": 8}}
    with Journal(tmp_path / "store", head) as journal:
        for name, n in FRAMES.items():
            pictures = list(np.random.default_rng(n).integers(0, 255, (n, 8, 8, 3), np.uint8))
            row = {"id": name, "frames": n, "asked": 4, "context": 1.0, "sizes": [[8, 8]] * n, "near": []}
            journal.append(row | {"sha256": hash_pixels(pictures), "failure": None if n else "no face found"}, pictures)
        journal.finish()
    names = [presentation(name, "video", f"{name}.mov", subject=name.upper()) for name in FRAMES]
    return Part(release(tmp_path, *names), Store.open(tmp_path / "store"), tuple(names), frames=2)


def test_a_part_hands_out_as_many_frames_as_it_was_asked_for(part):
    faces = part.faces(labelled=True)
    assert (len(faces), faces.frames) == (2, 4)
    assert faces.labels.tolist() == [1, 1]
    assert part.faces(labelled=False).labels is None
    assert [p.id for p in part.decisions(frame_wise=False)] == ["a", "b", "c"]
    assert part.reason(part.presentations[1]) == "no face found"


def test_frame_wise_every_frame_is_a_decision_and_a_failure_one_for_each_that_was_asked_for(part):
    decisions = part.decisions(frame_wise=True)
    assert [p.id for p in decisions] == ["a#0", "a#1", "b#0", "b#1", "c#0", "c#1"]
    assert [p.group for p in decisions] == ["A", "A", "B", "B", "C", "C"]
    assert [part.reason(p) for p in decisions] == [None, None, "no face found", "no face found", None, None]
    method = FrameWise.__new__(FrameWise)
    rows = [{"score": i, "decision": "bona fide", "text": None, "reason": None, "frames": 1} for i in range(4)]
    scores = gathered(method, Side("target", (part,)), {0: rows[:3], 1: rows[3:]})
    assert scores.id == tuple(p.id for p in decisions)
    assert np.array_equal(scores.score, [0, 1, np.nan, np.nan, 2, 3], equal_nan=True)
    assert scores.responded.tolist() == [True, True, False, False, True, True]
    assert scores.group.tolist() == ["A", "A", "B", "B", "C", "C"]
