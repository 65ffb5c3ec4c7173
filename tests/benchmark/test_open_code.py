"""The cost of change, tried from outside: a method, a reward, a table, a column and a figure are one file each.

Each is a package of its own as an installer leaves it, with an entry point; nothing of the benchmark is edited.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.results.runs import Run, find
from tests.conftest import ROOT, environment
from tests.plugins import install

METHOD = '''
import json
from dataclasses import dataclass

import numpy as np

from methods import Method, Predictions, Settings, register, setting

@dataclass(frozen=True)
class WarmthSettings(Settings):
    size: int = setting(32, "ours: enough for a mean")
    offset: float = setting(0.0, "ours, for the example")

@register("warmth", title="Warmth")
class Warmth(Method):
    """More red than blue is bona fide."""

    settings_class = WarmthSettings

    def fit(self, train, dev, job):
        self.mean = float(self._warmth(train).mean())

    def predict(self, faces, job):
        return Predictions(self._warmth(faces) - self.mean + self.settings.offset)

    def save(self, folder):
        (folder / "mean.json").write_text(json.dumps(self.mean))

    def load(self, folder, job):
        self.mean = json.loads((folder / "mean.json").read_text())

    def _warmth(self, faces):
        batches = faces.batches(64, self.settings.size)
        return faces.mean(np.concatenate([(1.0 * x[..., 0] - x[..., 2]).mean((1, 2)) for x in batches]))
'''
REWARD = """
from methods.mllm.reward import register

@register("brevity", about="the shorter the better")
def brevity(response):
    return 1 - response.share
"""
TABLE = """
from benchmark.tables.model import Cell, Column, Row, Table
from benchmark.tables.registry import register

@register("sizes", about="how many presentations were answered")
def sizes(world, choice):
    rows = tuple(
        Row(entry.title, (Cell(str(len(entry.runs[0].scores)), len(entry.runs[0].scores)),), key=entry.method)
        for entry in world.entries.values()
        if choice.wants(entry.method)
    )
    return [Table("sizes", f"Sizes. {world.caption}", "Method", (Column("n"),), rows, world=world.name)]
"""
COLUMN = """
from benchmark.tables.metric import metric

@metric("youden", "J", about="J: 1 - FRR - FAR", rank="greatest")
def youden(m):
    return 1 - m.outcomes.frr.value - m.outcomes.far.value
"""
FIGURE = """
from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing

@register("worst", about="the worst species of a run")
def draw(request):
    figure = canvas.blank(3, 2)
    figure.add_subplot().bar([0], [request.measured().outcomes.apcer_max.rate.value])
    return Drawing(figure, canvas.file_name("worst", request.method))
"""
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, demo_cache: Path) -> Path:
    """A folder with the five packages and a run of the method."""
    folder = tmp_path_factory.mktemp("lab")
    for group, source in (
        ("methods", METHOD),
        ("rewards", REWARD),
        ("tables", TABLE),
        ("columns", COLUMN),
        ("figures", FIGURE),
    ):
        install(folder / "plug-ins", f"own_{group}", source, group)
    done = run(folder, demo_cache, "run", "--method", "warmth", "--protocol", "cefa2siw", "--set", "offset=0.5")
    assert done.returncode == 0, done.stderr
    done = run(folder, demo_cache, "run", "--method", "warmth", "--protocol", "cefa2siw")
    assert done.returncode == 0, done.stderr
    return folder


def run(folder: Path, cache: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder / "plug-ins"), str(ROOT)])
    env = environment(cache) | {"PYTHONPATH": path}
    where = [] if words[0] in ("list", "table", "figure") else ["--world", "demo"]
    return subprocess.run(
        [sys.executable, "-m", "benchmark", *words, *where], cwd=folder, env=env, capture_output=True, text=True
    )


@pytest.fixture
def command(lab: Path, demo_cache: Path) -> Command:
    """`command("table", "1")` in that folder; anything but exit code 0 fails, and so does a warning."""

    def ask(*words: str) -> subprocess.CompletedProcess[str]:
        done = run(lab, demo_cache, *words)
        assert done.returncode == 0, done.stderr
        assert "warning" not in done.stderr
        return done

    return ask


def of_method(lab: Path, method: str, *, changed: bool = False) -> Run:
    (one,) = [run for run in find(lab / "results") if run.method == method and bool(run.overrides) == changed]
    return one


def test_a_method_runs_with_its_own_settings(lab: Path, command: Command) -> None:
    plain, changed = (of_method(lab, "warmth", changed=changed) for changed in (False, True))
    assert (plain.title, plain.policy, dict(changed.overrides)) == ("Warmth", "source-eer", {"offset": 0.5})
    shift = changed.scores.score - plain.scores.score
    assert shift[changed.scores.responded] == pytest.approx(0.5, abs=1e-4)
    assert "Warmth" in command("list").stdout
    assert "offset" in command("list", "--settings", "warmth").stdout


def test_a_table_and_a_column(lab: Path, command: Command) -> None:
    n = len(of_method(lab, "warmth").scores)
    assert ["Warmth", str(n)] in [line.split() for line in command("table", "sizes").stdout.splitlines()]
    (table,) = json.loads(command("table", "1", "--columns", "hter,J", "--format", "json").stdout)["tables"]
    (row,) = [row for row in table["rows"] if row["method"] == "warmth"]
    cells = {
        column["name"]: cell["value"]
        for column, cell in zip(table["columns"], row["cells"], strict=True)
        if column["protocol"] == "cefa2siw"
    }
    assert cells["youden"] == pytest.approx(1 - 2 * cells["hter"])
    listed = " ".join(command("table", "--help").stdout.split())
    assert "sizes: how many presentations were answered" in listed
    assert "youden: J" in listed


def test_a_figure(lab: Path, command: Command) -> None:
    command("figure", "worst", "--method", "warmth", "--protocol", "cefa2siw", "--output", "plots")
    assert sorted(path.name for path in (lab / "plots").iterdir()) == ["worst-warmth.png", "worst-warmth.svg"]


def test_a_reward_trains(lab: Path, demo_cache: Path) -> None:
    words = [f"--set={one}" for one in ("rewards=format,brevity", "max_steps=1", "max_new_tokens=24")]
    done = run(lab, demo_cache, "run", "--method", "grpo", "--protocol", "cefa2siw", *words)
    assert done.returncode == 0, done.stderr
    one = of_method(lab, "grpo", changed=True)
    assert one.facts["training"]["rewards"] == ["format", "brevity"]
    row = json.loads((one.path / "log.jsonl").read_text().splitlines()[0])
    assert 0 < row["rewards/brevity_reward/mean"] < 1
    assert not any("class_reward" in name for name in row)
