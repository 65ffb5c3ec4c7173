"""Miniature OULU-NPU, CASIA-FASD, Replay-Attack, MSU-MFSD and WMCA: what is drawn, in the layouts of the real ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from protocols.demo.field.cameras import LIT
from protocols.demo.plan import Item, Plan, Size, lines, other

MSU, CASIA, REPLAY, OULU, WMCA = range(240, 254), range(254, 264), range(264, 276), range(276, 288), range(288, 300)
RATE = 6
PHONE, TABLET, WARPED = 1, 2, 3
"""Kinds of replay and print that the simulators tell apart (`Cast.variant`)."""
_FRAMES = {"default": 6, "small": 3}


def _some(people: range, size: Size, counts: tuple[int, ...]) -> list[range]:
    """Consecutive people, so many for each split; one of each where the world is small."""
    wanted = counts if size == "default" else (1,) * len(counts)
    starts = np.cumsum((0, *wanted))
    return [people[int(a) : int(b)] for a, b in pairwise(starts)]


def msu(rng: np.random.Generator, size: Size) -> Plan:
    """Clients of both lists before a phone and a laptop; a print, and replays on a tablet and on a phone."""
    items = []
    numbers = {"train": (2, 3, 5, 6, 7, 8), "test": (1, 13, 14, 23, 24, 26, 28, 29)}
    texts = {}
    for split, people in zip(numbers, _some(MSU, size, (6, 8)), strict=True):
        for number, who in zip(numbers[split], people, strict=False):
            for camera, suffix in (("android", "mp4"), ("laptop", "mov")):
                takes = (("", "bona fide", 0), ("printed_photo_", "print", 0), ("ipad_video_", "replay", TABLET))
                for word, species, variant in (*takes, ("iphone_video_", "replay", PHONE)):
                    side = "attack" if word else "real"
                    stem = f"{side}_client{number:03d}_{camera}_SD_{word}scene01"
                    items.append(
                        Item(f"MSU-MFSD/scene01/{side}/{stem}.{suffix}", species, who, other(rng, MSU, who),
                             _FRAMES[size], variant, camera=camera)
                    )  # fmt: skip
        texts[f"MSU-MFSD/{split}_sub_list.txt"] = lines([f"{n:02d}" for n in numbers[split][: len(people)]])
    return Plan("msu-mfsd", tuple(items), texts)


def casia(rng: np.random.Generator, size: Size) -> Plan:
    """Three qualities of each: bona fide, a warped photograph, one with its eyes cut out, a replay on a tablet."""
    kinds = (("bona fide", 0), ("print", WARPED), ("cut photo", 1), ("replay", TABLET))
    items = []
    for split, people in zip(("train", "test"), _some(CASIA, size, (4, 6)), strict=True):
        for number, who in enumerate(people, 1):
            for kind, (species, variant) in enumerate(kinds):
                for file, camera in (
                    (f"{2 * kind + 1}", "low"),
                    (f"{2 * kind + 2}", "normal"),
                    (f"HR_{kind + 1}", "high"),
                ):
                    path = f"CASIA-FASD/{split}_release/{number}/{file}.avi"
                    items.append(
                        Item(path, species, who, other(rng, CASIA, who), _FRAMES[size], variant, camera=camera)
                    )
    return Plan("casia-fasd", tuple(items))


def replay(rng: np.random.Generator, size: Size) -> Plan:
    """Clients of three splits in two lights; prints and replays on a phone and a tablet, fixed and in the hand."""
    takes = (
        ("print", "highdef_photo", "print", 0),
        ("mobile", "mobile_photo", "replay", PHONE),
        ("highdef", "highdef_video", "replay", TABLET),
    )
    items, number = [], 0
    for split, people in zip(("train", "devel", "test"), _some(REPLAY, size, (4, 4, 4)), strict=True):
        for who in people:
            number += 1
            client = f"client{number:03d}_session01"
            for light, lamp in (("controlled", "room"), ("adverse", "side")):
                for take in (1, 2):
                    stem = f"real/{client}_webcam_authenticate_{light}_{take}"
                    items.append(
                        Item(f"Replay-Attack/{split}/{stem}.mov", "bona fide", who, who, _FRAMES[size], light=lamp)
                    )
            for i, (device, medium, species, variant) in enumerate(takes):
                for j, support in enumerate(("fixed", "hand")):
                    light, lamp = (("controlled", "room"), ("adverse", "side"))[(i + j + number) % 2]
                    stem = f"attack/{support}/attack_{device}_{client}_{medium}_{light}"
                    items.append(
                        Item(f"Replay-Attack/{split}/{stem}.mov", species, who, other(rng, REPLAY, who),
                             _FRAMES[size], variant, light=lamp)
                    )  # fmt: skip
    return Plan("replay-attack", tuple(items))


def oulu(rng: np.random.Generator, size: Size) -> Plan:
    """Users of three splits, each before two or three of the six phones; two printers, two displays; list 1."""
    files = (("bona fide", 0), ("print", 0), ("print", WARPED), ("replay", PHONE), ("replay", TABLET))
    items, turn, texts = [], 0, {}
    for split, first, people in zip(("Train", "Dev", "Test"), (1, 21, 36), _some(OULU, size, (5, 3, 4)), strict=True):
        listed = []
        for user, who in enumerate(people, first):
            for _ in range(3 if size == "default" else 2):
                phone, session = 1 + turn % 6, 1 + (turn + turn // 6) % 3
                turn += 1
                for number, (species, variant) in enumerate(files, 1):
                    stem = f"{phone}_{session}_{user:02d}_{number}"
                    items.append(
                        Item(f"OULU-NPU/{split}_files/{stem}.avi", species, who, other(rng, OULU, who), _FRAMES[size],
                             variant, light=LIT[str(session)], camera=str(phone))
                    )  # fmt: skip
                    if (session == 3) == (split == "Test"):
                        label = "+1" if number == 1 else "-1" if number < 4 else "-2"
                        listed.append(f"{label},{stem}")
        texts[f"OULU-NPU/Protocols/Protocol_1/{split}.txt"] = lines(listed)
    return Plan("oulu-npu", tuple(items), texts)


_TYPES = (  # type, instrument, species, variant
    (0, 0, "bona fide", 0),
    (0, 1, "bona fide", 0),
    (1, 1, "funny-eye glasses", 0),
    (1, 13, "rigid mask", 0),
    (2, 2, "mannequin", 0),
    (2, 14, "rigid mask", 0),
    (2, 81, "silicone mask", 0),
    (3, 1, "print", 0),
    (3, 5, "replay", TABLET),
    (4, 1, "replay", PHONE),
)
_PAPER = (2, 8, "paper mask", 0)  # of the eval group alone, as in the grandtest list


def wmca(rng: np.random.Generator, size: Size) -> Plan:
    """Clients of the three groups, their attacks presented by others; paper masks in eval alone; Idiap's list."""
    items, listed, number = [], [], 0
    for group, people in zip(("train", "dev", "eval"), _some(WMCA, size, (4, 4, 4)), strict=True):
        for who in people:
            number += 1
            for kind, pai, species, variant in (*_TYPES, *([_PAPER] if group == "eval" else [])):
                presenter = who if species == "bona fide" else other(rng, WMCA, who)
                shown_by = 0 if species == "bona fide" else presenter - WMCA.start + 1
                clip = f"{1 + number % 28:02d}.02.18/{number:03d}_01_{shown_by:03d}_{kind}_{pai:02d}"
                path = f"WMCA/preprocessed-face-station_RGB/{clip}.hdf5"
                items.append(Item(path, species, who, presenter, _FRAMES[size], variant))
                listed.append(f"{clip},{'bonafide' if species == 'bona fide' else 'attack'},{species},{group}")
    return Plan("wmca", tuple(items), {"WMCA/PROTOCOL-grandtest.csv": lines(listed)})


PLANNERS = {"casia-fasd": casia, "msu-mfsd": msu, "oulu-npu": oulu, "replay-attack": replay, "wmca": wmca}
