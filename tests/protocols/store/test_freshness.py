from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from protocols.errors import InputError
from protocols.recipe import Recipe
from protocols.store import work
from protocols.store.freshness import examine
from protocols.store.prepare import prepare, store_path
from protocols.store.stamps import STAMPS
from protocols.store.store import MANIFEST, PIXELS, Store
from tests.protocols.media_factory import cut_out, presentation, release, write_images

RECIPE = Recipe(frames=3, size=64, face_size=64)


@pytest.fixture
def surf(tmp_path):
    """Six folders of cut-out faces of different sizes; one of them holds an empty picture alone, one a broken one."""
    root = tmp_path / "data"
    rows = []
    for i in range(6):
        files = write_images(root / f"{i}", [cut_out(60 + i, 50, 5 + k) for k in range(2 + i)])
        rows.append(presentation(f"{i}", "images", *(f"{i}/{file}" for file in files)))
    (root / "0/0001.jpg").write_bytes(b"")
    (root / "0/0002.jpg").write_bytes(b"")
    (root / "1/0001.jpg").write_bytes(b"\xff\xd8broken")
    return release(root, *rows, name="casia-surf", cropped=True)


@pytest.fixture
def decoded(monkeypatch):
    """The presentations that are decoded from now on, by their first file."""
    calls = []
    whole = work.read_frames

    def counted(root, media, k):
        calls.append(media.files[0].split("/")[0])
        return whole(root, media, k)

    monkeypatch.setattr(work, "read_frames", counted)
    return calls


def made(data, tmp_path, **options):
    return prepare(data, RECIPE, tmp_path / "cache", workers=0, progress=False, **options)


def contents(store):
    return (store.path / PIXELS).read_bytes(), (store.path / MANIFEST).read_bytes()


def test_what_nobody_touched_is_not_read_again(surf, tmp_path, decoded):
    first = made(surf, tmp_path)
    assert len(decoded) == 6
    again = made(surf, tmp_path)
    assert (again.digest, len(decoded)) == (first.digest, 6)


def test_a_repaired_file_is_prepared_again_and_the_others_are_kept(surf, tmp_path, decoded, capsys):
    store = made(surf, tmp_path)
    assert store.failures.keys() == {"0"}
    decoded.clear()
    shutil.copy(surf.root / "2/0001.jpg", surf.root / "0/0001.jpg")
    again = made(surf, tmp_path)
    assert decoded == ["0"]
    assert again.failures == {}
    assert "1 of 6 presentations are prepared again: 0 (its files have changed)" in capsys.readouterr().err
    assert contents(again) == contents(prepare(surf, RECIPE, tmp_path / "anew", workers=0, progress=False))
    assert again.digest != store.digest
    assert sorted(file.name for file in again.path.parent.iterdir()) == [again.path.name, f"{again.path.name}.lock"]


def test_an_exchanged_file_is_prepared_again(surf, tmp_path, decoded):
    old = made(surf, tmp_path)
    decoded.clear()
    write_images(surf.root / "3", [np.full((60, 60, 3), 200, np.uint8)])
    new = made(surf, tmp_path)
    assert decoded == ["3"]
    assert new.entries["3"]["sha256"] != old.entries["3"]["sha256"]
    assert new.entries["4"] == old.entries["4"]


def test_a_release_unpacked_again_keeps_its_store(surf, tmp_path, decoded):
    store = made(surf, tmp_path)
    decoded.clear()
    for file in surf.root.rglob("*.jpg"):
        os.utime(file, (1, 1))
    assert made(surf, tmp_path).digest == store.digest
    assert decoded == []
    assert examine(store, surf).fresh  # the new times are written down: the bytes are not read again


def test_retry_tries_what_failed_or_lost_something(surf, tmp_path, decoded):
    store = made(surf, tmp_path)
    decoded.clear()
    assert made(surf, tmp_path, again="failed").digest == store.digest
    assert decoded == ["0", "1"]


def test_refresh_prepares_everything_anew(surf, tmp_path, decoded):
    store = made(surf, tmp_path)
    decoded.clear()
    assert made(surf, tmp_path, again="all").digest == store.digest
    assert decoded == list("012345")


def test_refresh_mends_a_store_that_does_not_open(surf, tmp_path):
    store = made(surf, tmp_path)
    (store.path / MANIFEST).write_bytes(b"junk")
    with pytest.raises(InputError, match="prepare the release again with --refresh"):
        made(surf, tmp_path)
    assert made(surf, tmp_path, again="all").digest == store.digest


