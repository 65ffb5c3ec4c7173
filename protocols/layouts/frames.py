"""Prepared frames and their lists, as FLIP, InstructFLIP and MVP-FAS share them for MCIO and WCS.

    MCIO/frame/casia/train/real/1_1_frame0.png, 1_1_frame1.png      two frames a video, aligned faces
    MCIO/txt/casia_real_train.txt, casia_fake_shot.txt, ...         a line for each video, its frame 0
    WCS/frame/wmca/test/fake/31.01.18_098_01_035_3_13_00.jpg        ten frames a video
    WCS/txt/wmca_fake_test.txt                                      a line for each frame

The `train` lists hold what a source is trained on, `test` what a target is decided on, `shot` ten videos of each class
for few-shot training; a `dev` list may be added. A video with a frame in a `shot` list is kept out of the test part as
a whole. What a release's own file knows about the names of its videos gives subjects, species and splits; without it
the folder is the split and no subject is known.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from protocols import species
from protocols.adapter import Adapter, Named
from protocols.discovery import lists
from protocols.discovery.walk import IMAGES, shown, suffix_of
from protocols.errors import InputError
from protocols.layouts.words import UNNAMED, split_of
from protocols.presentation import ATTACK, BONA_FIDE, Label, Media, Presentation, Release

LAYOUT = "prepared frames"
FRAME, LISTS = "frame", "txt"
_LIST = re.compile(r"(?P<set>.+)_(?P<side>real|fake)_(?P<list>train|dev|test|shot)\.txt", re.I)
_NUMBERED = re.compile(r"(?P<video>.+?)_(?:frame(?P<a>\d+)|color_(?P<b>\d+)|(?P<c>\d\d))", re.I)
_ORDER = ("train", "dev", "test", "shot")
_SIDES: dict[str, Label] = {"real": BONA_FIDE, "fake": ATTACK}


def homes(root: Path) -> list[Path]:
    """The folders at or right below `root` that hold `frame` and `txt`."""
    try:
        near = [root, *sorted(p for p in root.iterdir() if p.is_dir())] if root.is_dir() else []
    except OSError:
        return []
    return [place for place in near if (place / FRAME).is_dir() and (place / LISTS).is_dir()]


def discover(name: str, adapter: Adapter, title: str, root: Path) -> Release:
    """The release called `name` among the prepared frames below `root`. Raises `InputError` for anything doubtful."""
    found = [(place, files) for place in homes(root) if (files := _files(place, adapter.frames or name))]
    if len(found) != 1:
        sets = sorted({match["set"] for place in homes(root) for match, _ in _lists(place)})
        word = adapter.frames or name
        what = f"no lists {word}_real_train.txt and the like" if not found else f"several folders with lists of {word}"
        raise InputError(f"{shown(root)}: {what} below it (it holds those of {', '.join(sets) or 'nothing'})")
    place, files = found[0]
    reader = _Reader(place / FRAME, adapter)
    for file in files:
        reader.read(file)
    return reader.release(name, title)


def _files(place: Path, word: str) -> list[Path]:
    """The lists of one set, `train` first."""
    own = [(m, file) for m, file in _lists(place) if m["set"].lower() == word.lower()]
    return [file for m, file in sorted(own, key=lambda pair: (_ORDER.index(pair[0]["list"].lower()), pair[0]["side"]))]


def _lists(place: Path) -> list[tuple[re.Match[str], Path]]:
    return [(match, file) for file in (place / LISTS).iterdir() if (match := _LIST.fullmatch(file.name))]


@dataclass
class _Video:
    """A video named by a list: its folder below `frame`, its name, its label and the lists that hold it."""

    folder: str
    name: str
    label: Label
    where: str
    lists: dict[str, int] = field(default_factory=dict)


@dataclass
class _Reader:
    frames: Path
    adapter: Adapter
    videos: dict[tuple[str, str], _Video] = field(default_factory=dict)
    absent: dict[str, list[str]] = field(default_factory=dict)
    listed: dict[str, int] = field(default_factory=dict)
    _held: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def read(self, file: Path) -> None:
        """Enter one list. Raises `InputError` for a line of the other class, or of another set."""
        match = _LIST.fullmatch(file.name)
        assert match is not None
        label, kind = _SIDES[match["side"].lower()], match["list"].lower()
        place = -1
        for place, entry in enumerate(lists.entries(file)):
            folder, _, frame = entry.path.rpartition("/")
            parts = folder.lower().split("/")
            where = f"{shown(file)}, line {entry.line}"
            if parts[0] != match["set"].lower():
                raise InputError(f"{where}: {shown(entry.path)} is not of {match['set']}: is it the right list?")
            said = {_SIDES[part] for part in parts if part in _SIDES}
            if said - {label}:
                raise InputError(f"{where}: {shown(entry.path)} is in a list of {label}: is it the right list?")
            video = video_of(frame)
            known = self.videos.setdefault((folder, video), _Video(folder, video, label, where))
            if known.label != label:
                raise InputError(f"{where}: {shown(entry.path)} is {label} here and {known.label} in {known.where}")
            known.lists.setdefault(kind, place)
        if place < 0:
            raise InputError(f"{shown(file)}: no line in it: is the list unpacked whole?")

    def release(self, name: str, title: str) -> Release:
        """Everything that the lists name and the folders hold."""
        rows = [p for video in self.videos.values() if (p := self._presentation(video)) is not None]
        if not rows:
            first = next(iter(self.videos.values()), None)
            example = f", such as those of {first.folder}/{first.name}" if first else ""
            raise InputError(f"{shown(self.frames)}: none of the frames that its lists name is there{example}")
        warnings = []
        missing = [f"{v.folder}/{v.name}" for v in self.videos.values() if not self._files(v)]
        if missing:
            warnings.append(
                f"{len(missing)} videos listed but without a frame on disk ({', '.join(sorted(missing)[:3])})"
            )
        split = sum("shot" in p.lists and "test" in p.lists for p in rows)
        if split:
            warnings.append(
                f"{split} videos have frames in the few-shot list and others in the test list: they are kept out of "
                "the test part as a whole"
            )
        return Release(
            name=name,
            title=title,
            layout=LAYOUT,
            root=self.frames,
            presentations=tuple(sorted(rows, key=lambda p: p.id)),
            warnings=tuple(warnings),
            published={label: sum(v.label == label for v in self.videos.values()) for label in (BONA_FIDE, ATTACK)},
            cropped=True,
        )

    def _presentation(self, video: _Video) -> Presentation | None:
        files = self._files(video)
        if not files:
            return None
        _, *parts = video.folder.split("/")
        words = [part for part in parts if part.lower() not in _SIDES]
        folder = words[0].lower() if words else ""
        try:
            named = self.adapter.named(video.name, folder) or Named()
            kind = named.species or (species.BONA_FIDE if video.label == BONA_FIDE else UNNAMED)
            if (kind == species.BONA_FIDE) != (video.label == BONA_FIDE):
                raise ValueError(f"is called {kind}, in a list of {video.label}")
        except (ValueError, InputError) as reason:
            raise InputError(f"{video.where}: {shown(video.name)} {shown(reason)}") from None
        key = "/".join([*parts, video.name])
        listed = tuple(one for one in _ORDER if one in video.lists)
        split = named.split or ("dev" if "dev" in listed else split_of(folder))
        return Presentation(
            id=key,
            label=video.label,
            species=kind,
            native_code=named.code or ("real" if video.label == BONA_FIDE else "fake"),
            subject=named.subject,
            group=named.subject or key,
            split=split,
            media=Media("images", tuple(f"{video.folder}/{name}" for name in files)),
            part=f"shot {video.lists['shot']:04d}" if "shot" in video.lists else "",
            covariates=named.covariates,
            lists=listed,
        )

    def _files(self, video: _Video) -> list[str]:
        """The frames of a video on disk, in order."""
        if video.folder not in self._held:
            self._held[video.folder] = dict(_frames(self.frames / video.folder))
        return self._held[video.folder].get(video.name, [])


def video_of(frame: str) -> str:
    """`1_1_frame0.png` -> `1_1`; a picture whose name ends in no frame number is a presentation of its own."""
    stem = frame[: -len(suffix_of(frame)) or None]
    match = _NUMBERED.fullmatch(stem)
    return match["video"] if match else stem


def _frames(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """(video, its files in order) of a folder; nothing for one that is not there."""
    try:
        names = [e.name for e in os.scandir(folder) if suffix_of(e.name) in IMAGES]
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{shown(folder)}: cannot be listed ({error.strerror}): mend its permissions") from None
    numbered: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        match = _NUMBERED.fullmatch(name[: -len(suffix_of(name))])
        number = next((int(match[key]) for key in "abc" if match and match[key]), 0)
        numbered.setdefault(video_of(name), []).append((number, name))
    for video, files in numbered.items():
        yield video, [name for _, name in sorted(files)]
