"""A miniature SiW-Mv2: three kinds of video file, fourteen types, and the traps of its folder and file names."""

from __future__ import annotations

import numpy as np

from protocols.demo.plan import Item, Plan, Size, lines, other

PEOPLE = range(160, 208)
FRAMES, RATE = 8, 6  # per clip, per second
SIZES = {"mov": (480, 360), "avi": (360, 270), "mp4": (480, 270)}
NON_RESPONSES = {"Paper_100": "no face", "Live_889": "undecodable"}
"""Two presentations that no harness can answer, as real releases have: a sheet that hides the scene, a torn file."""
ABSENT = "Live_900"
"""Listed by the owners, not in the release."""
IDENTICAL = ("Replay_76", "Replay_83")
"""The same bytes under two names."""

_COUNTS = {"default": (56, 6), "small": (5, 1)}  # live, each type
_TYPES = (
    ("Makeup_Cosmetic", "Makeup_Co", "cosmetic makeup"),
    ("Makeup_Impersonation", "Makeup_Im", "impersonation makeup"),
    ("Makeup_Obfuscation", "Makeup_Ob", "obfuscation makeup"),
    ("Mask_HalfMask", "Mask_Half", "half mask"),
    ("Mask_PaperMask", "Mask_Paper", "paper mask"),
    ("Mask_TransparentMask", "Mask_Trans", "transparent mask"),
    ("Silicone", "Mask_Silicone", "silicone mask"),
    ("Mannequin", "Mask_Mann", "mannequin"),
    ("Partial_Eye", "Partial_Eye", "partial eye"),
    ("Partial_FunnyeyeGlasses", "Partial_Funnyeye", "funny-eye glasses"),
    ("Partial_Mouth", "Partial_Mouth", "partial mouth"),
    ("Partial_PaperGlasses", "Partial_Paperglass", "paper glasses"),
    ("Paper", "Paper", "print"),
    ("Replay", "Replay", "replay"),
)


def plan(rng: np.random.Generator, size: Size) -> Plan:
    """Live and spoof videos with the official training and test lists of protocol I."""
    live, each = _COUNTS[size]
    frames = FRAMES if size == "default" else 3
    items = _live(live, frames) + _spoof(rng, each, frames)
    stems = [item.path.rsplit("/", 1)[1].rsplit(".", 1)[0] for item in items]
    known = [stem for stem in stems if not stem.startswith("Live_")]
    alive = [stem for stem in stems if stem.startswith("Live_")]
    trained = [stem for i, stem in enumerate(known) if i % 5 < 3]
    repeated = [stem for stem in trained for _ in range(max(1, 100 // each))]  # as the owners balance their types
    texts = {
        "pro_3_text/trainlist_all.txt": lines(repeated),
        "pro_3_text/trainlist_live.txt": lines([stem for i, stem in enumerate(alive) if i % 3 < 2]),
        "pro_3_text/testlist_all.txt": lines([stem for stem in known if stem not in set(trained)]).rstrip("\n"),
        "pro_3_text/testlist_live.txt": lines([*(stem for i, stem in enumerate(alive) if i % 3 == 2), ABSENT]),
    }
    return Plan("siw-mv2", tuple(items), texts)


def _live(count: int, frames: int) -> list[Item]:
    items = []
    for i in range(count):
        person = PEOPLE[i % len(PEOPLE)]
        third, within = i % 3, i // 3
        number, kind = ((1 + within, "mov"), (105 + within, "avi"), (662 + within, "mp4"))[third]
        items.append(Item(f"SiW-Mv2/Live/Live_{number}.{kind}", "bona fide", person, person, frames))
    torn = next(stem for stem, why in NON_RESPONSES.items() if why == "undecodable")
    last = items[-1]
    items[-1] = Item(f"SiW-Mv2/Live/{torn}.mp4", last.species, last.face, last.presenter, frames, fault="cut short")
    return items


def _spoof(rng: np.random.Generator, each: int, frames: int) -> list[Item]:
    items = []
    for kind, (folder, stem, species) in enumerate(_TYPES):
        for i in range(each):
            person = PEOPLE[(kind * each + i) * 5 % len(PEOPLE)]
            number = (171 if stem == "Partial_Funnyeye" else 2) + 3 * i
            file = ("mov", "mov", "mp4", "mov", "avi", "mov")[(kind + i) % 6] if each > 1 else "mov"
            presenter = other(rng, PEOPLE, person)
            items.append(Item(f"SiW-Mv2/Spoof/{folder}/{stem}_{number}.{file}", species, person, presenter, frames))
    first, twin = (f"SiW-Mv2/Spoof/Replay/{stem}.mov" for stem in IDENTICAL)
    last = items[-1]
    items[-1] = Item(first, last.species, last.face, last.presenter, frames)
    items.append(Item(twin, last.species, last.face, last.presenter, frames, copy_of=first))
    hidden = next(stem for stem, why in NON_RESPONSES.items() if why == "no face")
    items.append(Item(f"SiW-Mv2/Spoof/Paper/{hidden}.mov", "print", PEOPLE[0], PEOPLE[1], frames, fault="no face"))
    return items
