"""CASIA-SURF, RGB: three layouts of folders of JPEGs, the face cut out on black (Zhang et al., CVPR 2019; T-BIOM 2020).

A: the CVPR 2019 challenge. `Training/{real,fake}_part/<subject>/<session>.rssdk/color/<n>.jpg` with frame numbers 1,
   11, 21, ... and `Val|Testing/<dddd>/<dddddd>-color.jpg`, where every picture is a presentation of its own and
   identity and attack type are hidden. Labels of Val and Testing are in `val_private_list.txt` and
   `test_private_list.txt` (1 = bona fide); without a list those pictures have no label and are left out, with a
   warning.
B: the full set, `{real,fake}_part/{real,fake}_{train,val,test}_part/<subject>/<session>.rssdk/color/<n>.jpg`.
C: the current archive, `Data/{Training,Val,Testing}/{real,fake}_part/<subject>/<session>.rssdk/color/<nnnn>.jpg`, with
   lists `CASIA_SURF@p1_{image,video}_{train,dev,test}.txt` (0 = bona fide).

All six attack types are printed photographs with parts cut out: there is no replay. The folders name the split; the
lists are compared with it, label by label.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register
from protocols.discovery import layout, lists
from protocols.discovery.layout import Table
from protocols.discovery.walk import Outline, join, shown, walk
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Label, Media, Presentation, Release, Split

TITLE = "CASIA-SURF"
A, B, C = "A: CVPR 2019 challenge", "B: CROP full set", "C: current archive"
WANTED = "give the folder that holds Training, Val and Testing, or real_part and fake_part"

SPECIES = MappingProxyType(
    {
        "real": species.BONA_FIDE,
        "01_e_s": "print",
        "02_e_b": "print",
        "03_en_s": "print",
        "04_en_b": "print",
        "05_enm_s": "print",
        "06_enm_b": "print",
    }
)
_VIDEOS: Mapping[str, Mapping[str, int]] = {
    C: {
        "train/bona fide": 300,
        "train/attack": 900,
        "dev/bona fide": 100,
        "dev/attack": 300,
        "test/bona fide": 600,
        "test/attack": 1791,
    },
    A: {"train/bona fide": 300, "train/attack": 900},
    B: {"bona fide": 1000, "attack": 6000},
}
_IMAGES = {
    "train/bona fide/images": 8942,
    "train/attack/images": 20324,
    "dev/bona fide/images": 2994,
    "dev/attack/images": 6614,
    "test/bona fide/images": 17458,
    "test/attack/images": 40252,
}
PUBLISHED = MappingProxyType(
    {A: {**_VIDEOS[A], **_IMAGES}, B: _VIDEOS[B], C: {**_VIDEOS[C], **_IMAGES}},
)
"""Presentations and pictures (`.../images`) of each layout; B counts seven clips for each of 1,000 subjects."""

_OUTLINE = Outline(
    frozenset({"casiasurf", "casiasurfcrop", "surf"}),
    re.compile(r"data|training|val|testing|real_part|fake_part", re.I),
    frozenset({"depth", "ir"}),
)
_VIDEO = r"/(?P<subject>[\w-]{1,64})/(?P<session>[^/]+)/color"
_NAMED = re.compile(r"(?:(?P<top>.*)/)?(?P<split>training|val|testing)/(?P<side>real|fake)_part" + _VIDEO, re.I)
_CROP = re.compile(r"(?:(?P<top>.*)/)?(?P<side>real|fake)_part/(?P<again>real|fake)_(?P<split>train|val|test)_part" + _VIDEO, re.I)  # fmt: skip # noqa: E501
_FLAT = re.compile(r"(?:(?P<top>.*)/)?(?P<split>val|testing)/(?P<block>\d{4})", re.I)
_PICTURE = re.compile(r"(?P<number>\d{6})-color\.jpe?g", re.I)
_PREPARED = re.compile(
    r"(?P<split>training|val|testing)_(?:(?:real|fake)_part_(?P<subject>[a-z]+_[a-z]+\d+)_(?P<session>.+)|\d{4}_\d{6}-color)",
    re.I,
)
_LIST = re.compile(r"(?:CASIA_SURF@p1_(?:image|video)_(?:train|dev|test)|train_list|(?:val|test)_private_list)\.txt", re.I)  # fmt: skip # noqa: E501
_SPLIT: Mapping[str, Split] = {
    "training": "train",
    "val": "dev",
    "testing": "test",
    "train": "train",
    "dev": "dev",
    "test": "test",
}


@register("casia-surf", title=TITLE)
class CasiaSurf(Adapter):
    """RGB, faces cut out on black, prints alone."""

    licence = "signed agreement; no redistribution"
    frames = "surf"
    signature = re.compile(r"(^|/)(real|fake)_part/|(^|/)(val|testing)/\d{4}/\d{6}-color\.jpe?g$", re.IGNORECASE)

    def named(self, video: str, folder: str) -> Named:
        """Subject, attack and split of `Training_real_part_CLKJ_CS0110_real.rssdk`; of the single pictures of Val and
        Testing, `Val_0007_007243-color`, the split alone."""
        match = _PREPARED.fullmatch(video)
        if match is None:
            raise ValueError(
                "is neither <split>_<side>_part_<subject>_<session>.rssdk nor <split>_<block>_<picture>-color"
            )
        split = _SPLIT[match["split"].lower()]
        if match["session"] is None:
            return Named(split=split)
        code = session_code(match["session"])
        return Named(match["subject"].upper(), SPECIES[code], code, split)

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        return discover(root)


def discover(root: Path) -> Release:
    """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
    tree = walk(root, _OUTLINE)
    table = Table(TITLE, tree)
    hidden: list[tuple[Split, str, str, str | None]] = []
    padded = False
    empty = 0
    for folder, names in tree.folders.items():
        if match := _NAMED.fullmatch(folder):
            row = _video(match, folder, names)
            empty += row is None
            if row:
                table.add(row, match["top"])
                padded |= any(name.startswith("000") for name in names)
                if match["split"].lower() != "training":
                    table.saw(C, folder)
        elif match := _CROP.fullmatch(folder):
            if match["side"].lower() != match["again"].lower():
                raise InputError(f"{shown(folder)}: real and fake in one path: unpack the release again")
            table.saw(B, folder)
            row = _video(match, folder, names)
            empty += row is None
            if row:
                table.add(row, match["top"])
        elif match := _FLAT.fullmatch(folder):
            split = _SPLIT[match["split"].lower()]
            for name in names:
                if picture := _PICTURE.fullmatch(name):
                    table.saw(A, join(folder, name))
                    key = f"{match['split'].lower()}/{match['block']}/{picture['number']}"
                    hidden.append((split, key, join(folder, name), match["top"]))
    training = next((f for f in tree.folders if (m := _NAMED.fullmatch(f)) and m["split"].lower() == "training"), None)
    if training and not table.seen.keys() & {A, C}:
        table.saw(C if padded else A, training)
    name = table.layout(WANTED)
    found = lists.find(tree, _LIST)
    if empty:
        table.warnings.append(f"{empty} video folders hold no picture: left out")
    if name == A:
        _add_hidden(table, hidden, found)
    if name != B:
        _compare(table, found, name)
    layout.refuse_shared_subjects(table)
    table.warn_strays(ignored=("-depth", "-ir"))
    return table.release("casia-surf", name, PUBLISHED[name], cropped=True)


