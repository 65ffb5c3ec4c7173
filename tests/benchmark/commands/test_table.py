import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from benchmark.__main__ import main, parser
from benchmark.tables.registry import TABLES
from benchmark.tables.render import FORMATS
from tests.benchmark.run_factory import made_up_scores, spoken, write_run
from tests.conftest import ROOT

HEAVY = {"numpy", "torch", "pandas", "sklearn", "scipy", "pyarrow", "matplotlib", "tabulate"}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for protocol in ("cefa2hqwmca", "surf2siw"):
        for method, separation in (("ms-lbp", 1.0), ("grpo", 3.0), ("sft", 2.0)):
            scores, dev = made_up_scores(separation=separation, silent=1), made_up_scores(seed=1)
            known = [{"sensor": "ab"[i % 2]} for i in range(len(scores))]
            said = spoken(scores) if method == "grpo" else scores
            write_run(folder, said, method=method, protocol=protocol, dev=dev, known=known)
    return folder


def run(*words):
    return main(["table", *map(str, words)])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", TABLES)
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
    text, _, _ = capsys.readouterr().out.rpartition("\n–: no run yet")
    assert run("1", "--results", results, "--output", tmp_path / "t.txt") == 0
    assert (tmp_path / "t.txt").read_text() == text
    assert [p.name for p in tmp_path.iterdir()] == ["t.txt"]


def test_no_runs_is_a_table_of_dashes_or_one_line(tmp_path, capsys):
    assert run("1", "--results", tmp_path) == 0
    assert "No finished runs" in capsys.readouterr().out
    assert run("species", "--results", tmp_path) == 2
    assert "no finished run" in capsys.readouterr().err


