"""The Slurm engine on a real Slurm: the local engine's scores, and jobs that are cancelled or run out of time."""

from __future__ import annotations

import subprocess

import pytest

from benchmark.sweep.plan import Needs, Resources
from benchmark.sweep.site import Site
from benchmark.sweep.slurm import Cluster, parameters

pytestmark = pytest.mark.slurm


SITE = """
[slurm."*"]
partition = "main"
constraint = "cpu"
setup = ["export PAD_SAID=setup", "echo $SLURM_JOB_ID >> {folder}/setup"]
srun = ["--mpi=none"]
options = {{ comment = "faces" }}
"""


def test_slurm_makes_the_score_files_of_the_local_engine_bit_for_bit(sweeps, slurm):
    """Handed in and left: faces as a job on which all depend, two runs that share a model one after the other."""
    file = sweeps.write("seed = [0, 1]", "seed = [2]\nset = { target_frames = 1 }")
    shared = '[[runs]]\nmethod = "steady"\nprotocol = "surf2hqwmca"\nseed = 0\n'
    file.write_text(shared + file.read_text() + SITE.format(folder=sweeps.folder))
    code, out = sweeps.run(file, "--engine", "slurm", "--detach", **slurm)
    assert code == 0, out
    assert "4 jobs in the queue" in out
    assert "  done" not in out
    code, out = sweeps.run(file, "--engine", "slurm", **slurm)  # the same jobs
    assert code == 0, out
    by_slurm = sweeps.made()
    assert len(set((sweeps.folder / "setup").read_text().split())) == 5  # with the one for faces
    scripts = "".join(f.read_text() for f in (sweeps.results / "sweeps" / "slurm").glob("*.sh"))
    assert "--comment=faces" in scripts
    assert "afterok:" in scripts
    assert "afterany:" in scripts
    assert list((sweeps.results / "sweeps" / "logs").glob("prepare-*.log"))
    assert max(sweeps.steps().values()) == 1  # nothing is trained twice
    sweeps.results = sweeps.folder / "again"
    code, out = sweeps.run(file)
    assert code == 0, out
    assert len(by_slurm) == 4
    assert sweeps.made() == by_slurm


def test_faces_that_cannot_be_prepared_stop_all_runs_in_one_line(sweeps, slurm):
    file = sweeps.write("seed = [0]\nset = { detector = 'boxes', detector_file = 'boxes.csv' }")
    (sweeps.folder / "boxes.csv").write_text("not,boxes\n")
    code, out = sweeps.run(file, "--engine", "slurm", **slurm)
    assert code == 1, out
    assert "its faces could not be prepared: " in out
    assert "boxes.csv" in out
    assert not sweeps.steps()


def test_what_slurm_refuses_is_said_in_one_line(sweeps, slurm):
    file = sweeps.write("seed = [0]")
    file.write_text(file.read_text() + '[slurm."*"]\nconstraint = "a100"\n')
    code, out = sweeps.run(file, "--engine", "slurm", **slurm)
    assert code == 2
    assert "error: --engine slurm: the jobs were refused" in out
    code, out = sweeps.run(file, "--detach", **slurm)
    assert (code, "--engine slurm" in out) == (2, True)


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
    wanted = parameters(Needs(need), Cluster(tmp_path, partition="gpu", account="lab"), "afterok:7")
    assert (wanted["cpus_per_task"], wanted["slurm_gpus_per_node"], wanted["mem_gb"]) == (64, 8, 400)
    assert (wanted["timeout_min"], wanted["slurm_partition"], wanted["slurm_account"]) == (1200, "gpu", "lab")
    assert wanted["slurm_dependency"] == "afterok:7"
    assert parameters(Needs(need), Cluster(tmp_path, limit_minutes=90))["timeout_min"] == 90


def test_a_site_becomes_slurms_words(tmp_path):
    lab = Site("long", "us", "high", "a100", "gpu:a100:8", ("module load cuda",), ("--mpi=none",), (("exclude", "n7"),))
    need, cluster = Resources(gpus=8, processes=8), Cluster(tmp_path)
    wanted = parameters(Needs(need, lab), cluster)
    named = {key: wanted.get(f"slurm_{key}") for key in ("partition", "account", "qos", "constraint", "gres", "setup")}
    assert list(named.values()) == ["long", "us", "high", "a100", "gpu:a100:8", ["module load cuda"]]
    assert "slurm_gpus_per_node" not in wanted
    assert wanted["slurm_srun_args"] == ["--cpus-per-task=8", "--mpi=none"]
    assert wanted["slurm_additional_parameters"]["exclude"] == "n7"
    on_cpu = parameters(Needs(Resources(processes=2), lab), cluster)
    assert "slurm_gres" not in on_cpu
    assert on_cpu["slurm_setup"] == ["module load cuda", "export ACCELERATE_USE_CPU=true"]
