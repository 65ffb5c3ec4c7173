"""CASIA-SURF CeFA, RGB: three layouts of folders of JPEGs, the face cut out on black (Liu et al., WACV 2021).

A: the CVPR 2020 challenge. `train/<V5>/profile/<nnnn>.jpg`, `dev|test/<dddddd>/profile/<nnnn>.jpg` (some copies wrap
   these in `phase1`, `phase2`). Dev labels come from `4@<k>_dev_ref.txt` (1 = bona fide); the challenge's dev attacks
   are screen replays by design of its protocol 4. Test attacks are of unpublished species, so that test is left out.
B: the older full set, `CeFA-Race/<RACE>/<RACE>-<ID>/<V5>/profile/` and `CeFA-Mask/<KIND>/<ID>/<V7>/profile/`.
C: the current archive, `Ethnicity/<RACE>/<RACE>-<ID>/<V5>/color/` and `Mask/<KIND>/<ID>/<V7>/color/`, with lists
   `CASIA_CeFA@p*_video_{train,dev,test}.txt` (0 = bona fide).

`<V5>` is Race_ID_Device_Session_PAI, `<V7>` MaskKind_ID_Dress_Glasses_Device_Session_Light. What a presentation is
follows from the number of fields: the last one of a mask is its light, and a 1 there is no bona fide.

Splits. 2D: subjects 000-199 train, 200-299 dev, 300-499 test, in every ethnicity, which every official list obeys
(compared where lists are there). Masks: the official lists put all of them in test, but the paper trains on them, so
the masks' identities are split 2 : 1 : 2 into train, dev and test, in sorted order, for each kind of mask. Mask videos
with Light = 1, which no official list holds, are the part `mask-light1`.

Sex and age. `AF_Age_Gender.txt`, `CA_...` and `EA_...`, with the release or beside it, say them of the 2D part's
subjects (see `protocols.discovery.people`).

Raw folders may carry a person's identity number behind `<RACE>-<ID>-`. It is in `media.files`, which name what is on
disk, and nowhere else: not in ids, subjects, warnings or errors.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from protocols import species
from protocols.adapter import Adapter, Named, Side, register
from protocols.discovery import layout, lists, people
from protocols.discovery.layout import Table
from protocols.discovery.walk import Outline, join, shown, walk
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Label, Presentation, Release, Split

TITLE = "CASIA-SURF CeFA"
A, B, C = "A: CVPR 2020 challenge", "B: older full set (profile)", "C: current archive"
WANTED = "give the folder that holds Ethnicity and Mask, CeFA-Race and CeFA-Mask, or train and dev"
FLAT = MappingProxyType({"1": species.BONA_FIDE, "2": "print", "3": "print", "4": "replay"})
MASKS = MappingProxyType({"1": "rigid mask", "2": "silicone mask"})
PUBLISHED = MappingProxyType(
    {
        "bona fide": 1500,
        "print": 3000,
        "replay": 1500,
        "rigid mask": 1782,
        "silicone mask": 64,
        "mask/rigid mask": 1079,
        "mask/silicone mask": 44,
    }
)
"""Per species as the paper (WACV 2021) has it; `mask/...` as in the authors' lists, which leave Light = 1 out."""

