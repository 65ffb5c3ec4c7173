"""A miniature CASIA-SURF CeFA in the layout of its current archive: cloth prints, replays, two kinds of mask.

Which ethnicity folder a face of the demo lies in is chosen by turns and means nothing.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from protocols.demo.plan import Item, Plan, Size, frame_files, lines, other

PEOPLE = range(56, 112)
_RACES = ("AF", "CA", "EA")
_SUBJECTS = {"default": (28, 10, 10), "small": (3, 2, 1)}
_FIRST_ID = (0, 200, 300)  # the ranges of identities that the official lists keep apart: train, dev, test
_MASKS = {
    "default": ((5, 9), (3, 7)),
    "small": ((3, 2), (3, 1)),
}  # (identities, presentations of each), 3D and silicone
_FRAMES = (4, 9)
_TAKES = (
    ("1_1_1", "bona fide", "room"),
    ("3_1_2", "cloth print", "room"),
    ("3_2_2", "cloth print", "outdoor"),
    ("3_1_4", "replay", "room"),
)
_LIGHTS = {1: "room", 2: "back", 3: "front", 4: "side"}
_PAI = {
    "1.1": "1 2 4",
    "1.3": "1 2 4",
    "1.5": "1 2 4",
    "2.1": "1 2",
    "2.2": "1 4",
    "4.1": "1 4",
    "4.3": "1 4",
    "4.5": "1 4",
}


def plan(rng: np.random.Generator, size: Size) -> Plan:
    """Subjects of the three ethnicity folders in the official ranges of identities, masks on people of their own."""
    frames = (3, 4) if size == "small" else _FRAMES
    items: list[Item] = []
    split_of: dict[str, str] = {}
    person = PEOPLE.start
    for split, first, count in zip(("train", "dev", "test"), _FIRST_ID, _SUBJECTS[size], strict=True):
        people = range(person, person + count)
        for i, shown in enumerate(people):
            race = (shown - PEOPLE.start) % 3
            number = first + 5 * i + 3
            folder = f"CASIA_CeFA/Ethnicity/{_RACES[race]}/{_RACES[race]}-{number:03d}"
            for code, species, light in _TAKES:
                path = f"{folder}/{race + 1}_{number:03d}_{code}/color"
                items.append(Item(path, species, shown, shown, int(rng.integers(*frames)), light=light))
                split_of[path] = split
        person += count
    masks = _masks(rng, range(person, PEOPLE.stop), size)
    return Plan("cefa", (*items, *masks), _lists(items, masks, split_of))


def _masks(rng: np.random.Generator, people: range, size: Size) -> list[Item]:
    frames = (3, 4) if size == "small" else _FRAMES
    items: list[Item] = []
    shown = people.start
    for kind, folder, species in ((1, "3D-Mask", "rigid mask"), (2, "Silicone-Mask", "silicone mask")):
        identities, takes = _MASKS[size][kind - 1]
        for i in range(identities):
            number = 11 * i + 7 if kind == 1 else 2 * i + 2
            every = list(product((0, 1), (0, 1), (1, 2), (1, 2, 3, 4)))  # dress, glasses, session, light
            for choice in sorted(rng.choice(len(every), takes, replace=False).tolist()):
                dress, glasses, session, light = every[choice]
                name = f"{kind}_{number:03d}_{dress}_{glasses}_2_{session}_{light}"
                lamp = "outdoor" if session == 2 and light == 1 else _LIGHTS[light]
                items.append(
                    Item(
                        f"CASIA_CeFA/Mask/{folder}/{number:03d}/{name}/color", species, shown,
                        other(rng, people, shown), int(rng.integers(*frames)), 2 if dress else 1, bool(glasses), lamp,
                    )
                )  # fmt: skip
            shown += 1
    return items


def _lists(items: list[Item], masks: list[Item], split_of: dict[str, str]) -> dict[str, str]:
    """The authors' protocols 1, 2 and 4: what is not trained on is tested on, and every test list adds the masks."""
    texts = {}
    listed_masks = [item for item in masks if not item.path.endswith("_1/color")]  # lists leave Light 1 out
    for name, trained in _PAI.items():
        race = {"1": "1", "3": "2", "5": "3"}[name[2]] if name[0] in "14" else ""
        parts: dict[str, list[Item]] = {"train": [], "dev": [], "test": []}
        for item in items:
            code = item.path.split("/")[-2].split("_")
            home, taught, split = not race or code[0] == race, code[4] in trained.split(), split_of[item.path]
            if split != "test" and home and taught:
                parts[split].append(item)
            elif split == "test" and (not race or not home) and (code[4] == "1" or name[0] == "1" or not taught):
                parts["test"].append(item)
        parts["test"] += listed_masks
        for split, chosen in parts.items():
            stem = f"CASIA_CeFA/protocol/CASIA_CeFA@p{name}"
            label = {item.path: 0 if item.species == "bona fide" else 1 for item in chosen}
            files = [f"{file} {label[item.path]}" for item in chosen for file in frame_files(item)]
            texts[f"{stem}_image_{split}.txt"] = lines(files)
            texts[f"{stem}_video_{split}.txt"] = lines([f"{item.path} {label[item.path]}" for item in chosen])
    return texts
