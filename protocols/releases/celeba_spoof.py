"""CelebA-Spoof (Zhang et al., ECCV 2020): single pictures, an optional extra source that FLIP's released runs train on.

`Data/{train,test}/<subject>/{live,spoof}/<n>.{png,jpg}`, beside each picture `<n>_BB.txt`, and the attributes in
`metas/intra_test/{train,test}_label.json`: path -> 44 numbers, of which [40] is the spoof type (0 live, 1 to 10 as in
`SPECIES`) and [43] 1 for spoof. Each picture is a presentation of its own. Folder and list must agree.

The boxes in `_BB.txt` are left unused: the faces of all sources are then cut by one detector, and no crop betrays from
which source, or class, it came. A user who wants them hands them over with `prepare --boxes`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register
from protocols.discovery import lists
from protocols.discovery.layout import Table
from protocols.discovery.walk import IMAGES, Outline, Tree, join, shown, suffix_of, walk
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation, Release, Split

TITLE = "CelebA-Spoof"
LAYOUT = "Data and metas"
WANTED = "give the folder that holds Data and metas"
SPECIES = MappingProxyType(
    {
        "Live": species.BONA_FIDE,
        "Photo": "print",
        "Poster": "print",
        "A4": "print",
        "Face Mask": "paper mask",
        "Upper Body Mask": "paper mask",
        "Region Mask": "paper mask",
        "PC": "replay",
        "Pad": "replay",
        "Phone": "replay",
        "3D Mask": "rigid mask",
    }
)
"""In the order of the release's own numbers, 0 to 10. Its masks are printed on paper but for the last."""
PUBLISHED = MappingProxyType({"images": 625_537})
MAX_LIST = 2**30
"""Bytes of a label list; the published ones are far below."""

_OUTLINE = Outline(frozenset({"celebaspoof"}), re.compile(r"data|metas", re.I))
_FOLDER = re.compile(r"(?:(?P<top>.*)/)?data/(?P<split>train|test)/(?P<subject>\d{1,6})/(?P<side>live|spoof)", re.I)
_LIST = re.compile(r"(?:.*/)?metas/intra_test/(train|test)_label\.json", re.I)
_PREPARED = re.compile(r"(?P<subject>\d{1,6})_(?P<side>live|spoof)_\d+", re.I)
_KEY = re.compile(r"(?:.*/)?(train|test)/(\d{1,6})/(live|spoof)/([^/]+)", re.I)
_TYPES = tuple(SPECIES)
_LIGHTS = {1: "normal", 2: "strong", 3: "back", 4: "dark"}  # number [41]; 0 for live pictures: nobody noted theirs
_PLACES = {1: "indoor", 2: "outdoor"}  # number [42]
Covariates = tuple[tuple[str, str], ...]


@register("celeba-spoof", title=TITLE)
class CelebaSpoof(Adapter):
    """Single pictures, whole; ten kinds of attack."""

    licence = "non-commercial research; no redistribution"
    covariates = ("light", "session")
    frames = "celeb"

    def named(self, video: str, folder: str) -> Named:
        """The subject of `197_spoof_420156`; all of these pictures are of the train split."""
        match = _PREPARED.fullmatch(video)
        if match is None:
            raise ValueError("is not <subject>_<live or spoof>_<picture>")
        return Named(match["subject"], None if match["side"].lower() == "spoof" else species.BONA_FIDE, split="train")

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        return discover(root)


