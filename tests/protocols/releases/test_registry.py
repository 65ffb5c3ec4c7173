"""Every layout of every release, field by field; refusals; the table as text; the comparison with published counts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from protocols.adapter import RELEASES
from protocols.errors import InputError
from protocols.releases import registry
from tests.protocols import miniatures
from tests.protocols.miniature_media import Written

LAYOUTS: dict[str, tuple[str, Callable[[Path], Written]]] = {
    "surf-a": ("casia-surf", miniatures.surf_a),
    "surf-a-without-test-labels": ("casia-surf", lambda f: miniatures.surf_a(f, test_list=False)),
    "surf-b": ("casia-surf", miniatures.surf_b),
    "surf-c": ("casia-surf", miniatures.surf_c),
    "surf-c-nested": ("casia-surf", lambda f: miniatures.surf_c(f, nested=True)),
    "cefa-a": ("cefa", miniatures.cefa_a),
    "cefa-a-phases": ("cefa", lambda f: miniatures.cefa_a(f, phases=True)),
    "cefa-b": ("cefa", lambda f: miniatures.cefa_full(f, "B")),
    "cefa-c": ("cefa", lambda f: miniatures.cefa_full(f, "C")),
    "cefa-c-raw-folders": ("cefa", lambda f: miniatures.cefa_full(f, "C", identity_number="198001011234")),
    "hq-rgb": ("hq-wmca", miniatures.hq_rgb),
    "hq-rgb-nested-curated": ("hq-wmca", lambda f: miniatures.hq_rgb(f, nested=True, lists=("curated",))),
    "hq-rgb-full-and-curated": ("hq-wmca", lambda f: miniatures.hq_rgb(f, lists=("curated", "full"))),
    "hq-raw": ("hq-wmca", miniatures.hq_raw),
    "siw-paper": ("siw-mv2", miniatures.siw),
    "siw-print-nested": ("siw-mv2", lambda f: miniatures.siw(f, prints="Print", nested=True)),
    "siw-without-lists": ("siw-mv2", lambda f: miniatures.siw(f, lists=False)),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_table_is_what_was_written(case: str, tmp_path: Path) -> None:
    name, write = LAYOUTS[case]
    written = write(tmp_path / "unpacked")
    release = registry.discover(name, written.root)
    assert release.layout == written.layout
    expected = sorted(map(asdict, written.rows), key=lambda row: row["id"])
    assert [asdict(replace(row, covariates=())) for row in release.presentations] == expected
    for row in release.presentations:
        assert all((release.root / file).is_file() for file in row.media.files)
    for words in written.warnings:
        assert any(words in warning for warning in release.warnings), (words, release.warnings)


@pytest.mark.parametrize("case", LAYOUTS)
def test_parent_of_the_top_folder_gives_the_same_release(case: str, tmp_path: Path) -> None:
    name, write = LAYOUTS[case]
    written = write(tmp_path / "unpacked")
    there, above = registry.discover(name, written.root), registry.discover(name, tmp_path / "unpacked")
    assert above == there
    assert above.digest == there.digest


@pytest.mark.parametrize("case", ["surf-a", "surf-c", "cefa-b", "hq-rgb", "siw-paper"])
def test_case_of_folders_does_not_matter(case: str, tmp_path: Path) -> None:
    name, write = LAYOUTS[case]
    written = write(tmp_path / "a")
    plain = registry.discover(name, written.root)
    other = tmp_path / "b" / written.root.name
    for path in sorted(written.root.rglob("*")):
        if path.is_file():
            *folders, file = path.relative_to(written.root).parts
            target = other.joinpath(*(f.upper() if f[:1].isalpha() else f for f in folders), file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    ours = registry.discover(name, other)
    assert ours.layout == plain.layout
    assert [(p.id, p.label, p.species, p.subject) for p in ours.presentations] == [
        (p.id, p.label, p.species, p.subject) for p in plain.presentations
    ]


@pytest.mark.parametrize(("case", "other"), [("cefa-c", "casia-surf"), ("surf-c", "cefa"), ("siw-paper", "hq-wmca"), ("hq-rgb", "siw-mv2")])  # fmt: skip # noqa: E501
def test_root_of_another_release_is_named(case: str, other: str, tmp_path: Path) -> None:
    name, write = LAYOUTS[case]
    written = write(tmp_path / "unpacked")
    with pytest.raises(InputError, match=f"this looks like {RELEASES[name].title}, not") as caught:
        registry.discover(other, written.root)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("one", "two"), [("surf-b", "surf-c"), ("surf-a", "surf-c"), ("cefa-b", "cefa-c"), ("hq-rgb", "hq-raw")])  # fmt: skip # noqa: E501
def test_mixture_of_layouts_is_refused_with_both(one: str, two: str, tmp_path: Path) -> None:
    name, first = LAYOUTS[one]
    seen = [first(tmp_path / "unpacked").layout]
    if (one, two) == ("surf-a", "surf-c"):
        shutil.rmtree(tmp_path / "unpacked" / "Training")
    seen.append(LAYOUTS[two][1](tmp_path / "unpacked").layout)
    with pytest.raises(InputError) as caught:
        registry.discover(name, tmp_path / "unpacked")
    assert all(layout in str(caught.value) for layout in seen), str(caught.value)


@pytest.mark.parametrize("name", sorted({name for name, _ in LAYOUTS.values()}))
def test_unknown_folder_is_refused_with_what_was_seen(name: str, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "beach.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="holiday"):
        registry.discover(name, tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        registry.discover(name, tmp_path / "absent")


def test_two_copies_of_one_release_are_refused(tmp_path: Path) -> None:
    miniatures.siw(tmp_path / "one")
    miniatures.siw(tmp_path / "two")
    with pytest.raises(InputError, match="are both .* keep one copy"):
        registry.discover("siw-mv2", tmp_path)


def test_a_release_is_found_by_its_name_alone(tmp_path: Path) -> None:
    root = miniatures.siw(tmp_path).root
    assert registry.discover("SiW_Mv2", root).name == "siw-mv2"
    with pytest.raises(InputError, match="this looks like SiW-Mv2 .* give it under that release's name"):
        registry.discover("siw-mw2", root)
    surf = miniatures.surf_c(tmp_path / "surf").root
    with pytest.raises(InputError, match="unknown release 'casia-serf': did you mean casia-surf"):
        registry.discover("casia-serf", surf)


@pytest.mark.parametrize("case", LAYOUTS)
def test_text_and_back(case: str, tmp_path: Path) -> None:
    name, write = LAYOUTS[case]
    release = registry.discover(name, write(tmp_path / "unpacked").root)
    text = registry.to_json(release)
    assert registry.from_json(text, release.root) == release
    assert str(tmp_path) not in text
    moved = registry.from_json(text, tmp_path / "elsewhere")
    assert moved.digest == release.digest
    assert moved.root == tmp_path / "elsewhere"


@pytest.mark.parametrize("damage", ["half", "version", "leaves", "absolute", "kind", "list"])
def test_damaged_text_is_refused(damage: str, tmp_path: Path) -> None:
    release = registry.discover("siw-mv2", miniatures.siw(tmp_path).root)
    text = registry.to_json(release)
    data = json.loads(text)
    if damage == "half":
        text = text[: len(text) // 2]
    else:
        if damage == "version":
            data["version"] = 0
        elif damage == "leaves":
            data["rows"][0][-2] = "Live/../.."
        elif damage == "absolute":
            data["rows"][0][-2] = "/etc"
        elif damage == "kind":
            data["rows"][0][-3] = "pickle"
        else:
            data = [data]
        text = json.dumps(data)
    with pytest.raises(InputError, match="prepare it afresh"):
        registry.from_json(text, tmp_path)


def test_comparison_with_published_counts(tmp_path: Path) -> None:
    release = registry.discover("casia-surf", miniatures.surf_c(tmp_path).root)
    lines = registry.compare(release)
    assert "train/bona fide: 1 found, 300 published (-299)" in lines
    assert "train/attack/images: 14 found, 20324 published (-20310)" in lines
    siw = registry.discover("siw-mv2", miniatures.siw(tmp_path).root)
    assert "bona fide: 3 found, 785 published (-782)" in registry.compare(siw)
    assert sum(n for key, n in siw.published.items() if key not in ("bona fide", "attack")) == siw.published["attack"]


def test_published_counts_add_up() -> None:
    from protocols.releases import casia_surf, hq_wmca

    images = [n for key, n in casia_surf.PUBLISHED[casia_surf.C].items() if key.endswith("/images")]
    assert sum(images) == 29_266 + 9_608 + 57_710
    for label in ("bona fide", "attack"):
        parts = [n for key, n in hq_wmca.PUBLISHED_SPLITS.items() if key.endswith(f"/{label}")]
        assert sum(parts) == hq_wmca.PUBLISHED[label]
