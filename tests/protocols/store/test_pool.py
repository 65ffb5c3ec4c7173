from __future__ import annotations

import os
import signal

import pytest

from protocols.errors import InputError, UnreadableError
from protocols.presentation import Media
from protocols.recipe import Recipe
from protocols.store.pool import run
from protocols.store.work import Task, Work
from tests.protocols.media_factory import cut_out, write_images

RECIPE = Recipe(frames=1, size=16, face_size=16)


class Odd(Work):
    """Does to its process what the presentation's name says."""

    def __call__(self, task):
        word = task.name.partition(" ")[0]
        if word in signal.Signals.__members__:
            os.kill(os.getpid(), signal.Signals[word])
        match word:
            case "loop":
                while True:
                    pass
            case "exit":
                os._exit(9)
            case "raise":
                raise InputError("no detector")
        return super().__call__(task)


@pytest.fixture
def work(tmp_path):
    write_images(tmp_path, [cut_out()])
    return Odd(tmp_path, RECIPE, True, patience={"images": 1.0, "video": 1.0, "hdf5": 1.0})


def tasks(*names):
    return [Task(name, Media("images", ("0001.jpg",)), None) for name in names]


def failures(work, names, workers):
    return {made.row["id"]: made.row["failure"] for made in run(work, tasks(*names), workers)}


def test_what_takes_its_process_down_costs_itself_and_order_is_kept(work):
    names = [f"good {i}" for i in range(12)]
    names[3], names[4], names[11] = "SIGSEGV 3", "loop 4", "exit 11"
    found = failures(work, names, 2)
    assert list(found) == names
    assert {name: why for name, why in found.items() if why} == {
        "SIGSEGV 3": "its decoder crashed (SIGSEGV)",
        "loop 4": "its decoder came to no end within 1 s of computing",
        "exit 11": "its decoder crashed (exit code 9)",
    }


def test_a_process_that_is_killed_as_for_lack_of_memory_is_no_finding(work):
    made = run(work, tasks("good 1", "SIGKILL 2", "good 3"), 1)
    assert next(made).row["id"] == "good 1"
    with pytest.raises(UnreadableError, match=r"SIGKILL 2: memory is short: start again with fewer workers"):
        next(made)


@pytest.mark.parametrize("workers", [0, 1])
def test_what_a_worker_raises_is_raised_in_its_turn(work, workers):
    made = run(work, tasks(*(f"good {i}" for i in range(8)), "raise", "good 9"), workers)
    assert [next(made).row["id"] for _ in range(8)] == [f"good {i}" for i in range(8)]
    with pytest.raises(InputError, match="no detector"):
        next(made)


def test_nothing_to_do_starts_no_process(work, monkeypatch):
    monkeypatch.setattr("protocols.store.pool.ProcessPoolExecutor", None)
    assert list(run(work, [], 2)) == []