def session_code(name: str) -> str:
    """The attack code of a session folder: `04_en_b.rssdk` -> `04_en_b`, `real.rssdk` -> `real`.

    Raises `InputError` for a code that is not one of the release's seven.
    """
    code = name.lower().removesuffix(".rssdk")
    species.canonical(SPECIES, code, TITLE)
    return code


def _video(match: re.Match[str], folder: str, names: tuple[str, ...]) -> Presentation | None:
    media = layout.images(folder, names)
    if media is None:
        return None
    try:
        code = session_code(match["session"])
    except InputError as error:
        raise InputError(f"{shown(error)} ({shown(folder)})") from None
    label = BONA_FIDE if code == "real" else ATTACK
    if (match["side"].lower() == "real") != (label == BONA_FIDE):
        raise InputError(f"{shown(folder)}: session {code!r} in {match['side']}_part: unpack the release again")
    split, subject = _SPLIT[match["split"].lower()], match["subject"].upper()
    kind = species.canonical(SPECIES, code, TITLE)
    return Presentation(f"{split}/{subject}/{code}", label, kind, code, subject, subject, split, media)


def _add_hidden(table: Table, pictures: list[tuple[Split, str, str, str | None]], found: Mapping[str, Path]) -> None:
    """Enter the single pictures of layout A that a private list gives a label."""
    labels: dict[str, Label | None] = {}
    for list_name in ("val_private_list.txt", "test_private_list.txt"):
        if file := found.get(list_name):
            listed = {
                _tail(entry.path, 3).partition("-color")[0]: entry.label
                for entry in lists.entries(file, paths=3, bona_fide="1")
            }
            labels.update(listed)
            table.warn_absent(file, listed.keys() - {key for _, key, _, _ in pictures})
    unlabelled = 0
    for split, key, path, top in pictures:
        label = labels.get(key)
        if label is None:
            unlabelled += 1
            table.left_out.add(path)
            continue
        name = f"{split}/{key.partition('/')[2]}"
        code, kind = ("real", species.BONA_FIDE) if label == BONA_FIDE else ("hidden", "print")
        table.add(Presentation(name, label, kind, code, None, name, split, Media("images", (path,))), top)
    if unlabelled:
        table.warnings.append(
            f"{unlabelled} pictures of Val and Testing have no label (val_private_list.txt and test_private_list.txt "
            "give it): left out"
        )


