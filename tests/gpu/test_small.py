"""The acceptance run itself, on a CPU: every part gives its figures, as JSON lines and as a table."""

from __future__ import annotations

import json

import pytest
import torch

from tests.gpu.__main__ import PARTS, main
from tests.gpu.bench import Bench


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_every_part_in_small(tmp_path, capsys):
    out = tmp_path / "figures.jsonl"
    code = main(["--small", "--folder", str(tmp_path / "models"), "--out", str(out)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert {row["part"] for row in rows} == set(PARTS)
    assert [json.loads(line) for line in printed.splitlines() if line.startswith("{")] == rows
    assert printed.count("\n| ") == len(rows) + 1
    by_name = {row["what"]: row for row in rows}
    exact = by_name["answers against the CPU's in float32, float32"]
    assert (exact["texts_differ"], exact["largest_log_odds_gap"]) == (0, 0.0)
    passes = {name: row["passes"] for name, row in by_name.items() if "passes" in row}
    assert list(passes.values()) == ["shared", "trl's own (asked for)", "shared"]
    assert by_name["grpo-lora step, rollout_prompts=2"]["s_a_picture"] > 0


def test_what_cannot_be_measured_is_said_and_the_next_figure_comes(tmp_path, capsys):
    bench = Bench(small=True, folder=tmp_path)
    bench.begin("decode")

    def full():
        raise torch.OutOfMemoryError("CUDA out of memory")

    bench.measure("96 rows", full)
    bench.measure("6 rows", lambda: {"ms_a_step": 1.0})
    bench.minutes = 0
    bench.measure("1 row", lambda: {"ms_a_step": 1.0})
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert bench.missing == ["96 rows", "1 row"]
    assert "out of memory" in said[0]["missing"]
    assert said[1]["ms_a_step"] == 1.0
    assert "minutes are over" in said[2]["missing"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so(capsys):
    assert main(["cnn"]) == 2
    assert "--small" in capsys.readouterr().err
