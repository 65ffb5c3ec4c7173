"""A miniature CASIA-SURF in the layout of its current archive: cut photos, with other types in train than in test."""

from __future__ import annotations

import numpy as np

from protocols.demo.plan import Item, Plan, Size, frame_files, lines, other

PEOPLE = range(56)
_SPLITS = {"default": (32, 12, 12), "small": (3, 2, 1)}
_FOLDERS = {"train": "Training", "dev": "Val", "test": "Testing"}
_TYPES = {
    "train": ((4, "04_en_b"), (5, "05_enm_s"), (6, "06_enm_b")),
    "dev": ((1, "01_e_s"), (2, "02_e_b"), (3, "03_en_s")),
    "test": ((1, "01_e_s"), (2, "02_e_b"), (3, "03_en_s")),
}
_FRAMES = (4, 9)  # drawn alike for live and attack: the number of frames must not tell them apart


def plan(rng: np.random.Generator, size: Size) -> Plan:
    """Subject-disjoint train, val and test; each subject once live and three times behind a cut photo of itself."""
    items: list[Item] = []
    image_lists: dict[str, list[str]] = {split: [] for split in _FOLDERS}
    video_lists: dict[str, list[str]] = {split: [] for split in _FOLDERS}
    start = 0
    for split, count in zip(_FOLDERS, _SPLITS[size], strict=True):
        people = PEOPLE[start : start + count]
        start += count
        for person in people:
            subject = f"CLKJ_{('AS', 'BS', 'CS')[person % 3]}{5 + 7 * person:04d}"
            base = f"CASIA_SURF/Data/{_FOLDERS[split]}"
            takes = [("real_part", "real", "bona fide", 0)]
            takes += [("fake_part", code, "cut photo", kind) for kind, code in _TYPES[split]]
            for part, code, species, kind in takes:
                low, high = (3, 4) if size == "small" else _FRAMES
                item = Item(
                    f"{base}/{part}/{subject}/{code}.rssdk/color", species, person,
                    other(rng, people, person) if count > 1 else other(rng, PEOPLE, person),
                    int(rng.integers(low, high)), kind,
                )  # fmt: skip
                items.append(item)
                label = 0 if kind == 0 else 1  # this archive's polarity: 0 is live
                image_lists[split] += [f"{file} {label}" for file in frame_files(item)]
                video_lists[split].append(f"{item.path} {label}")
    texts = {}
    for split in _FOLDERS:
        texts[f"CASIA_SURF/protocol/CASIA_SURF@p1_image_{split}.txt"] = lines(image_lists[split])
        texts[f"CASIA_SURF/protocol/CASIA_SURF@p1_video_{split}.txt"] = lines(video_lists[split])
    return Plan("casia-surf", tuple(items), texts)
