"""A release found by its name, its table as text, and how its size compares with the published one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from protocols import marked
from protocols.adapter import RELEASES, Adapter
from protocols.discovery.walk import shown
from protocols.errors import InputError, unknown
from protocols.json_values import Parsed
from protocols.layouts import frames, manifest, tree
from protocols.place import Place
from protocols.presentation import ATTACK, BONA_FIDE, Folded, Media, Presentation, Release
from protocols.registry import normal

VERSION = 4


def discover(name: str, place: Path | Place) -> Release:
    """The release called `name` (underscores will do) at a place, in whatever layout it lies there.

    A file is a list, a folder with `frame` and `txt` holds prepared frames; else the release's own layouts are looked
    for, or, where it has none of its own, a plain folder tree. A miniature of the demo is said to be one, and is held
    to the counts that it was written with. Raises `InputError` for a name that is not registered where only its own
    layout could tell what the folder holds, and for a place at which it is not.
    """
    release = _found(normal(name), place if isinstance(place, Place) else Place(Path(place)))
    if not marked.invented(release):
        return release
    own = marked.published(release.root)
    return replace(release, demo=True, published=release.published if own is None else own)


def _found(name: str, place: Place) -> Release:
    root = place.path
    kind = RELEASES.get(name)
    adapter = Adapter() if kind is None else kind()
    title = place.title or adapter.title or name
    if root.is_file():
        return manifest.discover(name, title, place)
    if frames.homes(root):
        return frames.discover(name, adapter, title, root)
    if (kind is None or kind.discover is Adapter.discover) and tree.fits(root):
        return tree.discover(name, title, root, cropped=place.cropped)
    if kind is None and not root.is_dir():
        raise InputError(f"{shown(root)}: there is no such {'file' if root.suffix else 'folder'}")
    if kind is None:
        raise InputError(
            f"{shown(root)}: {unknown('release', name, RELEASES)} (data of your own are a list of files, prepared "
            "frames in `frame` and `txt`, or a folder tree train|dev|test / real and attack: it is none of these)"
        )
    return replace(adapter.discover(root), title=title)


def compare(release: Release) -> list[str]:
    """One line for each published number: `train/bona fide: 300 found, 300 published`.

    A key of `Release.published` is a list of words with slashes between: presentations are counted that have all of
    them as split, label, species or part. With the last word `images` their files are counted instead.
    """
    rows = [({p.split or "-", p.label, p.species, p.part}, len(p.media.files)) for p in release.presentations]
    lines = []
    for key, published in release.published.items():
        words = set(key.split("/"))
        images = "images" in words
        found = sum(files if images else 1 for traits, files in rows if words - {"images"} <= traits)
        note = "" if found == published else f" ({found - published:+d})"
        lines.append(f"{key}: {found} found, {published} published{note}")
    return lines


def to_json(release: Release) -> str:
    """The whole table as JSON text, without the root. Raw CeFA folder names are in it: it is not for publication."""
    rows = [
        [
            p.id,
            p.label == BONA_FIDE,
            p.species,
            p.native_code,
            p.subject,
            p.group,
            p.split,
            p.part,
            dict(p.covariates),
            p.lists,
            p.media.kind,
            *_folded(p.media.files),
        ]
        for p in release.presentations
    ]
    head = {key: getattr(release, key) for key in ("name", "title", "layout", "warnings", "cropped", "demo")}
    more = {"published": dict(release.published), "digest": release.digest, "rows": rows}
    return json.dumps({"version": VERSION, **head, **more}, separators=(",", ":"))


def from_json(text: str, root: Path) -> Release:
    """The release that `to_json` wrote, at `root`. Raises `InputError` for text that is not such a table."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}")
        return Release(
            name=data["name"],
            title=data["title"],
            layout=data["layout"],
            root=Path(root),
            presentations=tuple(_row(row) for row in data["rows"]),
            warnings=tuple(data["warnings"]),
            published=dict(data["published"]),
            cropped=bool(data["cropped"]),
            demo=bool(data["demo"]),
            recorded_digest=str(data["digest"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"the list of {shown(root)} is damaged or of another version ({shown(error)}): prepare it afresh"
        ) from None


def _folded(files: Sequence[str]) -> tuple[str, str]:
    """(folder, names with slashes between): half the text, and read back several times faster than full paths."""
    folder = files[0].rpartition("/")[0]
    cut = len(folder) + 1 if folder else 0
    if any(file.rpartition("/")[0] != folder for file in files):
        raise ValueError("the frames of a presentation lie in one folder")
    return folder, "/".join([file[cut:] for file in files])


def _row(row: list[Parsed]) -> Presentation:
    key, live, species, code, subject, group, split, part, covariates, member, kind, folder, names = row
    if kind not in ("images", "video", "hdf5") or split not in ("train", "dev", "test", None):
        raise ValueError(f"kind {kind}, split {split}")
    if folder.startswith("/") or (".." in folder and ".." in folder.split("/")):
        raise ValueError("a path leaves the root")
    framed = f"/{names}/"
    if "//" in framed or (".." in names and "/../" in framed):
        raise ValueError("a path leaves the root")
    media = Media(kind, Folded(folder, names))
    label = BONA_FIDE if live else ATTACK
    known = tuple(covariates.items())
    return Presentation(key, label, species, code, subject, group, split, media, part, known, tuple(member))
