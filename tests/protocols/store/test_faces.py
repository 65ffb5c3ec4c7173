from __future__ import annotations

import cv2
import numpy as np
import pytest

from protocols.store.faces import Faces


@pytest.fixture
def faces():
    """Three presentations with 2, 3 and 1 frames; the third was cut out by its release (context 1)."""
    pixels = np.random.default_rng(0).integers(0, 256, (9, 36, 36, 3), np.uint8)
    return Faces(
        pixels=pixels,
        rows=np.array([1, 2, 4, 5, 6, 8]),
        owner=np.array([0, 0, 1, 1, 1, 2]),
        context=np.array([1.8, 1.8, 1.8, 1.8, 1.8, 1.0], np.float32),
        keys=("a", "b", "c"),
        labels=np.array([1, 0, 1], np.int8),
        domains=("cefa", "cefa", "casia-surf"),
        digest="d",
    )


def test_lengths(faces):
    assert (len(faces), faces.frames) == (3, 6)
    assert faces.frame_labels.tolist() == [1, 1, 0, 0, 0, 1]


def test_native_crops_are_the_stored_pixels(faces):
    assert np.array_equal(faces.crops([4, 0], scale=9.0), faces.pixels[[6, 1]])
    assert np.array_equal(faces.crops(slice(2, 5), scale=1.8), faces.pixels[[4, 5, 6]])


def test_scale_cuts_from_the_middle(faces):
    assert np.array_equal(faces.crops([0], scale=1.0), faces.pixels[[1], 8:28, 8:28])


def test_scale_reaches_no_further_than_the_store(faces):
    assert np.array_equal(faces.crops([5], scale=1.8), faces.pixels[[8]])


def test_sizes_are_met_by_area_or_cubic(faces):
    small = faces.crops([0], 10, 1.0)[0]
    large = faces.crops([0], 50, 1.0)[0]
    middle = np.ascontiguousarray(faces.pixels[1, 8:28, 8:28])
    assert np.array_equal(small, cv2.resize(middle, (10, 10), interpolation=cv2.INTER_AREA))
    assert np.array_equal(large, cv2.resize(middle, (50, 50), interpolation=cv2.INTER_CUBIC))


def test_different_contexts_need_a_size(faces):
    with pytest.raises(ValueError, match="ask for a size"):
        faces.crops([0, 5], scale=1.0)
    assert faces.crops([0, 5], 20, 1.0).shape == (2, 20, 20, 3)


def test_batches_are_all_crops_in_order(faces):
    assert np.array_equal(np.concatenate(list(faces.batches(4, 12))), faces.crops(slice(None), 12))


def test_no_frames_give_no_crops(faces):
    assert faces.crops([], 12).shape == (0, 12, 12, 3)


def test_mean_is_per_presentation(faces):
    assert faces.mean(np.array([1.0, 3.0, 4.0, 5.0, 9.0, 7.0])).tolist() == [2.0, 6.0, 7.0]


def test_subset_keeps_order_and_everything_else(faces):
    part = faces.subset([2, 0])
    assert part.keys == ("c", "a")
    assert part.rows.tolist() == [8, 1, 2]
    assert part.owner.tolist() == [0, 1, 1]
    assert part.context.tolist() == pytest.approx([1.0, 1.8, 1.8])
    assert part.labels.tolist() == [1, 1]
    assert part.domains == ("casia-surf", "cefa")
    assert part.digest not in ("", faces.digest, faces.subset([0, 2]).digest)


def test_a_target_shows_no_labels(faces):
    target = faces.unlabelled()
    assert (target.labels, target.domains) == (None, None)
    with pytest.raises(ValueError, match="no labels"):
        _ = target.frame_labels
