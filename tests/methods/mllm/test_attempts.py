"""A time limit that is too short for one checkpoint: noticed at the third attempt, and nowhere else."""

from __future__ import annotations

import dataclasses

import pytest

import methods
from methods.mllm.attempts import require_progress
from protocols.errors import InputError


@pytest.fixture
def slurm(monkeypatch):
    """`slurm(job, restarts)`: the environment that Slurm gives a job."""

    def be(job: str, restarts: int) -> None:
        monkeypatch.setenv("SLURM_JOB_ID", job)
        monkeypatch.setenv("SLURM_RESTART_COUNT", str(restarts))

    return be


def attempts(slurm, folder, *steps, job="7"):
    for number, step in enumerate(steps):
        slurm(job, number)
        require_progress(folder, step, 50, writes=True)


def test_the_third_attempt_from_one_step_is_refused(tmp_path, slurm):
    with pytest.raises(InputError, match=r"2 attempts of job 7 went on from step 50 .* lower save_every \(now 50\)"):
        attempts(slurm, tmp_path, 0, 50, 50, 50)


def test_other_processes_of_the_attempt_refuse_it_too(tmp_path, slurm):
    attempts(slurm, tmp_path, 0, 0)
    slurm("7", 2)
    with pytest.raises(InputError):
        require_progress(tmp_path, 0, 50, writes=False)


def test_progress_and_a_new_job_are_let_go_on(tmp_path, slurm):
    attempts(slurm, tmp_path, 0, 0, 50, 50, 100)
    attempts(slurm, tmp_path, 100, 100, job="8")
    (tmp_path / "attempts.json").write_text("{")
    attempts(slurm, tmp_path, 100, job="8")


def test_by_hand_a_training_goes_on_for_ever(tmp_path, monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    for _ in range(5):
        require_progress(tmp_path, 0, 50, writes=True)
    assert not list(tmp_path.iterdir())


def test_a_training_that_is_cut_off_each_time_before_its_checkpoint(tiny_model, faces, job, slurm):
    cut = []

    def log(**row):
        if row["step"] in cut:
            raise RuntimeError("cut off")

    few = {"side": "56", "max_new_tokens": "8", "base_model": str(tiny_model), "batch": "6"}
    few |= {"max_steps": "4", "save_every": "2", "log_every": "1"}
    kind = methods.get("sft")

    def train() -> None:
        kind(kind.settings_class.preset("demo").override(few)).fit(faces, faces, dataclasses.replace(job, log=log))

    for number, step in enumerate((1, 2)):
        cut[:] = [step]
        slurm("7", number)
        with pytest.raises(RuntimeError, match="cut off"):
            train()
    slurm("7", 2)
    with pytest.raises(InputError, match="went on from step 0 and ended before the next checkpoint, 2 steps later"):
        train()
    slurm("8", 0)
    cut.clear()
    train()
