"""Run directories: found by their place, believed as far as their record goes, and none that keeps others from view."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmark.results.lookup import open_run
from benchmark.results.runs import Run, find, require_writable
from protocols.errors import DamagedError, InputError
from tests.benchmark.run_factory import made_up_scores, write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path, dev=made_up_scores(seed=1))


def faults(results: Path) -> dict[str, str | None]:
    return {run.id: run.fault for run in find(results)}


def test_runs_are_found_in_the_order_of_their_paths(tmp_path):
    made = [write_run(tmp_path, method=m, seed=s) for m in ("b", "a") for s in (1, 0)]
    (tmp_path / "runs" / "demo" / "cefa2hqwmca" / "a" / ".s7-0.work").mkdir()
    (tmp_path / "runs" / "notes.txt").touch()
    assert [run.id for run in find(tmp_path)] == sorted(run.id for run in made)
    assert list(find(tmp_path, world="lab")) == []
    assert list(find(tmp_path / "nowhere")) == []


def test_a_run_in_the_place_of_another_is_no_run(tmp_path, run):
    place = run.path.parent.parent / "grpo" / run.path.name
    shutil.copytree(run.path, place)
    assert faults(tmp_path)[run.id] is None
    other = run.id.replace("ms-lbp", "grpo")
    assert f"the record of another run, {run.id}" in faults(tmp_path)[other]
    assert Run.open(place).fault is None  # a copy that was asked for by its path is what its record says


@pytest.mark.parametrize("kind", ["link to the record", "link to the folder", "swapped records"])
def test_records_that_were_exchanged_are_found_out(tmp_path, run, kind):
    other = write_run(tmp_path, method="grpo")
    if kind == "link to the record":
        (run.path / "run.json").unlink()
        (run.path / "run.json").symlink_to(other.path / "run.json")
    elif kind == "link to the folder":
        shutil.rmtree(run.path)
        run.path.symlink_to(other.path)
    else:
        one, two = run.path / "run.json", other.path / "run.json"
        content = one.read_bytes()
        one.write_bytes(two.read_bytes())
        two.write_bytes(content)
        assert "the record of another run" in faults(tmp_path)[other.id]
    assert "the record of another run" in faults(tmp_path)[run.id]


def test_a_run_that_cannot_be_read_still_knows_its_place(tmp_path, run):
    (run.path / "run.json").write_text("null")
    (found,) = find(tmp_path)
    assert (found.id, found.world, found.protocol, found.method, found.seed) == (
        run.id, "demo", "cefa2hqwmca", "ms-lbp", 0,
    )  # fmt: skip
    assert found.demo
    assert "holds nothing where a record belongs" in found.fault
    (run.path / "run.json").unlink()
    assert "not a finished run" in next(find(tmp_path)).fault


def test_a_run_is_opened_by_its_folder_or_the_beginning_of_its_id(tmp_path, run):
    write_run(tmp_path, method="grpo")
    assert open_run(tmp_path, str(run.path)) == run
    assert open_run(tmp_path, "demo/cefa2hqwmca/ms-lbp/").id == run.id
    with pytest.raises(InputError, match="2 runs begin like this"):
        open_run(tmp_path, "demo")
    with pytest.raises(InputError, match="neither a run directory nor the id"):
        open_run(tmp_path, "lab")
    (run.path / "run.json").write_text("[]")
    for word in (run.id, str(run.path)):
        with pytest.raises(DamagedError, match="a list where a record belongs"):
            open_run(tmp_path, word)


def test_other_scores_than_those_of_the_record_are_refused(run):
    made_up_scores(seed=5).write(run.path / "scores.parquet")
    with pytest.raises(DamagedError, match=r"scores\.parquet: not the score file"):
        _ = Run.open(run.path).scores
    (run.path / "scores.parquet").replace(run.path / "dev-scores.parquet")
    with pytest.raises(DamagedError, match=r"dev-scores\.parquet: not the score file"):
        _ = Run.open(run.path).dev_scores


def test_a_log_and_a_model_are_those_of_the_record(run):
    (run.path / "log.jsonl").write_text('{"step": 1}\n{"step": 2}\n')
    (run.path / "model" / "sub").mkdir(parents=True)
    (run.path / "model" / "sub" / "w").write_bytes(b"weights")
    run.with_files(run.path).write(run.path)
    whole = Run.open(run.path)
    assert whole.log() == [{"step": 1}, {"step": 2}]
    assert whole.model_folder() == run.path / "model"
    (run.path / "log.jsonl").write_text('{"step": 1}\n{"step": 3}\n')
    with pytest.raises(DamagedError, match=r"log\.jsonl: not the file"):
        whole.log()
    (run.path / "model" / "sub" / "w").write_bytes(b"weightz")
    with pytest.raises(DamagedError, match="sub/w: not what was trained"):
        whole.model_folder()
    (run.path / "model" / "sub" / "w").unlink()
    with pytest.raises(DamagedError, match="sub/w: not what was trained"):
        whole.model_folder()
    shutil.rmtree(run.path / "model")
    with pytest.raises(InputError, match="keeps no model"):
        whole.model_folder()


def test_a_results_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "runs").touch()
    for name in ("file", "wrong"):
        with pytest.raises(InputError, match=f"{name}: runs cannot be written there"):
            require_writable(tmp_path / name)
        with pytest.raises(InputError, match=f"{name}/runs: no folder that can be read"):
            list(find(tmp_path / name))
    require_writable(tmp_path / "new")
    assert not (tmp_path / "new").exists(), "what is refused later leaves nothing"
