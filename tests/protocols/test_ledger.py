"""The account of a part: what is published, found, left out, used, used in part and lost; and what makes it partial."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.ledger import Drawn, account, shortfalls
from protocols.media.frame import Loss
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation, Release


def video(i) -> Media:
    return Media("video", (str(i),))


def people(n: int, species: str, split=None, part="", first=0):
    label = BONA_FIDE if species == "bona fide" else ATTACK
    return [
        Presentation(
            f"{species}-{part}-{split}-{i}", label, species, "x", None, f"g{i}", split, Media("video", (f"{i}",)), part
        )
        for i in range(first, first + n)
    ]


def release(rows, published) -> Release:
    return Release("toy", "Toy", "one", Path(), tuple(rows), published=published)


class Store:
    def __init__(self, failures=None, losses=None):
        self.failures = failures or {}
        self._losses = losses or {}

    def losses(self, name):
        return self._losses.get(name, ())


def test_every_presentation_stands_in_one_column():
    rows = people(4, "bona fide") + people(3, "print") + people(2, "mask", part="mask")
    store = Store({rows[0].id: "file is empty"}, {rows[1].id: (Loss("broken picture", 1, "3.jpg"),)})
    ledger = account("target", [Drawn(release(rows, {}), store, rows, rows[:7])])
    by_species = {line.species: line for line in ledger.lines}
    live, masks = by_species["bona fide"], by_species["mask"]
    assert (live.found, live.used, live.partly, live.lost) == (4, 2, 1, {"file is empty": 1})
    assert (masks.found, masks.in_part, masks.left_out) == (2, 0, {"by the protocol": 2})
    assert ledger.lost()[BONA_FIDE].total() == 1
    text = ledger.text()
    assert text.startswith("target: 4 bona fide, 3 attack")
    assert "1 used in part" in text
    assert "lost 1 bona fide (file is empty)" in text
    assert "left out 2 by the protocol" in text


def test_a_deleted_species_makes_a_target_partial_and_a_left_out_one_does_not():
    rows = people(100, "bona fide") + people(50, "print")
    published = {"bona fide": 100, "print": 50, "mask": 40}
    (lack,) = shortfalls(release(rows, published), rows, rows)
    assert str(lack) == "toy: 0 of 40 mask presentations"
    masks = people(40, "mask")
    assert shortfalls(release(rows + masks, published), rows + masks, rows) == []


@pytest.mark.parametrize(("there", "whole"), [(100, True), (99, True), (98, False), (0, False), (120, True)])
def test_the_limit_is_one_percent_of_each_class_or_species(there, whole):
    rows = people(there, "bona fide") + people(10, "print")
    assert (shortfalls(release(rows, {"bona fide": 100, "print": 10}), rows, rows) == []) is whole


def test_only_the_splits_that_a_part_draws_on_concern_it():
    rows = people(10, "bona fide", "train") + people(10, "print", "train")
    published = {"train/bona fide": 10, "train/attack": 10, "test/bona fide": 600, "test/attack": 1800}
    assert shortfalls(release(rows, published), rows, rows) == []
    whole = account("target", [Drawn(release(rows, published), Store(), rows, rows)])
    assert whole.partial == ()
    everything = rows + people(1, "bona fide", "test")
    assert {s.of for s in shortfalls(release(everything, published), everything, everything)} == {
        "bona fide test presentations",
        "attack test presentations",
    }


def test_a_part_that_holds_only_a_named_subset_is_measured_by_the_subsets_own_count():
    masks = people(10, "rigid mask", part="mask")
    published = {"rigid mask": 17, "mask/rigid mask": 10}
    assert shortfalls(release(masks, published), masks, masks) == []
    lights = people(3, "rigid mask", part="mask-light1")
    (lack,) = shortfalls(release(masks + lights, published), masks + lights, masks + lights)
    assert lack.published == 17
    assert len(shortfalls(release(masks[:5], published), masks[:5], masks[:5])) == 1


def test_pictures_are_counted_where_the_owners_count_pictures():
    rows = [
        Presentation("a", BONA_FIDE, "bona fide", "x", None, "a", "train", Media("images", ("1", "2"))),
        Presentation("b", ATTACK, "print", "x", None, "b", "train", Media("images", ("3",))),
    ]
    (lack,) = shortfalls(release(rows, {"train/bona fide/images": 4, "train/attack/images": 1}), rows, rows)
    assert str(lack) == "toy: 2 of 4 bona fide train pictures"


def test_several_releases_stand_in_one_ledger():
    one = release(people(2, "bona fide"), {"bona fide": 2})
    other = release(people(1, "bona fide"), {"bona fide": 2})
    drawn = [Drawn(r, Store(), r.presentations, r.presentations) for r in (one, other)]
    ledger = account("train", drawn)
    assert [line.in_part for line in ledger.lines] == [2, 1]
    assert len(ledger.partial) == 1
    assert "PARTIAL: toy: 1 of 2 bona fide presentations" in ledger.text()


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_columns_of_a_line_add_up_to_what_was_found(chosen, lost, partly):
    rows = people(30, "bona fide")
    store = Store({p.id: "why" for p in rows[:lost]}, {p.id: (Loss("black", 1, ""),) for p in rows[:partly]})
    (line,) = account("dev", [Drawn(release(rows, {}), store, rows, rows[:chosen])]).lines
    assert line.found == line.in_part + sum(line.left_out.values()) == 30