_OUTLINE = Outline(
    frozenset({"casiacefa", "casiasurfcefa", "cefa"}),
    re.compile(r"ethnicity|mask|cefa-race|cefa-mask|train|dev|test|phase\d", re.I),
    frozenset({"depth", "ir"}),
)
_RACES = {"1": "AF", "2": "CA", "3": "EA"}
_ETHNICITIES = {"AF": "African", "CA": "Central Asian", "EA": "East Asian"}
_SESSIONS = {"1": "indoor", "2": "outdoor", "3": "random"}
_LIGHTS = {1: "none", 2: "back", 3: "front", 4: "side"}
_KINDS = {"1": "3d-mask", "2": "silicone-mask"}
_TOP = r"(?:(?P<top>.*?)/)??"
_COLOUR = r"/(?P<name>[^/]+)/(?P<colour>color|profile)"
_FLAT = re.compile(_TOP + r"(?:(?:ethnicity|cefa-race)/)?(?P<race>AF|CA|EA)/(?P<subject>(?:AF|CA|EA)-\d{3})(?:-[^/]*)?" + _COLOUR, re.I)  # fmt: skip # noqa: E501
_MASK = re.compile(_TOP + r"(?:(?:mask|cefa-mask)/)?(?P<kind>3d-mask|silicone-mask)/(?P<identity>\d{1,3})" + _COLOUR, re.I)  # fmt: skip # noqa: E501
_TRAIN = re.compile(_TOP + r"train" + _COLOUR, re.I)
_HIDDEN = re.compile(_TOP + r"(?P<split>dev|test)/(?P<number>\d{6})/(?:color|profile)", re.I)
_PEOPLE = re.compile(r"(?:AF|CA|EA)_Age_Gender\.txt", re.I)
_SUBJECT = re.compile(r"(?:AF|CA|EA)-\d{3}", re.I)
_LIST = re.compile(r"CASIA_CeFA@p[\d.]+_video_(?:train|dev|test)\.txt|4@\d_dev_ref\.txt", re.I)


@dataclass(frozen=True, slots=True)
class Clip:
    """What the name of a video folder says.

    `race` is AF, CA or EA for a 5-field name and empty for a mask; `code` is the PAI digit or the kind of mask; `light`
    is 0 for a 5-field name, `glasses` empty. The field that names the file's format tells nothing of faces.
    """

    race: str
    identity: int
    code: str
    session: str
    light: int
    glasses: str = ""

    @property
    def covariates(self) -> tuple[tuple[str, str], ...]:
        """Ethnicity, session, light and glasses as far as the name says them."""
        said = (
            ("ethnicity", _ETHNICITIES.get(self.race)),
            ("session", _SESSIONS.get(self.session)),
            ("light", _LIGHTS.get(self.light)),
            ("glasses", {"0": "no", "1": "yes"}.get(self.glasses)),
        )
        return tuple((name, value) for name, value in said if value)


def parse_name(name: str) -> Clip:
    """The fields of `1_120_3_1_4` (2D) or `1_073_1_0_2_1_2` (mask). Raises ValueError with the reason."""
    fields = name.split("_")
    if len(fields) not in (5, 7) or not name.isascii() or not all(f.isdecimal() and len(f) <= 3 for f in fields):
        raise ValueError("is neither Race_ID_Device_Session_PAI nor Kind_ID_Dress_Glasses_Device_Session_Light")
    if len(fields) == 5:
        if fields[0] not in _RACES:
            raise ValueError(f"has the unknown race {fields[0]}")
        if fields[4] not in FLAT:
            raise ValueError(f"has the unknown PAI {fields[4]} (known: {', '.join(FLAT)})")
        return Clip(_RACES[fields[0]], int(fields[1]), fields[4], fields[3], 0)
    if fields[0] not in MASKS:
        raise ValueError(f"has the unknown kind of mask {fields[0]} (known: {', '.join(MASKS)})")
    if fields[6] not in ("1", "2", "3", "4"):
        raise ValueError(f"has the unknown light {fields[6]}")
    return Clip("", int(fields[1]), fields[0], fields[5], int(fields[6]), fields[3])


@dataclass(frozen=True)
class CefaChoices:
    """What the paper leaves open about CeFA.

    Attributes:
        cefa_parts: `2d+masks` (default: the paper lists 3D-print and silicone masks among CeFA's attacks and explains
            its result on wigs by them) or `2d` (as the FLIP and few-shot "WCS" benchmarks).
        cefa_light1: include the mask videos with Light = 1, which the authors' own lists leave out.
    """

    cefa_parts: Literal["2d+masks", "2d"] = "2d+masks"
    cefa_light1: bool = False