def _compare(table: Table, found: Mapping[str, Path], name: str) -> None:
    """Check label and split of the official lists against the folders. Raises `InputError` where they disagree."""
    bona_fide, columns, wanted = ("1", 3, "train_list") if name == A else ("0", 1, "casia_surf@")
    chosen = {list_name: file for list_name, file in found.items() if list_name.startswith(wanted)}
    if not chosen:
        return
    videos = {_tail(row.media.files[0].rpartition("/")[0], 5): row for row in table.rows.values() if row.subject}
    for list_name, file in chosen.items():
        split = "train" if name == A else list_name.removesuffix(".txt").rpartition("_")[2]
        absent = []
        here, row, names = None, None, frozenset[str]()
        for entry in lists.entries(file, paths=columns, bona_fide=bona_fide):
            where, _, last = entry.path.rpartition("/")
            is_picture = "." in last
            where = where if is_picture else entry.path
            if (where, is_picture) != here:  # the pictures of a video stand together: look each video up once
                here, row = (where, is_picture), videos.get(_tail(where, 5))
                names = frozenset(f.rpartition("/")[2].lower() for f in row.media.files if is_picture) if row else names
            if row is None or (is_picture and last.lower() not in names):
                absent.append(entry.path)
            elif row.label != entry.label or row.split != split:
                raise InputError(
                    f"{shown(file)}, line {entry.line}: {split}, {entry.label}, but the folder says {row.split}, "
                    f"{row.label} (this layout writes {bona_fide} for bona fide): use the list of this release"
                )
        table.warn_absent(file, absent)


def _tail(path: str, parts: int) -> str:
    """The last `parts` components in lower case: what a list and a folder share however the archive is nested."""
    return "/".join(path.lower().rsplit("/", parts)[-parts:])
