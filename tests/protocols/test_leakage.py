"""The overlap check of runs: compared once, cut to the parts at hand, bounded when shown."""

from __future__ import annotations

import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from protocols import leakage
from protocols.overlap import Overlap, Part
from protocols.recipe import Recipe
from protocols.store.prepare import prepare
from tests.protocols.media_factory import presentation, release


def picture(seed: int) -> Image.Image:
    """A smooth pattern that no other seed gives."""
    coarse = np.random.default_rng(seed).integers(30, 250, (6, 6, 3), np.uint8)
    return Image.fromarray(cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC))


@pytest.fixture
def parts(tmp_path):
    """(train, dev, target): dev holds a copy of t0, the target a re-encoded t1 and a copy of d0."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    target.mkdir()
    names = {"t0": "train", "t1": "train", "t2": "train", "d0": "dev", "d1": "dev"}
    for seed, name in enumerate(names):
        picture(seed).save(source / f"{name}.png")
    shutil.copy(source / "t0.png", source / "d2.png")
    names["d2"] = "dev"
    picture(10).save(target / "x0.png")
    picture(1).save(target / "x1.jpg", quality=80)
    shutil.copy(source / "d0.png", target / "x2.png")
    held = []
    for root, name, rows in (
        (source, "casia-surf", [presentation(k, "images", f"{k}.png", subject=k, split=v) for k, v in names.items()]),
        (target, "siw-mv2", [presentation(f.stem, "images", f.name) for f in sorted(target.iterdir())]),
    ):
        data = release(root, *rows, name=name, cropped=True)
        held.append((data, prepare(data, Recipe(size=64), tmp_path / "faces", workers=1)))
    (ours, store), (theirs, other) = held
    train, dev = (
        Part(name, ours, store, [p for p in ours.presentations if p.split == name]) for name in ("train", "dev")
    )
    return train, dev, Part("target", theirs, other, theirs.presentations)


def test_all_pairs_of_parts_are_compared(parts, tmp_path):
    train, dev, target = parts
    found = leakage.check([train], [dev], [target], tmp_path / "cache")
    assert [(f.first, f.second) for f in found] == [("train", "dev"), ("train", "target"), ("dev", "target")]
    assert [f.identical for f in found] == [(("t0", "d2"),), (), (("d0", "x2"),)]
    assert [[pair[:2] for pair in f.near] for f in found] == [[], [("t1", "x1")], []]
    assert leakage.lines(found)[0] == "train and dev: identical files: t0 = d2"
    assert len(leakage.lines(found)) == 3


def test_two_stores_are_compared_once(parts, tmp_path, monkeypatch):
    first = leakage.check(parts[:1], parts[1:2], parts[2:], tmp_path / "cache")
    monkeypatch.setattr("protocols.overlap.overlap", None)
    assert leakage.check(parts[:1], parts[1:2], parts[2:], tmp_path / "cache") == first
    with pytest.raises(TypeError):
        leakage.check(parts[:1], parts[1:2], parts[2:], tmp_path / "another")


def test_what_is_kept_is_cut_to_the_parts(parts, tmp_path):
    train, dev, target = parts
    leakage.check([train], [dev], [target], tmp_path)
    fewer = replace(train, presentations=[p for p in train.presentations if p.id == "t2"])
    assert [bool(f) for f in leakage.check([fewer], [dev], [target], tmp_path)] == [False, False, True]


def test_a_damaged_note_is_made_again(parts, tmp_path):
    first = leakage.between(parts[0], parts[2], tmp_path)
    (kept,) = (tmp_path / "overlaps").iterdir()
    whole = kept.read_bytes()
    for damaged in (b'{"near": 3', whole.replace(b"t1", b"t2"), b""):
        kept.write_bytes(damaged)
        assert leakage.between(parts[0], parts[2], tmp_path) == first
        assert kept.read_bytes() == whole


def test_before_preparation_files_are_compared_and_nothing_is_kept(parts, tmp_path):
    bare = [replace(part, store=None) for part in parts]
    found = leakage.check(bare[:1], bare[1:2], bare[2:], tmp_path / "cache")
    assert [len(f.identical) for f in found] == [1, 0, 1]
    assert not any(f.near for f in found)
    assert not (tmp_path / "cache").exists()


def test_a_shared_subject_is_named(parts, tmp_path):
    train, dev, _ = parts
    twin = replace(dev, presentations=[*dev.presentations, replace(dev.presentations[0], id="d9", subject="t2")])
    assert leakage.between(train, twin, tmp_path).subjects == ("t2",)


def test_many_findings_are_counted():
    many = Overlap("a", "b", tuple((str(i), str(i)) for i in range(50)), (), ())
    said = leakage.lines([many, Overlap("a", "c", (), (), ())])
    assert len(said) == leakage.SHOWN + 1
    assert said[-1] == "a and b: 30 more findings of this kind"
