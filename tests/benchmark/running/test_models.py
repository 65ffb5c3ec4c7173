"""A model is trained once: a second target takes it up, a damaged one is trained again, an oracle's is its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.results import models as records
from benchmark.results.runs import Run, find
from tests.conftest import environment

WORDS = ("run", "--method", "ms-lbp", "--quiet")


def by_protocol(results: Path) -> dict[str, Run]:
    return {run.protocol: run for run in find(results)}


@pytest.fixture(scope="module")
def both(demo_cache, tmp_path_factory):
    """Two targets of one source, made as people make them: the results folder and what was said."""
    results = tmp_path_factory.mktemp("both")
    words = [sys.executable, "-m", "benchmark", *WORDS, "--protocol", "surf2siw,surf2hqwmca", "--results", str(results)]
    done = subprocess.run(words, env=environment(demo_cache), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return results, done.stdout


def test_a_second_target_takes_up_the_model_and_the_sources_scores(both):
    results, said = both
    (model,) = records.find(results)
    assert said.count("trained already") == 1
    runs = by_protocol(results)
    assert {run.model.id for run in runs.values()} == {model.id}
    assert {tuple(run.model_folder().iterdir()) for run in runs.values()} == {
        tuple((results / "models" / model.id / "model").iterdir())
    }
    one, other = (runs[name] for name in ("surf2siw", "surf2hqwmca"))
    for file in ("dev-scores.parquet", "test-scores.parquet", "log.jsonl"):
        assert (one.path / file).read_bytes() == (other.path / file).read_bytes()
    assert one.stages["fit"] == other.stages["fit"] == model.stages["fit"]
    assert model.sources == ("casia-surf",)
    assert [ledger.part for ledger in model.ledgers] == ["train", "dev"]


def test_a_target_alone_gets_the_same_scores(both, command, tmp_path):
    """What is shared changes no byte."""
    done = command(*WORDS, "--protocol", "surf2hqwmca", "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "trained already" not in done.stdout
    alone, shared = (by_protocol(results)["surf2hqwmca"] for results in (tmp_path, both[0]))
    assert alone.model.id == shared.model.id
    assert alone.model.files == shared.model.files
    for file in ("scores.parquet", "dev-scores.parquet", "test-scores.parquet"):
        assert (alone.path / file).read_bytes() == (shared.path / file).read_bytes()


def test_a_damaged_model_is_trained_again_and_damaged_answers_are_given_again(both, command, tmp_path):
    results = tmp_path / "results"
    shutil.copytree(both[0], results)
    before = by_protocol(results)["surf2siw"]
    (file,) = before.model_folder().iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    for kept in (file.parents[1] / "answers").glob("*.parquet"):
        kept.write_bytes(kept.read_bytes()[:-7])
    shutil.rmtree(before.path)
    done = command(*WORDS, "--protocol", "surf2siw", "--results", str(results))
    assert done.returncode == 0, done.stderr
    assert "trained already" not in done.stdout
    again = by_protocol(results)["surf2siw"]
    assert file.read_bytes() == whole
    assert again.digests.scores == before.digests.scores


def test_other_settings_and_another_seed_are_other_models(both, command, tmp_path):
    results = tmp_path / "results"
    shutil.copytree(both[0], results)
    for more in (("--seed", "1"), ("--set", "face_scale=1.2")):
        done = command(*WORDS, "--protocol", "surf2siw", "--results", str(results), *more)
        assert done.returncode == 0, done.stderr
    assert len(list(records.find(results))) == 3


def test_answers_without_training_are_given_once_per_target(command, tmp_path):
    words = ("run", "--method", "qwen-zero-shot", "--quiet", "--set", "max_new_tokens=2", "--results", str(tmp_path))
    done = command(*words, "--protocol", "surf2siw,cefa2siw")
    assert done.returncode == 0, done.stderr
    (model,) = records.find(tmp_path)
    assert model.sources == ()
    assert (
        len(list((tmp_path / "models" / model.id / "answers").glob("*.parquet"))) == 5
    )  # siw, and dev and test of two
    one, other = by_protocol(tmp_path).values()
    assert one.digests.scores == other.digests.scores


def test_an_oracle_keeps_its_model_to_its_target(tmp_path):
    """By the plan's key and by the identity: a checkpoint chosen on one target is no other target's."""
    from benchmark.running.spec import RunSpec
    from protocols.world import demo_world

    world = demo_world()
    changes = {False: {}, True: {"selection": "oracle-target"}}
    specs = {
        (protocol, oracle): RunSpec.of(world, protocol, "flip-mcl", changes=changes[oracle])
        for protocol in ("surf2siw", "surf2hqwmca")
        for oracle in (False, True)
    }
    assert specs["surf2siw", False].training == specs["surf2hqwmca", False].training
    assert specs["surf2siw", True].training != specs["surf2hqwmca", True].training
