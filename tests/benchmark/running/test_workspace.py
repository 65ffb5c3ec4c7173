"""Unfinished runs: owned by one process, taken up after a kill, published whole."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from benchmark.results.records import SCHEMA_VERSION, Counts, Digests, RunRecord
from benchmark.results.runs import Run
from benchmark.running.workspace import Workspace, write_json
from protocols.errors import InputError
from protocols.files import sha256_of


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


def test_scratch_on_another_disk_is_taken_up_with_its_work_and_goes_with_it(final, tmp_path):
    disk = tmp_path / "nvme"
    with Workspace.claim(final, disk=disk) as work:
        work.begin({"config": "a"})
        (work.scratch / "checkpoint").write_text("a")
        assert work.scratch.parent == disk
        assert Workspace(final, disk).scratch == work.scratch  # of the other ranks
    with Workspace.claim(final, disk=disk) as work:
        assert work.begin({"config": "a"})
        assert (work.scratch / "checkpoint").read_text() == "a"
    left = disk / work.scratch.name
    aside = left.rename(tmp_path / "aside")  # this node was not there when the work was begun anew
    with Workspace.claim(final, disk=disk) as work:
        assert not work.begin({"config": "b"})
    aside.rename(left)
    with Workspace.claim(final, disk=disk) as work:
        assert work.begin({"config": "b"})
        assert list(work.scratch.iterdir()) == []
        assert not left.exists()
        (work.scratch / "checkpoint").write_text("b")
        work.publish(record())
    assert list(disk.iterdir()) == []


def test_scratch_that_cannot_be_written_is_named(final, tmp_path):
    (tmp_path / "file").touch()
    with Workspace.claim(final, disk=tmp_path / "file") as work, pytest.raises(InputError, match="another scratch"):
        work.begin({})


def test_a_second_process_is_refused_in_one_line(final):
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from benchmark.running.workspace import Workspace
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
        assert not work.has_model()
        with work.new_model() as folder:
            assert list(folder.iterdir()) == []


def record(title="M"):
    return RunRecord(
        schema=SCHEMA_VERSION,
        id="demo/cefa2siw/m/s0-abc",
        world="demo",
        demo=True,
        protocol="cefa2siw",
        method="m",
        title=title,
        policy="answer",
        preset="demo",
        seed=0,
        created="2026-01-01T00:00:00+00:00",
        counts=Counts(),
        digests=Digests(),
    )


def test_everything_is_on_the_disk_before_the_run_has_its_name(final, monkeypatch):
    seen = []
    really = os.fsync

    def sync(handle):
        seen.append((Path(f"/proc/self/fd/{handle}").readlink().name, final.exists()))
        really(handle)

    with Workspace.claim(final) as work:
        work.begin({})
        (work.folder / "scores.parquet").write_bytes(b"scores")
        with work.new_model() as folder:
            (folder / "weights").write_bytes(b"abc")
        monkeypatch.setattr(os, "fsync", sync)
        work.publish(record())
    before = {name for name, named in seen if not named}
    assert {"scores.parquet", "weights", "model", "run.json", work.folder.name} <= before
    assert seen[-1] == (final.parent.name, True)


def test_publishing_leaves_only_what_a_run_consists_of(final):
    with Workspace.claim(final) as work:
        work.begin({"a": 1})
        (work.folder / ".123.part.scores.parquet").write_bytes(b"left by a kill")
        (work.folder / ".123.part.model").mkdir()
        assert work.begin({"a": 1})
        with work.stage("fit"):
            work.log(step=1, loss=1.0)
        with work.stage("fit"):
            pass
        assert set(work.stages()) == {"fit"}
        work.add_chunk("target", 0, [])
        assert not final.exists()
        with work.new_model() as folder:
            (folder / "weights").write_bytes(b"abc")
        work.publish(record())
    assert sorted(p.name for p in final.iterdir()) == ["log.jsonl", "model", "run.json"]
    run = Run.open(final)
    assert run.digests.log == sha256_of(final / "log.jsonl")
    assert run.model.files == {"weights": sha256_of(final / "model" / "weights")}


def test_publishing_again_replaces_the_run(final):
    for number in (1, 2):
        with Workspace.claim(final) as work:
            work.begin({"n": number})
            work.publish(record(title=f"number {number}"))
    assert Run.open(final).title == "number 2"
    assert [p.name for p in final.parent.iterdir() if p.is_dir()] == [final.name]


def test_json_with_nan_is_refused_and_the_old_file_stays(tmp_path):
    file = tmp_path / "a.json"
    write_json(file, {"x": 1})
    with pytest.raises(ValueError, match="not JSON compliant|Out of range"):
        write_json(file, {"x": float("nan")})
    assert json.loads(file.read_text()) == {"x": 1}


def test_what_an_earlier_work_left_and_cannot_be_removed_is_an_error_and_never_taken_up(final, monkeypatch):
    with Workspace.claim(final) as work:
        work.begin({"data": "old"})
        with work.new_model() as folder:
            (folder / "weights").write_bytes(b"of the old data")
    really = os.rmdir

    def refuse(path, *, dir_fd=None):
        if Path(os.fsdecode(path)).name == "model":
            raise PermissionError(errno.EPERM, "Operation not permitted", os.fsdecode(path))
        really(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "rmdir", refuse)
    for _ in range(2):  # nor on the next start, when all but the undeletable is gone
        with Workspace.claim(final) as work:
            with pytest.raises(InputError, match="model: cannot be removed .*remove it by hand"):
                work.begin({"data": "new"})
            assert not work.has_model()
