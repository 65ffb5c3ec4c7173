"""The Python interface gives the runs, tables, figures and answers of the commands, in a notebook, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import benchmark
from benchmark.tables.render import FORMATS
from protocols.errors import InputError
from tests.conftest import ROOT, environment


@pytest.fixture(scope="module")
def made(demo_cache, tmp_path_factory):
    """A results folder with one run, made through the interface in a process of its own."""
    folder = tmp_path_factory.mktemp("api")
    code = (
        "import sys, benchmark\n"
        "half = {'train_fraction': 0.5}\n"
        "benchmark.run('ms-lbp', 'surf2siw', world='demo', results=sys.argv[1], seed=1, settings=half)\n"
        "sides = {'sources': ['casia-surf'], 'targets': ['siw-mv2']}\n"
        "benchmark.run('ms-lbp', **sides, world='demo', results=sys.argv[1], progress=False)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, env=environment(demo_cache)
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_a_run_is_the_commands_run(made, command):
    runs = benchmark.runs(made)
    assert {run.seed for run in runs} == {0, 1}
    (half,) = (run for run in runs if run.overrides)
    assert half.overrides == {"train_fraction": 0.5}
    results = made.parent / "by-command"
    words = ("run", "--method", "ms-lbp", "--protocol", "surf2siw", "--seed", "1", "--set", "train_fraction=0.5")
    assert command(*words, "--quiet", "--results", str(results)).returncode == 0
    assert (results / "runs" / half.id / "scores.parquet").read_bytes() == (half.path / "scores.parquet").read_bytes()
    assert benchmark.load(half.id, made).digests.scores == half.digests.scores


def test_scores_are_arrow_and_pandas_and_figures_are_those_of_the_table(made):
    (run,) = (run for run in benchmark.runs(made) if run.overrides)
    frame = run.scores.pandas()
    assert list(frame["id"]) == run.scores.table["id"].to_pylist()
    rejected = ((frame.label == "bona fide") & (frame.decision != "bona fide")).sum()
    assert run.figures.policies[run.policy].on_target().text in str(run)
    assert str(run).startswith(f"{run.id}\n")
    assert f"({rejected}/{(frame.label == 'bona fide').sum()})" in str(run)


def test_a_table_shows_itself_as_text_and_in_a_notebook(made, command):
    shown = benchmark.table("species", results=made, protocols=["surf2siw"])
    assert "APCER" in str(shown)
    assert shown._repr_html_().count("<table id") == len(shown.tables)
    printed = command("table", "species", "--protocol", "surf2siw", "--results", str(made))
    assert printed.stdout.rstrip() == str(shown).rstrip()
    assert {form: bool(shown.render(form)) for form in FORMATS} == dict.fromkeys(FORMATS, True)
    with pytest.raises(InputError, match="did you mean species"):
        benchmark.table("specis", results=made)
    with pytest.raises(InputError, match="unknown format"):
        shown.render("word")


def test_a_figure_says_where_its_runs_come_from(made):
    drawn = benchmark.figure("scores", methods=["ms-lbp"], protocol="surf2siw", results=made)
    assert "procedural faces" in drawn.get_supxlabel()
    with pytest.raises(InputError, match="--suite"):
        benchmark.figure("scores", methods=["ms-lbp"], suite="paper", results=made)


def test_predict_gives_one_verdict_for_each_picture(made, tmp_path, demo_cache, monkeypatch):
    for name, value in environment(demo_cache).items():
        monkeypatch.setenv(name, value)
    run = benchmark.runs(made)[0]
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "dark.png")
    (verdict,) = benchmark.predict([tmp_path / "dark.png"], run)
    assert (verdict.answer["decision"], verdict.answer["score"]) == ("non-response", None)
    with pytest.raises(InputError, match="nobody.png"):
        benchmark.predict([tmp_path / "nobody.png"], run)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"protocol": None}, "give a protocol, or sources and targets"),
        ({"protocol": None, "sources": ["cefa"]}, "both sides"),
        ({"protocol": "cefa2siww"}, "did you mean"),
        ({"protocol": "cefa2siw", "settings": {"nobody": 1}}, "nobody"),
    ],
)
def test_what_is_asked_for_wrongly_is_one_line(given, wanted, tmp_path):
    with pytest.raises(InputError, match=wanted) as caught:
        benchmark.run("ms-lbp", world="demo", results=tmp_path, **given)
    assert "\n" not in str(caught.value)


def test_only_what_is_promised_is_there():
    assert set(benchmark.__all__) <= set(dir(benchmark))
    with pytest.raises(AttributeError, match="no attribute 'nobody'"):
        _ = benchmark.nobody


def test_the_notebook_runs_from_top_to_end(tmp_path, demo_cache):
    """In a process of its own: Jupyter's own warnings are not ours."""
    file = ROOT / "benchmark" / "example.ipynb"
    code = (
        "import sys, nbformat\nfrom nbclient import NotebookClient\n"
        "book = nbformat.read(sys.argv[1], as_version=4)\n"
        "NotebookClient(book, timeout=500, kernel_name='python3').execute()\n"
        "nbformat.write(book, sys.argv[2])\n"
    )
    words = [sys.executable, "-c", code, str(file), str(tmp_path / "run.ipynb")]
    place = {"JUPYTER_PLATFORM_DIRS": "1", "IPYTHONDIR": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path)}
    env = environment(demo_cache) | place
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr[-3000:]
    cells = json.loads((tmp_path / "run.ipynb").read_text())["cells"]
    kinds = {kind for cell in cells for out in cell.get("outputs", []) for kind in out.get("data", {})}
    assert {"text/html", "image/png"} <= kinds
    assert not any(cell.get("outputs") for cell in json.loads(file.read_text())["cells"]), "kept without outputs"
    assert os.listdir(tmp_path / "results")  # noqa: PTH208
