"""What commands write is whole, or one line says why not."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

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


def test_a_device_and_a_pipe_are_written_to_and_never_replaced(tmp_path):
    """Whoever is root would replace `/dev/full` by a file: there is no room on it, and that is said."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_text(tmp_path / "pipe", "table")
    assert os.read(reader, 100) == b"table"
    os.close(reader)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    for device in ("/dev/null", "/dev/full"):
        (tmp_path / "device").symlink_to(device)
        if device == "/dev/null":
            write_text(tmp_path / "device", "table")
        else:
            with pytest.raises(InputError, match="device: cannot be written .*No space left"):
                write_text(tmp_path / "device", "table")
        assert (tmp_path / "device").is_symlink()
        assert Path(device).is_char_device()
        (tmp_path / "device").unlink()


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
    (top / "elsewhere" / "model").mkdir(parents=True)
    (top / "elsewhere" / "model.json").write_text("{}")
    before = everything(top)
    for output in (
        place / "scores.parquet",
        place / "run.json",
        place / "new.txt",
        place / "model/deep/new.txt",
        place.parent / "new.txt",
        "results/runs",
        "results/models",
        "results/models/lab/none/zero/s0-1/model/weights",
        "elsewhere/model/new.txt",
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


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("option", ["--output", "--results"])
def test_a_link_that_leads_to_itself_is_one_line(place, capsys, words, option):
    top = place.parents[5]
    (top / "loop").symlink_to(top / "loop")
    words = [*words, "--output", "out"] if option != "--output" else words
    assert main([*words, option, "loop"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "loop" in err


WRITERS = {
    "run": ["run", "--method", "ms-lbp", "--protocol", "surf2siw"],
    "sweep": ["sweep", "paper", "--quick", "--quiet"],
    "import": ["import", "scores.csv", "--method", "theirs", "--protocol", "surf2siw"],
}


@pytest.mark.parametrize("words", [*COMMANDS.values(), *WRITERS.values()], ids=[*COMMANDS, *WRITERS])
@pytest.mark.parametrize("where", [".", "runs"])
def test_results_that_are_no_folder_are_one_line(tmp_path, monkeypatch, capsys, words, where):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAD_CACHE", str(tmp_path / "cache"))
    (tmp_path / "scores.csv").write_text("id,label,score\na,bona fide,1\nb,attack,0\n")
    (tmp_path / "odd" / where).parent.mkdir(exist_ok=True)
    (tmp_path / "odd" / where).write_text("no folder")
    words = [*words, "--output", "out"] if words in COMMANDS.values() else words
    assert main([*words, "--results", "odd"]) == 2
    err = capsys.readouterr().err
    assert (err.count("\n"), err.startswith("error: odd")) == (1, True)
    assert (tmp_path / "odd" / where).read_text() == "no folder"
    assert not (tmp_path / "out").exists()
