"""The overlap check of a run: does the target, or the part that sets thresholds, hold anything that is trained on?

Two prepared releases are compared once, whole; what was found is kept in the world's cache and cut to the parts of each
run. Parts of one release are compared as they are. Findings are warnings: nothing is dropped, since the published
figures were computed with the duplicates in.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from protocols import overlap
from protocols.errors import DamagedError
from protocols.files import write_whole
from protocols.overlap import Overlap, Part
from protocols.presentation import Presentation
from protocols.sealed import sealed_json, unsealed_json

FORMAT = 3
SHOWN = 20
"""Findings of one pair of parts that are written out; the rest is counted."""


def check(training: Sequence[Part], dev: Sequence[Part], target: Sequence[Part], cache: Path) -> list[Overlap]:
    """Every training part against those of dev and target, and dev against the target. `cache` is the world's."""
    pairs = [(part, other) for part in training for other in (*dev, *target)]
    pairs += [(part, other) for part in dev for other in target]
    return [between(first, second, cache) for first, second in pairs]


def between(first: Part, second: Part, cache: Path) -> Overlap:
    """What two parts share, from the cache if the two stores were compared before."""
    wide = [dataclasses.replace(part, presentations=_side(part, first, second)) for part in (first, second)]
    file = cache / "overlaps" / f"{_key(*wide)}.json"
    found = _kept(file)
    if found is None:
        found = overlap.overlap(*wide)
        if first.store and second.store:  # else there is more to find once the faces are prepared
            _keep(found, file)
    return _cut(found, first, second)


def lines(found: Iterable[Overlap]) -> list[str]:
    """The findings as text, `SHOWN` for each pair of parts at most; empty where nothing was found."""
    out = []
    for pair in found:
        if pair:
            said = pair.lines()
            rest = len(said) - SHOWN
            out += said[:SHOWN] + ([f"{pair.first} and {pair.second}: {rest} more findings of this kind"] * (rest > 0))
    return out


def _side(part: Part, first: Part, second: Part) -> tuple[Presentation, ...]:
    """All presentations of a release, or, where both parts are of one release, their own."""
    return part.release.presentations if first.release.name != second.release.name else tuple(part.presentations)


def _key(first: Part, second: Part) -> str:
    stores = [part.store.digest if part.store else None for part in (first, second)]
    words = [FORMAT, overlap.DISTANCE, overlap.CORRELATION, *stores]
    same = first.release.name == second.release.name
    own = [_ids(first), _ids(second)] if same else None
    roots = [str(first.release.root), str(second.release.root)]  # identical files are looked for on disk
    return hashlib.sha256(json.dumps([*words, own, roots]).encode()).hexdigest()[:24]


def _ids(part: Part) -> str:
    return hashlib.sha256("\0".join(p.id for p in part.presentations).encode()).hexdigest()


def _cut(found: Overlap, first: Part, second: Part) -> Overlap:
    ours, theirs = ({p.id for p in part.presentations} for part in (first, second))
    return Overlap(
        first.name,
        second.name,
        tuple((a, b) for a, b in found.identical if a in ours and b in theirs),
        tuple((a, b, bits) for a, b, bits in found.near if a in ours and b in theirs),
        overlap.shared_subjects(first, second),
    )


def _kept(file: Path) -> Overlap | None:
    try:
        data = unsealed_json(file.read_bytes(), file)
        near = tuple((str(a), str(b), int(bits)) for a, b, bits in data["near"])
        return Overlap("", "", tuple((str(a), str(b)) for a, b in data["identical"]), near, ())
    except (OSError, DamagedError):
        return None


def _keep(found: Overlap, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, sealed_json({"schema": FORMAT, "identical": found.identical, "near": found.near}), durable=False)
