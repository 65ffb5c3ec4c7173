"""The local engine: work is shared and never doubled, and whatever dies is named and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.results.runs import Run
from benchmark.sweep.guard import descendants, processes
from benchmark.sweep.local import Budget
from benchmark.sweep.plan import Resources


def children(process: subprocess.Popen[str]) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def once(seeds: range, steps: int) -> dict[tuple[int, int], int]:
    return {(seed, step): 1 for seed in seeds for step in range(steps)}


def test_two_sweeps_on_one_folder_share_the_work_and_a_third_finds_nothing_to_do(sweeps):
    file = sweeps.write("seed = [0, 1, 2, 3]\nset = { pause = 0.1 }")
    both = [sweeps.start(file, "--jobs", 2) for _ in range(2)]
    outs = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outs
    assert sweeps.steps() == once(range(4), 3)
    assert len(sweeps.made()) == 4
    code, out = sweeps.run(file)
    assert code == 0
    assert "4 runs, 4 done" in out
    assert sweeps.steps() == once(range(4), 3)


def test_a_killed_worker_is_named_the_rest_finishes_and_the_next_sweep_goes_on(sweeps):
    file = sweeps.write("seed = [0, 1]\nset = { pause = 0.3, steps = 6 }")
    process = sweeps.start(file, "--jobs", 1)
    sweeps.wait_for(lambda: sweeps.steps()[0, 2])
    (worker,) = children(process)
    os.kill(worker, signal.SIGKILL)
    out = process.communicate(timeout=300)[0]
    assert process.returncode == 1
    assert "failed: steady surf2siw s0" in out
    assert "killed by SIGKILL" in out
    assert next(iter(sweeps.made())).startswith("runs/demo/surf2siw/steady/s1-")
    code, status = sweeps.run("status", file)
    assert code == 1
    assert "1 done, 0 running, 1 failed, 0 waiting" in status
    assert "killed by SIGKILL" in status
    code, out = sweeps.run(file)
    assert code == 0, out
    steps = sweeps.steps()
    assert set(steps) == set(once(range(2), 6))
    assert steps.total() <= 13  # the step that the kill cut short may stand twice, and nothing else
    assert sweeps.run("status", file)[0] == 0


def test_a_sweep_that_is_killed_takes_its_workers_with_it_and_the_next_one_goes_on(sweeps):
    file = sweeps.write("seed = [0, 1]\nset = { pause = 0.2, steps = 6 }")
    process = sweeps.start(file, "--jobs", 2)
    sweeps.wait_for(lambda: sweeps.steps()[0, 1])
    workers = descendants(process.pid)
    assert len(workers) >= 4  # a guard and a run for each seed
    process.kill()
    process.communicate()
    sweeps.wait_for(lambda: not set(workers) & {pid for pid, _ in processes()})
    code, out = sweeps.run(file, "--jobs", 1)
    assert code == 0, out
    assert set(sweeps.steps()) == set(once(range(2), 6))
    assert sweeps.steps().total() <= 14  # a step that the kill cut short may stand twice


def test_an_interrupted_sweep_stops_its_workers_and_goes_on_later(sweeps):
    file = sweeps.write("seed = [0]\nset = { pause = 0.3, steps = 5 }")
    process = sweeps.start(file)
    sweeps.wait_for(lambda: sweeps.steps()[0, 1])
    workers = children(process)
    process.terminate()
    assert process.wait(timeout=60) == 130
    process.communicate()
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    code, out = sweeps.run(file)
    assert code == 0, out
    assert set(sweeps.steps()) == set(once(range(1), 5))
    assert sweeps.steps().total() <= 6


def test_a_method_that_raises_is_named_with_its_reason_and_the_rest_finishes(sweeps):
    file = sweeps.write("seed = 0\nset = { fault = 'raise' }", "seed = [1]")
    code, out = sweeps.run(file)
    assert code == 1
    assert "failed: steady surf2siw s0 fault=raise: RuntimeError: the optics fell off" in out
    assert "1 of 2 runs done" in out
    assert len(sweeps.made()) == 1


def test_a_full_disk_is_named_and_with_room_again_the_sweep_goes_on(sweeps, small_disk):
    file = sweeps.write("seed = [0, 1]")
    small_disk.mount("36k")
    sweeps.results = small_disk.folder
    code, out = sweeps.run(file)
    assert code == 1, out
    assert "the disk is full" in out
    small_disk.resize("8m")
    code, out = sweeps.run(file)
    assert code == 0, out
    assert len(sweeps.made()) == 2


@pytest.mark.parametrize(
    ("need", "fits"),
    [
        (Resources(cpus=2), True),
        (Resources(cpus=3), False),
        (Resources(cpus=1, processes=3), False),
        (Resources(gpus=1), True),
        (Resources(gpus=2), False),
        (Resources(memory_gb=6.0), False),
    ],
)
def test_what_is_left_of_a_machine_bounds_what_starts(need, fits):
    budget = Budget(4, ["0", "1"], 8.0)
    first = budget.take(Resources(cpus=2, gpus=1, memory_gb=3.0))
    assert first is not None
    assert first.gpus == ("0",)
    assert (budget.take(need) is not None) == fits


def test_a_run_larger_than_the_machine_has_it_alone():
    budget = Budget(2, [], 4.0)
    whole = budget.take(Resources(cpus=64, memory_gb=500.0))
    assert whole is not None
    assert budget.take(Resources(cpus=1, memory_gb=0.1)) is None
    budget.give(whole)
    assert budget.take(Resources(cpus=1, memory_gb=0.1)) is not None


def test_runs_of_older_data_are_made_again(sweeps):
    """A store that was exchanged behind the runs' back stands for a changed release."""
    file = sweeps.write("seed = [0, 1]\nset = { pause = 0.1 }")
    assert sweeps.run(file)[0] == 0
    for record in sweeps.results.glob("runs/demo/*/*/s0-*/run.json"):
        run = Run.open(record.parent)
        replace(run, faces={**run.faces, "siw-mv2": "0" * 64}).write(record.parent)
    code, out = sweeps.run(file)
    assert code == 0, out
    assert "2 runs, 1 done" in out
    assert "made again: steady surf2siw s0 pause=0.1: SiW-Mv2 has changed: other faces" in out
    assert sweeps.steps() == once(range(2), 3)  # its faces are what they were, and so is the model
    assert "2 runs, 2 done" in sweeps.run(file)[1]
