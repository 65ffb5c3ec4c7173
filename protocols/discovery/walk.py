"""One walk over a release's folder: `os.scandir`, nothing opened, nothing outside the root, no call per file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from protocols.errors import InputError

IMAGES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})
VIDEOS = frozenset({".mov", ".avi", ".mp4", ".mkv", ".m4v", ".webm"})
HDF5 = frozenset({".h5", ".hdf5"})
MEDIA = IMAGES | VIDEOS | HDF5
OTHER_MEDIA = frozenset({".avif", ".dng", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".jpe", ".pbm", ".pgm", ".ppm"})
OTHER_MEDIA |= {".raw", ".tif", ".tiff", ".npy", ".npz", ".yuv", ".3g2", ".3gp", ".asf", ".f4v", ".flv", ".hevc"}
OTHER_MEDIA |= {".m2ts", ".m2v", ".mjpeg", ".mjpg", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".qt", ".rm"}
OTHER_MEDIA |= {".rmvb", ".ts", ".vob", ".wmv"}
"""What pictures and videos are called that no adapter reads: never passed over in silence."""
DEPTH = 16
_CLUTTER = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information"})
_IDENTITY = re.compile(r"((?<![A-Z0-9])(?:AF|CA|EA)-\d{3})-[^/]*", re.IGNORECASE)

_ALLOWED: ContextVar[tuple[str, ...]] = ContextVar("allowed", default=())


@contextmanager
def allowing(roots: Iterable[Path]) -> Iterator[None]:
    """Within this, symbolic links of a release may lead into these folders, too."""
    token = _ALLOWED.set(tuple(os.path.realpath(root) for root in roots))
    try:
        yield
    finally:
        _ALLOWED.reset(token)


def inside(there: str, root: str) -> bool:
    """Whether a real path lies below a real root, or below one of those that links may lead into."""
    return any(os.path.commonpath((there, home)) == home for home in (root, *_ALLOWED.get()))


@dataclass(frozen=True, slots=True)
class Outline:
    """What an adapter knows of its release's folders before the walk.

    `tops` are its top folder's names, in lower-case letters and digits alone; `parts` matches the folders right below
    the top in any layout; `skip` are lower-case names of folders that are not entered (other modalities).
    """

    tops: frozenset[str]
    parts: re.Pattern[str]
    skip: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tree:
    """What a walk saw: POSIX paths of folders relative to `root` ("" is the root itself) -> their files' names, sorted.

    `given` is the folder that the user named; `root` is the same or, if that held the release's top folder beside
    other things, the top folder. `loops` are symbolic links to folders of the same tree, which were not entered.
    `lists` are the files that have been read as lists so far.
    """

    given: Path
    root: Path
    folders: Mapping[str, tuple[str, ...]]
    loops: tuple[str, ...] = ()
    lists: set[str] = field(default_factory=set, compare=False)

    def files(self, suffixes: Iterable[str]) -> list[str]:
        """Relative paths of all files with one of the `suffixes` (lower case, with the dot), sorted by folder."""
        wanted = tuple(suffixes)
        return [join(folder, n) for folder, names in self.folders.items() for n in names if n.lower().endswith(wanted)]


def join(folder: str, name: str) -> str:
    """A POSIX path relative to the root."""
    return f"{folder}/{name}" if folder else name


def suffix_of(name: str) -> str:
    """The suffix in lower case, with its dot, or the empty string."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - ten times faster than pathlib on 100,000 names


def shown(path: object) -> str:
    """A path or word fit for a message: one line, bounded, and without the identity number of raw CeFA folders."""
    text = _IDENTITY.sub(r"\1-...", str(path))
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 240 else f"{text[:100]}...{text[-100:]}"


def walk(given: Path, outline: Outline) -> Tree:
    """List every file below `given`, or below those of its folders that are called like the release.

    Only those are entered where `given` holds some and none of the release's `parts` itself: it is then the folder of
    many data sets. Hidden entries and the clutter that desktop systems leave are left out. A link to a folder elsewhere
    in `given`, or in one of the roots that are allowed (`allowing`), is followed once. Raises `InputError` for a folder
    that is not there or cannot be read, and for a symbolic link that is broken or leads to anywhere else.
    """
    given = Path(os.path.abspath(given.expanduser()))  # noqa: PTH100 - messages keep the user's own links
    if not given.is_dir():
        raise InputError(f"{shown(given)}: there is no such folder: give the folder that the release was unpacked into")
    inside = [entry.name for entry in _listing(given) if entry.is_dir()]
    top = [name for name in inside if _plain(name) in outline.tops]
    if any(outline.parts.fullmatch(name) for name in inside):
        top = []
    root = given / top[0] if len(top) == 1 else given
    only = frozenset(top) if len(top) > 1 else None
    real = os.path.realpath(root)
    allowed = (os.path.realpath(given), *_ALLOWED.get())
    followed: list[str] = []
    folders: dict[str, tuple[str, ...]] = {}
    loops: list[str] = []
    stack = [("", real, 0)]
    while stack:
        folder, path, depth = stack.pop()
        names = []
        for entry in _listing(path):
            name = entry.name
            if name[0] == "." or name.lower() in _CLUTTER:
                continue
            if entry.is_symlink():
                target = _target(entry.path, (real, *allowed), join(folder, name))
                if not os.path.isdir(target):  # noqa: PTH112
                    names.append(name)
                elif _within(target, real) or any(_within(target, f) or _within(f, target) for f in (real, *followed)):
                    loops.append(join(folder, name))
                elif name.lower() not in outline.skip and depth < DEPTH and (only is None or folder or name in only):
                    followed.append(target)
                    stack.append((join(folder, name), target, depth + 1))
            elif entry.is_dir(follow_symlinks=False):
                if name.lower() not in outline.skip and depth < DEPTH and (only is None or folder or name in only):
                    stack.append((join(folder, name), entry.path, depth + 1))
            elif entry.is_file(follow_symlinks=False):
                names.append(name)
        names.sort()
        folders[folder] = tuple(names)
    return Tree(given, root, dict(sorted(folders.items())), tuple(sorted(loops)))


def beside(tree: Tree, folders: frozenset[str]) -> list[Path]:
    """Plain files next to the root: in its parents up to the parent of what was given, and in their `folders`."""
    found: list[Path] = []
    for place in dict.fromkeys((tree.root.parent, tree.given.parent)):
        try:
            found += _plain_files(place)
            with os.scandir(place) as entries:
                inner = [Path(e.path) for e in entries if e.name.lower() in folders and e.is_dir(follow_symlinks=False)]
            for folder in sorted(inner):
                found += _plain_files(folder)
        except OSError:  # a parent that may not be read holds no list for us
            continue
    return [f for f in found if not f.is_relative_to(tree.root)]


def _plain_files(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(e.path) for e in entries if e.is_file(follow_symlinks=False))


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _target(path: str, allowed: Iterable[str], name: str) -> str:
    target = os.path.realpath(path)
    if not any(_within(target, root) for root in allowed):
        raise InputError(
            f"{shown(name)}: a symbolic link that leaves the release, to {shown(target)}: name the folder it leads to "
            "under allowed_roots in benchmark.toml (or PAD_ALLOWED_ROOTS), or give it as the root"
        )
    if not os.path.exists(target):  # noqa: PTH110
        raise InputError(
            f"{shown(name)}: a broken symbolic link: restore its target (git annex get, dvc pull) or remove it"
        )
    return target


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _listing(folder: str | Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise InputError(f"{shown(folder)}: cannot be listed ({error.strerror}): mend its permissions") from error
