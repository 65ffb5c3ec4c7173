"""The face store of one prepared release: `faces.npy`, all pictures in one flat uint8 memory map, and
`manifest.jsonl`, what each of them is.

The manifest's first line names release and recipe, then comes one line per presentation in the release's order, and a
last line with the totals and the SHA-256 of all lines before it. A store without a right last line does not open.

Pictures have the size that the source gave them, up to the recipe's limits. Of a presentation come first its frames,
in temporal order, then the second pictures of those frames whose first one was made smaller: the face alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from protocols.errors import DamagedError, InputError
from protocols.media.frame import Loss
from protocols.presentation import BONA_FIDE, Label
from protocols.store import checked
from protocols.store.checked import HEADER_BYTES, PIXELS
from protocols.store.faces import Faces
from protocols.store.manifest import End, Head, Line, RecipeValues
from protocols.store.pictures import Pictures

MANIFEST = "manifest.jsonl"
FORMAT = 2
"""Format 1 (all crops of one size, `recipe.size` squared) is still read: reports of old runs show its pictures."""


@dataclass(frozen=True)
class Store:
    """A prepared release, open for reading; pixels are never loaded as a whole.

    Attributes:
        path: the store's folder.
        release: name of the release.
        release_digest: `Release.digest` of what was prepared.
        recipe: the recipe's values (`Recipe.as_dict`).
        digest: SHA-256 of the manifest, which holds the SHA-256 of every presentation's pixels.
        entries: per presentation id its line of the manifest.
        starts: per presentation id the number of its first picture.
        pixels: all pictures, read from the disk when they are asked for.
    """

    path: Path
    release: str
    release_digest: str
    recipe: RecipeValues
    digest: str
    entries: Mapping[str, Line]
    starts: Mapping[str, int]
    pixels: Pictures

    @classmethod
    def open(cls, path: Path) -> Store:
        """Raises `InputError` for a folder that is no store, or one that is incomplete, changed or cut short."""
        head, rows, end, digest = _read_manifest(path / MANIFEST)
        entries = {row["id"]: row for row in rows}
        total, starts = 0, {}
        for row in rows:
            starts[row["id"]] = total
            total += row["frames"] + len(row["near"])
        sizes = np.array([size for row in rows for size in row["sizes"]], np.int64).reshape(-1, 2)
        frames = sum(row["frames"] for row in rows)
        if len(entries) != end["presentations"] or frames != end["frames"] or total != len(sizes):
            raise DamagedError(f"{path / MANIFEST}: the totals do not fit: {_AGAIN}")
        seen = _identity(path)

        def check() -> None:
            if _identity(path) != seen:
                raise InputError(f"{path}: prepared anew while it was being read: start again")
            if not checked.unchanged(path, digest):
                _refuse_damage(path, entries)
                checked.record(path, digest)

        pixels = Pictures(path / PIXELS, sizes, HEADER_BYTES, check)
        side = int(head["recipe"]["size"])
        _check_pixels(path / PIXELS, (pixels.bytes,) if head["format"] == FORMAT else (frames, side, side, 3))
        return cls(path, head["release"], head["release_digest"], head["recipe"], digest, entries, starts, pixels)

    @property
    def frames(self) -> int:
        """Number of frames of all presentations together."""
        return sum(entry["frames"] for entry in self.entries.values())

    @cached_property
    def failures(self) -> dict[str, str]:
        """Presentations without frames, by id, with the reason: each becomes a non-response."""
        return {name: entry["failure"] for name, entry in self.entries.items() if entry["failure"] is not None}

    def losses(self, name: str) -> tuple[Loss, ...]:
        """What could not be used of a presentation; a failure has the losses that it met before it failed."""
        return tuple(Loss(kind, frames, reason) for kind, frames, reason in self._entry(name).get("losses", ()))

    def frames_of(self, name: str) -> NDArray[np.int64]:
        """Numbers of the pictures of a presentation's frames, in temporal order, int64; empty for a failure."""
        entry = self._entry(name)
        return np.arange(entry["frames"], dtype=np.int64) + self.starts[name]

    def faces(
        self,
        ids: Iterable[str],
        *,
        frames: int | Literal["middle"] | None = None,
        labels: Mapping[str, Label] | None = None,
        domains: Mapping[str, str] | None = None,
    ) -> Faces:
        """What a method sees of some presentations, in the order given.

        `frames`: how many of the stored frames of each, evenly spread; `middle`: the one in the middle; None: all.
        With `labels` (by id) the faces may be learnt from; `domains` (by id) then defaults to the release's name.
        Raises `InputError` for unknown or repeated ids and for presentations in `failures`: those get no score.
        """
        names = list(ids)
        if len(set(names)) < len(names):
            raise InputError(f"{self.path.name}: a presentation was asked for twice")
        for name in names:
            if self._entry(name)["failure"] is not None:
                raise InputError(f"{self.path.name}: presentation {name!r} has no frames ({self.failures[name]})")
        chosen = [pick(self.entries[name]["frames"], frames) for name in names]
        counts = np.array([len(few) for few in chosen], np.int64)
        contexts = np.array([self.entries[name]["context"] for name in names], np.float32)
        owner = np.repeat(np.arange(len(names), dtype=np.int64), counts)
        if labels is not None and domains is None:
            domains = dict.fromkeys(names, self.release)
        return Faces(
            pixels=self.pixels,
            rows=_joined([self.starts[name] + few for name, few in zip(names, chosen, strict=True)]),
            owner=owner,
            context=contexts[owner],
            near=_joined([self._near(name)[few] for name, few in zip(names, chosen, strict=True)]),
            keys=tuple(_hash(self.digest, name)[:16] for name in names),
            labels=None if labels is None else np.array([labels[name] == BONA_FIDE for name in names], np.int8),
            domains=None if domains is None else tuple(domains[name] for name in names),
            digest=_hash(self.digest, str(frames), *names)[:32],
        )

    def _near(self, name: str) -> NDArray[np.int64]:
        """Number of the second picture of each frame of a presentation, int64; -1 where there is none."""
        entry = self.entries[name]
        out = np.full(entry["frames"], -1)
        out[entry["near"]] = self.starts[name] + entry["frames"] + np.arange(len(entry["near"]))
        return out

    def _entry(self, name: str) -> Line:
        try:
            return self.entries[name]
        except KeyError:
            raise InputError(f"{self.path.name}: no presentation {name!r} in this store; prepare it again") from None