@register("cefa", title=TITLE)
class Cefa(Adapter):
    """RGB, faces cut out on black; three ethnicities, prints and replays of all subjects, masks of others."""

    licence = "signed agreement; no redistribution"
    signature = re.compile(
        r"(^|/)(AF|CA|EA)/\1-\d{3}|(^|/)[123]_\d{3}_\d_\d_\d/|(^|/)(AF|CA|EA)-\d{3}[^/]*/|(^|/)(3d|silicone)-mask/",
        re.IGNORECASE,
    )
    choices = CefaChoices
    covariates = ("ethnicity", "sex", "age", "session", "light", "glasses")
    frames = "cefa"

    def named(self, video: str, folder: str) -> Named:
        """Subject, attack, split and covariates of a 2D video: prepared frames hold no masks."""
        clip = parse_name(video)
        if not clip.race:
            raise ValueError("is the name of a mask among the 2D videos")
        subject = f"{clip.race}-{clip.identity:03d}"
        return Named(subject, FLAT[clip.code], f"PAI {clip.code}", _split(clip.identity), clip.covariates)

    def keeps(self, p: Presentation, choices: CefaChoices, side: Side) -> bool:
        """Masks, and those of Light = 1, as chosen; the same on both sides."""
        if not p.part.startswith("mask"):
            return True
        return choices.cefa_parts == "2d+masks" and (p.part == "mask" or choices.cefa_light1)

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        return discover(root)


def discover(root: Path) -> Release:
    """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
    tree = walk(root, _OUTLINE)
    table = Table(TITLE, tree)
    hidden: dict[str, tuple[str, str | None]] = {}
    test = empty = 0
    for folder, names in tree.folders.items():
        match = _FLAT.fullmatch(folder) or _MASK.fullmatch(folder)
        if match:
            table.saw(B if match["colour"].lower() == "profile" else C, folder)
        elif match := _TRAIN.fullmatch(folder):
            table.saw(A, folder)
        elif match := _HIDDEN.fullmatch(folder):
            table.saw(A, folder)
            if match["split"].lower() == "dev":
                hidden[f"dev/{match['number']}"] = folder, match["top"]
            else:
                test += 1
                table.left_out.update(join(folder, each) for each in names)
            continue
        else:
            continue
        row = _row(match, folder, names)
        empty += row is None
        if row:
            table.add(row, match["top"])
    name = table.layout(WANTED)
    found = lists.find(tree, _LIST)
    if empty:
        table.warnings.append(f"{empty} video folders hold no picture: left out")
    if name == A:
        _add_dev(table, hidden, found)
    if test:
        table.warnings.append(f"{test} test videos: the species of their attacks are not published: left out")
    _split_masks(table)
    _add_people(table)
    _compare(table, found)
    outside = sum(row.split is None for row in table.rows.values())
    if outside:
        table.warnings.append(f"{outside} presentations of subjects above 499 belong to no split")
    table.warn_strays()
    return table.release("cefa", name, {} if name == A else PUBLISHED, cropped=True)


def _row(match: re.Match[str], folder: str, names: tuple[str, ...]) -> Presentation | None:
    name = match["name"]
    try:
        clip = parse_name(name)
        _agree(clip, match.groupdict())
    except ValueError as reason:
        raise InputError(f"{shown(folder)}: {shown(name)} {reason}: unpack the release again") from None
    media = layout.images(folder, names)
    if media is None:
        return None
    if clip.race:
        subject = f"{clip.race}-{clip.identity:03d}"
        kind = species.canonical(FLAT, clip.code, TITLE)
        label = BONA_FIDE if kind == species.BONA_FIDE else ATTACK
        code, split = f"PAI {clip.code}", _split(clip.identity)
        return Presentation(name, label, kind, code, subject, subject, split, media, "2d", clip.covariates)
    kind = species.canonical(MASKS, clip.code, TITLE)
    subject = f"{_KINDS[clip.code]}-{clip.identity:03d}"
    part = "mask-light1" if clip.light == 1 else "mask"
    code = f"mask {clip.code}"
    return Presentation(name, ATTACK, kind, code, subject, subject, None, media, part, clip.covariates)


def _agree(clip: Clip, folders: Mapping[str, str | None]) -> None:
    """Raise ValueError where the folders above a clip say something else than its name."""
    if subject := folders.get("subject"):
        if not clip.race:
            raise ValueError("is the name of a mask among the 2D videos")
        if subject.upper() != f"{clip.race}-{clip.identity:03d}" or (folders.get("race") or "").upper() != clip.race:
            raise ValueError(f"lies in the folder of {subject.upper()}")
    elif kind := folders.get("kind"):
        if clip.race:
            raise ValueError("is the name of a 2D video among the masks")
        if kind.lower() != _KINDS[clip.code] or int(folders.get("identity") or -1) != clip.identity:
            raise ValueError(f"lies in {kind}/{folders.get('identity')}")


def _split(identity: int) -> Split | None:
    if identity < 200:
        return "train"
    if identity < 300:
        return "dev"
    return "test" if identity < 500 else None


def _add_people(table: Table) -> None:
    """Give the subjects of the 2D part the sex and the age class that the lists say."""
    known = people.read(lists.find(table.tree, _PEOPLE).values(), _SUBJECT)
    for key, row in table.rows.items() if known else ():
        if more := known.get(row.subject or ""):
            table.rows[key] = replace(row, covariates=(*row.covariates, *more))


def _split_masks(table: Table) -> None:
    """Give the masks a split: 2 : 1 : 2 by identity, in sorted order, for each kind."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in table.rows.values():
        if row.part.startswith("mask") and row.subject:
            kinds[row.species].add(row.subject)
    home: dict[str, Split] = {}
    for subjects in kinds.values():
        home.update(divide(subjects))
    for key, row in table.rows.items():
        if row.subject in home:
            table.rows[key] = replace(row, split=home[row.subject])


