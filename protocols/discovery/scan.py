"""Listing a release once: the table of presentations is kept in the cache, so that a run does not walk the disk again.

What is checked before a kept table is believed: the names and modification times of the root and of the folders down to
two levels below it, size and time of the list files (.txt, .csv) in them, and the names of the list files and folders
beside the root. A picture exchanged or added deep inside a subject's folder is not noticed: `refresh=True` (the command
line's `--refresh`) walks afresh. Releases are distributed as archives and do not change after unpacking, which is why
this is enough; what is prepared is named by the digest of the table in any case.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from protocols.errors import InputError
from protocols.presentation import Release
from protocols.releases.registry import discover, from_json, to_json

_LISTS = (".txt", ".csv")
_LEVELS = 2


def scan(name: str, root: Path, cache: Path, *, refresh: bool = False) -> Release:
    """The release called `name` at `root`: from the cache if nothing checked has changed, else listed and kept.

    Raises `InputError` as `protocols.releases.registry.discover` does, or for a cache that cannot be written.
    """
    root = Path(os.path.abspath(root.expanduser()))  # noqa: PTH100 - links stay as the user wrote them
    file = cache / "scans" / f"{name}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.json"
    try:
        if root.is_dir():
            file.parent.mkdir(parents=True, exist_ok=True)  # before the stamp: the cache may lie beside the root
    except OSError as error:
        raise InputError(f"{cache}: the cache cannot be written ({error.strerror}): choose another one") from None
    stamp = _stamp(root)
    if not refresh and (kept := _kept(file, stamp)) is not None:
        return kept
    release = discover(name, root)
    head = json.dumps({"stamp": stamp, "root": str(release.root)})
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        temporary.write_text(f"{head}\n{to_json(release)}\n")
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(
            f"{file.parent}: the list cannot be written ({error.strerror}): choose another cache"
        ) from None
    return release


def _kept(file: Path, stamp: str) -> Release | None:
    """The kept table, or None where there is none, it is damaged, or the release has changed."""
    try:
        head, _, table = file.read_text().partition("\n")
        values = json.loads(head)
        return from_json(table, Path(values["root"])) if values["stamp"] == stamp else None
    except (OSError, ValueError, KeyError, TypeError, InputError):
        return None


def _stamp(root: Path) -> str:
    marks: list[tuple[str, int, int]] = []
    try:
        with os.scandir(root.parent) as entries:
            marks += [(f"../{e.name}", 0, 0) for e in entries if e.is_dir() or e.name.lower().endswith(_LISTS)]
        _mark(root, "", _LEVELS, marks)
    except OSError:
        return ""  # discover will say what is wrong with the root
    return hashlib.sha256(repr(sorted(marks)).encode(errors="surrogateescape")).hexdigest()


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
