"""Protocols cut releases without leaks, from one or several sources, and say so where they cannot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.choices import Choices, complete
from protocols.cut import Cut, Share, cut
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation, Release
from protocols.protocol import Protocol

Every = complete()


def presentation(subject: str, split: str | None, label=BONA_FIDE, part: str = "2d", n: int = 0) -> Presentation:
    species = "bona fide" if label == BONA_FIDE else "print"
    name = f"{subject}/{label}/{part}/{n}"
    return Presentation(name, label, species, "x", subject, subject, split, Media("video", (name,)), part)


def release(presentations: Iterable[Presentation], name: str = "cefa") -> Release:
    return Release(name, name.upper(), "C", Path(name), tuple(presentations))


def both(subject: str, split: str | None, **more) -> list[Presentation]:
    return [presentation(subject, split, label, **more) for label in (BONA_FIDE, ATTACK)]


SPLITS = [p for s in range(12) for p in both(f"s{s:02}", ("train", "train", "dev", "test")[s % 4])]
PLAIN = [p for s in range(20) for p in both(f"p{s:02}", None)]
TARGET = release([replace(p, split=None) for p in SPLITS], "siw-mv2")


def made(source: Iterable[Presentation], target: Release = TARGET, choices: Choices | None = None, **more) -> Cut:
    """The cut of one source and one target."""
    origin = release(source)
    protocol = Protocol("p", "P", ("cefa",), (target.name,), **more)
    return cut(protocol, {"cefa": origin, target.name: target}, choices or Every())


def ids(part: tuple[Share, ...]) -> set[str]:
    return {p.id for share in part for p in share.presentations}


def splits(part: tuple[Share, ...]) -> set[str | None]:
    return {p.split for share in part for p in share.presentations}


def test_train_dev_and_the_unused_test_part_of_a_source_share_no_subject():
    found = made(SPLITS)
    assert (splits(found.train), splits(found.dev), splits(found.in_domain)) == ({"train"}, {"dev"}, {"test"})
    assert ids(found.target) == {p.id for p in SPLITS}
    more = made(SPLITS, choices=Every(source_splits="train+test"))
    assert splits(more.train) == {"train", "test"}
    assert more.in_domain == ()
    assert found.notes == more.notes == ()


def test_a_subject_in_two_splits_is_refused_by_name():
    with pytest.raises(InputError, match=r"1 subjects \(such as s00\) are both in what is trained on and in its dev"):
        made([*SPLITS, *both("s00", "dev", n=1)])


@pytest.mark.parametrize(("split", "words"), [("train", "trained on"), ("dev", "that sets thresholds")])
def test_a_part_without_one_class_is_refused(split, words):
    rows = [p for p in SPLITS if not (p.split == split and p.label == ATTACK)]
    with pytest.raises(InputError, match=f"no attack presentation in the part {words}"):
        made(rows)


def test_masks_and_their_dark_side_are_choices_of_cefa():
    masks = [*both("m1", "train", part="mask"), *both("m2", "train", part="mask-light1")]
    parts = [
        {p.part for share in made([*SPLITS, *masks], choices=choices).train for p in share.presentations}
        for choices in (Every(), Every(cefa_light1=True), Every(cefa_parts="2d", cefa_light1=True))
    ]
    assert parts == [{"2d", "mask"}, {"2d", "mask", "mask-light1"}, {"2d"}]


def test_a_share_of_the_training_data_is_nested_and_keeps_subjects_whole():
    many = [p for s in range(40) for p in both(f"s{s:02}", "dev" if s % 4 == 0 else "train")]
    shares = [ids(made(many, choices=Every(train_fraction=f)).train) for f in (0.1, 0.5, 1.0)]
    assert shares[0] < shares[1] < shares[2]
    assert [len(s) for s in shares] == [6, 30, 60]


def test_the_target_is_every_presentation_unless_the_curated_lists_are_asked_for():
    rows = [replace(p, split=None) for p in SPLITS] + both("c", None, part="curated-out")
    hq = release(rows, "hq-wmca")
    assert len(ids(made(SPLITS, hq).target)) == len(rows)
    curated = Every(hq_wmca="curated")
    with pytest.raises(InputError, match="needs the list PROTOCOL-grand_test-curated.csv"):
        made(SPLITS, release(rows[:-2], "hq-wmca"), curated)
    assert len(ids(made(SPLITS, hq, curated).target)) == len(SPLITS)


def test_a_target_of_one_class_is_refused():
    with pytest.raises(InputError, match="needs bona fide and attack"):
        made(SPLITS, release((p for p in PLAIN if p.label == ATTACK), "siw-mv2"))


def test_several_sources_keep_their_own_dev_parts_and_one_without_gets_one_by_subject():
    third = release(PLAIN, "msu-mfsd")
    protocol = Protocol("p", "P", ("cefa", "msu-mfsd"), ("siw-mv2",))
    found = cut(protocol, {"cefa": release(SPLITS), "msu-mfsd": third, "siw-mv2": TARGET}, Every())
    assert [s.release.name for s in found.train] == [s.release.name for s in found.dev] == ["cefa", "msu-mfsd"]
    subjects = [{p.subject for p in part[1].presentations} for part in (found.train, found.dev)]
    assert not subjects[0] & subjects[1]
    assert (len(subjects[0]), len(subjects[1])) == (16, 4)
    assert found.notes == (
        "MSU-MFSD: it has no dev part: 4 of 20 subjects were cut from those trained on, to set thresholds",
    )
    assert set(found.train[1].why.values()) == {"cut for the dev part"}


def test_a_dev_part_is_cut_where_dev_is_trained_on_or_asked_for():
    for choices in (Every(source_splits="train+dev"), Every(dev="cut")):
        found = made(SPLITS, choices=choices)
        assert len(ids(found.dev)) == 2 * (2 if "dev" in choices.source_splits else 1)
        assert not ids(found.dev) & ids(found.train)
        assert len(found.notes) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(("b", "a", "ba")), min_size=1, max_size=14),
    st.sampled_from((0.05, 0.2, 0.5, 0.9)),
)
def test_a_cut_dev_part_has_both_classes_and_no_subject_of_train_or_is_refused(kinds, share):
    labels = {"b": BONA_FIDE, "a": ATTACK}
    rows = [presentation(f"s{i:02}", None, labels[one]) for i, kind in enumerate(kinds) for one in kind]
    try:
        found = made(rows, choices=Every(dev_fraction=share))
    except InputError as error:
        if "too few to cut one" not in str(error):
            raise
        return
    train, dev = found.train[0].presentations, found.dev[0].presentations
    assert {p.label for p in train} == {p.label for p in dev} == {BONA_FIDE, ATTACK}
    assert not {p.subject for p in train} & {p.subject for p in dev}
    assert sorted(p.id for p in (*train, *dev)) == sorted(p.id for p in rows)


def test_where_no_dev_part_can_be_cut_the_reason_is_said():
    nameless = [replace(p, subject=None) for p in PLAIN]
    with pytest.raises(InputError, match="none can be cut: no subject is known of 40 presentations"):
        made(nameless)
    with pytest.raises(InputError, match="its 1 subjects are too few"):
        made(both("alone", None))


def test_a_split_whose_subjects_are_not_known_stays_whole():
    pictures = [replace(p, id=f"v{p.id}", subject=None, split="dev") for p in PLAIN]
    found = made([*(replace(p, split="train") for p in PLAIN), *pictures], choices=Every(source_splits="train+dev"))
    assert {p.subject for s in found.dev for p in s.presentations} <= {p.subject for p in PLAIN}
    assert {p.id for p in pictures} <= ids(found.train)


def test_a_release_on_both_sides_needs_splits_that_share_nothing():
    data = {"cefa": release(SPLITS)}
    intra = Protocol("intra", "P", ("cefa",), ("cefa",), choices={"target_splits": "test"})
    found = cut(intra, data, intra.defaults)
    assert (splits(found.train), splits(found.target)) == ({"train"}, {"test"})
    for choices in (Every(), Every(target_splits="train+test")):
        with pytest.raises(InputError, match="its source cefa is its target"):
            cut(intra, data, choices)
    leak = {"cefa": release([*SPLITS, *both("s00", "test", n=1)])}
    with pytest.raises(InputError, match="such as s00.*trained on and in the target"):
        cut(intra, leak, intra.defaults)
    with pytest.raises(InputError, match="nothing in it is of the split test"):
        cut(intra, {"cefa": release(p for p in SPLITS if p.split != "test")}, intra.defaults)
    with pytest.raises(InputError, match="nothing in it is of the split test"):
        cut(intra, {"cefa": release(PLAIN)}, intra.defaults)


def test_species_can_be_chosen_on_each_side():
    rows = [*SPLITS, *(replace(p, id=f"{p.id}r", species="replay") for p in SPLITS if p.label == ATTACK)]
    found = made(rows, choices=Every(source_species=("replay",), target_species=("print",)))
    assert {p.species for s in found.train for p in s.presentations} == {"bona fide", "replay"}
    assert {p.species for s in found.target for p in s.presentations} == {"bona fide", "print"}
    with pytest.raises(InputError, match="no attack of it is wig; it has print"):
        made(SPLITS, choices=Every(target_species=("wig",)))


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_few_shot_list_is_fixed_and_left_out_of_the_target_however_many_are_used(n):
    big = release([replace(p, subject=f"t{p.subject}", group=f"t{p.group}") for p in PLAIN], "siw-mv2")
    found = made(SPLITS, big, Every(few_shot=n))
    assert len(ids(found.target)) == len(PLAIN) - 20
    shots = [s for s in found.train if s.release.name == "siw-mv2"]
    assert sum(len(s.presentations) for s in shots) == 2 * n
    if n:
        trained = {p.subject for s in shots for p in s.presentations}
        assert not trained & {p.subject for s in found.target for p in s.presentations}
        assert shots[0].presentations[0] in made(SPLITS, big, Every(few_shot=n + 1)).train[1].presentations
    with pytest.raises(InputError, match="holds less than 11 of a class"):
        made(SPLITS, big, Every(few_shot=11))


def test_a_target_that_a_few_shot_list_would_empty_is_refused():
    with pytest.raises(InputError, match="needs bona fide and attack"):
        made(SPLITS, release(PLAIN[:20], "siw-mv2"), Every(few_shot=1))


def test_lists_of_prepared_frames_say_what_is_trained_on_and_what_is_decided_on():
    listed = [
        replace(p, lists=("train", "shot") if i < 4 else ("train", "test"), part=f"shot {i:03}" if i < 4 else "")
        for i, p in enumerate(PLAIN)
    ]
    extra = [replace(p, id=f"x{p.id}", subject=f"x{p.subject}", lists=("test",)) for p in PLAIN[:4]]
    frames = release([*listed, *extra], "oulu-npu")
    as_target = made(SPLITS, frames, Every(few_shot=0))
    assert ids(as_target.target) == {p.id for p in (*listed[4:], *extra)}
    assert as_target.notes == ()
    used = made(SPLITS, frames, Every(few_shot=1))
    assert ids(used.train[1:]) == {listed[0].id, listed[1].id}
    assert ids(made(SPLITS, frames).target) == ids(as_target.target)
    protocol = Protocol("p", "P", ("oulu-npu",), ("siw-mv2",))
    as_source = cut(protocol, {"oulu-npu": frames, "siw-mv2": TARGET}, Every())
    assert ids(as_source.train) | ids(as_source.dev) == {p.id for p in listed}


@pytest.mark.parametrize(
    "wrong",
    [{"train_fraction": 0.0}, {"train_fraction": 1.5}, {"dev_fraction": 1.0}, {"few_shot": -1}],
)
def test_choices_outside_their_range_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Choices(**wrong)


def test_one_folder_under_two_names_is_no_source_and_its_own_target():
    source = release(SPLITS)
    twin = replace(release(SPLITS, "siw-mv2"), root=source.root)
    with pytest.raises(InputError, match=r"CEFA at cefa: 12 of its files \(such as .*\) are those of SIW-MV2, too"):
        made(SPLITS, twin)
    inside = replace(twin, root=source.root / "s00")
    assert made(SPLITS, inside).target, "a release that lies within another is one of its own"


def test_a_source_without_its_training_split_is_refused():
    with pytest.raises(InputError, match="nothing in it is of the split train that is trained on"):
        made([replace(p, split="test") for p in SPLITS])


def test_own_lists_that_call_subjects_alike_are_told_of():
    def notes(source, target, codes):
        other = release([replace(p, subject=codes(p.subject), split=None) for p in SPLITS], target)
        protocol = Protocol("p", "P", (source,), (target,))
        return cut(protocol, {source: release(SPLITS, source), target: other}, Every()).notes

    (note,) = notes("booth", "hall", str)
    assert note.startswith("BOOTH and HALL call 6 subjects alike: taken for different people")
    assert not notes("booth", "hall", "x{}".format)
    assert not notes("cefa", "hall", str), "a release that is registered has codes of its own"
