"""A release, protocols and suites from outside go through every command, and nothing in the project was edited.

The release and one protocol come from an installed package, a list of files, further protocols and a suite from the
user's own `benchmark.toml`.
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
from tests import own_data
from tests.conftest import ROOT, environment

OWN = """
name = "lab"
cache = "cache"

[releases]
rig = "rig"
booth = { path = "booth/booth.csv", title = "Our booth", cropped = true }

[protocols.rig2booth]
sources = ["rig"]
targets = ["booth"]

[protocols.booth2rig]
title = "Out of the booth"
sources = ["booth"]
targets = ["rig"]

[suites.doors]
title = "Our doors"
protocols = ["rig2booth", "booth2rig", "rig-to-siw-mv2"]
note = "As in our report."
"""
SWEEP = """
title = "doors"
[[runs]]
method = ["ms-lbp"]
protocol = "doors"
[[runs]]
method = ["colour-texture"]
protocol = "rig2booth"
"""
NOT_HELD = "this world does not hold siw-mv2"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Path:
    """A folder with the data, the configuration and the plug-in, and the runs that a sweep of the suite made."""
    folder = tmp_path_factory.mktemp("lab")
    own_data.rig(folder / "rig")
    (folder / "booth").mkdir()
    (folder / "booth" / "booth.csv").write_bytes(own_data.as_csv(own_data.booth(folder / "booth")))
    own_data.plug_in(folder / "plug-in")
    (folder / "benchmark.toml").write_text(OWN)
    (folder / "doors.toml").write_text(SWEEP)
    done = _run(folder, "sweep", "doors.toml", "--jobs", "1", "--quiet")
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"rig-to-siw-mv2: left out: {NOT_HELD}" in done.stdout
    assert "3 of 3 runs done" in done.stdout
    return folder


@pytest.fixture
def benchmark(lab) -> Command:
    """`benchmark("table", "1", ...)` in that folder; anything but exit code 0 fails."""

    def command(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = _run(lab, *words)
        assert done.returncode == code, done.stderr + done.stdout
        return done

    return command


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder / "plug-in"), str(ROOT)])
    env = environment(folder / "cache") | {"PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-m", "benchmark", *words], cwd=folder, env=env, capture_output=True, text=True
    )


def the_run(lab: Path, protocol: str, method: str = "ms-lbp") -> Run:
    (run,) = [run for run in find(lab / "results") if (run.protocol, run.method) == (protocol, method)]
    return run


def test_the_release_passes_the_contract_that_is_shipped(lab):
    words = "from pathlib import Path; from protocols.contract import check_release; check_release('rig', Path('rig'))"
    path = os.pathsep.join([str(lab / "plug-in"), str(ROOT)])
    env = os.environ | {"PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", words], cwd=lab, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_run_of_it_says_what_it_was_made_from_and_each_release_once_in_its_rows(lab):
    run = the_run(lab, "rig2booth")
    assert (run.world, run.demo) == ("lab", False)
    assert (run.task.title, run.task.sources, run.task.targets) == ("The Rig to Our booth", ("rig",), ("booth",))
    assert set(run.scores.release) == {"booth"}
    assert set(run.dev_scores.release) == {"rig"}
    assert set(run.scores.species.tolist()) == {"bona fide", "print", "foil hat"}
    assert the_run(lab, "booth2rig").warnings, "a dev part had to be cut, and that is said"


def test_sweep_finds_all_of_it_done(benchmark):
    assert "doors: 3 done" in benchmark("sweep", "status", "doors.toml").stdout


def test_tables_hold_the_suite_the_protocol_and_their_species(lab, benchmark):
    table = benchmark("table", "--suite", "doors").stdout
    assert table.startswith("Our doors: error rates in %. World: lab.")
    for words in ("The Rig to Our booth", "Out of the booth", "MS-LBP", "Color texture", "As in our report."):
        assert words in table
    assert f"The Rig to SiW-Mv2: {NOT_HELD}." in table
    (data,) = json.loads(benchmark("table", "1", "--suite", "doors", "--format", "json").stdout)["tables"]
    hter = [
        cell["value"] is None
        for column, cell in zip(data["columns"], data["rows"][0]["cells"], strict=True)
        if column["title"] == "HTER"
    ]
    assert (data["rows"][0]["method"], hter) == ("ms-lbp", [False, False, True, True]), "no mean over a gap"
    one = benchmark("table", "--protocol", "rig2booth").stdout
    assert one.startswith("Cross-domain evaluation: error rates in %. World: lab.")
    assert "The Rig to Our booth" in one
    assert "–" not in one, "rows and columns of the paper, which nobody asked for"
    species = benchmark("table", "species", "--protocol", "rig2booth").stdout
    assert "foil hat" in species
    assert "booth2rig" not in species, "the coverage of another protocol"
    groups = benchmark("table", "groups", "--by", "sensor", "--protocol", "booth2rig").stdout
    assert all(word in groups for word in ("Errors by sensor", "cam0", "cam1", "too small to be compared"))
    policies = benchmark("table", "policies", "--suite", "doors").stdout
    assert all(f"Threshold policies, {title}" in policies for title in ("The Rig to Our booth", "Out of the booth"))


def test_a_dash_that_could_be_a_figure_says_which_command_makes_it(benchmark):
    out = benchmark("table", "1", "--suite", "doors").stdout
    assert "1 missing: `python -m benchmark run --method colour-texture --protocol booth2rig` makes one" in out
    out = benchmark("table", "1", "--suite", "rigs").stdout
    assert "`python -m benchmark run --method ms-lbp --protocol rig-own` makes one" in out


def test_the_paper_s_table_stays_the_paper_s_and_says_what_else_there_is(benchmark):
    out = benchmark("table", "1").stdout
    assert "CeFA to HQ-WMCA" in out
    assert "Protocols with runs that have no column: booth2rig, rig2booth (see `table 1 --protocol NAME`)." in out
    mixed = benchmark("table", "1", "--protocol", "cefa2siw", "--protocol", "rig2booth", "--published").stdout
    assert "CeFA to SiW-Mv2" in mixed
    assert "The Rig to Our booth" in mixed
    assert "Ours, published" in mixed


def test_figures_take_their_names_and_panels_from_the_protocols(lab, benchmark):
    out = benchmark("figure", "6", "--suite", "doors", "--method", "colour-texture", "--output", "plots").stdout
    assert f"missing: The Rig to SiW-Mv2: {NOT_HELD}" in out
    assert "missing: no run of colour-texture: `python -m benchmark run --method colour-texture" in out
    words = (lab / "plots" / "figure-6-colour-texture-doors.svg").read_text()
    assert all(title in words for title in ("The Rig to Our booth", "Out of the booth", "The Rig to SiW-Mv2", NOT_HELD))
    benchmark("figure", "det", "--method", "ms-lbp", "--protocol", "rig2booth", "--output", "plots")
    assert (lab / "plots" / "det-ms-lbp-rig2booth.png").is_file()


def test_the_report_says_what_of_the_suite_it_does_not_hold(lab, benchmark):
    benchmark("report", "--suite", "doors", "--output", "doors.html")
    page = (lab / "doors.html").read_text()
    for words in ("Suite: Our doors.", NOT_HELD, "Out of the booth", "foil hat"):
        assert words in page


def test_compare_pairs_two_methods_and_refuses_two_targets(benchmark):
    out = benchmark("compare", "lab/rig2booth/ms-lbp/s0", "lab/rig2booth/colour-texture/s0").stdout
    assert "paired over 18 presentations in 6 clusters" in out
    refused = benchmark("compare", "lab/rig2booth/ms-lbp/s0", "lab/booth2rig/ms-lbp/s0", code=2)
    assert "were tested on different releases" in refused.stderr


def test_what_is_listed_names_all_of_it(benchmark):
    out = benchmark("list").stdout
    for word in ("rig2booth", "rig-own", "doors", "rigs", "The Rig", "Our booth"):
        assert word in out


def test_results_are_read_where_neither_plug_in_nor_configuration_is(lab, tmp_path):
    env = environment(tmp_path / "cache")
    words = [sys.executable, "-m", "benchmark", "table", "species", "--results", str(lab / "results")]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The Rig to Our booth" in done.stdout


def test_the_demo_is_not_disturbed_by_a_release_that_it_does_not_hold(benchmark, lab):
    refused = benchmark("run", "--method", "ms-lbp", "--source", "rig", "--target", "cefa", "--world", "demo", code=2)
    assert "the embedded demo holds no rig" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
