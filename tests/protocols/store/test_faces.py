from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from protocols.media.crop import resize
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


@pytest.mark.parametrize("how", ["bilinear", "bicubic", "lanczos"])
def test_other_interpolations_are_pillow_s(faces, how):
    middle = Image.fromarray(faces.pixels[1, 8:28, 8:28])
    for size in (10, 50):
        expected = np.asarray(middle.resize((size, size), Image.Resampling[how.upper()]))
        assert np.array_equal(faces.crops([0], size, 1.0, how)[0], expected)


def test_the_second_picture_is_shown_of_the_face_alone(faces):
    rng = np.random.default_rng(1)
    large = rng.integers(0, 256, (50, 50, 3), np.uint8)
    two = replace(faces, pixels=[*faces.pixels, large], near=np.array([9, -1, -1, -1, -1, -1]))
    assert np.array_equal(two.native(0), large)
    assert np.array_equal(two.native(0, 0.5), large[12:37, 12:37])
    assert np.array_equal(two.crops([0], 20, 1.0)[0], resize(large, 20, 20))
    for frame, scale in ((0, 1.2), (1, 1.0), (5, 1.0)):
        assert np.array_equal(two.native(frame, scale), faces.native(frame, scale))
    assert two.subset([1, 0]).near.tolist() == [-1, -1, -1, 9, -1]


def test_rectangles_are_stretched(faces):
    wide = np.random.default_rng(1).integers(0, 256, (30, 50, 3), np.uint8)
    odd = replace(faces, pixels=[wide] * 9, context=np.ones(6, np.float32))
    assert odd.native(0).shape == (30, 50, 3)
    assert np.array_equal(odd.crops([3], 20)[0], resize(wide, 20, 20))


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


def test_every_frame_may_be_a_presentation_of_its_own(faces):
    frames = faces.by_frame()
    assert len(frames) == frames.frames == 6
    assert frames.keys == ("a.0", "a.1", "b.0", "b.1", "b.2", "c.0")
    assert frames.labels.tolist() == [1, 1, 0, 0, 0, 1]
    assert frames.domains == ("cefa",) * 5 + ("casia-surf",)
    assert np.array_equal(frames.crops(slice(None), 12), faces.crops(slice(None), 12))
    assert np.array_equal(frames.subset([4]).crops([0], scale=1.8), faces.crops([4], scale=1.8))
    assert frames.digest not in ("", faces.digest)
    assert faces.unlabelled().by_frame().labels is None


def test_a_target_shows_no_labels(faces):
    target = faces.unlabelled()
    assert (target.labels, target.domains) == (None, None)
    with pytest.raises(ValueError, match="no labels"):
        _ = target.frame_labels
