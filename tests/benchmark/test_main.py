"""The command line starts fast, explains itself and turns wrong input into one line and exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.commands import NAMES

HEAVY = {"torch", "sklearn", "pandas", "scipy", "cv2", "transformers", "open_clip", "timm", "trl", "datasets", "av"}
ROOT = Path(__file__).parents[2]


def benchmark(*words: str, flags: tuple[str, ...] = (), cwd: Path = ROOT, **environment: str):
    return subprocess.run(
        [sys.executable, *flags, "-m", "benchmark", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )


def imported(text: str) -> set[str]:
    """Top-level packages named in the output of `-X importtime`."""
    lines = [line.rpartition("|")[2].strip() for line in text.splitlines() if line.startswith("import time:")]
    return {line.partition(".")[0] for line in lines}


@pytest.mark.parametrize("words", [["--help"], ["list"], ["run", "--help"]])
def test_nothing_heavy_is_imported_before_it_is_needed(words):
    done = benchmark(*words, flags=("-X", "importtime"))
    assert done.returncode == 0, done.stderr[-500:]
    assert imported(done.stderr) & HEAVY == set()


def test_tables_are_printed_without_anything_heavy(tmp_path):
    done = benchmark("table", "1", "--published", "--results", str(tmp_path), flags=("-X", "importtime"))
    assert imported(done.stderr) & (HEAVY | {"numpy", "pyarrow"}) == set()


def test_every_command_has_help_with_examples():
    for word in NAMES:
        done = benchmark(word, "--help")
        assert done.returncode == 0
        assert f"python -m benchmark {word}" in done.stdout.split("examples:")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "--method", "ms-lpb", "--protocol", "cefa2siw"], "did you mean ms-lbp"),
        (["run", "--method", "ms-lbp", "--protocol", "cefa2siv"], "did you mean cefa2siw"),
        (
            ["run", "--method", "ms_lbp", "--protocol", "cefa2siw", "--set", "target_frame=1"],
            "did you mean target_frames",
        ),
        (["run", "--method", "ms-lbp", "--protocol", "cefa2siw", "--set", "target_frames=x"], "'x' is not"),
        (["run", "--method", "ms-lbp", "--protocol", "cefa2siw", "--set", "target_frames"], "write it as name=value"),
        (["run", "--method", "ms-lbp", "--protocol", "cefa2siw", "--config", "none.toml"], "none.toml: cannot be read"),
        (["import", "none.csv", "--method", "x", "--protocol", "cefa2siw"], "none.csv"),
        (["sweep", "papr"], "did you mean paper"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(tmp_path, words, message):
    done = benchmark(*words, cwd=tmp_path, PAD_CACHE=str(tmp_path), PAD_DEMO="small")
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results" / "runs").exists()


def test_list_names_every_method_and_protocol():
    out = benchmark("list").stdout
    for word in ("ms-lbp", "colour-texture", "cnn", "cefa2hqwmca", "surf2siw"):
        assert word in out


def test_list_shows_where_each_constant_comes_from():
    out = benchmark("list", "--settings", "ms_lbp").stdout
    assert "MS-LBP" in out
    assert "source" in out
