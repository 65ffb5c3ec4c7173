"""What `sweep status` says of runs that are under way."""

from __future__ import annotations

import os
import time

import pytest

from benchmark.running.workspace import Workspace, progress_file
from benchmark.sweep import overview, plan, state
from protocols import world
from protocols.progress import noting, over


@pytest.fixture
def entry(tmp_path, monkeypatch):
    monkeypatch.setenv("PAD_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "some.toml"
    file.write_text('[[runs]]\nmethod = "ms-lbp"\nprotocol = "surf2siw"\n')
    (found,) = state.entries(plan.load(str(file), "demo"), world.demo_world(), tmp_path / "results")
    return found


def status(entry):
    return list(overview.status("some", state.tally([entry])))


def test_a_running_run_is_shown_with_step_rate_and_time_to_go(entry):
    assert status(entry) == ["some: 0 done, 0 running, 0 failed, 1 waiting"]
    entry.log.parent.mkdir(parents=True)
    entry.log.write_text("opening the model\n")
    with Workspace.claim(entry.final), noting(progress_file(entry.final)):
        assert status(entry)[1].endswith("ms-lbp surf2siw s0  opening the model")
        steps = over(range(900), "training", 900, shown=False)
        for _ in range(3):
            next(steps)
            time.sleep(0.01)
        said = status(entry)
        assert said[0] == "some: 0 done, 1 running, 0 failed, 0 waiting"
        head, rate, left = said[1].split(", ")
        assert head == "  running: ms-lbp surf2siw s0  training: step 1 of 900"
        assert rate.endswith(("a second", "s each"))
        assert left.endswith("to go")
        old = time.time() - 600
        os.utime(progress_file(entry.final), (old, old))
        assert status(entry)[1].endswith("to go (10 min ago)")
    assert status(entry) == ["some: 0 done, 0 running, 0 failed, 1 waiting"]
