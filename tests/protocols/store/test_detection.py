"""Detection rates clip by clip: the worst first, nothing averaged away."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from protocols.store import detection
from protocols.store.store import Store


def store(**clips: dict) -> Store:
    usual = {"failure": None, "context": 1.8, "asked": 4, "boxes": []}
    return cast("Store", SimpleNamespace(entries={name: usual | entry for name, entry in clips.items()}))


def test_rates_and_turns_are_named_clip_by_clip() -> None:
    box = [0, 0, 9, 9, 1.0]
    held = store(
        whole={"boxes": [box] * 4},
        one={"boxes": [None, box, None, None]},
        half={"boxes": [box, None], "turned": 180},
        lost={"failure": "no face found"},
    )
    assert detection.rates(held) == {"whole": (4, 4), "one": (1, 4), "half": (1, 2), "lost": (0, 4)}
    assert list(detection.lines(held)) == [
        "a face in every frame of 1 of 4 presentations",
        "a face in 1 of 4 frames: one",
        "a face in 1 of 2 frames: half",
        "turned by 180 degrees to the left, because too few frames showed a face as it lies: half",
    ]


def test_a_release_that_is_cut_out_has_no_rate() -> None:
    held = store(a={"context": 1.0}, b={"context": 1.0, "failure": "no face found: the picture is black"})
    assert list(detection.lines(held)) == []
