"""HQ-WMCA, RGB (Heusch et al., T-BIOM 2020): the RGB release's clips, or the colour stream of the raw HDF5 files.

RGB release: `Bonafide/*.mov`, `Impersonation/<Type>/*.mov`, `Obfuscation/<Type>/*.mov`. Raw: `<dd.mm.yy>/<stem>.h5`,
read at `/BASLER_BGR`. The preprocessed HDF5 files hold a grey picture and short-wave infrared differences, no colour:
refused.

A stem is `<site>_<session>_<client>_<presenter>_<type>_<subtype>_<pai>-<hash>`: `client` is the identity shown,
`presenter` who presents it (0000 when live). The subject is the client of a bona fide presentation and of an attack on
oneself (wig, make-up); an attack that shows somebody else has none, and its group is `client/presenter`.

Splits come from `PROTOCOL-grand_test.csv` or `PROTOCOL-grand_test-curated.csv` where they are found (with or without a
header; 0 = bona fide; joined by stem), else there are none. Clips that a curated list leaves out are the part
`curated-out`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from protocols import species
from protocols.adapter import Adapter, Side, register
from protocols.discovery import layout, lists
from protocols.discovery.layout import Table
from protocols.discovery.walk import HDF5, VIDEOS, Outline, shown, walk
from protocols.errors import InputError, unknown
from protocols.presentation import ATTACK, BONA_FIDE, Label, Media, Presentation, Release, Split

TITLE = "HQ-WMCA"
RGB, RAW = "RGB release", "raw HDF5"
WANTED = "give the folder that holds Bonafide, Impersonation and Obfuscation, or the raw files' date folders"
TYPES = MappingProxyType(
    {
        "00": "Bonafide",
        "01": "Glasses",
        "02": "Mannequin",
        "03": "Print",
        "04": "Replay",
        "05": "Rigidmask",
        "06": "Flexiblemask",
        "07": "Papermask",
        "08": "Wig",
        "09": "Tattoo",
        "10": "Makeup",
    }
)
SPECIES = MappingProxyType(
    {
        "Bonafide": species.BONA_FIDE,
        "Glasses": "glasses",
        "Mannequin": "mannequin",
        "Print": "print",
        "Replay": "replay",
        "Rigidmask": "rigid mask",
        "Flexiblemask": "silicone mask",
        "Papermask": "paper mask",
        "Wig": "wig",
        "Tattoo": "tattoo",
        "Makeup": "makeup",
    }
)
PUBLISHED = MappingProxyType({"bona fide": 555, "attack": 2349})
PUBLISHED_SPLITS = MappingProxyType(
    {
        "train/bona fide": 228,
        "train/attack": 742,
        "dev/bona fide": 145,
        "dev/attack": 823,
        "test/bona fide": 182,
        "test/attack": 784,
    }
)
"""The full grand_test protocol; known only where its list is."""

_OUTLINE = Outline(
    frozenset({"hqwmca", "hqwmcargb"}),
    re.compile(r"bonafide|impersonation|obfuscation|face-station|\d\d\.\d\d\.\d\d", re.I),
)
_CLIPS = re.compile(r"(?:(?P<top>.*?)/)??(?:(?P<live>bonafide)|(?:impersonation|obfuscation)/(?P<type>[^/]+))", re.I)
_DATE = re.compile(r"(?:(?P<top>.*)/)?\d\d\.\d\d\.\d\d")
_STEM = re.compile(r"(\d+)_(\d+)_(\d+)_(\d+)_(\d\d)_(\d+)_(\d+)-([0-9a-f]+)", re.I | re.A)
_LIST = re.compile(r"PROTOCOL-.+\.csv", re.I)
_SUBSET: Mapping[str, Split] = {"train": "train", "dev": "dev", "eval": "test", "test": "test"}


@dataclass(frozen=True, slots=True)
class Stem:
    """What a clip's name says: who is shown, who presents, the type's own word, and the session."""

    client: str
    presenter: str
    type: str
    session: str


def parse_stem(stem: str) -> Stem:
    """The fields of `1_01_0001_0092_05_01_001-0a1b2c3d`. Raises ValueError with the reason."""
    match = _STEM.fullmatch(stem)
    if not match or len(stem) > 80:
        raise ValueError("is not <site>_<session>_<client>_<presenter>_<type>_<subtype>_<pai>-<hash>")
    if match[5] not in TYPES:
        raise ValueError(f"has the unknown type {match[5]} (known: {', '.join(TYPES)})")
    return Stem(match[3], match[4], TYPES[match[5]], match[2])


@dataclass(frozen=True)
class HqWmcaChoices:
    """What the paper leaves open about HQ-WMCA.

    Attributes:
        hq_wmca: `full` (default: the paper counts ten attack types, wigs included) or `curated` (Idiap's lists).
    """

    hq_wmca: Literal["full", "curated"] = "full"


@register("hq-wmca", title=TITLE)
class HqWmca(Adapter):
    """RGB, whole pictures; ten kinds of attack."""

    licence = "Idiap end-user agreement; research only; no redistribution"
    signature = re.compile(r"\d_\d\d_\d{4}_\d{4}_\d\d_\d\d_\d{3}-[0-9a-f]+\.\w+$", re.IGNORECASE)
    choices = HqWmcaChoices
    covariates = ("session",)

    def keeps(self, p: Presentation, choices: HqWmcaChoices, side: Side) -> bool:
        """What curation leaves out counts with `full` alone."""
        return choices.hq_wmca == "full" or p.part != "curated-out"

    def lacks(self, release: Release, choices: HqWmcaChoices, side: Side) -> str | None:
        """`curated` needs the curated list."""
        if choices.hq_wmca == "curated" and not any(p.part == "curated-out" for p in release.presentations):
            return "curated needs the list PROTOCOL-grand_test-curated.csv beside it"
        return None

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        return discover(root)


def discover(root: Path) -> Release:
    """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
    tree = walk(root, _OUTLINE)
    table = Table(TITLE, tree)
    preprocessed = None
    for folder in tree.folders:
        if match := _CLIPS.fullmatch(folder):
            for stem, path in layout.videos(tree, folder, VIDEOS):
                table.saw(RGB, path)
                row = _row(stem, path)
                expected = "Bonafide" if match["live"] else match["type"]
                if row.native_code.lower() != expected.lower():
                    known = {word.lower() for word in SPECIES}
                    if expected.lower() not in known:
                        raise InputError(f"{shown(path)}: {unknown('attack type', shown(expected), SPECIES)}")
                    raise InputError(
                        f"{shown(path)}: its name says {row.native_code}, its folder {expected}: unpack it again"
                    )
                table.add(row, match["top"])
        elif files := layout.videos(tree, folder, HDF5):
            match = _DATE.fullmatch(folder)
            if "preprocessed" in folder.lower().split("/") or any(path.lower().endswith(".hdf5") for _, path in files):
                preprocessed = files[0][1]
            elif match:
                for stem, path in files:
                    table.saw(RAW, path)
                    table.add(_row(stem, path), match["top"])
    if preprocessed and not table.seen:
        raise InputError(
            f"{shown(tree.given)}: preprocessed HDF5 files of {TITLE} ({shown(preprocessed)}) hold grey and infrared, "
            "no colour: use the RGB release or the raw HDF5 files"
        )
    name = table.layout(WANTED)
    published = dict(PUBLISHED) | _apply_lists(table)
    table.warn_strays()
    return table.release("hq-wmca", name, published, cropped=False)


def _row(stem: str, path: str) -> Presentation:
    try:
        parsed = parse_stem(stem)
    except ValueError as reason:
        raise InputError(f"{shown(path)}: {reason}") from None
    kind = species.canonical(SPECIES, parsed.type, TITLE)
    label = BONA_FIDE if kind == species.BONA_FIDE else ATTACK
    alone = label == BONA_FIDE or parsed.client == parsed.presenter
    subject = parsed.client if alone else None
    group = subject or f"{parsed.client}/{parsed.presenter}"
    media = Media("video" if not path.lower().endswith(".h5") else "hdf5", (path,))
    known = (("session", parsed.session),)
    return Presentation(stem, label, kind, parsed.type, subject, group, None, media, covariates=known)


def _apply_lists(table: Table) -> dict[str, int]:
    """Give the rows the splits of the protocol lists, mark what curation leaves out; returns the published splits."""
    found = lists.find(table.tree, _LIST)
    full, curated = found.get("protocol-grand_test.csv"), found.get("protocol-grand_test-curated.csv")
    if found and not full and not curated:
        table.warnings.append(
            f"{', '.join(sorted(shown(f.name) for f in found.values())[:3])}: no grand_test list: splits are not known"
        )
    for file in (curated, full):
        if file is None:
            continue
        listed = read_protocol(file)
        for stem, (label, split) in listed.items():
            row = table.rows.get(stem)
            if row is None:
                continue
            if row.label != label:
                raise InputError(
                    f"{shown(file)}: {label} for {stem}, whose name says {row.label} (0 = bona fide, 1 = attack in "
                    "these lists): use the list of this release"
                )
            if row.split not in (None, split):
                raise InputError(f"{shown(file)}: {stem} is in {split} here and in {row.split} in the curated list")
            table.rows[stem] = replace(row, split=split)
        table.warn_absent(file, listed.keys() - table.rows.keys())
        if file is curated:
            for stem in table.rows.keys() - listed.keys():
                table.rows[stem] = replace(table.rows[stem], part="curated-out")
    return dict(PUBLISHED_SPLITS) if full else {}


def read_protocol(file: Path) -> dict[str, tuple[Label, Split]]:
    """Stem -> (label, split) of a protocol list. Raises `InputError` that names the file and the line."""
    rows: dict[str, tuple[Label, Split]] = {}
    for number, text in lists.read_lines(file):
        try:
            cells = lists.csv_row(text)
            if number == 1 and is_header(cells):
                continue
            stem, label, split = parse_row(cells)
        except ValueError as reason:
            raise InputError(f"{shown(file)}, line {number}: {shown(reason)}") from None
        if rows.setdefault(stem, (label, split)) != (label, split):
            raise InputError(f"{shown(file)}, line {number}: {stem} has two labels or two splits")
    return rows


def is_header(cells: list[str]) -> bool:
    """Whether a first row names columns: nothing in it is a clip, a label or a subset."""
    words = {cell.lower() for cell in cells}
    return not words & {"0", "1", *_SUBSET} and not any(_STEM.fullmatch(cell.rpartition("/")[2]) for cell in cells)


def parse_row(cells: list[str]) -> tuple[str, Label, Split]:
    """(stem, label, split) of `<date>/<stem>, 0|1, <type>, train|dev|eval`. Raises ValueError with the reason.

    Columns are told by what they hold, because lists with other columns in front or behind are in use.
    """
    names = [lists.clean_path(cell) for cell in cells if "/" in cell or "_" in cell]
    stems = [name.rpartition("/")[2] for name in names]
    stems = [stem.rpartition(".")[0] if stem.lower().endswith((".h5", ".mov")) else stem for stem in stems]
    stems = [stem for stem in stems if _STEM.fullmatch(stem)]
    subsets = [_SUBSET[cell.lower()] for cell in cells if cell.lower() in _SUBSET]
    digits: Counter[str] = Counter(cell for cell in cells if cell in ("0", "1"))
    if len(stems) != 1 or len(subsets) != 1 or digits.total() != 1:
        raise ValueError("is not <date>/<stem>, 0 or 1, type, and one of train, dev, eval")
    return stems[0], BONA_FIDE if digits["0"] else ATTACK, subsets[0]