_AGAIN = "prepare the release again with --refresh"


def _refuse_damage(path: Path, entries: Mapping[str, Line]) -> None:
    for name in checked.damaged(path, entries):
        raise DamagedError(f"{path / PIXELS}: the pixels of {name!r} have changed: {_AGAIN}")


def _identity(path: Path) -> tuple[int, int]:
    """Which manifest lies there: another one, once the store has been prepared anew."""
    try:
        now = (path / MANIFEST).stat()
    except OSError:
        return 0, 0
    return now.st_ino, now.st_mtime_ns


def pick(n: int, frames: int | Literal["middle"] | None) -> NDArray[np.int64]:
    """Which of n frames: all (None), `middle`, or the midpoints of `frames` equal intervals without repeats, int64."""
    if frames is None:
        return np.arange(n, dtype=np.int64)
    if frames == "middle":
        return np.array([n // 2], np.int64)[: max(n, 0)]
    if frames < 1:
        raise InputError(f"frames: {frames} is less than one")
    return np.unique(((2 * np.arange(frames, dtype=np.int64) + 1) * n) // (2 * frames))[:n]


def hash_pixels(pictures: Sequence[NDArray[np.uint8]]) -> str:
    """SHA-256 of the pixels of pictures, one after the other in C order."""
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(np.ascontiguousarray(picture).data)
    return digest.hexdigest()


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *parts])


def _hash(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _read_manifest(file: Path) -> tuple[Head, list[Line], End, str]:
    try:
        data = file.read_bytes()
    except OSError:
        raise InputError(f"{file.parent}: not a face store (no {MANIFEST}): prepare the release first") from None
    body, _, last = data.rstrip(b"\n").rpartition(b"\n")
    digest = hashlib.sha256(body + b"\n").hexdigest()
    try:
        end: End = json.loads(last)
        if not isinstance(end, dict) or end.get("end") != digest:
            raise DamagedError(f"{file}: incomplete or changed: {_AGAIN}")
        head: Head
        rows: list[Line]
        head, *rows = json.loads(b"[" + body.replace(b"\n", b",") + b"]")
        if head["format"] == 1:
            side = int(head["recipe"]["size"])
            rows = [{**row, "sizes": [(side, side)] * row["frames"], "near": []} for row in rows]
        elif head["format"] != FORMAT:
            raise InputError(f"{file}: written by another version (format {head['format']}, not {FORMAT}): {_AGAIN}")
    except (ValueError, KeyError, TypeError):
        raise DamagedError(f"{file}: incomplete or changed: {_AGAIN}") from None
    return head, rows, end, digest


def _check_pixels(file: Path, shape: tuple[int, ...]) -> None:
    expected = HEADER_BYTES + int(np.prod(shape, dtype=np.int64))
    try:
        found = file.stat().st_size
        with file.open("rb") as opened:
            right = opened.read(HEADER_BYTES) == npy_header(shape)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}): {_AGAIN}") from None
    if found != expected or not right:
        raise DamagedError(f"{file}: {found} bytes instead of {expected}, or another shape: {_AGAIN}")


def npy_header(shape: tuple[int, ...]) -> bytes:
    """The NPY version 1.0 header of a uint8 array in C order, `HEADER_BYTES` long whatever the shape."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape!r}, }}".ljust(HEADER_BYTES - 11) + "\n"
    return b"\x93NUMPY\x01\x00" + (HEADER_BYTES - 10).to_bytes(2, "little") + text.encode("latin-1")
