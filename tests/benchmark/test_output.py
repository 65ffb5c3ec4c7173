"""What commands write is whole, or one line says why not."""

from __future__ import annotations

import shutil

import pytest

from benchmark.__main__ import main
from benchmark.output import write_text
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores, write_run


def test_the_folder_is_made_and_the_text_written_as_it_is(tmp_path):
    write_text(tmp_path / "new" / "a.txt", "ä\r\nb\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "ä\r\nb\n".encode()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/a\.txt: cannot be written .* choose another --output"):
        write_text(tmp_path / "file" / "a.txt", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=r"folder: cannot be written \(Is a directory\)"):
        write_text(tmp_path / "folder", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a configuration, a release, weights and a run, in which the commands work; and the run's files."""
    for name in ("siw", "weights", "cache/faces"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "siw/Live_1.mov").write_bytes(b"a video")
    (tmp_path / "weights/clip.safetensors").write_bytes(b"weights")
    (tmp_path / "benchmark.toml").write_text(
        'name = "lab"\ncache = "cache"\n[releases]\nsiw-mv2 = "siw"\n[models]\nclip = "weights"\n'
    )
    run = write_run(tmp_path / "results", world="lab", dev=made_up_scores(seed=1))
    monkeypatch.chdir(tmp_path)
    return run.path


COMMANDS = {
    "table": ["table", "1"],
    "report": ["report", "--protocol", "cefa2hqwmca"],
    "figure": ["figure", "det", "--method", "ms-lbp", "--protocol", "cefa2hqwmca"],
    "bob": ["export", "lab/cefa2hqwmca/ms-lbp", "--format", "bob"],
    "dataset": ["export", "lab/cefa2hqwmca/ms-lbp", "--format", "dataset"],
}


def everything(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_no_command_writes_over_results_or_what_it_reads(place, capsys, words):
    top = place.parents[5]
    (top / "link.parquet").symlink_to(place / "scores.parquet")
    before = everything(top)
    for output in (
        place / "scores.parquet",
        place / "run.json",
        place / "new.txt",
        place / "model/deep/new.txt",
        place.parent / "new.txt",
        "results/runs",
        "results/sweeps/logs/x.log",
        "link.parquet",
        "benchmark.toml",
        "siw/Live_1.mov",
        "siw/new.html",
        "weights/clip.safetensors",
        "cache/faces/new.txt",
    ):
        assert main([*words, "--output", str(output)]) == 2, output
        assert "write somewhere else" in capsys.readouterr().err, output
    assert everything(top) == before


def test_a_copy_of_a_run_elsewhere_is_a_run_too(place, tmp_path, capsys):
    shutil.copytree(place, tmp_path / "kept")
    assert main(["table", "1", "--output", str(tmp_path / "kept/scores.parquet")]) == 2
    assert "is a finished run" in capsys.readouterr().err


def test_what_a_command_wrote_may_be_written_again(place):
    for output in ("report.html", "tables/report.html", "report.html", "results/report.html"):
        assert main([*COMMANDS["report"], "--output", output]) == 0
