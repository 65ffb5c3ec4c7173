from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protocols.errors import InputError, UnreadableError
from protocols.media import findings
from protocols.media.crop import resize, trim
from protocols.media.decode import read_frames
from protocols.media.detect import load_detector
from protocols.media.picture import read_image
from protocols.recipe import Recipe
from protocols.store.prepare import prepare, space_needed, store_path
from protocols.store.store import MANIFEST, PIXELS, Store
from tests.protocols.media_factory import (
    cut_out,
    moving,
    portrait,
    presentation,
    release,
    write_images,
    write_video,
)

RECIPE = Recipe(frames=3, size=64, face_size=60, detect_side=256, min_face=40)


@pytest.fixture(scope="module")
def siw(tmp_path_factory):
    """Videos: two with a face, one without, one that breaks off, one of zero bytes, one that is absent."""
    root = tmp_path_factory.mktemp("siw")
    write_video(root / "Live_1.mov", "libx264", portrait(9))
    write_video(root / "Live_2.avi", "mjpeg", portrait(5))
    write_video(root / "Live_3.mp4", "mpeg4", moving(6))
    whole = write_video(root / "whole.mov", "libx264", portrait(4)).read_bytes()
    (root / "Live_4.mov").write_bytes(whole[: len(whole) // 2])
    (root / "Live_5.mov").write_bytes(b"")
    names = ["Live_1.mov", "Live_2.avi", "Live_3.mp4", "Live_4.mov", "Live_5.mov", "Live_6.mov"]
    return release(root, *(presentation(name[:-4], "video", name) for name in names))


@pytest.fixture(scope="module")
def surf(tmp_path_factory):
    """Folders of cut-out faces; enough presentations for a kill to find some done and some not."""
    root = tmp_path_factory.mktemp("surf")
    rows = []
    for i in range(60):
        pictures = [cut_out(60 + i, 50, 5 + k) for k in range(1 + i % 4)]
        files = write_images(root / f"{i:03}", pictures)
        rows.append(presentation(f"{i:03}", "images", *(f"{i:03}/{file}" for file in files)))
    (root / "007/0001.jpg").write_bytes(b"\xff\xd8broken")
    write_images(root / "black", [np.zeros((40, 40, 3), np.uint8)])
    rows.append(presentation("black", "images", "black/0001.jpg"))
    return release(root, *rows, name="casia-surf", cropped=True)


def contents(store: Store) -> tuple[bytes, bytes]:
    return (store.path / PIXELS).read_bytes(), (store.path / MANIFEST).read_bytes()


def test_every_presentation_is_recorded_with_faces_or_a_reason(siw, tmp_path):
    store = prepare(siw, RECIPE, tmp_path, workers=0)
    assert list(store.entries) == [p.id for p in siw.presentations]
    assert [store.entries[name]["frames"] for name in ("Live_1", "Live_2")] == [3, 3]
    assert store.failures == {
        "Live_3": "no face found",
        "Live_4": "not a readable video file",
        "Live_5": "file is empty (0 bytes)",
        "Live_6": "file is missing",
    }
    assert store.entries["Live_1"]["index"] == [1, 4, 7]
    assert store.path == store_path(siw, RECIPE, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [store.path.name, f"{store.path.name}.lock"]
    assert sum(file.stat().st_size for file in store.path.iterdir()) <= space_needed(siw, RECIPE)


def test_a_stored_crop_is_a_face(siw, tmp_path):
    store = prepare(siw, RECIPE, tmp_path, workers=0)
    crop = store.pixels[store.frames_of("Live_1")[0]]
    box = load_detector(Recipe(min_face=12))(np.ascontiguousarray(crop))
    assert abs(box.x + box.w / 2 - 32) < 5
    assert abs(box.y + box.h / 2 - 32) < 5


def test_the_number_of_workers_does_not_show(siw, surf, tmp_path):
    for data in (siw, surf):
        one = prepare(data, RECIPE, tmp_path / "one", workers=0, progress=False)
        two = prepare(data, RECIPE, tmp_path / "two", workers=2, progress=False)
        assert contents(one) == contents(two)


def test_cut_out_faces_are_trimmed_and_not_detected(surf, tmp_path, monkeypatch):
    monkeypatch.setattr("protocols.store.work.load_detector", None)
    store = prepare(surf, RECIPE, tmp_path, workers=0)
    assert store.failures == {"black": "no face found: the picture is black"}
    assert store.entries["007"]["index"] == [1, 2, 3]
    assert [(loss.kind, loss.reason) for loss in store.losses("007")] == [
        ("broken picture", "0001.jpg: not a readable image file")
    ]
    original = read_image(surf.root / "003/0002.jpg")
    rows = store.frames_of("003")
    assert store.entries["003"]["index"] == [0, 2, 3]
    first = trim(read_image(surf.root / "003/0003.jpg"), RECIPE.border, "stretch", 60)
    assert np.array_equal(store.pixels[rows[1]], first)
    assert store.entries["003"]["near"] == []
    assert original.shape != first.shape
    assert set(store.faces(["003", "005"]).context.tolist()) == {1.0}


def test_a_second_preparation_reads_nothing(siw, tmp_path, monkeypatch):
    first = prepare(siw, RECIPE, tmp_path, workers=0)
    monkeypatch.setattr("protocols.store.work.read_frames", None)
    assert prepare(siw, RECIPE, tmp_path).digest == first.digest


def test_boxes_replace_the_detector(siw, tmp_path, monkeypatch):
    file = tmp_path / "boxes.csv"
    file.write_text("presentation,frame,x,y,w,h\nLive_1,1,40,50,100,120\nLive_3,0,5000,5000,9,9\n")
    recipe = replace(RECIPE, detector="boxes", detector_file=file, context=1.0)
    monkeypatch.setattr("protocols.store.work.load_detector", None)
    store = prepare(siw, recipe, tmp_path, workers=0)
    assert store.entries["Live_1"]["boxes"] == [[40.0, 50.0, 100.0, 120.0, 1.0]] * 3
    assert store.failures["Live_2"] == "no box in boxes.csv"
    assert store.failures["Live_3"] == "face box outside the picture"


def test_what_a_presentation_lost_stands_in_its_line(tmp_path):
    root = tmp_path / "data"
    whole = write_video(root / "whole.mp4", "libx264", portrait(30), movflags="faststart").read_bytes()
    (root / "cut.mp4").write_bytes(whole[: len(whole) * 7 // 10])
    pictures = [cut_out(60, 50, 5), np.zeros((70, 60, 3), np.uint8), cut_out(60, 50, 7), cut_out(60, 50, 8)]
    names = write_images(root / "f", pictures)
    (root / "f" / names[0]).write_bytes(b"")
    videos = release(root, presentation("cut", "video", "cut.mp4"), presentation("whole", "video", "whole.mp4"))
    store = prepare(videos, RECIPE, tmp_path / "a", workers=0)
    (loss,) = store.losses("cut")
    assert (loss.kind, loss.frames > 5) == ("breaks off", True)
    assert loss.reason == f"breaks off after {30 - loss.frames} of 30 frames"
    assert store.losses("whole") == ()
    assert [(store.entries[i]["asked"], store.entries[i]["named"]) for i in ("cut", "whole")] == [(3, 30), (3, 30)]
    folder = release(root, presentation("f", "images", *(f"f/{name}" for name in names)), cropped=True)
    store = prepare(folder, RECIPE, tmp_path / "b", workers=0)
    assert [loss.reason for loss in store.losses("f")] == [
        "0001.jpg: file is empty (0 bytes)",
        "1 of 3 pictures are black",
    ]
    entry = store.entries["f"]
    assert (entry["frames"], entry["asked"], entry["named"], entry["index"]) == (2, 3, 4, [2, 3])


def test_a_box_beside_the_picture_costs_its_frame(tmp_path):
    write_video(tmp_path / "a.mov", "libx264", portrait(3))
    data = release(tmp_path, presentation("a", "video", "a.mov"))
    file = tmp_path / "boxes.csv"
    file.write_text("presentation,frame,x,y,w,h\na,0,40,50,100,120\na,1,5000,50,100,120\na,2,40,50,100,120\n")
    store = prepare(data, replace(RECIPE, detector="boxes", detector_file=file), tmp_path / "cache", workers=0)
    assert store.entries["a"]["index"] == [0, 2]
    assert [loss.reason for loss in store.losses("a")] == ["face box outside the picture in 1 of 3 frames"]


def test_an_odd_error_of_one_presentation_does_not_end_the_others(siw, tmp_path, monkeypatch):
    """Whatever a decoder or a detector raises, whatever comes next."""

    class Odd:
        calls = 0

        def __call__(self, rgb):
            Odd.calls += 1
            if Odd.calls == 1:
                raise ZeroDivisionError("a detector's own fault")
            return load_detector(RECIPE)(rgb)

    monkeypatch.setattr("protocols.store.work.load_detector", lambda recipe: Odd())
    store = prepare(siw, RECIPE, tmp_path, workers=0)
    assert store.failures["Live_1"] == "no crop can be made (ZeroDivisionError: a detector's own fault)"
    assert store.entries["Live_2"]["frames"] == 3


def test_an_error_of_the_system_ends_the_preparation_and_is_not_recorded(siw, surf, tmp_path, monkeypatch):
    whole, calls = findings.Source._piece, []

    def failing(self, size):
        calls.append(self._path.name)
        if len(calls) > 40:
            raise OSError(5, "Input/output error")
        return whole(self, size)

    with monkeypatch.context() as patch:
        patch.setattr(findings.Source, "_piece", failing)
        with pytest.raises(UnreadableError, match=r"\.jpg: .*Input/output error"):
            prepare(surf, RECIPE, tmp_path, workers=0)
    path = store_path(surf, RECIPE, tmp_path)
    assert not path.exists()
    kept = (path.with_name(path.name + ".part") / MANIFEST).read_text()
    assert kept.count("\n") > 5
    assert "Input" not in kept
    store = prepare(surf, RECIPE, tmp_path, workers=0)
    assert contents(store) == contents(prepare(surf, RECIPE, tmp_path / "undisturbed", workers=0))


def test_a_face_in_a_frame_is_stored_as_the_source_has_it(siw, tmp_path, monkeypatch):
    """The crop with context is made smaller, the face alone is kept pixel for pixel up to `face_size`."""
    file = tmp_path / "boxes.csv"
    file.write_text("presentation,frame,x,y,w,h\nLive_1,0,40,50,60,45\nLive_2,0,40,50,30,30\n")
    recipe = replace(RECIPE, detector="boxes", detector_file=file, context=1.8)
    store = prepare(siw, recipe, tmp_path, workers=0)
    frame = read_frames(siw.root, siw.presentations[0].media, 3).frames[1].pixels
    assert store.entries["Live_1"]["sizes"] == [[64, 64]] * 3 + [[60, 60]] * 3
    assert store.entries["Live_2"]["sizes"] == [[54, 54]] * 3
    faces = store.faces(["Live_1", "Live_2"])
    assert faces.near.tolist() == [3, 4, 5, -1, -1, -1]
    assert np.array_equal(faces.native(1), frame[42:102, 40:100])
    assert np.array_equal(faces.crops([1], 56), resize(frame[42:102, 40:100], 56, 56)[None])


def test_an_earlier_store_is_named_in_one_line(surf, tmp_path, capsys):
    first = prepare(surf, RECIPE, tmp_path, workers=0, progress=False)
    assert capsys.readouterr().err == ""
    prepare(surf, replace(RECIPE, frames=4), tmp_path, workers=0, progress=False)
    assert capsys.readouterr().err == (
        f"casia-surf: the store {first.path.name} was prepared with frames=3; asked for: frames=4. Prepared again\n"
    )
    prepare(surf, replace(RECIPE, frames=4), tmp_path, workers=0, progress=False)
    assert capsys.readouterr().err == ""


def test_an_id_used_twice_is_refused(siw, tmp_path):
    twice = replace(siw, presentations=siw.presentations[:1] * 2)
    with pytest.raises(InputError, match="share an id"):
        prepare(twice, RECIPE, tmp_path, workers=0)


def test_a_cache_that_cannot_be_written_is_named(siw, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cache cannot be written"):
        prepare(siw, RECIPE, tmp_path / "file" / "cache", workers=0)


CHILD = """
import os, pickle, signal, sys
from pathlib import Path
from protocols.store import journal
from protocols.store.prepare import prepare
whole, left = journal._write, int(os.environ.get("WRITES", -1))
def torn(descriptor, data):
    # the last write that this process is granted gets half of its bytes to the disk
    global left
    left -= 1
    if left == 0:
        os.write(descriptor, bytes(data)[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    whole(descriptor, data)
if __name__ == "__main__":
    journal._write = torn
    release, recipe = pickle.loads(Path(sys.argv[1]).read_bytes())
    prepare(release, recipe, Path(sys.argv[2]), workers=int(sys.argv[3]))
"""


@pytest.fixture
def child(surf, tmp_path):
    """Starts a preparation of `surf` in a process of its own, with a given number of workers."""
    (tmp_path / "child.py").write_text(CHILD)
    (tmp_path / "job.pickle").write_bytes(pickle.dumps((surf, RECIPE)))
    started = []

    def start(workers: int, writes: int = -1, **options) -> subprocess.Popen:
        command = [sys.executable, tmp_path / "child.py", tmp_path / "job.pickle", tmp_path / "cache", str(workers)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "WRITES": str(writes)}
        started.append(
            subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_killed_at_any_moment_the_store_comes_out_the_same(surf, tmp_path, child):
    """kill -9 of a two-process preparation, in the middle of a write, three times at random; then on to the end."""
    undisturbed = prepare(surf, RECIPE, tmp_path / "undisturbed", workers=0)
    path = store_path(surf, RECIPE, tmp_path / "cache")
    part = path.with_name(path.name + ".part")
    for writes in np.random.default_rng(3).integers(4, 40, 3):  # two a presentation: it cannot be done before
        assert child(2, int(writes)).wait() == -signal.SIGKILL
        assert not path.exists()
        assert (part / MANIFEST).read_bytes().count(b"\n") > 1
    assert child(2).wait() == 0
    assert contents(Store.open(path)) == contents(undisturbed)
    assert not part.exists()


def test_workers_do_not_outlive_a_killed_parent(child):
    process = child(2)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers: list[str] = []
    while len(workers) < 3 and process.poll() is None:  # two workers and the resource tracker
        workers = children.read_text().split()
    watched = [os.pidfd_open(int(pid)) for pid in workers]
    process.send_signal(signal.SIGKILL)
    for ended in watched:
        readable, _, _ = select.select([ended], [], [], 60)
        os.close(ended)
        assert readable


def test_a_full_disk_is_one_line_and_what_is_done_is_kept(surf, tmp_path, child):
    limit = 50 * 64 * 64 * 3
    process = child(1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    _, errors = process.communicate()
    assert process.returncode != 0
    assert "InputError" in errors.splitlines()[-1]
    assert "free some space" in errors.splitlines()[-1]
    path = store_path(surf, RECIPE, tmp_path / "cache")
    assert not path.exists()
    resumed = prepare(surf, RECIPE, tmp_path / "cache", workers=0)
    assert contents(resumed) == contents(prepare(surf, RECIPE, tmp_path / "other", workers=0))


def test_a_second_process_waits_and_finds_it_done(surf, tmp_path, child):
    both = [child(1), child(1)]
    errors = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    assert contents(Store.open(store_path(surf, RECIPE, tmp_path / "cache")))
