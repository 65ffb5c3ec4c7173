"""Unfinished runs: owned by one process, taken up after a kill, published whole."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

from benchmark.run.workspace import Workspace, write_json
from protocols.errors import InputError


@pytest.fixture
def final(tmp_path):
    return tmp_path / "demo" / "cefa2siw" / "m" / "s0-abc"


def test_work_with_the_same_inputs_is_taken_up_and_other_work_is_not(final):
    with Workspace.claim(final) as work:
        assert not work.begin({"config": "a", "pair": (1, 2)})
        work.add_chunk("target", 0, [{"score": 0.1}])
    with Workspace.claim(final) as work:
        assert work.begin({"config": "a", "pair": (1, 2)})
        assert work.chunks("target") == {0: [{"score": 0.1}]}
    with Workspace.claim(final) as work:
        assert not work.begin({"config": "b"})
        assert work.chunks("target") == {}


def test_a_second_process_is_refused_in_one_line(final):
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from benchmark.run.workspace import Workspace
        with Workspace.claim(Path({str(final)!r})):
            print("mine", flush=True)
            input()
        """
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", script], **pipes) as other:
        assert other.stdout.readline() == "mine\n"
        with pytest.raises(InputError, match="another process"), Workspace.claim(final):
            pass
        other.kill()
    with Workspace.claim(final):  # the dead holder's lock is gone with it
        pass


def test_a_chunk_line_that_a_kill_cut_short_is_dropped_and_the_next_one_is_whole(final):
    with Workspace.claim(final) as work:
        work.begin({})
        work.add_chunk("dev", 0, [{"score": 1 / 3}])
        with (work.folder / "dev.rank0.jsonl").open("ab") as file:
            file.write(b'{"chunk": 1, "rows": [{"sco')
        work.add_chunk("dev", 2, [{"score": 2.0}])
        assert work.chunks("dev") == {0: [{"score": 1 / 3}], 2: [{"score": 2.0}]}


def test_a_step_that_was_logged_twice_counts_once(final):
    with Workspace.claim(final) as work:
        work.begin({})
        for step, loss in ((1, 0.5), (2, 0.4), (2, 0.3), (3, 0.2)):
            work.log(step=step, loss=loss)
        assert [row["loss"] for row in work.curve()] == [0.5, 0.3, 0.2]


def test_a_model_that_was_not_saved_whole_does_not_exist(final):
    with Workspace.claim(final) as work:
        work.begin({})
        with pytest.raises(RuntimeError), work.new_model() as folder:
            (folder / "half").touch()
            raise RuntimeError
        assert not work.model.exists()
        with work.new_model() as folder:
            assert list(folder.iterdir()) == []


def test_publishing_leaves_only_what_a_run_consists_of(final):
    with Workspace.claim(final) as work:
        work.begin({"a": 1})
        with work.stage("fit"):
            work.log(step=1, loss=1.0)
        with work.stage("fit"):
            pass
        assert set(work.stages()) == {"fit"}
        work.add_chunk("target", 0, [])
        assert not final.exists()
        work.publish({"schema": 1})
    assert sorted(p.name for p in final.iterdir()) == ["log.jsonl", "run.json"]
    assert json.loads((final / "run.json").read_text()) == {"schema": 1}


def test_publishing_again_replaces_the_run(final):
    for number in (1, 2):
        with Workspace.claim(final) as work:
            work.begin({"n": number})
            work.publish({"n": number})
    assert json.loads((final / "run.json").read_text()) == {"n": 2}
    assert [p.name for p in final.parent.iterdir() if p.is_dir()] == [final.name]


def test_json_with_nan_is_refused_and_the_old_file_stays(tmp_path):
    file = tmp_path / "a.json"
    write_json(file, {"x": 1})
    with pytest.raises(ValueError, match="not JSON compliant|Out of range"):
        write_json(file, {"x": float("nan")})
    assert json.loads(file.read_text()) == {"x": 1}
