"""SiW-Mv2 (Guo et al., ECCV 2022): raw videos, `Live/Live_<n>.<ext>` and `Spoof/<Family>/<Stem>_<n>.<ext>`.

The attack type is what the file's stem says, because ten of the fourteen folders are called otherwise; the folder is
compared with it. `Paper` is print, and its folder is called `Paper` or `Print`, which tells the two copies apart.
Containers are .mov, .avi and .mp4, mixed. There are no subjects: the number is a counter per class, and the agreement
forbids finding out who is who.

Splits are those of the official protocol I (`pro_3_text/{train,test}list_{all,live}.txt`) where the lists are found.
Stems that a list names and the release lacks (64 are known) and byte-identical videos (six pairs are known) are
warnings.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, register
from protocols.discovery import layout, lists
from protocols.discovery.layout import Table
from protocols.discovery.walk import Outline, shown, walk
from protocols.errors import InputError, unknown
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation, Release, Split

TITLE = "SiW-Mv2"
PAPER, PRINT, NEITHER = "folder Paper", "folder Print", "without prints"
WANTED = "give the folder that holds Live and Spoof"
SPECIES = MappingProxyType(
    {
        "Live": species.BONA_FIDE,
        "Makeup_Co": "cosmetic makeup",
        "Makeup_Im": "impersonation makeup",
        "Makeup_Ob": "obfuscation makeup",
        "Mask_Half": "half mask",
        "Mask_Paper": "paper mask",
        "Mask_Trans": "transparent mask",
        "Mask_Silicone": "silicone mask",
        "Mask_Mann": "mannequin",
        "Partial_Eye": "partial eye",
        "Partial_Funnyeye": "funny-eye glasses",
        "Partial_Mouth": "partial mouth",
        "Partial_Paperglass": "paper glasses",
        "Paper": "print",
        "Replay": "replay",
    }
)
PUBLISHED = MappingProxyType(
    {
        "bona fide": 785,
        "attack": 915,
        "cosmetic makeup": 52,
        "impersonation makeup": 61,
        "obfuscation makeup": 22,
        "half mask": 72,
        "paper mask": 17,
        "transparent mask": 60,
        "silicone mask": 17,
        "mannequin": 40,
        "partial eye": 57,
        "funny-eye glasses": 179,
        "partial mouth": 29,
        "paper glasses": 76,
        "print": 135,
        "replay": 98,
    }
)
FOLDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Makeup_Co": ("Makeup_Cosmetic",),
        "Makeup_Im": ("Makeup_Impersonation",),
        "Makeup_Ob": ("Makeup_Obfuscation",),
        "Mask_Half": ("Mask_HalfMask",),
        "Mask_Paper": ("Mask_PaperMask",),
        "Mask_Trans": ("Mask_TransparentMask",),
        "Mask_Silicone": ("Silicone",),
        "Mask_Mann": ("Mannequin",),
        "Partial_Eye": ("Partial_Eye",),
        "Partial_Funnyeye": ("Partial_FunnyeyeGlasses",),
        "Partial_Mouth": ("Partial_Mouth",),
        "Partial_Paperglass": ("Partial_PaperGlasses",),
        "Paper": ("Paper", "Print"),
        "Replay": ("Replay",),
    }
)
"""A stem's word -> the folders below Spoof that it may lie in."""

_SUFFIXES = frozenset({".mov", ".avi", ".mp4"})
_OUTLINE = Outline(frozenset({"siwmv2"}), re.compile(r"live|spoof", re.I))
_FOLDER = re.compile(r"(?:(?P<top>.*)/)?(?:(?P<live>live)|spoof/(?P<family>[^/]+))", re.I)
_NUMBERED = re.compile(r"(?P<word>[A-Za-z_]+)_(?P<number>\d{1,6})", re.A)
_WORDS = {word.lower(): word for word in SPECIES}
_LIST = re.compile(r"(?:train|test)list_(?:all|live)\.txt|train_A_pretrain\.txt|test_[A-E]_[a-z]+\.txt", re.I)


