"""The field's miniatures: people of their own, every kind of attack, read by the adapters without a word."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from protocols.catalogue import shipped
from protocols.contract import check_release
from protocols.cut import cut
from protocols.demo import HELD, USUAL, build
from protocols.demo.releases import plans
from protocols.releases import registry
from protocols.world import World

FIELD = tuple(name for name in HELD if name not in USUAL)
PLANS = {size: {plan.name: plan for plan in plans(0, size, HELD)} for size in ("default", "small")}


@pytest.fixture(scope="session")
def field(demo_cache: Path) -> dict[str, Path]:
    return build(demo_cache, size="small", workers=1, progress=False, names=FIELD)


def test_no_person_is_in_two_releases() -> None:
    seen = [{n for item in plan.items for n in (item.face, item.presenter)} for plan in PLANS["default"].values()]
    assert len(set().union(*seen)) == sum(map(len, seen))


def test_default_sizes_and_kinds() -> None:
    sizes = {name: len(PLANS["default"][name].items) for name in FIELD}
    assert sizes == {"casia-fasd": 120, "msu-mfsd": 112, "oulu-npu": 180, "replay-attack": 120, "wmca": 124}
    for name in FIELD:
        kinds = [{(item.species, item.variant) for item in PLANS[size][name].items} for size in ("default", "small")]
        assert kinds[0] == kinds[1], "the small size has every kind of the default one"
        assert {"replay", "print"} <= {species for species, _ in kinds[0]}


@pytest.mark.parametrize("name", FIELD)
def test_the_adapters_read_them_without_a_word(name: str, field: dict[str, Path]) -> None:
    release = registry.discover(name, field[name])
    assert release.demo
    assert release.warnings == ()
    assert len(release.presentations) == len(PLANS["small"][name].items)
    assert not [line for line in registry.compare(release) if line.endswith(")")]
    drawn = Counter(item.species == "bona fide" for item in PLANS["small"][name].items)
    assert Counter(p.label == "bona fide" for p in release.presentations) == drawn
    check_release(name, field[name])


def test_bytes_do_not_depend_on_when_they_are_drawn(field: dict[str, Path], tmp_path: Path) -> None:
    again = build(tmp_path, size="small", workers=1, progress=False, names=("wmca",))["wmca"]
    for file in sorted(again.rglob("*.hdf5"))[:3]:
        other = field["wmca"] / file.relative_to(again)
        assert hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()
    assert [entry.name for entry in again.parent.iterdir()] == ["wmca"], "nothing else is drawn"


def test_the_world_draws_only_what_is_asked_for(demo_cache: Path, field: dict[str, Path]) -> None:
    world = World("demo", True, demo_cache, demo_size="small")
    assert set(FIELD) < set(world.releases)
    assert world.usual == USUAL
    assert world.root("msu-mfsd").path == field["msu-mfsd"]


@pytest.mark.parametrize("name", ["oci2m", "icm2o", "oci2m.all-videos", "se2w", "oulu-1", "intra-msu-mfsd"])
def test_protocols_can_be_cut_in_the_default_world(name: str, tmp_path: Path) -> None:
    """Of empty files: nothing but names is looked at."""
    protocol = shipped().protocol(name)
    held = {}
    for release in protocol.releases(protocol.defaults):
        plan = PLANS["default"][release]
        for place in (item.path for item in plan.items):
            file = tmp_path / place if "." in place.rpartition("/")[2] else tmp_path / place / "0001.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        for place, text in plan.texts.items():
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place).write_text(text)
        held[release] = registry.discover(release, tmp_path / plan.items[0].path.split("/")[0])
    found = cut(protocol, held, protocol.defaults)
    assert all(share.presentations for share in (*found.train, *found.dev, *found.target))
