"""`sweep`: what it plans and prices, and that the README says the same."""

import re

import pytest

from benchmark.__main__ import main
from benchmark.sweep import plan
from tests.conftest import ROOT


@pytest.fixture
def sweep(tmp_path, monkeypatch, capsys):
    """`sweep("paper", ...)`: exit code and output, in an empty folder and the small demo world."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PAD_DEMO", "small")

    def run(*words):
        code = main(["sweep", *words, "--world", "demo"])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_quick_is_the_short_form_of_the_paper(sweep):
    code, short = sweep("paper", "--quick", "--dry-run")
    assert code == 0
    assert short == sweep("quick", "--dry-run")[1]
    runs = plan.load("quick", "demo").runs
    assert f"0 done, {len(runs)} to do" in short
    assert all(run.title in short for run in runs)


def test_quick_is_one_seed_of_all_that_the_paper_has():
    short, whole = (plan.load(name, "paper").runs for name in ("quick", "paper"))
    assert set(short) == {run for run in whole if run.seed == 0}


def test_other_sweeps_have_no_short_form(sweep):
    code, said = sweep("quick", "--quick")
    assert code == 2
    assert "--quick" in said


def test_the_readme_counts_the_paper_as_it_is_planned():
    text = (ROOT / "benchmark" / "README.md").read_text(encoding="utf-8")
    runs = plan.load("paper", "paper").runs
    by_gpus = [sum(run.resources.gpus == n for run in runs) for n in (0, 1, 8)]
    counts = "{} runs: {} on CPUs, {} on one GPU, {} on eight".format(len(runs), *by_gpus)
    assert counts in text
    rows = re.findall(r"^\| [^|]*\| [^|]* \| (\d+) \| (\d+) \|$", text, re.M)
    both = re.search(r"\*\*all\*\* \| [^|]* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\*", text)
    assert [sum(int(row[i]) for row in rows) for i in (0, 1)] == [int(both[1]), int(both[2])]
