"""A miniature RGB release of HQ-WMCA: portrait clips in its ten type folders, named by its nine-part stems."""

from __future__ import annotations

import hashlib

import numpy as np

from protocols.demo.plan import Item, Plan, Size, other

PEOPLE = range(112, 160)
FRAMES, RATE = 10, 5  # per clip, per second
_COUNTS = {"default": (40, 10), "small": (4, 1)}  # bona fide presentations, presentations of each type
_TYPES = (
    ("01", "Obfuscation/Glasses", "glasses"),
    ("02", "Impersonation/Mannequin", "mannequin"),
    ("03", "Impersonation/Print", "print"),
    ("04", "Impersonation/Replay", "replay"),
    ("05", "Impersonation/Rigidmask", "rigid mask"),
    ("06", "Impersonation/Flexiblemask", "silicone mask"),
    ("07", "Impersonation/Papermask", "paper mask"),
    ("08", "Obfuscation/Wig", "wig"),
    ("09", "Obfuscation/Tattoo", "tattoo"),
    ("10", "Obfuscation/Makeup", "makeup"),
)


def plan(rng: np.random.Generator, size: Size) -> Plan:
    """Bona fide clips first, then each type; who is shown and who presents are two people for impersonation."""
    live, each = _COUNTS[size]
    frames = FRAMES if size == "default" else 3
    items = []
    for i in range(live):
        person = PEOPLE[i % len(PEOPLE)]
        stem = _stem(1 + i % 3, person, None, "00_00_000")
        items.append(Item(f"HQ-WMCA-RGB/Bonafide/{stem}.mov", "bona fide", person, person, frames))
    for kind, (code, folder, species) in enumerate(_TYPES):
        for i in range(each):
            person = PEOPLE[(kind * each + i) * 7 % len(PEOPLE)]
            presenter = other(rng, PEOPLE, person)
            shown_by = presenter if folder.startswith("Impersonation") else person
            stem = _stem(1 + i % 3, person, shown_by, f"{code}_{1 + i % 2:02d}_{kind * 10 + i + 1:03d}")
            items.append(Item(f"HQ-WMCA-RGB/{folder}/{stem}.mov", species, person, presenter, frames))
    return Plan("hq-wmca", tuple(items))


def _stem(session: int, client: int, presenter: int | None, kind: str) -> str:
    """`site_session_client_presenter_type_subtype_pai-hash`; the presenter of a bona fide clip is 0000."""
    number = 0 if presenter is None else presenter - PEOPLE.start + 1
    stem = f"1_{session:02d}_{client - PEOPLE.start + 1:04d}_{number:04d}_{kind}"
    return f"{stem}-{hashlib.sha256(stem.encode()).hexdigest()[:8]}"
