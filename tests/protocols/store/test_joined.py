from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from protocols.store.faces import Faces
from protocols.store.joined import Rows, join


def part(tmp_path, name: str, seed: int, n: int, context: float, side: int = 8) -> Faces:
    """`n` presentations of two frames, from the end of a memory map of one unused row more."""
    pixels = np.random.default_rng(seed).integers(0, 256, (2 * n + 1, side, side, 3), np.uint8)
    np.save(tmp_path / f"{name}.npy", pixels)
    return Faces(
        pixels=np.load(tmp_path / f"{name}.npy", mmap_mode="r"),
        rows=np.arange(1, 2 * n + 1),
        owner=np.repeat(np.arange(n), 2),
        context=np.full(2 * n, context, np.float32),
        keys=tuple(f"{name}{i}" for i in range(n)),
        labels=(np.arange(n) % 2).astype(np.int8),
        domains=(name,) * n,
        digest=name,
    )


@pytest.fixture
def parts(tmp_path):
    return [part(tmp_path, "surf", 0, 3, 1.0), part(tmp_path, "celeba-spoof", 1, 4, 1.8)]


def test_every_frame_is_its_own_store_s(parts):
    both = join(parts)
    assert (len(both), both.frames) == (7, 14)
    expected = [p.crops(slice(None), 6) for p in parts]
    np.testing.assert_array_equal(both.crops(slice(None), 6), np.concatenate(expected))
    np.testing.assert_array_equal(both.labels, np.concatenate([p.labels for p in parts]))
    assert both.domains == ("surf",) * 3 + ("celeba-spoof",) * 4
    assert both.keys == parts[0].keys + parts[1].keys


def test_subsets_cross_the_border(parts):
    few = join(parts).subset([5, 1])
    expected = [parts[1].subset([2]).crops(slice(None), 8), parts[0].subset([1]).crops(slice(None), 8)]
    np.testing.assert_array_equal(few.crops(slice(None), 8), np.concatenate(expected))
    assert few.domains == ("celeba-spoof", "surf")


def test_pixels_stay_on_disk(parts):
    pixels = join(parts).pixels
    assert len(pixels) == 16
    assert np.shares_memory(pixels[9], parts[1].pixels[2])
    for row in (16, -1):
        with pytest.raises(IndexError):
            pixels[row]


def test_digest_follows_the_parts_and_their_order(parts):
    assert len({join(parts).digest, join(parts[::-1]).digest, parts[0].digest}) == 3
    assert join(parts[:1]) is parts[0]


def test_labels_are_not_half_given(parts):
    both = join([parts[0], parts[1].unlabelled()])
    assert both.labels is None
    assert both.domains is None


def test_stores_may_hold_pictures_of_other_sizes(parts, tmp_path):
    larger = part(tmp_path, "other", 2, 1, 1.0, side=16)
    both = join([parts[0], larger])
    np.testing.assert_array_equal(both.crops([6, 7], 16), larger.crops(slice(None), 16))


def test_second_pictures_stay_with_their_frames(parts):
    near = replace(parts[1], near=np.array([-1, 0, -1, 3, -1, -1, -1, -1]))
    both = join([parts[0], near])
    assert both.near.tolist() == [-1] * 6 + [-1, 7, -1, 10, -1, -1, -1, -1]
    np.testing.assert_array_equal(both.crops([7], 8), near.crops([1], 8))
    np.testing.assert_array_equal(both.crops([7], 8)[0], parts[1].pixels[0])


def test_rows_of_one_array_are_that_array():
    array = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
    np.testing.assert_array_equal(Rows([array])[1], array[1])
