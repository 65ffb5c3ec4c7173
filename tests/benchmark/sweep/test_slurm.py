"""The Slurm engine on a real Slurm: the local engine's scores, and jobs that are cancelled or run out of time."""

from __future__ import annotations

import subprocess

import pytest

from benchmark.sweep.plan import Resources
from benchmark.sweep.slurm import Cluster, parameters

pytestmark = pytest.mark.slurm


def test_slurm_makes_the_score_files_of_the_local_engine_bit_for_bit(sweeps, slurm):
    file = sweeps.write("seed = [0, 1]", "seed = [2]\nset = { target_frames = 1 }")
    code, out = sweeps.run(file, "--engine", "slurm", **slurm)
    assert code == 0, out
    assert "3 jobs in the queue" in out
    by_slurm = sweeps.made()
    sweeps.results = sweeps.folder / "again"
    code, out = sweeps.run(file)
    assert code == 0, out
    assert len(by_slurm) == 3
    assert sweeps.made() == by_slurm


def test_a_cancelled_job_is_named_the_rest_finishes_and_the_next_sweep_goes_on(sweeps, slurm):
    file = sweeps.write("seed = [0]\nset = { pause = 0.5, steps = 60 }", "seed = [1]")
    process = sweeps.start(file, "--engine", "slurm", **slurm)
    sweeps.wait_for(lambda: sweeps.steps()[0, 1])
    process.terminate()  # who handed the jobs in goes home; the jobs go on
    assert process.wait(timeout=60) == 130
    process.communicate()
    (note,) = sweeps.results.glob("runs/demo/surf2siw/steady/.s0-*.job")
    number = note.read_text()
    again = sweeps.start(file, "--engine", "slurm", **slurm)
    while "in the queue" not in again.stdout.readline():
        assert again.poll() is None
    assert note.read_text() == number  # the job is not handed in twice
    subprocess.run(["scancel", number.strip()], check=True, env=sweeps.environment | slurm)
    out, _ = again.communicate(timeout=300)
    assert again.returncode == 1, out
    assert "failed: steady surf2siw s0" in out
    assert "CANCELLED" in out
    assert "1 of 2 runs done" in out
    assert "CANCELLED" in sweeps.run("status", file)[1]
    made = sweeps.steps()
    code, out = sweeps.run(file, "--engine", "slurm", **slurm)
    assert code == 0, out
    steps = sweeps.steps()
    assert set(steps) == {*((0, step) for step in range(60)), *((1, step) for step in range(3))}
    assert (steps - made).total() >= 1
    assert steps.total() <= 64  # the step that the cancelling cut short may stand twice


def test_a_time_limit_that_is_too_short_puts_the_job_back_and_it_goes_on(sweeps, slurm):
    file = sweeps.write("seed = [0]\nset = { pause = 1.0, steps = 36 }")
    code, out = sweeps.run(file, "--engine", "slurm", "--minutes", 1, **slurm)
    assert code == 0, out
    steps = sweeps.steps()
    assert set(steps) == {(0, step) for step in range(36)}
    logs = "".join(log.read_text() for log in sweeps.results.glob("sweeps/slurm/*_log.out"))
    put_back = logs.count("Requeued job")
    assert put_back >= 1
    assert steps.total() <= 36 + put_back


def test_resources_become_slurms_words(tmp_path):
    need = Resources(cpus=8, gpus=8, processes=8, memory_gb=400, hours=20)
    wanted = parameters(need, Cluster(tmp_path, partition="gpu", account="lab"))
    assert (wanted["cpus_per_task"], wanted["slurm_gpus_per_node"], wanted["mem_gb"]) == (64, 8, 400)
    assert (wanted["timeout_min"], wanted["slurm_partition"], wanted["slurm_account"]) == (1200, "gpu", "lab")
    assert parameters(need, Cluster(tmp_path, limit_minutes=90))["timeout_min"] == 90
