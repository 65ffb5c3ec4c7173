import json
import subprocess
import sys

import pytest

from benchmark.__main__ import main
from benchmark.commands.table import KINDS
from benchmark.tables.render import FORMATS
from tests.benchmark.run_factory import made_up_scores, write_run

HEAVY = {"numpy", "torch", "pandas", "sklearn", "scipy", "pyarrow", "matplotlib", "tabulate"}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for protocol in ("cefa2hqwmca", "surf2siw"):
        for method, separation in (("ms-lbp", 1.0), ("grpo", 3.0), ("sft", 2.0)):
            scores, dev = made_up_scores(separation=separation, silent=1), made_up_scores(seed=1)
            write_run(folder, scores, method=method, protocol=protocol, dev=dev)
    return folder


def run(*words):
    return main(["table", *map(str, words)])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_table_in_every_format(kind, form, results, capsys):
    assert run(kind, "--results", results, "--format", form) == 0
    text = capsys.readouterr().out
    assert "GRPO" in text or "Ours" in text
    assert "demo" in text.lower()
    if form == "json":
        assert json.loads(text)["tables"]


def test_table_1_reads_only_json_with_the_standard_library(results):
    """`-X importtime` after the summaries exist: nothing heavy is imported."""
    words = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "benchmark",
        "table",
        "1",
        "--published",
        "--results",
        str(results),
    ]
    subprocess.run(words, check=True, capture_output=True)
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    imported = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "benchmark" in imported
    assert not imported & HEAVY


def test_output_goes_to_a_file_whole(results, tmp_path, capsys):
    run("1", "--results", results)
    text = capsys.readouterr().out
    assert run("1", "--results", results, "--output", tmp_path / "t.txt") == 0
    assert (tmp_path / "t.txt").read_text() == text
    assert [p.name for p in tmp_path.iterdir()] == ["t.txt"]


def test_no_runs_is_a_table_of_dashes_or_one_line(tmp_path, capsys):
    assert run("1", "--results", tmp_path) == 0
    assert "No finished runs" in capsys.readouterr().out
    assert run("species", "--results", tmp_path) == 2
    assert "no finished run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["1", "--policy", "sauce-eer"], "source-eer"),
        (["1", "--world", "demmo"], "did you mean demo"),
        (["species", "--method", "gppo"], "did you mean grpo"),
        (["1", "--protocol", "cefa2sw"], "did you mean cefa2siw"),
        (["species", "--published"], "tables 1, 2 and 3"),
        (["1", "--against", "cnn"], "significance"),
        (["significance", "--against", "gppo"], "did you mean grpo"),
        (["1", "--output", "/nowhere/t.txt"], "cannot be written"),
    ],
)
def test_bad_input_gets_one_line_and_code_2(words, says, results, capsys):
    assert run(*words, "--results", results) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_worlds_are_printed_apart(results, tmp_path, capsys):
    write_run(tmp_path)
    write_run(tmp_path, world="lab")
    assert run("1", "--results", tmp_path) == 2
    capsys.readouterr()
    assert run("1", "--results", tmp_path, "--all-worlds") == 0
    text = capsys.readouterr().out
    assert text.count("Table 1.") == 2
    assert "Demo world" in text
    assert "World: lab." in text
