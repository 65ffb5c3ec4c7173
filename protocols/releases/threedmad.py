"""3DMAD (Erdogmus, Marcel, BTAS 2013): 17 clients, rigid masks of all of them, before a Kinect.

`Data/<client>_<session>_<shot>.hdf5`, colour at `/Color_Data` (frames, 3, 480, 640), RGB; some copies hold the same
clips as `.avi`. Sessions 1 and 2 are bona fide, 3 is an attack with the client's mask. Clients 1 to 7 train, 8 to 12
are the development set, 13 to 17 test.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, register
from protocols.discovery import clips
from protocols.discovery.layout import Table, videos
from protocols.discovery.walk import HDF5, VIDEOS, Outline, shown, walk
from protocols.errors import InputError
from protocols.presentation import Media, Presentation, Release, Split

TITLE = "3DMAD"
RAW, CLIPS = "HDF5", "clips"
WANTED = "give the folder that holds Data"
PUBLISHED = MappingProxyType(
    {
        "train/bona fide": 70,
        "train/attack": 35,
        "dev/bona fide": 50,
        "dev/attack": 25,
        "test/bona fide": 50,
        "test/attack": 25,
    }
)

_OUTLINE = Outline(frozenset({"3dmad"}), re.compile(r"data", re.I))
_FOLDER = re.compile(r"(?:(?P<top>.*)/)?data", re.I)
_STEM = re.compile(r"(?P<client>\d\d)_(?P<session>0[1-3])_(?P<shot>0[1-5])")


@register("3dmad", title=TITLE)
class ThreeDMad(Adapter):
    """Whole pictures of 17 clients; one kind of attack."""

    licence = "Idiap end-user agreement; research only; no redistribution"
    signature = re.compile(r"(^|/)data/\d\d_0[1-3]_0[1-5]\.(hdf5|avi)$", re.IGNORECASE)
    covariates = ("session",)

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        table = Table(TITLE, walk(root, _OUTLINE))
        for folder in table.tree.folders:
            if match := _FOLDER.fullmatch(folder):
                for stem, path in videos(table.tree, folder, HDF5 | VIDEOS):
                    row = _row(stem, path)
                    table.saw(RAW if row.media.kind == "hdf5" else CLIPS, path)
                    table.add(row, match["top"])
        layout = table.layout(WANTED)
        clips.warn_half(table, {}, [])
        table.warn_strays()
        return table.release("3dmad", layout, PUBLISHED, cropped=False)


def _row(stem: str, path: str) -> Presentation:
    match = _STEM.fullmatch(stem)
    if match is None or not 1 <= int(match["client"]) <= 17:
        raise InputError(f"{shown(path)}: {shown(stem)} is not <client 01 to 17>_<session>_<shot>")
    client = int(match["client"])
    split: Split = "train" if client <= 7 else "dev" if client <= 12 else "test"
    kind = "rigid mask" if match["session"] == "03" else species.BONA_FIDE
    code, who = ("mask" if match["session"] == "03" else "real"), match["client"]
    media = Media("hdf5" if path.lower().endswith((".hdf5", ".h5")) else "video", (path,))
    known = (("session", match["session"]),)
    return Presentation(stem, clips.label_of(kind), kind, code, who, who, split, media, covariates=known)
