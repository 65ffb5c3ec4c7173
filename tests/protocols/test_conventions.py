"""What the conventions count on complete copies, video by video as published; how they are named."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from protocols.catalogue import shipped
from protocols.conventions import CONVENTIONS
from protocols.cut import Cut, cut
from protocols.errors import InputError
from protocols.presentation import Release
from protocols.protocol import parse
from protocols.releases import msu_mfsd, registry

SETS = {"M": "msu-mfsd", "C": "casia-fasd", "I": "replay-attack", "O": "oulu-npu"}
WHOLE = {"M": (70, 210), "C": (150, 450), "I": (140, 700), "O": (720, 2880)}
LESS = {"M": (60, 200), "C": (140, 440), "I": (130, 690), "O": (710, 2870)}
MCIO = {"oci2m": "OCI", "omi2c": "OMI", "ocm2i": "OCM", "icm2o": "ICM"}


def _write(root: Path, files: list[str]) -> Path:
    for folder in {file.rpartition("/")[0] for file in files}:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for file in files:
        (root / file).touch()
    return root


def _replay() -> list[str]:
    names = []
    for split, first, count in (("train", 1, 15), ("devel", 16, 15), ("test", 31, 20)):
        for client, light in product(range(first, first + count), ("controlled", "adverse")):
            who = f"client{client:03d}_session01"
            names += [f"{split}/real/{who}_webcam_authenticate_{light}_{n}.mov" for n in (1, 2)]
            media = [("print", "highdef_photo")]
            media += [(d, f"{d}_{m}") for d in ("mobile", "highdef") for m in ("photo", "video")]
            for (device, medium), support in product(media, ("fixed", "hand")):
                names.append(f"{split}/attack/{support}/attack_{device}_{who}_{medium}_{light}.mov")
    return names


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    """Complete copies of the four sets, of empty files."""
    home = tmp_path_factory.mktemp("mcio")
    clients = sorted(msu_mfsd.TRAIN | msu_mfsd.TEST)
    kinds = ("", "ipad_video_", "iphone_video_", "printed_photo_")
    msu = [
        f"{'attack' if kind else 'real'}/{'attack' if kind else 'real'}_client{c:03d}_{device}_SD_{kind}scene01.mp4"
        for c, device, kind in product(clients, ("android", "laptop"), kinds)
    ]
    files = [*map(str, range(1, 9)), *(f"HR_{n}" for n in range(1, 5))]
    casia = [
        f"{split}_release/{n}/{f}.avi"
        for split, k in (("train", 20), ("test", 30))
        for n in range(1, k + 1)
        for f in files
    ]
    users = {"Train": range(1, 21), "Dev": range(21, 36), "Test": range(36, 56)}
    oulu = [
        f"{split}_files/{p}_{s}_{u:02d}_{f}.avi"
        for split, who in users.items()
        for u, p, s, f in product(who, range(1, 7), range(1, 4), range(1, 6))
    ]
    lists = {"msu-mfsd": msu, "casia-fasd": casia, "replay-attack": _replay(), "oulu-npu": oulu}
    found = {name: registry.discover(name, _write(home / name, names)) for name, names in lists.items()}
    assert not [line for release in found.values() for line in registry.compare(release) if line.endswith(")")]
    return found


def counted(found: Cut, part: str) -> dict[str, tuple[int, int]]:
    out = {}
    for share in getattr(found, part):
        n = Counter(p.label for p in share.presentations)
        out[share.release.name] = (n["bona fide"], n["attack"])
    return out


@pytest.mark.parametrize("name", MCIO)
@pytest.mark.parametrize("convention", ["flip-lists", "all-videos"])
def test_every_video_counts_as_published(name: str, convention: str, held: dict[str, Release]) -> None:
    protocol = shipped().protocol(f"{name}.{convention}")
    found = cut(protocol, held, protocol.defaults)
    assert counted(found, "train") == {SETS[letter]: WHOLE[letter] for letter in MCIO[name]}
    target = name[-1].upper()
    assert counted(found, "target") == {SETS[target]: (LESS if convention == "flip-lists" else WHOLE)[target]}
    with_dev = {SETS[letter] for letter in MCIO[name]} & {"replay-attack", "oulu-npu"}
    assert set(counted(found, "dev")) == with_dev, "no source loses a video to the dev part"


@pytest.mark.parametrize("name", MCIO)
def test_honest_dev_takes_its_dev_part_from_every_source(name: str, held: dict[str, Release]) -> None:
    protocol = shipped().protocol(name)
    assert protocol.convention == "honest-dev"
    found = cut(protocol, held, protocol.defaults)
    target = name[-1].upper()
    assert counted(found, "target") == {SETS[target]: LESS[target]}
    train, dev = counted(found, "train"), counted(found, "dev")
    assert set(dev) == set(train)
    for letter in set(MCIO[name]) & set("MC"):
        of = SETS[letter]
        assert tuple(a + b for a, b in zip(train[of], dev[of], strict=True)) == WHOLE[letter]


def test_without_any_dev_split_one_is_cut_and_said(held: dict[str, Release]) -> None:
    protocol = shipped().protocol("c2m.flip-lists")
    found = cut(protocol, held, protocol.defaults)
    assert counted(found, "dev") == {"casia-fasd": (30, 90)}
    assert any("10 of 50 subjects were cut" in note for note in found.notes)


def test_conventions_are_named_at_the_end_of_protocols_and_suites() -> None:
    known = shipped()
    other = known.protocol("oci2m.all-videos")
    assert (other.name, other.title) == ("oci2m.all-videos", "OCI to M (all-videos)")
    assert other.note.startswith("convention all-videos: ")
    assert known.protocol("oci2m.honest-dev") is known.protocol("oci2m"), "its own convention is itself"
    suite = known.suite("mcio.flip-lists")
    assert suite.protocols == tuple(f"{name}.flip-lists" for name in MCIO)
    assert [p.name for p in known.expand(["mcio.flip-lists"], SETS.values())] == list(suite.protocols)
    assert set(CONVENTIONS) == {"flip-lists", "all-videos", "honest-dev"}
    for word in ("oci2m.honest", "cefa2siw.flip-lists"):
        with pytest.raises(InputError, match="unknown protocol"):
            known.protocol(word)
    with pytest.raises(InputError, match="suite wcs: its protocols follow no convention"):
        known.suite("wcs.all-videos")


def test_a_protocol_of_ones_own_names_its_convention() -> None:
    made = parse("mine", {"sources": ["casia-fasd"], "targets": ["msu-mfsd"], "convention": "all-videos"}, {})
    assert (made.defaults.few_shot, made.defaults.dev) == (None, "held")
    with pytest.raises(InputError, match="unknown convention 'flip'"):
        parse("mine", {"sources": ["casia-fasd"], "targets": ["msu-mfsd"], "convention": "flip"}, {})
    with pytest.raises(InputError, match="its convention says dev and few_shot"):
        parse("mine", {"sources": ["cefa"], "targets": ["siw"], "convention": "flip-lists", "few_shot": 5}, {})
