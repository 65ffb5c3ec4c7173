from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from protocols import overlap as module
from protocols.overlap import Part, correlation, overlap, perceptual_hash
from protocols.recipe import Recipe
from protocols.store.prepare import prepare
from tests.protocols.media_factory import presentation, release

FACES = sorted((Path(module.__file__).parent / "demo" / "faces").glob("*.webp"))


def face(number: int) -> Image.Image:
    """A face of the demo in its box, people who do not exist."""
    with Image.open(FACES[number]) as picture:
        return picture.convert("RGB").crop((72, 98, 298, 354))


@pytest.fixture
def parts(tmp_path):
    """Train and dev of one release: dev holds a copy, a re-encoded smaller copy and a shared subject."""
    train, dev = [], []
    for i in range(6):
        face(i).save(tmp_path / f"t{i}.jpg", quality=95)
        train.append(presentation(f"t{i}", "images", f"t{i}.jpg", subject=f"s{i}", split="train"))
    for i in range(5):
        face(6 + i).save(tmp_path / f"d{i}.jpg", quality=95)
        dev.append(presentation(f"d{i}", "images", f"d{i}.jpg", subject=f"u{i}", split="dev"))
    shutil.copy(tmp_path / "t0.jpg", tmp_path / "copy.jpg")
    with Image.open(tmp_path / "t1.jpg") as picture:
        picture.resize((120, 136)).save(tmp_path / "again.jpg", quality=40)
    (tmp_path / "empty1.jpg").write_bytes(b"")
    (tmp_path / "empty2.jpg").write_bytes(b"")
    train.append(presentation("empty1", "images", "empty1.jpg", split="train"))
    dev.append(presentation("empty2", "images", "empty2.jpg", split="dev"))
    dev.append(presentation("copy", "images", "copy.jpg", subject="s0", split="dev"))
    dev.append(presentation("again", "images", "again.jpg", subject="u9", split="dev"))
    data = release(tmp_path, *train, *dev, name="casia-surf", cropped=True)
    store = prepare(data, Recipe(size=96), tmp_path / "cache", workers=1)
    return Part("train", data, store, train), Part("dev", data, store, dev)


def test_copies_near_copies_and_subjects_are_named(parts):
    found = overlap(*parts)
    assert found.identical == (("t0", "copy"),)
    assert [pair[:2] for pair in found.near] == [("t1", "again")]
    assert found.subjects == ("s0",)
    assert found.lines()[0] == "train and dev: identical files: t0 = copy"
    assert found.lines()[1].startswith("train and dev: near-identical pictures")
    assert found.lines()[2] == "train and dev: same subject: s0"
    assert found


def test_nothing_in_common_is_said_too(parts):
    train, dev = parts
    clean = overlap(train, replace(dev, presentations=[p for p in dev.presentations if p.id.startswith("d")]))
    assert not clean
    assert clean.lines() == ["train and dev: no overlap found"]


def test_subject_codes_of_two_releases_are_not_compared(parts):
    train, dev = parts
    other = replace(dev, release=replace(dev.release, name="cefa"))
    assert overlap(train, other).subjects == ()


def test_duplicates_within_one_part(parts):
    train, dev = parts
    both = Part("all", train.release, train.store, [*train.presentations, *dev.presentations])
    found = overlap(both, both)
    assert found.identical == (("t0", "copy"),)
    assert [pair[:2] for pair in found.near] == [("t1", "again")]


def test_hash_stands_recompression_and_tells_faces_apart():
    pictures = [face(i) for i in range(60)]
    again = []
    for picture in pictures:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=20)
        again.append(Image.open(file))
    plain, coarse = (
        np.stack([np.asarray(p.convert("L").resize((32, 32), Image.Resampling.BOX)) for p in group])
        for group in (pictures, again)
    )
    bits = np.bitwise_count(perceptual_hash(plain)[:, None] ^ perceptual_hash(coarse)[None])
    near = bits <= module.DISTANCE
    assert near.diagonal().all()
    alike = [(i, j) for i, j in np.argwhere(near).tolist() if correlation(plain[i], coarse[j]) >= module.CORRELATION]
    assert alike == [(i, i) for i in range(60)]


def test_correlation_of_flat_pictures():
    flat, other = np.full((4, 4), 9, np.uint8), np.arange(16, dtype=np.uint8).reshape(4, 4)
    assert correlation(flat, flat) == 1.0
    assert correlation(flat, other) == 0.0
    assert correlation(other, other) == pytest.approx(1.0)
    assert correlation(other, 255 - other) == pytest.approx(-1.0)
