"""WMCA: every (type, pai) by name; its table spelt out; grandtest lists in two forms that must agree."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from protocols.catalogue import shipped
from protocols.cut import cut, targets_of
from protocols.errors import InputError
from protocols.media.decode import read_frames
from protocols.releases import registry
from protocols.releases.wmca import species_of
from tests.protocols import miniatures
from tests.protocols.field_miniatures import WMCA, frames_hdf5, wmca
from tests.protocols.miniature_media import text


def test_every_instrument_has_its_species() -> None:
    found = {pair: species_of(*pair) for pair in [(3, n) for n in range(1, 17)]}
    assert {pai for (_, pai), kind in found.items() if kind == "replay"} == {5, 10, 15}, "electronic photographs"
    assert {species_of(1, n) for n in (1, 4, 5, 6, 7, 15, 16)} == {"glasses"}
    assert {species_of(1, n) for n in (2, 13, 14)} == {"rigid mask"}
    assert [species_of(2, n) for n in (1, 7, 8, 11, 12, 17, 18, 75, 99)] == [
        *["mannequin"] * 2, *["paper mask"] * 2, *["rigid mask"] * 2, *["silicone mask"] * 3
    ]  # fmt: skip
    assert {species_of(4, n) for n in range(1, 19)} == {"replay"}
    assert {species_of(0, n) for n in range(3)} == {"bona fide"}
    for pair in ((0, 3), (1, 3), (1, 8), (1, 12), (2, 19), (5, 16)):
        with pytest.raises(ValueError, match="unknown type"):
            species_of(*pair)


@pytest.mark.parametrize("lists", [("csv",), ("txt",), ("csv", "txt"), ()])
def test_the_table_is_what_was_written(lists: tuple[str, ...], tmp_path: Path) -> None:
    written = wmca(tmp_path, lists=lists)
    release = registry.discover("wmca", written.root)
    assert release.presentations == tuple(sorted(written.rows, key=lambda p: p.id))
    assert (release.layout, list(release.warnings), release.cropped) == (written.layout, written.warnings, True)
    assert ("test/attack" in release.published) == bool(lists)


def test_electronic_photographs_are_replays(tmp_path: Path) -> None:
    release = registry.discover("wmca", wmca(tmp_path).root)
    assert {p.id[-4:]: p.species for p in release.presentations}["3_05"] == "replay"
    assert Counter(p.species for p in release.presentations)["print"] == 1


def test_frames_are_read_in_colour_and_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    import h5py

    release = registry.discover("wmca", wmca(tmp_path).root)
    with h5py.File(release.root / release.presentations[0].media.files[0]) as file:
        wanted = [file[f"Frame_{k}/array"][()].transpose(1, 2, 0) for k in (0, 5, 10)]
    frames = read_frames(release.root, release.presentations[0].media, 8).frames
    assert [np.array_equal(frame.pixels, pixels) for frame, pixels in zip(frames, wanted, strict=True)] == [True] * 3


def test_print_and_replay_and_all_attacks_are_two_protocols(tmp_path: Path) -> None:
    held = {
        "wmca": registry.discover("wmca", wmca(tmp_path).root),
        "cefa": registry.discover("cefa", miniatures.cefa_full(tmp_path / "cefa", "C").root),
        "casia-surf": registry.discover("casia-surf", miniatures.surf_c(tmp_path / "surf").root),
    }
    two, all_ = shipped().protocol("cs2w"), shipped().protocol("se2w")
    assert two.title != all_.title
    narrow = targets_of(two, held, two.defaults.__class__(**{**vars(two.defaults), "few_shot": None}))
    wide = targets_of(all_, held, all_.defaults)
    assert {p.species for s in narrow for p in s.presentations} == {"bona fide", "print", "replay"}
    assert {p.species for s in wide for p in s.presentations} == {
        "bona fide",
        "mannequin",
        "paper mask",
        "silicone mask",
    }


def test_an_unseen_kind_of_attack_is_a_protocol(tmp_path: Path) -> None:
    release = registry.discover("wmca", wmca(tmp_path).root)
    protocol = shipped().protocol("wmca-paper-mask")
    found = cut(protocol, {"wmca": release}, protocol.defaults)
    assert {p.species for p in found.target[0].presentations} == {"bona fide", "paper mask"}
    assert "paper mask" not in {p.species for s in (*found.train, *found.dev) for p in s.presentations}


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("WMCA_Grandtest.txt", ["1,2,face-station/17.01.18/002_01_000_0_00,train,attack"],
         r"WMCA_Grandtest.txt, line 1: 17.01.18/002_01_000_0_00 is attack here and bona fide by its name"),
        ("WMCA_Grandtest.txt", ["1,2,face-station/17.01.18/002_01_000_0_00,eval,bonafide"],
         r"WMCA_Grandtest.txt, line 1: split of .*: test here and train in .*PROTOCOL-grandtest.csv, line 1"),
        ("WMCA_Grandtest.txt", ["7,2,17.01.18/002_01_000_0_00,train,0", "8,2,17.01.18/002_02_003_2_81,train,1"],
         r"WMCA_Grandtest.txt, line 1: label 0: bona fide here and attack in .*PROTOCOL-grandtest.csv, line 2"),
        ("PROTOCOL-grandtest.csv", ["17.01.18/002_01_000_0_00,0,x,train", "17.01.18/002_02_003_2_81,0,x,train"],
         r"grandtest.csv, line 2: label 0: attack here and bona fide in .*grandtest.csv, line 1"),
        ("PROTOCOL-grandtest.csv", ["17.01.18/002_01_000_5_00,0,x,train"], "line 1: has the unknown type 5"),
        ("PROTOCOL-grandtest.csv", ["x", "17.01.18/002_01_000_0_00,0,x"], "line 2: is not a path, a label and one of"),
        ("PROTOCOL-grandtest.csv", ["17.01.18/002_01_000_0_00,1,x,train", "18.01.18/002_02_003_3_05,0,x,eval"],
         "subject 002 of WMCA is in"),
    ],
)  # fmt: skip
def test_lists_that_contradict_names_or_each_other_are_refused(
    name: str, lines: list[str], message: str, tmp_path: Path
) -> None:
    root = wmca(tmp_path).root
    text(root / name, lines)
    with pytest.raises(InputError, match=message) as caught:
        registry.discover("wmca", root)
    assert "\n" not in str(caught.value)


def test_files_without_colour_alone_are_refused(tmp_path: Path) -> None:
    root = wmca(tmp_path / "a").root
    shutil.rmtree(root / "preprocessed-face-station_RGB")
    with pytest.raises(InputError, match="grey, depth, infrared and thermal pictures, or raw streams"):
        registry.discover("wmca", root)
    frames_hdf5(tmp_path / "b/face-station/17.01.18/002_01_000_0_00.hdf5")
    with pytest.raises(InputError, match="or raw streams"):
        registry.discover("wmca", tmp_path / "b")


def test_a_clip_that_the_release_does_not_hold_is_refused(tmp_path: Path) -> None:
    root = wmca(tmp_path).root
    frames_hdf5(root / "preprocessed-face-station_RGB/17.01.18/002_01_000_1_08.hdf5")
    with pytest.raises(InputError, match="002_01_000_1_08 has the unknown type 1 with the instrument 08"):
        registry.discover("wmca", root)
    assert len(WMCA) == 12