def test_damaged_pixels_are_noticed_and_prepared_again(surf, tmp_path, decoded, capsys):
    """30 inverted bytes in the stored faces of one presentation."""
    store = made(surf, tmp_path)
    whole = contents(store)
    at = 128 + sum(h * w * 3 for name in "0123" for h, w in store.entries[name]["sizes"]) + 50
    with (store.path / PIXELS).open("r+b") as file:
        file.seek(at)
        bytes_ = bytes(255 - b for b in file.read(30))
        file.seek(at)
        file.write(bytes_)
    with pytest.raises(InputError, match=r"faces\.npy: the pixels of '4' have changed"):
        Store.open(store.path).faces(["1", "4"]).crops([0])
    decoded.clear()
    again = made(surf, tmp_path)
    assert decoded == ["4"]
    assert "4 (its stored faces are damaged)" in capsys.readouterr().err
    assert contents(again) == whole


def test_a_copied_store_is_read_through_once_and_believed(surf, tmp_path, decoded):
    store = made(surf, tmp_path)
    shutil.copytree(tmp_path / "cache", tmp_path / "copy")
    decoded.clear()
    copied = prepare(surf, RECIPE, tmp_path / "copy", workers=0, progress=False)
    assert copied.digest == store.digest
    assert decoded == []
    assert examine(copied, surf).fresh


def test_stamps_that_are_lost_or_damaged_are_no_proof(surf, tmp_path, decoded):
    store = made(surf, tmp_path)
    lines = (store.path / STAMPS).read_bytes().splitlines(keepends=True)
    (store.path / STAMPS).write_bytes(b"".join(lines[:4]) + b"junk\n" + lines[5])
    decoded.clear()
    assert made(surf, tmp_path).digest == store.digest
    assert decoded == ["4", "5"]
    (store.path / STAMPS).unlink()
    decoded.clear()
    assert made(surf, tmp_path).digest == store.digest
    assert decoded == list("012345")


def test_media_that_never_come_to_rest_are_an_error(surf, tmp_path, monkeypatch):
    whole = work.read_frames

    def busy(root, media, k):
        found = whole(root, media, k)
        os.utime(root / media.files[0], ns=(1, (root / media.files[0]).stat().st_mtime_ns + 1_000_000))
        return found

    monkeypatch.setattr(work, "read_frames", busy)
    with pytest.raises(InputError, match="keep changing"):
        made(surf, tmp_path)


def test_a_store_made_anew_while_it_is_read_is_not_mixed_up(surf, tmp_path):
    held = made(surf, tmp_path)
    write_images(surf.root / "1", [np.full((60, 60, 3), 200, np.uint8)] * 2)
    made(surf, tmp_path)
    with pytest.raises(InputError, match="prepared anew while it was being read"):
        held.faces(["5"]).crops([0])


CHILD = """
import os, pickle, signal, sys
from pathlib import Path
from protocols.store import journal
from protocols.store.prepare import prepare
real, left = {}, int(sys.argv[3])
def dying(name):
    real[name] = getattr(os, name)
    def step(*words, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real[name](*words, **more)
    return step
if __name__ == "__main__":
    release, recipe = pickle.loads(Path(sys.argv[1]).read_bytes())
    for name in ("write", "rename", "fsync", "ftruncate", "pwrite", "rmdir", "unlink"):
        setattr(os, name, dying(name))
    prepare(release, recipe, Path(sys.argv[2]), workers=0)
"""


def test_killed_while_it_is_mended_the_store_comes_out_whole(surf, tmp_path):
    """kill -9 before any step of writing, moving away, moving in and clearing up."""
    made(surf, tmp_path)
    shutil.copy(surf.root / "2/0001.jpg", surf.root / "0/0001.jpg")
    right = contents(prepare(surf, RECIPE, tmp_path / "anew", workers=0, progress=False))
    (tmp_path / "child.py").write_text(CHILD)
    (tmp_path / "job.pickle").write_bytes(pickle.dumps((surf, RECIPE)))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    for step in (3, 14, 27, 30, 32, 34, 36, 38):
        cache = tmp_path / f"cache{step}"
        shutil.copytree(tmp_path / "cache", cache)
        words = [sys.executable, tmp_path / "child.py", tmp_path / "job.pickle", cache, str(step)]
        subprocess.run(words, env=environment, capture_output=True, check=False)
        done = prepare(surf, RECIPE, cache, workers=0, progress=False)
        assert contents(done) == right, step
        path = store_path(surf, RECIPE, cache)
        assert sorted(file.name for file in cache.iterdir()) == [path.name, f"{path.name}.lock"], step
