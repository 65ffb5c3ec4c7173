"""Does the test set hold anything of the training set? Identical files, near-identical pictures, shared subjects.

Everything found is named and nothing is dropped: the published figures were computed with the duplicates in.

Near-identical means: the middle frames' 64-bit perceptual hashes (signs of the lowest DCT coefficients of the face box
at 32 x 32 grey against their median) differ in at most `DISTANCE` bits, and the two 32 x 32 pictures correlate by at
least `CORRELATION`. Measured on the 240 aligned faces of the demo: the same face after JPEG quality 20, half the
resolution or 1.2 times the brightness stays within both limits in 99.6 % of the cases; of the 28,680 pairs of different
faces 0.1 % come within 10 bits (the hash alone would drown a real finding in chance pairs), but those correlate by 0.89
at most, and no pair of different faces by more than 0.93. Two crops that differ by 3 % in position are not found.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocols.adapter import RELEASES, Adapter
from protocols.presentation import Presentation, Release
from protocols.store.store import Store

DISTANCE = 10
CORRELATION = 0.97
_SIDE = 32
_CHUNK = 512


@dataclass(frozen=True)
class Part:
    """Presentations to compare, under a name for the report (`train`, `dev`, `target`).

    Without a store, before the release is prepared, only files and subjects are compared.
    """

    name: str
    release: Release
    store: Store | None
    presentations: Sequence[Presentation]


@dataclass(frozen=True)
class Overlap:
    """What two parts share; pairs are (id in the first, id in the second).

    `identical`: the same bytes; `near`: with the number of differing hash bits, identical ones left out; `subjects`:
    codes in both parts, of one release, or of two that are known to show the same people (`Adapter.people`): other
    releases' codes have nothing in common.
    """

    first: str
    second: str
    identical: tuple[tuple[str, str], ...]
    near: tuple[tuple[str, str, int], ...]
    subjects: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.identical or self.near or self.subjects)

    def lines(self) -> list[str]:
        """One line per finding, or one line that says there is none."""
        where = f"{self.first} and {self.second}" if self.first != self.second else f"{self.first} twice"
        found = [f"{where}: identical files: {a} = {b}" for a, b in self.identical]
        found += [f"{where}: near-identical pictures ({bits} of 64 bits differ): {a} ~ {b}" for a, b, bits in self.near]
        found += [f"{where}: same subject: {subject}" for subject in self.subjects]
        return found or [f"{where}: no overlap found"]


def overlap(first: Part, second: Part) -> Overlap:
    """Compares two parts, or, given the same part twice, looks for duplicates in it."""
    same = first is second
    identical = tuple(_identical(first, second, same))
    known = set(identical)
    near = tuple(pair for pair in _near(first, second, same) if pair[:2] not in known)
    return Overlap(first.name, second.name, identical, near, () if same else shared_subjects(first, second))


def shared_subjects(first: Part, second: Part) -> tuple[str, ...]:
    """Who is in both parts, where their codes mean the same people; sorted."""
    (people, ours), (others, theirs) = _people(first), _people(second)
    return tuple(sorted(ours & theirs)) if people == others else ()


def _people(part: Part) -> tuple[str, set[str]]:
    """(the release whose codes these are, the codes)."""
    adapter = RELEASES[part.release.name]() if part.release.name in RELEASES else Adapter()
    codes = {adapter.person(p.subject) for p in part.presentations if p.subject is not None}
    return adapter.people or part.release.name, codes


def _identical(first: Part, second: Part, same: bool) -> Iterator[tuple[str, str]]:
    """Pairs whose media are the same bytes: only files of equal size are read, and only once."""
    groups = _grouped(first, second, _size_of)
    hashes: dict[tuple[Path, str], str] = {}
    for left, right in groups:
        if same and len(left) < 2:
            continue
        marks = [[(p, _content(part, p, hashes)) for p in group] for part, group in ((first, left), (second, right))]
        for i, (a, content) in enumerate(marks[0]):
            for b, other in marks[1][i + 1 :] if same else marks[1]:
                if content is not None and content == other and (same or not _same_place(first, a, second, b)):
                    yield a.id, b.id


def _same_place(first: Part, a: Presentation, second: Part, b: Presentation) -> bool:
    return first.release.root == second.release.root and a.id == b.id


def _grouped(
    first: Part, second: Part, key: Callable[[Part, Presentation], Hashable]
) -> Iterator[tuple[list[Presentation], list[Presentation]]]:
    sides: list[dict[Hashable, list[Presentation]]] = []
    for part in (first, second):
        groups: dict[Hashable, list[Presentation]] = defaultdict(list)
        for p in part.presentations:
            groups[key(part, p)].append(p)
        sides.append(groups)
    for shared in sides[0].keys() & sides[1].keys():
        if shared is not None:
            yield sides[0][shared], sides[1][shared]


def _size_of(part: Part, p: Presentation) -> Hashable:
    try:
        return len(p.media.files), (part.release.root / p.media.files[0]).stat().st_size
    except (OSError, IndexError):
        return None


def _content(part: Part, p: Presentation, hashes: dict[tuple[Path, str], str]) -> tuple[str, ...] | None:
    """SHA-256 of each file, or None where one cannot be read or is empty."""
    marks = []
    for name in p.media.files:
        if (part.release.root, name) not in hashes:
            try:
                with (part.release.root / name).open("rb") as file:
                    hashes[part.release.root, name] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                return None
        marks.append(hashes[part.release.root, name])
    return None if hashlib.sha256().hexdigest() in marks else tuple(marks)


def _near(first: Part, second: Part, same: bool) -> Iterator[tuple[str, str, int]]:
    left_ids, left = _thumbnails(first)
    right_ids, right = (left_ids, left) if same else _thumbnails(second)
    codes = perceptual_hash(right)
    for start in range(0, len(left), _CHUNK):
        ours = perceptual_hash(left[start : start + _CHUNK])
        bits = np.bitwise_count(ours[:, None] ^ codes[None])
        for i, j in np.argwhere(bits <= DISTANCE).tolist():
            if same and j <= start + i:
                continue
            if correlation(left[start + i], right[j]) >= CORRELATION:
                yield left_ids[start + i], right_ids[j], int(bits[i, j])


def _thumbnails(part: Part) -> tuple[list[str], NDArray[np.uint8]]:
    """The middle frame's face box at 32 x 32 of each presentation that has one, uint8, (n, 32, 32), grey."""
    import cv2

    if part.store is None:
        return [], np.empty((0, _SIDE, _SIDE), np.uint8)
    ids = [p.id for p in part.presentations if p.id in part.store.entries and p.id not in part.store.failures]
    faces = part.store.faces(ids, frames="middle")
    grey = [np.empty((0, _SIDE, _SIDE), np.uint8)]
    for batch in faces.batches(256, _SIDE):
        strip = batch.reshape(-1, _SIDE, 3)
        grey.append(np.asarray(cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY), np.uint8).reshape(-1, _SIDE, _SIDE))
    return ids, np.concatenate(grey)


def perceptual_hash(grey: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """64 bits per picture, uint64, (n,): which of the lowest DCT coefficients but the mean exceed their median.

    `grey`: uint8, (n, 32, 32).
    """
    k, x = np.arange(9)[:, None], np.arange(_SIDE)[None]
    basis = np.cos(np.pi * k * (2 * x + 1) / (2 * _SIDE)).astype(np.float32)
    basis[0] *= np.float32(np.sqrt(0.5))
    spectrum = basis @ grey.astype(np.float32) @ basis.T
    low = np.concatenate([spectrum[:, :8, :8].reshape(-1, 64)[:, 1:], spectrum[:, 8:9, 0]], axis=1)
    bits = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64)[:, 0]


def correlation(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Pearson's correlation of two pictures; two flat pictures correlate by 1, a flat one and another by 0."""
    x, y = (v.astype(np.float64).ravel() - v.mean() for v in (a, b))
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale else float(not (x.any() or y.any()))
