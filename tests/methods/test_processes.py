"""Two processes on one run, over gloo: the score file of one process, whatever the method."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmark.results.runs import Run, find
from methods.processes import Processes
from tests.conftest import environment

LAUNCH = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def test_one_process_waits_for_nobody_and_imports_nothing(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    here = Processes.from_environment()
    assert (here, here.first) == (Processes(0, 1, 0), True)
    before = set(sys.modules)
    here.wait()
    assert set(sys.modules) == before


def test_the_environment_of_a_launcher_names_the_process(monkeypatch):
    for name, value in {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    here = Processes.from_environment()
    assert (here, here.first) == (Processes(3, 4, 1), False)


@pytest.fixture(scope="module")
def cache(demo_cache, tmp_path_factory):
    """The prepared demo world beside a CLIP that was taught for two steps: a whole lesson takes minutes."""
    words = [sys.executable, "-m", "benchmark", "prepare", "--world", "demo", "--quiet"]
    done = subprocess.run(words, env=environment(demo_cache), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    place = tmp_path_factory.mktemp("cache")
    for part in demo_cache.iterdir():
        if part.name != "methods":
            (place / part.name).symlink_to(part)
    module = "tests.methods.test_processes"
    code = f"import sys, pathlib; from {module} import teach; teach(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(place / "methods")], env=environment(place), check=True)
    return place


def teach(folder: Path) -> None:
    """Two steps of the demo CLIP's lesson."""
    from methods.clip import demo
    from methods.method import Job
    from tests.methods.clip.toys import toy_faces

    faces = toy_faces(8, seed=9)
    species = tuple("bona fide" if label else "print" for label in faces.frame_labels)
    examples = demo.Examples(faces.crops(slice(None), 112), species, {"bona fide": ("smooth",), "print": ("dots",)})
    job = Job(seed=0, scratch=folder / "scratch", cache=folder, demo=True)
    demo.write(demo.teach(examples, demo.Lesson(steps=2), job), demo.place(folder))


def words(method: str, *settings: str) -> list[str]:
    """`run` of a method, without the results folder."""
    chosen = [word for setting in settings for word in ("--set", setting)]
    whole = ["-m", "benchmark", "run", "--method", method, "--protocol", "surf2siw", *chosen]
    return [*whole, "--quiet", "--threads", "1", "--workers", "1", "--results"]


def alone(cache: Path, what: list[str], results: Path) -> tuple[Run, str]:
    """One process: its run and what it said."""
    done = subprocess.run([sys.executable, *what, str(results)], env=environment(cache), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return only_run(results), done.stdout


def predicts_the_same(cache: Path, what: list[str], pair: Run, results: Path) -> None:
    """One process that takes up the two's model, asked nothing yet, comes to the same score files, byte by byte."""
    model = results / "models" / pair.model.id
    shutil.copytree(pair.model_folder().parent, model, ignore=shutil.ignore_patterns("answers"))
    again, said = alone(cache, what, results)
    assert "trained already" in said
    assert again.stages["fit"] == pair.stages["fit"]
    assert np.isfinite(pair.scores.score).any()
    for name in ("scores.parquet", "dev-scores.parquet", "test-scores.parquet"):
        assert (pair.path / name).read_bytes() == (again.path / name).read_bytes()


def test_two_processes_of_a_clip_method_predict_what_one_predicts(cache, tmp_path):
    what = words("foundpad-fe", "epochs=1", "views=1")
    pair = shared(cache, what, tmp_path / "two")
    predicts_the_same(cache, what, pair, tmp_path / "one")


def test_two_processes_of_an_mllm_average_their_gradients_and_predict_what_one_predicts(cache, tmp_path):
    """Two processes with 6 pictures each make the steps of one with 12: ten thousand times closer than the way made.

    One process with 6 ends a tenth of the way from there.
    """
    from methods.mllm.demo import shipped

    what = words("sft", "max_steps=2", "batch=6")
    pair = shared(cache, what, tmp_path / "two")
    predicts_the_same(cache, what, pair, tmp_path / "one")
    whole, _ = alone(cache, words("sft", "max_steps=2", "batch=12", "max_new_tokens=4"), tmp_path / "whole")
    assert apart(pair.model_folder(), whole.model_folder()) < 1e-4 * apart(shipped.folder(cache), whole.model_folder())


def apart(one: Path, other: Path) -> float:
    """The mean difference between the weights in two folders."""
    from safetensors.torch import load_file

    first, second = (
        {k: v.float().numpy() for file in folder.rglob("*.safetensors") for k, v in load_file(file).items()}
        for folder in (one, other)
    )
    assert first.keys() == second.keys()
    return float(np.mean([np.abs(value - second[name]).mean() for name, value in first.items()]))


def shared(cache: Path, what: list[str], results: Path) -> Run:
    """Two processes: their run."""
    around = environment(cache) | {"ACCELERATE_USE_CPU": "true"}
    log = results.with_name("log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *LAUNCH, *what, str(results)], env=around, stdout=out, stderr=out, start_new_session=True
        )
    try:
        process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, log.read_text()
    return only_run(results)


def only_run(results: Path) -> Run:
    (run,) = find(results)
    return run
