"""Listing a release once: the table of presentations is kept in the cache, so that a run does not walk the disk again.

What is checked before a kept table is believed: the names and modification times of the root and of the folders down to
two levels below it and of every folder that holds a presentation, size and time of the list files (.txt, .csv) in the
former and beside the root and of every video and HDF5 file, and the names of the folders beside the root; of a user's
own list its size and time. What is in a picture is the store's concern (`protocols.store.stamps`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from protocols.discovery.walk import allowing
from protocols.errors import InputError
from protocols.files import write_whole
from protocols.place import Place
from protocols.presentation import Release, folder_of
from protocols.releases.registry import discover, from_json, to_json

_LISTS = (".txt", ".csv")
_LEVELS = 2


def scan(
    name: str, place: Path | Place, cache: Path, *, refresh: bool = False, allowed: Sequence[Path] = ()
) -> Release:
    """The release called `name` at a place: from the cache if nothing checked has changed, else listed and kept.

    `allowed` are folders elsewhere that its symbolic links may lead into. Raises `InputError` as
    `protocols.releases.registry.discover` does, or for a cache that cannot be written.
    """
    place = place if isinstance(place, Place) else Place(Path(place))
    root = Path(os.path.abspath(place.path.expanduser()))  # noqa: PTH100 - links stay as the user wrote them
    place = replace(place, path=root)
    file = cache / "scans" / f"{name}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.json"
    try:
        if root.exists():
            file.parent.mkdir(parents=True, exist_ok=True)  # before the stamp: the cache may lie beside the root
    except OSError as error:
        raise InputError(f"{cache}: the cache cannot be written ({error.strerror}): choose another one") from None
    stamp = _stamp(place, allowed)
    if not refresh and (kept := _kept(file, stamp)) is not None:
        return kept
    with allowing(allowed):
        release = discover(name, place)
    head = json.dumps({"stamp": stamp, "inside": _inside(release), "root": str(release.root)})
    try:
        write_whole(file, f"{head}\n{to_json(release)}\n", durable=False)
    except OSError as error:
        raise InputError(
            f"{file.parent}: the list cannot be written ({error.strerror}): choose another cache"
        ) from None
    return release


def _kept(file: Path, stamp: str) -> Release | None:
    """The kept table, or None where there is none, it is damaged, or the release has changed."""
    try:
        head, _, table = file.read_text().partition("\n")
        values = json.loads(head)
        if values["stamp"] != stamp:
            return None
        release = from_json(table, Path(values["root"]))
        return release if values["inside"] == _inside(release) else None
    except (OSError, ValueError, KeyError, TypeError, InputError):
        return None


def _stamp(place: Place, allowed: Sequence[Path]) -> str:
    root = place.path
    marks = [(f"allowed {folder}", 0, 0) for folder in allowed]
    marks += [(repr(replace(place, path=Path())), 0, 0)] if place != Place(root) else []
    try:
        if root.is_file():
            stat = root.stat()
            return hashlib.sha256(repr([*marks, (stat.st_mtime_ns, stat.st_size)]).encode()).hexdigest()
        with os.scandir(root.parent) as entries:
            for entry in entries:
                if entry.is_dir():
                    marks.append((f"../{entry.name}", 0, 0))
                elif entry.name.lower().endswith(_LISTS):
                    stat = entry.stat()
                    marks.append((f"../{entry.name}", stat.st_mtime_ns, stat.st_size))
        _mark(root, "", _LEVELS, marks)
    except OSError:
        return ""  # discover will say what is wrong with the root
    return hashlib.sha256(repr(sorted(marks)).encode(errors="surrogateescape")).hexdigest()


def _inside(release: Release) -> str:
    """Digest of the times of the folders that hold presentations, and of the sizes and times of videos and the like."""
    root, digest = release.root, hashlib.sha256()
    for place in _places(release):
        try:
            now = os.stat(f"{root}/{place}")  # noqa: PTH116 - a hundred thousand of them
            digest.update(b"%d %d\n" % (now.st_mtime_ns, now.st_size))
        except OSError:
            digest.update(b"gone\n")
    return digest.hexdigest()


def _places(release: Release) -> Iterator[str]:
    folders: set[str] = set()
    for p in release.presentations:
        folder = folder_of(p.media)
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
        if p.media.kind != "images":
            yield from p.media.files
    yield from sorted(folders)


def _mark(folder: Path, name: str, levels: int, marks: list[tuple[str, int, int]]) -> None:
    marks.append((name, folder.stat().st_mtime_ns, 0))
    with os.scandir(folder) as entries:
        for entry in entries:
            below = f"{name}/{entry.name}"
            if entry.is_dir():
                if levels:
                    _mark(Path(entry.path), below, levels - 1, marks)
            elif entry.name.lower().endswith(_LISTS):
                stat = entry.stat()
                marks.append((below, stat.st_mtime_ns, stat.st_size))