def started(folder, *words):
    """The command in a process of its own, from a folder that holds nothing of the project."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAD_")}
    environment |= {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "benchmark", "table", *map(str, words)]
    return subprocess.run(words, capture_output=True, text=True, cwd=folder, env=environment)


@pytest.mark.parametrize("words", [[], ["1"], ["2"], ["3"], ["--published"]])
def test_without_runs_the_paper_s_tables_are_dashes_and_one_line_says_how_to_fill_them(words, tmp_path):
    done = started(tmp_path, *words)
    assert (done.returncode, done.stderr) == (0, "")
    wanted = [word for word in words if word.isdigit()] or ["1", "2", "3"]
    assert re.findall(r"^Table (\d)\.", done.stdout, re.MULTILINE) == wanted
    (how,) = [line for line in done.stdout.splitlines() if line.startswith("–: no run yet")]
    assert done.stdout.endswith(f"{how}\n")
    assert list(tmp_path.iterdir()) == []
    for words_of_it in re.findall(r"`python -m benchmark ([^`]+)`", how):
        parser().parse_args(words_of_it.split())


def test_without_a_name_every_table_is_filled_as_far_as_there_are_runs(results, tmp_path):
    (tmp_path / "results").symlink_to(results)
    done = started(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = re.split(r"^Table \d\.", done.stdout, flags=re.MULTILINE)[1:]
    for text, title, dashes in ((first, "Ours", 6), (first, "CNN", 12), (second, "Ours", 6), (third, "w/o R_cls", 3)):
        (line,) = [line for line in text.splitlines() if line.startswith(title)]
        assert line.split().count("–") == dashes, line
    assert "37 missing" in done.stdout  # of 10 methods on 4 protocols and 3 on one, 6 runs are there
    assert "--world demo" in done.stdout.splitlines()[-1]


def test_without_a_name_every_world_has_its_own_tables(tmp_path):
    for world in ("demo", "lab"):
        write_run(tmp_path / "results", world=world)
    done = started(tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^Table (\d)\..*(Demo world|World: lab)", done.stdout, re.MULTILINE) == [
        (number, world) for world in ("Demo world", "World: lab") for number in "123"
    ]


def test_other_formats_keep_the_line_out_of_the_table(tmp_path, capsys):
    assert run("1", "--results", tmp_path, "--format", "csv") == 0
    out, err = capsys.readouterr()
    assert "no run yet" not in out
    assert err.count("\n") == 1
    assert "no run yet" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["1", "--policy", "sauce-eer"], "source-eer"),
        (["1", "--world", "demmo"], "did you mean demo"),
        (["species", "--method", "gppo"], "did you mean grpo"),
        (["1", "--protocol", "cefa2sw"], "did you mean cefa2siw"),
        (["species", "--published"], "it belongs to: 1, 2, 3"),
        (["1", "--against", "cnn"], "significance"),
        (["significance", "--against", "gppo"], "did you mean grpo"),
        (["1", "--output", "/dev/null/t.txt"], "cannot be written"),
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


@pytest.mark.parametrize("kind", ["1", "2", "3", "species", "seeds", "significance"])
def test_the_answer_rule_is_applied_to_what_was_kept(kind, tmp_path, capsys):
    for method in ("grpo", "grpo-no-class", "sft", "qwen-zero-shot"):
        write_run(tmp_path, spoken(made_up_scores(silent=5)), method=method)
    texts = []
    for rule in ("strict", "tolerant"):
        assert run(kind, "--results", tmp_path, "--answer-rule", rule) == 0
        texts.append(capsys.readouterr().out)
        assert f"Answer rule: {rule}." in texts[-1]
    assert run(kind, "--results", tmp_path) == 0
    assert capsys.readouterr().out == texts[0] != texts[1]


DAMAGE = {
    "list": lambda file: file.write_text("[]"),
    "null": lambda file: file.write_text("null"),
    "number": lambda file: file.write_text("7"),
    "schema as text": lambda file: file.write_text(file.read_text().replace('"schema": 2', '"schema": "2"')),
    "no counts": lambda file: file.write_text(json.dumps({**json.loads(file.read_text()), "counts": None})),
    "deep": lambda file: file.write_text("[" * 200_000),
    "empty": lambda file: file.write_text(""),
    "method": lambda file: file.write_text(file.read_text().replace('"method": "grpo"', '"method": "cnn"')),
    "demo": lambda file: file.write_text(file.read_text().replace('"demo": true', '"demo": false')),
    "folder": lambda file: (file.unlink(), file.mkdir()),
    "gone": lambda file: file.unlink(),
    "link": lambda file: (file.unlink(), file.symlink_to(next(file.parents[2].glob("sft/*/run.json")))),
    "no scores": lambda file: file.with_name("scores.parquet").unlink(),
    "no dev scores": lambda file: file.with_name("dev-scores.parquet").unlink(),
    "swapped": lambda file: file.with_name("dev-scores.parquet").replace(file.with_name("scores.parquet")),
    "scores of another": lambda file: shutil.copy(
        next(file.parents[2].glob("sft/*/scores.parquet")), file.with_name("scores.parquet")
    ),
    "scores a folder": lambda file: (
        file.with_name("scores.parquet").unlink(),
        file.with_name("scores.parquet").mkdir(),
    ),
}


def lines_of(text):
    """Lines of a printed table by their first word."""
    return {line.split()[0]: line for line in text.splitlines() if line.strip()}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_run_is_a_dash_with_a_footnote_and_the_others_stand(damage, results, tmp_path, capsys):
    folder = tmp_path / "results"
    shutil.copytree(results, folder)
    options = ("--results", folder, "--protocol", "cefa2hqwmca")
    assert run("species", *options) == 0
    whole = lines_of(capsys.readouterr().out)
    (file,) = folder.glob("runs/demo/cefa2hqwmca/grpo/*/run.json")
    record = file.read_bytes()
    damage(file)
    of_scores = file.is_file() and file.read_bytes() == record
    for kind in TABLES:
        if kind == "cost" and of_scores:  # what a run cost does not hang on its scores
            assert run(kind, *options) == 0
            continue
        assert run(kind, *options) == 1, kind
        out, err = capsys.readouterr()
        assert err.splitlines()[-1].startswith("damaged: ")
        assert err.splitlines()[-1].removeprefix("damaged: ") in out, kind
    run("1", *options)
    table = lines_of(capsys.readouterr().out)
    assert table["Ours"].split()[1:4] == ["–", "–", "–"]
    assert "–" not in table["MS-LBP"]
    run("species", *options)
    assert lines_of(capsys.readouterr().out)["print"].split()[-2:] == whole["print"].split()[-2:]
    assert run("species", *options, "--method", "sft") == 0
