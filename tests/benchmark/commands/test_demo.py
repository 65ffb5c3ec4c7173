"""The first command: tables of every family, a report, and what to try next."""

from __future__ import annotations

from argparse import Namespace

import methods
from benchmark.commands import demo
from protocols.world import demo_world


def test_it_ends_with_tables_the_gap_and_a_report(command, tmp_path):
    done = command("demo", "--methods", "ms-lbp", "--results", str(tmp_path / "results"))
    assert done.returncode == 0, done.stderr
    for said in ("Cross-domain evaluation", "fine-tuning", "The gap", "MS-LBP", "benchmark demo --full"):
        assert said in done.stdout, said
    report = tmp_path / "results" / "report.html"
    assert str(report) in done.stdout
    assert "MS-LBP" in report.read_text()


def test_by_default_there_is_one_of_each_family_and_with_full_everything():
    families = {methods.get(name).extra for name in demo.METHODS.split(",")}
    assert families == {"", "clip", "mllm"}
    usual = demo._sweep(Namespace(full=False, methods=None), demo_world())
    assert {run.method for run in usual.runs} == set(demo.METHODS.split(","))
    assert len(usual.runs) == 4 * len(demo.METHODS.split(","))
    full = demo._sweep(Namespace(full=True, methods=None), demo_world())
    assert {"cnn", "flip-mcl", "sft", "grpo-no-cls"} <= {run.method for run in full.runs}


def test_what_is_not_installed_is_left_out_and_named(monkeypatch, capsys):
    monkeypatch.setattr("methods.extras.absent", lambda extra: "torch" if extra else None)
    usual = demo._sweep(Namespace(full=False, methods=None), demo_world())
    assert {run.method for run in usual.runs} == {"ms-lbp", "colour-texture"}
    assert "grpo: left out: pip install 'pad-benchmark[mllm]'" in capsys.readouterr().out
