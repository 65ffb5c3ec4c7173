"""Frozen features are computed once, and do not depend on batches or the number of processes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from methods.clip import demo, features, weights
from methods.clip.parallel import Group

CPU = Group(torch.device("cpu"))
VIEW = features.View(112, 1.0, "imagenet", 5)


class Counting:
    """An image tower that counts the pictures it has seen."""

    def __init__(self) -> None:
        self.tower, self.seen = weights.blank(demo.CONFIG, 2).model.visual, 0

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        self.seen += len(pictures)
        return self.tower(pictures)


def test_a_second_look_costs_no_forward_pass_and_gives_the_same_numbers(toy_faces, tmp_path) -> None:
    faces, network = toy_faces(6), Counting()
    cache = features.Cache(tmp_path, "w", "float32")
    first = cache.features(network, faces, VIEW, CPU)
    assert first.shape == (12, 64)
    again = cache.features(network, faces, VIEW, CPU)
    assert network.seen == 12
    assert np.array_equal(first, again)
    assert [f.suffix for f in (tmp_path / "clip-features").iterdir()] == [".safetensors"]


def test_other_weights_pictures_views_or_precision_are_other_features(toy_faces, tmp_path) -> None:
    faces, network = toy_faces(3), Counting()
    one = features.Cache(tmp_path, "w", "float32")
    one.features(network, faces, VIEW, CPU)
    one.features(network, toy_faces(3, seed=1), VIEW, CPU)
    one.features(network, faces, replace(VIEW, normalisation="clip"), CPU)
    one.features(network, faces, VIEW, CPU, number=0)
    one.features(network, faces, VIEW, CPU, number=1)
    replace(one, weights="v").features(network, faces, VIEW, CPU)
    replace(one, precision="bfloat16").features(network, faces, VIEW, CPU)
    assert network.seen == 7 * 6
    one.features(network, replace(faces, digest=""), VIEW, CPU)
    assert len(list((tmp_path / "clip-features").iterdir())) == 7  # faces without a digest leave nothing


def test_a_damaged_file_is_computed_anew(toy_faces, tmp_path) -> None:
    faces, network = toy_faces(3), Counting()
    cache = features.Cache(tmp_path, "w", "float32")
    first = cache.features(network, faces, VIEW, CPU)
    (kept,) = (tmp_path / "clip-features").iterdir()
    kept.write_bytes(kept.read_bytes()[:200])
    assert np.array_equal(cache.features(network, faces, VIEW, CPU), first)
    assert network.seen == 12


def test_frames_at_a_time_make_no_difference(toy_faces) -> None:
    faces, network = toy_faces(5), Counting()
    one, all_at_once = (features.run(network, faces, replace(VIEW, batch=n), CPU) for n in (1, 10))
    assert np.abs(one - all_at_once).max() < 1e-5
