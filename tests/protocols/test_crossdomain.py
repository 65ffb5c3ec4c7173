"""Protocols cut releases without leaks, and say so where they cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from protocols import crossdomain
from protocols.choices import complete
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation, Release


def presentation(subject: str, split: str | None, label=BONA_FIDE, part: str = "2d", n: int = 0) -> Presentation:
    species = "bona fide" if label == BONA_FIDE else "print"
    name = f"{subject}/{label}/{part}/{n}"
    return Presentation(name, label, species, "x", subject, subject, split, Media("video", (name,)), part)


def release(presentations) -> Release:
    return Release("cefa", "CeFA", "C", Path("root"), tuple(presentations))


def both(subject: str, split: str | None, **more) -> list[Presentation]:
    return [presentation(subject, split, label, **more) for label in (BONA_FIDE, ATTACK)]


Choices = complete()
SPLITS = [p for s in range(12) for p in both(f"s{s:02}", ("train", "train", "dev", "test")[s % 4])]


def test_train_and_dev_share_no_subject_and_the_source_test_split_stays_unused():
    train, dev = crossdomain.source_parts(release(SPLITS), Choices())
    assert {p.split for p in train} == {"train"}
    assert {p.split for p in dev} == {"dev"}
    more, _ = crossdomain.source_parts(release(SPLITS), Choices(source_splits="train+test"))
    assert {p.split for p in more} == {"train", "test"}


def test_a_subject_in_both_splits_is_refused_by_name():
    leak = [*SPLITS, *both("s00", "dev", n=1)]
    with pytest.raises(InputError, match="s00.*both its train and its dev"):
        crossdomain.source_parts(release(leak), Choices())


@pytest.mark.parametrize("split", ["train", "dev"])
def test_a_split_without_one_class_is_refused(split):
    rows = [p for p in SPLITS if not (p.split == split and p.label == ATTACK)]
    with pytest.raises(InputError, match=f"no attack presentation in its {split}"):
        crossdomain.source_parts(release(rows), Choices())


def test_masks_and_their_dark_side_are_choices():
    masks = [*both("m1", "train", part="mask"), *both("m2", "train", part="mask-light1")]
    parts = [
        {p.part for p in crossdomain.source_parts(release([*SPLITS, *masks]), choices)[0]}
        for choices in (Choices(), Choices(cefa_light1=True), Choices(cefa_parts="2d", cefa_light1=True))
    ]
    assert parts == [{"2d", "mask"}, {"2d", "mask", "mask-light1"}, {"2d"}]


def test_a_share_of_the_training_data_is_nested_and_keeps_subjects_whole():
    many = [p for s in range(40) for p in both(f"s{s:02}", "dev" if s % 4 == 0 else "train")]
    shares = [
        {p.id for p in crossdomain.source_parts(release(many), Choices(train_fraction=f))[0]} for f in (0.1, 0.5, 1.0)
    ]
    assert shares[0] < shares[1] < shares[2]
    assert [len(s) for s in shares] == [6, 30, 60]


def test_the_target_is_every_presentation_unless_the_curated_lists_are_asked_for():
    rows = [replace(p, split=None) for p in SPLITS] + both("c", None, part="curated-out")
    hq = replace(release(rows), name="hq-wmca")
    assert len(crossdomain.target_part(hq, Choices())) == len(rows)
    without = replace(release(rows[:-2]), name="hq-wmca")
    with pytest.raises(InputError, match="needs the list PROTOCOL-grand_test-curated.csv"):
        crossdomain.target_part(without, Choices(hq_wmca="curated"))
    assert len(crossdomain.target_part(hq, Choices(hq_wmca="curated"))) == len(SPLITS)


def test_a_target_of_one_class_is_refused():
    with pytest.raises(InputError, match="needs bona fide and attack"):
        crossdomain.target_part(release(p for p in SPLITS if p.label == ATTACK), Choices())


def test_an_unknown_protocol_comes_with_a_suggestion():
    with pytest.raises(InputError, match="did you mean cefa2siw"):
        crossdomain.get("cefa2siv")


@pytest.mark.parametrize("wrong", [{"train_fraction": 0.0}, {"train_fraction": 1.5}])
def test_choices_outside_their_range_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Choices(**wrong)