def parse_stem(stem: str) -> tuple[str, int]:
    """(attack code, number) of `Partial_Paperglass_3`: the whole word before the number, so that `Mask_Paper` is no
    `Paper`. Raises ValueError with the reason.
    """
    match = _NUMBERED.fullmatch(stem)
    if not match:
        raise ValueError("is not <type>_<number>")
    word = _WORDS.get(match["word"].lower())
    if word is None:
        raise ValueError(str(unknown("attack code", match["word"], SPECIES)))
    return word, int(match["number"])


@register("siw-mv2", title=TITLE)
class SiwMv2(Adapter):
    """Raw videos, whole pictures; fourteen kinds of attack."""

    licence = "release agreement; internal research; no faces shown"
    signature = re.compile(r"(^|/)live/live_\d+\.\w+$|(^|/)spoof/\w+/(\w+_)+\d+\.\w+$", re.IGNORECASE)

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        return discover(root)


def discover(root: Path) -> Release:
    """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
    tree = walk(root, _OUTLINE)
    table = Table(TITLE, tree)
    example = None
    for folder in tree.folders:
        match = _FOLDER.fullmatch(folder)
        if not match:
            continue
        for stem, path in layout.videos(tree, folder, _SUFFIXES):
            row = _row(stem, path, match["family"])
            example = example or path
            if row.native_code == "Paper":
                table.saw(PRINT if (match["family"] or "").lower() == "print" else PAPER, path)
            table.add(row, match["top"])
    if example and not table.seen:
        table.saw(NEITHER, example)
    name = table.layout(WANTED)
    _apply_lists(table)
    for group in identical(tree.root, [row.media.files[0] for row in table.rows.values()]):
        stems = [file.rpartition("/")[2] for file in group]
        table.warnings.append(f"the same bytes: {' = '.join(stems)} (kept, one decision each)")
    table.warn_strays()
    return table.release("siw-mv2", name, PUBLISHED, cropped=False)


def _row(stem: str, path: str, family: str | None) -> Presentation:
    try:
        word, number = parse_stem(stem)
    except ValueError as reason:
        raise InputError(f"{shown(path)}: {shown(stem)} {reason}") from None
    live = word == "Live"
    allowed = () if live else FOLDERS[word]
    if live != (family is None) or (family and family.lower() not in {name.lower() for name in allowed}):
        raise InputError(
            f"{shown(path)}: its name says {word}, its folder {family or 'Live'} (expected "
            f"{' or '.join(allowed) or 'Live'}): unpack the release again"
        )
    kind = species.canonical(SPECIES, word, TITLE)
    key = f"{word}_{number}"
    return Presentation(key, BONA_FIDE if live else ATTACK, kind, word, None, key, None, Media("video", (path,)))


def _apply_lists(table: Table) -> None:
    """Give the rows the split of protocol I and say which stems of any list are not there."""
    splits: dict[str, set[Split]] = defaultdict(set)
    for list_name, file in lists.find(table.tree, _LIST).items():
        absent = set()
        for entry in lists.entries(file):
            try:
                word, number = parse_stem(entry.path)
            except ValueError as reason:
                raise InputError(f"{shown(file)}, line {entry.line}: {shown(entry.path)} {reason}") from None
            key = f"{word}_{number}"
            if key not in table.rows:
                absent.add(key)
            elif list_name.startswith("trainlist_"):
                splits[key].add("train")
            elif list_name.startswith("testlist_"):
                splits[key].add("test")
        table.warn_absent(file, absent)
    both = sorted(key for key, found in splits.items() if len(found) > 1)
    if both:
        table.warnings.append(f"{len(both)} videos, such as {both[0]}, are in train and in test lists: no split")
    for key, found in splits.items():
        if len(found) == 1:
            table.rows[key] = replace(table.rows[key], split=found.pop())


def identical(root: Path, files: list[str]) -> list[tuple[str, ...]]:
    """Groups of files with the same bytes, sorted. Only files of one size are read, in pieces of 1 MiB."""
    sizes: dict[int, list[str]] = defaultdict(list)
    for file in files:
        sizes[(root / file).stat().st_size].append(file)
    digests: dict[tuple[int, str], list[str]] = defaultdict(list)
    for size, same in sizes.items():
        if size and len(same) > 1:
            for file in same:
                with (root / file).open("rb") as stream:
                    digests[size, hashlib.file_digest(stream, "sha256").hexdigest()].append(file)
    return sorted(tuple(sorted(group)) for group in digests.values() if len(group) > 1)
