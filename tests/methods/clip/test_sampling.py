"""Balanced batches per (domain, class) as FLIP's loaders, class-balanced draws as FoundPAD's sampler."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from methods.clip.sampling import BalancedBatches, ClassBalancedEpochs
from protocols.errors import InputError


def test_every_batch_has_as_many_of_each_domain_and_class(toy_faces) -> None:
    faces = toy_faces(36, frames=1, domains=("surf", "celeba-spoof", "cefa"))
    batches = BalancedBatches(faces, per_group=3, seed=4)
    names = np.array(faces.domains)[faces.owner]
    for step in range(9):
        frames = batches(step)
        seen = Counter(zip(names[frames].tolist(), faces.frame_labels[frames].tolist(), strict=True))
        assert seen == {(name, label): 3 for name in ("surf", "celeba-spoof", "cefa") for label in (0, 1)}
    assert [names[batches(0)][i] for i in (0, 3, 6)] == ["surf", "surf", "celeba-spoof"]
    assert faces.frame_labels[batches(0)][:6].tolist() == [1, 1, 1, 0, 0, 0]


def test_a_round_shows_each_frame_once_and_the_next_is_shuffled_anew(toy_faces) -> None:
    batches = BalancedBatches(toy_faces(28, frames=1), per_group=4, seed=0)  # 14 of a class: 3 full batches, 2 left out
    rounds = [np.concatenate([batches(step)[:4] for step in range(r * 3, r * 3 + 3)]) for r in range(2)]
    assert all(len(set(r.tolist())) == 12 for r in rounds)
    assert rounds[0].tolist() != rounds[1].tolist()


def test_a_step_does_not_depend_on_those_before_it_but_on_the_seed(toy_faces) -> None:
    faces = toy_faces(20)
    once, again, other = (BalancedBatches(faces, 4, seed) for seed in (1, 1, 2))
    for step in range(5):
        once(step)
    assert once(7).tolist() == again(7).tolist() != other(7).tolist()


def test_fewer_frames_than_a_batch_are_repeated_and_none_at_all_is_an_error(toy_faces) -> None:
    faces = toy_faces(4, frames=1)
    assert len(BalancedBatches(faces, 8, 0)(0)) == 16
    with pytest.raises(InputError, match="without bona fide or without attack"):
        BalancedBatches(replace(faces, labels=np.zeros(4, np.int8)), 2, 0)


def test_classes_are_drawn_alike_however_rare_one_is() -> None:
    labels = np.array([1] * 20 + [0] * 380, np.int8)
    draws = ClassBalancedEpochs(labels, batch=64, seed=3)
    epoch = np.concatenate([draws(step) for step in range(draws.steps_per_epoch)])
    assert draws.steps_per_epoch == 7
    assert len(epoch) == 400
    assert abs(labels[epoch].mean() - 0.5) < 0.1
    assert len(set(epoch[labels[epoch] == 1].tolist())) == 20
    following = np.concatenate([draws(step + 7) for step in range(7)])
    assert epoch.tolist() != following.tolist()
    with pytest.raises(InputError, match="only one class"):
        ClassBalancedEpochs(np.ones(5, np.int8), 2, 0)