def discover(root: Path) -> Release:
    """List the pictures below `root` that have a label. Raises `InputError` for anything doubtful."""
    tree = walk(root, _OUTLINE)
    table = Table(TITLE, tree)
    found = [(match, folder, names) for folder, names in tree.folders.items() if (match := _FOLDER.fullmatch(folder))]
    for _, folder, _ in found[:1]:
        table.saw(LAYOUT, folder)
    name = table.layout(WANTED)
    codes = _codes(tree)
    seen: set[str] = set()
    unnamed: list[str] = []
    for match, folder, names in found:
        split: Split = "train" if match["split"].lower() == "train" else "test"
        for file in names:
            if suffix_of(file) not in IMAGES:
                continue
            place = f"{split}/{match['subject']}/{match['side'].lower()}/{file}"
            if place not in codes:
                unnamed.append(join(folder, file))
                continue
            seen.add(place)
            media = Media("images", (join(folder, file),))
            table.add(_row(place, *codes[place], match["subject"], split, media), match["top"])
    if unnamed:
        table.left_out.update(unnamed)
        table.warnings.append(f"{len(unnamed)} pictures have no label, such as {shown(unnamed[0])}: left out")
    if absent := codes.keys() - seen:
        table.warn_absent(Path("metas/intra_test"), absent)
    table.warn_strays(ignored=("_bb",))  # the box of each picture, in a text file beside it
    return table.release("celeba-spoof", name, PUBLISHED, cropped=False)


def _row(place: str, code: str, known: Covariates, subject: str, split: Split, media: Media) -> Presentation:
    kind = species.canonical(SPECIES, code, TITLE)
    if (kind == species.BONA_FIDE) != ("/live/" in place):
        raise InputError(f"{shown(place)}: the list says {code}, the folder the opposite: unpack {TITLE} again")
    label = BONA_FIDE if kind == species.BONA_FIDE else ATTACK
    key = place[: place.rindex(".")]
    return Presentation(key, label, kind, code, subject, subject, split, media, covariates=known)


def _codes(tree: Tree) -> dict[str, tuple[str, Covariates]]:
    """`train/1/live/000184.jpg` -> the release's own word for the spoof type, and the covariates."""
    files = [path for path in tree.files((".json",)) if _LIST.fullmatch(path)]
    if not files:
        raise InputError(
            f"{shown(tree.given)}: no metas/intra_test/train_label.json: the labels of {TITLE} are in it; {WANTED}"
        )
    return {place: (code, known) for path in files for place, code, known in _labels(tree.root / path)}


def _labels(file: Path) -> Iterator[tuple[str, str, Covariates]]:
    data = _read(file)
    for path, values in data.items():
        try:
            match = _KEY.fullmatch(lists.clean_path(path))
            if not match:
                raise ValueError("is not Data/<split>/<subject>/<live or spoof>/<picture>")
            kind, spoof, known = _numbers(values)
        except ValueError as reason:
            raise InputError(f"{shown(file)}: the entry {shown(path)!r} {reason}: fetch the list again") from None
        if spoof != (kind != 0):
            raise InputError(
                f"{shown(file)}: the entry {shown(path)!r} is live and spoof at once: fetch the list again"
            )
        split, subject, side, name = match.groups()
        yield f"{split.lower()}/{subject}/{side.lower()}/{name}", _TYPES[kind], known


def _numbers(values: object) -> tuple[int, bool, Covariates]:
    """(spoof type, is spoof, covariates) of one entry. Raises ValueError with the reason."""
    if not isinstance(values, list) or len(values) != 44:
        raise ValueError("is not a list of 44 numbers")
    kind, spoof = values[40], values[43]
    if type(kind) is not int or not 0 <= kind < len(_TYPES):
        raise ValueError(f"has the spoof type {str(kind)[:20]} instead of 0 to {len(_TYPES) - 1}")
    if spoof not in (0, 1):
        raise ValueError("says neither live nor spoof")
    known = (("light", _LIGHTS, values[41]), ("session", _PLACES, values[42]))
    return kind, bool(spoof), tuple((name, words[n]) for name, words, n in known if type(n) is int and n in words)


def _read(file: Path) -> Mapping[str, object]:
    try:
        if file.stat().st_size > MAX_LIST:
            raise InputError(f"{shown(file)}: larger than {MAX_LIST // 2**20} MiB: not the release's list")
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise InputError(f"{shown(file)}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{shown(file)}: not readable JSON: fetch the list again") from None
    if not isinstance(data, dict) or not data:
        raise InputError(f"{shown(file)}: holds no entries: fetch the list again")
    return data
