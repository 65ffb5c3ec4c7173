"""The warm start's pictures: split at will, of spare people only, cut as a face store cuts."""

from __future__ import annotations

import numpy as np
import pytest

from methods.mllm.demo import pictures


def test_they_do_not_depend_on_how_the_work_is_split():
    whole = pictures.render(0, 4, seed=1)
    first, second = pictures.render(0, 1, seed=1), pictures.render(1, 4, seed=1)
    assert np.array_equal(whole.pixels, np.concatenate([first.pixels, second.pixels]))
    assert whole.kinds == first.kinds + second.kinds == ("print", "bona fide", "cloth print", "bona fide")
    assert whole.pixels.shape == (4, 120, 120, 3)
    assert not np.array_equal(whole.pixels, pictures.render(0, 4, seed=2).pixels)


@pytest.mark.parametrize("held_out", [False, True])
def test_only_spare_people_are_shown_and_the_held_out_apart(monkeypatch, held_out):
    from protocols.demo import identities, spare_identities

    spare = [person.index for person in spare_identities()]
    assert spare == list(range(len(identities()) - 32, len(identities())))
    seen = []
    sample = pictures.sample
    monkeypatch.setattr(pictures, "sample", lambda person, *rest: seen.append(person.index) or sample(person, *rest))
    pictures.render(0, 6, seed=0, held_out=held_out)
    assert len(seen) == 6
    assert set(seen) <= set(spare[-6:] if held_out else spare[:-6])


def test_half_are_bona_fide_and_every_species_occurs():
    kinds = [pictures.kind_of(number) for number in range(4000)]
    assert kinds.count("bona fide") == 2000
    assert {*kinds} == {"bona fide", *pictures.COMMON, *pictures.RARE}
    assert len({kinds.count(kind) for kind in pictures.COMMON}) == 1
    assert 180 <= sum(kinds.count(kind) for kind in pictures.RARE) <= 220


def test_shown_pictures_vary_and_stay_faces():
    some = pictures.Pictures(np.full((3, 120, 120, 3), 100, np.uint8), ("bona fide", "print", "replay"))
    out = some.shown(np.arange(3), np.random.default_rng(0))
    assert out.shape == (3, 112, 112, 3)
    assert len({int(picture[0, 0, 0]) for picture in out}) == 3
    assert 84 <= out.min() <= out.max() <= 115
    assert np.array_equal(some.shown(np.array([1]), None), np.full((1, 112, 112, 3), 100))
    assert some.real.tolist() == [True, False, False]
