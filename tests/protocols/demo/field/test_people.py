"""New people of two stored ones each: none is a stored one, none is another, their landmarks lie on their faces."""

from __future__ import annotations

import numpy as np

from protocols.demo.field.people import COUNT, FIRST, blends, people
from protocols.demo.identity import SIDE, identities
from protocols.overlap import correlation


def test_nobody_is_made_twice_or_of_one_person_alone() -> None:
    parents = [who.parents for who in blends()]
    assert len(set(parents)) == COUNT
    assert len({head for head, _ in parents}) == COUNT, "no two share a head"
    assert all(head != face for head, face in parents)
    assert [who.index for who in blends()] == list(range(FIRST, FIRST + COUNT))
    assert [who.index for who in people()] == list(range(FIRST + COUNT))


def test_a_blend_is_near_none_of_its_parents() -> None:
    for who in blends()[::12]:
        for parent in who.parents:
            ours, theirs = ((255 * p.picture.mean(-1)[::8, ::8]).astype(np.uint8) for p in (who, identities()[parent]))
            assert correlation(ours, theirs) < 0.97
            assert correlation(np.ascontiguousarray(ours[:, ::-1]), theirs) < 0.995


def test_eyes_stay_left_and_right_and_the_head_is_drawn_whole() -> None:
    for who in blends()[::10]:
        left, right, _, mouth_left, mouth_right = who.landmarks
        assert left[0] < right[0]
        assert mouth_left[0] < mouth_right[0]
        assert who.box[0] < left[0] < right[0] < who.box[2] < SIDE
        assert who.picture.shape == (SIDE, SIDE, 3)
        assert not who.picture.flags.writeable
        assert who.matte[int(left[1]), int(left[0])] > 0.9
