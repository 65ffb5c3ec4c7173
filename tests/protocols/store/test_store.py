from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from protocols.errors import InputError
from protocols.store.checked import damaged
from protocols.store.journal import Journal
from protocols.store.store import FORMAT, MANIFEST, PIXELS, Store, hash_pixels, npy_header, pick

HEAD = {
    "format": FORMAT,
    "release": "cefa",
    "release_digest": "r",
    "recipe_digest": "p",
    "recipe": {"size": 16, "frames": 4},
}
COUNTS = {"a": 4, "b": 0, "c": 2, "d": 1}
NEAR = {"a": [1, 3], "b": [], "c": [0], "d": []}


def crops(name: str, n: int):
    """`n` frames of several sizes, then the second pictures of those in `NEAR`."""
    rng = np.random.default_rng(ord(name))
    shapes = [(12 + i, 16, 3) for i in range(n)] + [(20 + i, 20 + i, 3) for i in NEAR[name]]
    return [rng.integers(0, 256, shape, np.uint8) for shape in shapes]


def row(name: str, n: int):
    return {
        "id": name,
        "frames": n,
        "context": 1.8,
        "sizes": [picture.shape[:2] for picture in crops(name, n)],
        "near": NEAR[name],
        "sha256": hash_pixels(crops(name, n)),
        "failure": None if n else "no face found",
    }


def write(path):
    with Journal(path, HEAD) as journal:
        for name, n in COUNTS.items():
            if name not in journal.done:
                journal.append(row(name, n), crops(name, n))
        journal.finish()
    return path


@pytest.fixture
def store(tmp_path):
    return Store.open(write(tmp_path / "store"))


def test_rows_lie_where_the_manifest_says(store):
    assert store.frames == 7
    assert len(store.pixels) == 10
    assert store.frames_of("c").tolist() == [6, 7]
    assert store.frames_of("b").tolist() == []
    for name, n in COUNTS.items():
        first = store.starts[name]
        for i, picture in enumerate(crops(name, n)):
            assert np.array_equal(store.pixels[first + i], picture)
            assert not store.pixels[first + i].flags.writeable
    assert store.failures == {"b": "no face found"}
    assert list(damaged(store.path, store.entries)) == []


def test_numpy_opens_the_pixels_by_itself(store):
    together = np.concatenate([picture.ravel() for name, n in COUNTS.items() for picture in crops(name, n)])
    assert np.array_equal(np.load(store.path / PIXELS), together)
    for shape in ((0,), (10**15,), (100_000_000, 1024, 1024, 3)):
        assert len(npy_header(shape)) == 128


def test_faces_are_a_view(store):
    faces = store.faces(["d", "a"], labels={"a": "bona fide", "d": "attack"})
    assert faces.pixels is store.pixels
    assert faces.rows.tolist() == [9, 0, 1, 2, 3]
    assert faces.near.tolist() == [-1, -1, 4, -1, 5]
    assert faces.owner.tolist() == [0, 1, 1, 1, 1]
    assert faces.labels.tolist() == [0, 1]
    assert faces.domains == ("cefa", "cefa")
    assert faces.context.tolist() == pytest.approx([1.8] * 5)
    assert store.faces(["a"]).labels is None
    assert store.faces(["a"]).domains is None


def test_keys_say_nothing_and_stay(store):
    assert store.faces(["d", "a"]).keys == store.faces(["a", "d"]).keys[::-1]
    assert not {"a", "d"} & set(store.faces(["a", "d"]).keys)


def test_digest_follows_list_and_frames(store):
    same = store.faces(["a", "c"]).digest
    others = [store.faces(["c", "a"]), store.faces(["a"]), store.faces(["a", "c"], frames=1)]
    assert same == store.faces(["a", "c"]).digest
    assert same not in [other.digest for other in others]


def test_frames_are_chosen_evenly(store):
    assert store.faces(["a", "c"], frames=2).rows.tolist() == [1, 3, 6, 7]
    assert store.faces(["a", "c", "d"], frames="middle").rows.tolist() == [2, 7, 9]
    assert store.faces(["a", "c"], frames=2).near.tolist() == [4, 5, 8, -1]
    assert store.faces(["a", "d"], frames=100).rows.tolist() == [0, 1, 2, 3, 9]


def test_pick():
    assert pick(8, 4).tolist() == [1, 3, 5, 7]
    assert pick(3, 8).tolist() == [0, 1, 2]
    assert pick(0, 3).tolist() == []
    assert pick(0, "middle").tolist() == []
    with pytest.raises(InputError, match="less than one"):
        pick(3, 0)


def test_no_faces_at_all(tmp_path):
    with Journal(tmp_path / "store", HEAD) as journal:
        journal.append(row("b", 0), crops("b", 0))
        journal.finish()
    store = Store.open(tmp_path / "store")
    assert len(store.pixels) == 0
    assert len(store.faces([])) == 0


@pytest.mark.parametrize(
    ("ids", "message"), [(["x"], "no presentation 'x'"), (["b"], "no face"), (["a", "a"], "twice")]
)
def test_wrong_ids_are_refused(store, ids, message):
    with pytest.raises(InputError, match=message):
        store.faces(ids)


