"""A probe asks again: with its own words every answer stays, and what is kept is a sealed file that a table reads."""

from __future__ import annotations

import json

import pytest

from benchmark.__main__ import main
from benchmark.results import probes
from benchmark.results.runs import Run
from benchmark.running.probe import _half, _swapped
from protocols.errors import DamagedError
from tests.benchmark.run_factory import made_up_scores, spoken, write_run


@pytest.fixture(scope="module")
def zero_shot(demo_cache, tmp_path_factory):
    import subprocess
    import sys

    from tests.conftest import environment

    results = tmp_path_factory.mktemp("probe") / "results"

    def command(*words):
        return subprocess.run(
            [sys.executable, "-m", "benchmark", *words, "--results", str(results)],
            capture_output=True,
            text=True,
            env=environment(demo_cache),
        )

    done = command("run", "--method", "qwen-zero-shot", "--protocol", "surf2siw", "--quiet")
    assert done.returncode == 0, done.stderr
    return results, command


def test_with_its_own_words_every_answer_stays(zero_shot):
    results, command = zero_shot
    done = command("probe", "demo/surf2siw/qwen-zero-shot", "--quiet")
    assert done.returncode == 0, done.stderr
    (file,) = results.glob("probes/**/*.json")
    kept = json.loads(file.read_text())["kept"]
    (record,) = results.glob("runs/demo/surf2siw/qwen-zero-shot/*/run.json")
    path = record.parent
    run = Run.open(path)
    answered = sum(text is not None and "<answer>" in text for text in run.scores.text)
    assert kept["again"] == [answered, answered]
    assert all(0 <= n <= of <= answered for n, of in kept.values())
    again = command("probe", str(path), "--quiet")
    assert again.stdout.splitlines()[-1] == done.stdout.splitlines()[-1]
    assert len(again.stdout.splitlines()) == 1, "what was probed is not asked again"
    table = command("table", "reasoning")
    assert table.returncode == 0
    assert "({}/{})".format(*kept["emptied"]) in table.stdout


def test_a_run_without_words_is_refused_in_one_line(zero_shot):
    _, command = zero_shot
    assert command("run", "--method", "ms-lbp", "--protocol", "surf2siw", "--quiet").returncode == 0
    refused = command("probe", "demo/surf2siw/ms-lbp", "--quiet")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "no texts" in refused.stderr


def test_a_probe_that_was_changed_or_is_of_other_scores_is_a_dash(tmp_path, capsys):
    run = write_run(tmp_path, spoken(made_up_scores()), method="grpo", policy="answer")
    probes.Probe(run.id, str(run.digests.scores), {"cut": (3, 4)}).write(run)
    assert probes.read(run).kept == {"cut": (3, 4)}
    file = probes.place(run)
    file.write_text(file.read_text().replace("3", "4", 1))
    with pytest.raises(DamagedError, match="changed since it was written"):
        probes.read(run)
    assert main(["table", "reasoning", "--results", str(tmp_path)]) == 0
    assert "changed since it was written" in capsys.readouterr().out
    probes.Probe(run.id, "other", {"cut": (3, 4)}).write(run)
    with pytest.raises(DamagedError, match="--force"):
        probes.read(run)


def test_halves_and_swaps():
    assert _half("a b c d e") == "a b"
    assert _half("") == ""
    assert _swapped(["a", "b", "c"], ["real", "real", "fake"]) == ["c", "c", "a"]
    assert _swapped(["a", "b"], ["real", "real"]) == [None, None]