def divide(identities: Iterable[str]) -> dict[str, Split]:
    """Identity -> split, 2 : 1 : 2 in sorted order."""
    ordered = sorted(identities)
    place = [(i + 0.5) / len(ordered) for i in range(len(ordered))]
    return {who: "train" if at < 0.4 else "dev" if at < 0.6 else "test" for who, at in zip(ordered, place, strict=True)}


def _add_dev(table: Table, hidden: Mapping[str, tuple[str, str | None]], found: Mapping[str, Path]) -> None:
    """Enter the videos of the challenge's dev set that a reference list gives a label."""
    labels: dict[str, Label | None] = {}
    for list_name, file in found.items():
        if list_name.endswith("_dev_ref.txt"):
            listed = {entry.path.lower(): entry.label for entry in lists.entries(file, bona_fide="1")}
            labels.update(listed)
            table.warn_absent(file, listed.keys() - hidden.keys())
    missing = 0
    for key, (folder, top) in hidden.items():
        label, media = labels.get(key), layout.images(folder, table.tree.folders[folder])
        if label is None or media is None:
            missing += 1
            table.left_out.update(media.files if media else ())
            continue
        kind, code = (species.BONA_FIDE, "PAI 1") if label == BONA_FIDE else ("replay", "hidden")
        table.add(Presentation(key, label, kind, code, None, key, "dev", media, "2d"), top)
    if missing:
        table.warnings.append(f"{missing} dev videos have no label (4@*_dev_ref.txt gives it) or no picture: left out")


def _compare(table: Table, found: Mapping[str, Path]) -> None:
    """Check the official lists against names. A wrong label is refused, another split warned of."""
    by_name = {row.id: row for row in table.rows.values()}
    for list_name, file in found.items():
        if "_video_" not in list_name:
            continue
        split = list_name.removesuffix(".txt").rpartition("_")[2]
        absent, elsewhere = [], []
        for entry in lists.entries(file, bona_fide="0"):
            parts = entry.path.split("/")
            name = parts[-2] if parts[-1].lower() in ("color", "profile") and len(parts) > 1 else parts[-1]
            row = by_name.get(name)
            if row is None:
                absent.append(name)
            elif row.label != entry.label:
                raise InputError(
                    f"{shown(file)}, line {entry.line}: {entry.label}, but {name} is {row.label} "
                    "(these lists write 0 for bona fide): use the list of this release"
                )
            elif row.part == "2d" and row.split != split:
                elsewhere.append(name)
        table.warn_absent(file, absent)
        if elsewhere:
            table.warnings.append(
                f"{shown(file.name)}: {len(elsewhere)} videos, such as {min(elsewhere)}, are in {split} there, "
                "but not by their subject's number, which is kept"
            )
