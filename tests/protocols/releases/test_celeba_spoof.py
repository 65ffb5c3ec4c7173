"""CelebA-Spoof: a miniature with traps, compared field by field; hostile and contradictory lists are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.catalogue import shipped
from protocols.choices import Choices
from protocols.cut import cut, targets_of
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation
from protocols.releases import registry
from protocols.releases.celeba_spoof import _numbers
from tests.protocols import field_miniatures, miniatures
from tests.protocols.celeba_miniature import entry, write

PLAN = {  # path -> spoof type
    "Data/train/1/live/000184.jpg": 0,
    "Data/train/1/spoof/000186.png": 1,
    "Data/train/1/spoof/000187.png": 6,
    "Data/train/27/live/000003.png": 0,
    "Data/train/27/spoof/000004.jpg": 9,
    "Data/test/4/live/000500.jpg": 0,
    "Data/test/4/spoof/000501.jpg": 10,
}


def change(root: Path, edit) -> None:
    file = root / "metas/intra_test/train_label.json"
    data = json.loads(file.read_text())
    edit(data)
    file.write_text(json.dumps(data))


def test_the_table_is_what_was_written(tmp_path):
    release = registry.discover("celeba-spoof", write(tmp_path / "CelebA_Spoof", PLAN))
    words = {0: ("Live", BONA_FIDE), 1: ("Photo", "print"), 6: ("Region Mask", "paper mask"), 9: ("Phone", "replay")}
    words[10] = ("3D Mask", "rigid mask")
    expected = []
    for path, kind in PLAN.items():
        _, split, subject, _, _ = path.split("/")
        key = path.removeprefix("Data/").rpartition(".")[0]
        code, species = words[kind]
        label = ATTACK if kind else BONA_FIDE
        media = Media("images", (path,))
        known = (("light", "normal"), ("session", "indoor")) if kind else ()
        expected.append(Presentation(key, label, species, code, subject, subject, split, media, covariates=known))
    assert release.presentations == tuple(sorted(expected, key=lambda p: p.id))
    assert (release.warnings, release.cropped) == ((), False)
    assert registry.compare(release) == ["images: 7 found, 625537 published (-625530)"]
    assert registry.from_json(registry.to_json(release), release.root) == release


def test_the_folder_above_and_other_cases_of_letters_give_the_same_release(tmp_path):
    write(tmp_path / "CelebA_Spoof", PLAN)
    there, above = (registry.discover("celeba-spoof", f) for f in (tmp_path / "CelebA_Spoof", tmp_path))
    assert there.digest == above.digest
    (tmp_path / "CelebA_Spoof/Data").rename(tmp_path / "CelebA_Spoof/data")
    ids = [p.id for p in registry.discover("celeba-spoof", tmp_path).presentations]
    assert ids == [p.id for p in there.presentations]


def test_what_list_and_disk_do_not_share_is_left_out_and_said(tmp_path):
    root = write(tmp_path, PLAN)
    (root / "Data/train/27/spoof/000004.jpg").unlink()
    (root / "Data/train/1/live/000999.jpg").write_bytes(b"no label")
    release = registry.discover("celeba-spoof", root)
    assert len(release.presentations) == len(PLAN) - 1
    assert any("1 pictures have no label, such as Data/train/1/live/000999.jpg" in w for w in release.warnings)
    assert any("1 listed but not on disk (train/27/spoof/000004.jpg)" in w for w in release.warnings)


def test_only_the_train_split_is_an_extra_source(tmp_path):
    held = {
        "celeba-spoof": registry.discover("celeba-spoof", write(tmp_path / "celeba", PLAN)),
        "casia-surf": registry.discover("casia-surf", miniatures.surf_c(tmp_path / "surf").root),
        "siw-mv2": registry.discover("siw-mv2", miniatures.siw(tmp_path / "siw").root),
    }
    protocol, choices = shipped().protocol("surf2siw"), Choices(extra_source="celeba-spoof")
    _, part = cut(protocol, held, choices).train
    assert {p.id.split("/")[0] for p in part.presentations} == {"train"}
    assert {p.label for p in part.presentations} == {BONA_FIDE, ATTACK}
    one_class = write(tmp_path / "other", {k: v for k, v in PLAN.items() if "train" not in k or v})
    with pytest.raises(InputError, match="no bona fide presentation in its train split"):
        cut(protocol, held | {"celeba-spoof": registry.discover("celeba-spoof", one_class)}, choices)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda d: d.update({"Data/train/1/live/000184.jpg": entry(1)}),
            "the list says Photo, the folder the opposite",
        ),
        (lambda d: d.update({"Data/train/1/live/000184.jpg": [*entry(0)[:43], 1]}), "live and spoof at once"),
        (lambda d: d.update({"Data/train/1/live/000184.jpg": entry(11)}), "spoof type 11 instead of 0 to 10"),
        (lambda d: d.update({"Data/train/1/live/000184.jpg": [0, 1]}), "not a list of 44 numbers"),
        (lambda d: d.update({"../../etc/train/1/live/x.jpg": entry(0)}), "leaves the release"),
        (lambda d: d.update({"/Data/train/1/live/x.jpg": entry(0)}), "is an absolute path"),
        (lambda d: d.update({"nonsense": entry(0)}), "is not Data/<split>"),
        (lambda d: d.clear(), "holds no entries"),
    ],
)
def test_wrong_lists_are_refused_in_one_line(tmp_path, edit, message):
    root = write(tmp_path, PLAN)
    change(root, edit)
    with pytest.raises(InputError, match=message) as caught:
        registry.discover("celeba-spoof", root)
    assert "\n" not in str(caught.value)


def test_without_labels_nothing_is_guessed(tmp_path):
    root = write(tmp_path, PLAN)
    for file in (root / "metas/intra_test").iterdir():
        file.unlink()
    with pytest.raises(InputError, match=r"no metas/intra_test/train_label\.json"):
        registry.discover("celeba-spoof", root)
    (root / "metas/intra_test/train_label.json").write_text("{")
    with pytest.raises(InputError, match="not readable JSON"):
        registry.discover("celeba-spoof", root)


_CELLS = st.integers(-2, 12) | st.none() | st.booleans() | st.text(max_size=2)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.just(0), min_size=39, max_size=41), st.lists(_CELLS, min_size=4, max_size=4))
def test_no_entry_gets_past_the_check(attributes, traits):
    try:
        kind, spoof, _ = _numbers([*attributes, *traits])
    except ValueError:
        return
    assert len(attributes) == 40
    assert (kind, spoof) == (traits[0], bool(traits[3]))
    assert 0 <= kind <= 10


WHOLE = {
    f"Data/{split}/{subject}/{'spoof' if kind else 'live'}/{100 * subject + kind:06d}.jpg": kind
    for split, subjects in (("train", (1, 27, 30, 44)), ("test", (4, 5)))
    for subject in subjects
    for kind in (0, 1, 9)
}


def test_it_is_a_whole_release_on_either_side_and_alone(tmp_path):
    """A source whose dev part is cut by subject, a target, and its own train against its own test split."""
    celeb = registry.discover("celeba-spoof", write(tmp_path / "CelebA_Spoof", WHOLE))
    msu = registry.discover("msu-mfsd", field_miniatures.msu(tmp_path).root)
    held = {"celeba-spoof": celeb, "msu-mfsd": msu}
    to_all = shipped().members(shipped().suite("celeba2all"), held)
    assert [p.name for p in to_all] == ["celeba-spoof-to-msu-mfsd"]
    found = cut(to_all[0], held, to_all[0].defaults)
    subjects = {part: {p.subject for s in getattr(found, part) for p in s.presentations} for part in ("train", "dev")}
    assert subjects["train"] | subjects["dev"] == {"1", "27", "30", "44"}
    assert len(subjects["dev"]) == 1
    assert len(found.target[0].presentations) == len(msu.presentations)
    target = targets_of(shipped().protocol("msu-mfsd-to-celeba-spoof"), held, Choices())
    assert len(target[0].presentations) == len(WHOLE)
    alone = shipped().protocol("intra-celeba-spoof")
    assert {p.subject for p in cut(alone, held, alone.defaults).target[0].presentations} == {"4", "5"}
