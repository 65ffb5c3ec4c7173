"""Fit, kill -9, resume, save and predict under the shipped launch files, on two processes that believe in two GPUs.

Sharded weights must be those that the same pictures give without sharding: for `sft` one process with twice the batch,
for `grpo` and `grpo-lora` two processes that hold whole models, because ranks draw other samples than one process does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmark.results.runs import Run, find
from tests.sharding.launch import Launcher, of_launch_file

NEAR = 1e-5
"""Of the way that training moved the weights: sums of floating-point numbers in another order stay far below it."""
STEPS = {"max_steps": "3", "save_every": "2", "log_every": "1", "max_new_tokens": "72", "max_grad_norm": "0.1"}
GROUPS = {"batch_size": "2", "groups_per_pass": "2", "generations": "4"}
SETTINGS = {"sft": {"batch": "6"}, "grpo": GROUPS, "grpo-lora": GROUPS}
ALONE = {"ACCELERATE_USE_CPU": "true"}


@dataclass
class Runs:
    """Makes runs in folders of their own."""

    launcher: Launcher
    folder: Path

    def words(self, method: str, name: str, **changes: str) -> list[str]:
        """A command line; the same name finds what an earlier one left."""
        sets = [w for k, v in {**STEPS, **SETTINGS[method], **changes}.items() for w in ("--set", f"{k}={v}")]
        rest = ["--quiet", "--threads", "1", "--workers", "1", "--results", str(self.folder / name)]
        return ["run", "--method", method, "--protocol", "surf2siw", *sets, *rest]

    def make(self, method: str, name: str, environment: dict[str, str], processes: int = 2, **changes: str) -> Run:
        """The run, made unless it stands."""
        if not list(find(self.folder / name)):
            words = self.words(method, name, **changes)
            codes, said = self.launcher.run(*words, environment=environment, processes=processes)
            assert codes == [0] * processes, said
        (run,) = find(self.folder / name)
        return run


@pytest.fixture(scope="module")
def runs(demo_cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sharded")
    launcher = Launcher(demo_cache, folder)
    yield Runs(launcher, folder / "results")
    launcher.close()


@pytest.fixture(scope="module", params=["fsdp.yaml", "zero3.yaml"])
def launch(request):
    return request.param, of_launch_file(request.param, mixed_precision="no")


@pytest.fixture(params=list(SETTINGS))
def method(request):
    return request.param


@pytest.fixture
def unsharded(runs, method):
    """What sharding must not change."""
    if method == "sft":
        return runs.make(method, f"{method}-whole", {}, processes=1, batch="12")
    return runs.make(method, f"{method}-whole", ALONE)


def moved(method: str, run: Run, cache: Path) -> dict[str, np.ndarray]:
    """How far training moved each weight; of adapters what they add to the layers that they belong to."""
    from methods.mllm.demo import shipped

    last = weights(run.model_folder())
    if method != "grpo-lora":
        first = weights(shipped.folder(cache / "methods"))
        assert last.keys() == first.keys()
        return {name: value - first[name] for name, value in last.items()}
    pairs = {name: name.replace("lora_A", "lora_B") for name in last if "lora_A" in name}
    assert last.keys() == {*pairs, *pairs.values()}
    return {a: last[b] @ last[a] for a, b in pairs.items()}


def weights(folder: Path) -> dict[str, np.ndarray]:
    """All weights of a saved model or adapter, by name."""
    from safetensors.torch import load_file

    return {k: v.float().numpy() for file in sorted(folder.rglob("*.safetensors")) for k, v in load_file(file).items()}


def apart(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    """The mean difference of two trainings' ways, as a share of the second one's."""
    assert one.keys() == other.keys()
    between = np.mean([np.abs(value - other[name]).mean() for name, value in one.items()])
    return float(between / np.mean([np.abs(value).mean() for value in other.values()]))


def test_weights_and_scores_are_those_of_unsharded_training(runs, launch, method, unsharded, demo_cache):
    run = runs.make(method, f"{method}-{launch[0]}", launch[1])
    assert apart(moved(method, run, demo_cache), moved(method, unsharded, demo_cache)) < NEAR
    for mine, other in zip(run.scores.rows(), unsharded.scores.rows(), strict=True):
        assert mine == other | {"score": pytest.approx(other["score"], abs=1e-3)}


def test_killed_and_resumed_ends_where_an_undisturbed_one_does(runs, launch, method, demo_cache):
    whole = runs.make(method, f"{method}-{launch[0]}", launch[1])
    name = f"{method}-{launch[0]}-killed"
    codes, said = runs.launcher.run(*runs.words(method, name), environment=launch[1], dies_at=3)
    assert codes[0] == -9, said
    assert codes[1] != 0, said  # the other does not wait for the dead
    again = runs.make(method, name, launch[1])
    assert apart(moved(method, again, demo_cache), moved(method, whole, demo_cache)) < NEAR
    assert [row["step"] for row in curve(again)] == [1, 2, 3]


@pytest.mark.parametrize("method", ["sft", "grpo-lora"])
def test_as_on_a_gpu_in_bfloat16(runs, launch, method, demo_cache):
    """Adapters beside a bfloat16 base, and a device map when the trained model is opened, which ZeRO-3 refuses."""
    environment = of_launch_file(launch[0])
    assert environment["ACCELERATE_MIXED_PRECISION"] == "bf16"
    run = runs.make(method, f"{method}-{launch[0]}-bf16", environment, dtype="bfloat16")
    exact = runs.make(method, f"{method}-{launch[0]}", launch[1])
    assert 0 < apart(moved(method, run, demo_cache), moved(method, exact, demo_cache)) < 1
    assert np.isfinite(run.scores.score).mean() > 0.5


def curve(run: Run) -> list[dict]:
    return [row for row in map(json.loads, (run.path / "log.jsonl").read_text().splitlines()) if "loss" in row]