def test_truncated_pixels_are_refused(store):
    content = (store.path / PIXELS).read_bytes()
    for broken in (content[:-1], content + b"\0", content[:64], b""):
        (store.path / PIXELS).write_bytes(broken)
        with pytest.raises(InputError, match=r"faces\.npy.*prepare the release again"):
            Store.open(store.path)
    (store.path / PIXELS).unlink()
    with pytest.raises(InputError, match=r"faces\.npy"):
        Store.open(store.path)


def test_every_truncated_or_changed_manifest_is_refused(store):
    content = (store.path / MANIFEST).read_bytes()
    for length in range(0, len(content) - 1, 7):
        (store.path / MANIFEST).write_bytes(content[:length])
        with pytest.raises(InputError, match=r"manifest\.jsonl: incomplete or changed"):
            Store.open(store.path)
    (store.path / MANIFEST).write_bytes(content.replace(b'"a"', b'"z"'))
    with pytest.raises(InputError, match="changed"):
        Store.open(store.path)
    (store.path / MANIFEST).unlink()
    with pytest.raises(InputError, match="not a face store"):
        Store.open(store.path)


def test_a_changed_pixel_is_found(store):
    with (store.path / PIXELS).open("r+b") as file:
        file.seek(128 + sum(picture.size for picture in crops("a", 4)) + 5)
        file.write(b"\x07\x08")
    assert list(damaged(store.path, store.entries)) == ["c"]
    with pytest.raises(InputError, match="pixels of 'c' have changed"):
        Store.open(store.path).faces(["a"], labels=None).crops(slice(None), scale=1.0)


def test_journal_resumes_after_any_cut(tmp_path):
    """Whatever of the two files had reached the disk, going on gives the same bytes."""
    whole = write(tmp_path / "whole")
    pixels, manifest = (whole / PIXELS).read_bytes(), (whole / MANIFEST).read_bytes()
    lines = manifest[: manifest.rstrip(b"\n").rindex(b"\n") + 1]
    rng = np.random.default_rng(0)
    for i in range(40):
        part = tmp_path / f"again{i}.part"
        part.mkdir()
        (part / PIXELS).write_bytes(bytes(128) + pixels[128 : int(rng.integers(0, len(pixels)))])
        (part / MANIFEST).write_bytes(lines[: int(rng.integers(0, len(lines) + 1))])
        again = write(tmp_path / f"again{i}")
        assert (again / PIXELS).read_bytes() == pixels
        assert (again / MANIFEST).read_bytes() == manifest
        assert not part.exists()


def test_journal_starts_over_for_another_recipe(tmp_path):
    with Journal(tmp_path / "store", HEAD) as journal:
        journal.append(row("a", 4), crops("a", 4))
    with Journal(tmp_path / "store", {**HEAD, "recipe_digest": "other"}) as journal:
        assert journal.done == []
    with pytest.raises(InputError, match="not a face store"):
        Store.open(tmp_path / "store")


def test_manifest_is_json_lines(store):
    lines = (store.path / MANIFEST).read_text().splitlines()
    assert json.loads(lines[0])["release"] == "cefa"
    assert [json.loads(line)["id"] for line in lines[1:-1]] == list(COUNTS)
    assert json.loads(lines[-1])["frames"] == 7


def test_a_store_of_format_1_is_still_read(tmp_path):
    """All crops of one size, no second pictures: what reports of old runs need."""
    pixels = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)
    lines = [
        {**HEAD, "format": 1},
        {"id": "a", "frames": 2, "context": 1.8, "sha256": hash_pixels(list(pixels[:2])), "failure": None},
        {"id": "b", "frames": 1, "context": 1.8, "sha256": hash_pixels(list(pixels[2:])), "failure": None},
    ]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    end = {"end": hashlib.sha256(body).hexdigest(), "presentations": 2, "frames": 3}
    (tmp_path / MANIFEST).write_bytes(body + json.dumps(end).encode() + b"\n")
    (tmp_path / PIXELS).write_bytes(npy_header(pixels.shape) + pixels.tobytes())
    store = Store.open(tmp_path)
    assert list(damaged(store.path, store.entries)) == []
    assert np.array_equal(store.faces(["b", "a"]).crops(slice(None), scale=9.0), pixels[[2, 0, 1]])


def test_a_store_of_a_later_format_is_refused(tmp_path):
    write(tmp_path / "store")
    text = (tmp_path / "store" / MANIFEST).read_text()
    head, *rows, _ = text.splitlines(keepends=True)
    body = head.replace(f'"format":{FORMAT}', f'"format":{FORMAT + 1}') + "".join(rows)
    end = json.dumps({"end": hashlib.sha256(body.encode()).hexdigest(), "presentations": 4, "frames": 7})
    (tmp_path / "store" / MANIFEST).write_text(body + end + "\n")
    with pytest.raises(InputError, match=f"format {FORMAT + 1}, not {FORMAT}"):
        Store.open(tmp_path / "store")
