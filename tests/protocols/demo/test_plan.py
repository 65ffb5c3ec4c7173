from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from protocols.demo import cefa, hq_wmca, siw_mv2, surf
from protocols.demo.identity import SPARE, identities
from protocols.demo.plan import Plan
from protocols.demo.releases import plans
from protocols.demo.simulators import SIMULATORS

DEFAULT = {plan.name: plan for plan in plans()}
SMALL = {plan.name: plan for plan in plans(size="small")}


def people(plan: Plan) -> set[int]:
    return {number for item in plan.items for number in (item.face, item.presenter)}


def test_no_person_is_in_two_releases_or_among_the_spare_ones() -> None:
    seen = [people(plan) for plan in DEFAULT.values()]
    spare = {who.index for who in identities()[-SPARE:]}
    assert len(set().union(*seen)) == sum(map(len, seen))
    assert not spare & set().union(*seen)


def test_default_sizes_are_those_of_the_specification() -> None:
    sizes = {name: len(plan.items) for name, plan in DEFAULT.items()}
    assert all(220 <= sizes[name] <= 270 for name in ("casia-surf", "cefa")), sizes
    assert all(130 <= sizes[name] <= 150 for name in ("hq-wmca", "siw-mv2")), sizes


@pytest.mark.parametrize("name", DEFAULT)
def test_the_small_size_has_every_species_of_the_default_one(name: str) -> None:
    kinds = [{(item.species, item.variant) for item in world[name].items} for world in (DEFAULT, SMALL)]
    assert {species for species, _ in kinds[0]} == {species for species, _ in kinds[1]}
    if name == "casia-surf":
        assert kinds[0] == kinds[1]


@pytest.mark.parametrize("name", ["casia-surf", "cefa"])
def test_the_number_of_frames_does_not_tell_live_from_attack(name: str) -> None:
    frames: dict[bool, Counter[int]] = defaultdict(Counter)
    for item in DEFAULT[name].items:
        frames[item.species == "bona fide"][item.frames] += 1
    assert set(frames[True]) == set(frames[False]) == set(range(4, 9))


@pytest.mark.parametrize("world", [DEFAULT, SMALL], ids=["default", "small"])
def test_surf_splits_are_subject_disjoint_and_the_types_change(world: dict[str, Plan]) -> None:
    subjects, kinds = defaultdict(set), defaultdict(set)
    for item in world["casia-surf"].items:
        split = item.path.split("/")[2]
        subjects[split].add(item.face)
        kinds[split].add(item.variant)
    assert sum(map(len, subjects.values())) == len(set().union(*subjects.values()))
    assert kinds == {"Training": {0, 4, 5, 6}, "Val": {0, 1, 2, 3}, "Testing": {0, 1, 2, 3}}


def test_cefa_lists_hold_the_official_ranges_and_all_masks_but_light_1() -> None:
    plan = DEFAULT["cefa"]
    masks = {item.path for item in plan.items if "/Mask/" in item.path}
    for split, low, high in (("train", 0, 200), ("dev", 200, 300), ("test", 300, 500)):
        for rule in ("1.1", "2.1", "2.2", "4.3"):
            rows = plan.texts[f"CASIA_CeFA/protocol/CASIA_CeFA@p{rule}_video_{split}.txt"].splitlines()
            flat = [row for row in rows if "/Ethnicity/" in row]
            assert flat
            assert all(low <= int(row.split("/")[4].split("_")[1]) < high for row in flat)
            listed = {row.split()[0] for row in rows if "/Mask/" in row}
            assert listed == ({path for path in masks if not path.endswith("_1/color")} if split == "test" else set())


def test_cefa_protocol_4_tests_cloth_of_other_ethnicities() -> None:
    texts = DEFAULT["cefa"].texts
    train = texts["CASIA_CeFA/protocol/CASIA_CeFA@p4.1_video_train.txt"].splitlines()
    test = [r for r in texts["CASIA_CeFA/protocol/CASIA_CeFA@p4.1_video_test.txt"].splitlines() if "/Ethnicity/" in r]
    assert {row.split("/")[2] for row in train} == {"AF"}
    assert {row.split("/")[2] for row in test} == {"CA", "EA"}
    assert {row.split("/")[4][-1] for row in train} == {"1", "4"}
    assert {row.split("/")[4][-1] for row in test} == {"1", "2"}


def test_hq_wmca_types_and_who_presents() -> None:
    for item in DEFAULT["hq-wmca"].items:
        _, _, client, presenter, kind, *_ = item.path.rsplit("/", 1)[1].split("_")
        if kind == "00":
            assert presenter == "0000"
        else:
            assert (client == presenter) == ("Obfuscation" in item.path)
    assert Counter(item.species for item in DEFAULT["hq-wmca"].items).most_common(1) == [("bona fide", 40)]


def test_siw_has_its_traps() -> None:
    plan = DEFAULT["siw-mv2"]
    stems = [item.path.rsplit("/", 1)[1].rsplit(".", 1)[0] for item in plan.items]
    assert len(set(stems)) == len(stems)
    assert set(siw_mv2.IDENTICAL) | set(siw_mv2.NON_RESPONSES) <= set(stems)
    listed = {row for text in plan.texts.values() for row in text.split()}
    assert listed - set(stems) == {siw_mv2.ABSENT}
    assert not plan.texts["pro_3_text/testlist_all.txt"].endswith("\n")
    assert {item.path.rsplit(".", 1)[1] for item in plan.items} == {"mov", "avi", "mp4"}


def test_species_are_known() -> None:
    for module, plan in zip((surf, cefa, hq_wmca, siw_mv2), DEFAULT.values(), strict=True):
        assert {item.species for item in plan.items} <= set(SIMULATORS)
        assert people(plan) <= set(module.PEOPLE)
