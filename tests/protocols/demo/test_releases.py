from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from protocols.demo import build
from protocols.demo.releases import MARKER, _whole
from protocols.errors import InputError

# Runs a build that is killed, with SIGKILL, at its n-th call of one of the builder's own functions.
KILLED = """
import os, signal, sys
from pathlib import Path
import protocols.demo.releases as builder

cache, name, n, workers = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
inner, calls = getattr(builder, name), [0]

def deadly(*arguments):
    calls[0] += 1
    result = inner(*arguments) if calls[0] < n or name == "_finish" else None
    if calls[0] == n:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

if __name__ == "__main__":
    setattr(builder, name, deadly)
    builder.build(Path(cache), size="small", workers=workers, progress=False)
"""


def digests(roots: dict[str, Path]) -> dict[str, str]:
    """SHA-256 of every file by its path within the releases."""
    return {
        f"{name}/{file.relative_to(root).as_posix()}": hashlib.sha256(file.read_bytes()).hexdigest()
        for name, root in roots.items()
        for file in sorted(root.rglob("*"))
        if file.is_file()
    }


def killed(script: Path, cache: Path, *arguments: str) -> None:
    # The pipes stay open as long as any worker lives: that this returns shows that none outlives its parent.
    done = subprocess.run(
        [sys.executable, str(script), str(cache), *arguments],
        capture_output=True, timeout=300, check=False, cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == -9, done.stderr.decode()[-2000:]


def test_killed_builds_leave_nothing_half_valid_and_end_in_the_same_bytes(
    roots: dict[str, Path], tmp_path: Path
) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    cache = tmp_path / "cache"

    killed(script, cache, "draw_all", "3", "1")  # while drawing
    (home,) = cache.glob("demo-*[!k]")
    assert [entry.name for entry in home.iterdir() if not entry.name.startswith(".")] == []

    killed(script, cache, "_finish", "2", "2")  # two workers; the second release is complete but not yet renamed
    assert [entry.name for entry in home.iterdir() if not entry.name.startswith(".")] == ["casia-surf"]

    again = build(cache, size="small", workers=2, progress=False)
    assert digests(again) == digests(roots)
    assert not list(home.glob(".*"))


def test_a_finished_build_is_returned_without_drawing(roots: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr("protocols.demo.releases._build", never)
    assert build(roots["cefa"].parents[1], size="small", workers=1, progress=False) == roots


def test_a_release_that_lost_a_file_or_its_marker_is_not_whole(roots: dict[str, Path], tmp_path: Path) -> None:
    copy = tmp_path / "cefa"
    shutil.copytree(roots["cefa"], copy)
    assert _whole(copy)
    victim = next(copy.rglob("*.jpg"))
    data = victim.read_bytes()
    victim.unlink()
    assert not _whole(copy)
    victim.write_bytes(data)
    (copy / MARKER).write_text("{")
    assert not _whole(copy)


def test_seed_and_size_have_folders_of_their_own(roots: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protocols.demo.releases._build", lambda *arguments: None)
    cache = roots["cefa"].parents[1]
    homes = {build(cache, seed=s, size=z, progress=False)["cefa"].parent for s, z in ((1, "small"), (0, "default"))}
    assert len(homes | {roots["cefa"].parent}) == 3


def test_the_marker_says_what_this_is(roots: dict[str, Path]) -> None:
    for name, root in roots.items():
        about = json.loads((root / MARKER).read_text())
        assert about["release"] == name
        assert "not the real data set" in about["about"]


def test_unknown_size_and_a_cache_that_is_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="demo size 'huge' is unknown: use default or small"):
        build(tmp_path, size="huge")
    (tmp_path / "cache").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        build(tmp_path / "cache", size="small", workers=1, progress=False)
