"""HiFiMask (Liu et al., 2021): 75 subjects of three complexions; masks transparent, of plaster and of resin.

A folder of frames a video, `<complexion>_<subject>_<type>_<scene>_<light>_<sensor>`: complexion 1 yellow, 2 white, 3
black; type 0 live, 1 transparent, 2 plaster, 3 resin. Splits are folders above it (`train`, `val`, `test`), else there
are none: protocol 1 counts 32,514, 4,347 and 17,362 videos.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, register
from protocols.discovery import clips, labelled
from protocols.discovery.layout import Table, images
from protocols.discovery.walk import Outline, walk
from protocols.layouts.words import split_of
from protocols.presentation import Presentation, Release

TITLE = "HiFiMask"
LAYOUT = "folders of frames"
WANTED = "give the folder that holds the folders <complexion>_<subject>_<type>_<scene>_<light>_<sensor>"
SPECIES = MappingProxyType({"0": species.BONA_FIDE, "1": "transparent mask", "2": "rigid mask", "3": "rigid mask"})
CODES = MappingProxyType({"0": "live", "1": "transparent", "2": "plaster", "3": "resin"})
COMPLEXIONS = MappingProxyType({"1": "yellow", "2": "white", "3": "black"})
PUBLISHED_SPLITS = MappingProxyType({"train": 32_514, "dev": 4_347, "test": 17_362})
"""Protocol 1; known only where the splits are."""

_OUTLINE = Outline(frozenset({"hifimask"}), re.compile(r"train|val|dev|test|[1-3]_\d+_[0-3]_\d+_\d+_\d", re.I))
_FOLDER = re.compile(
    r"(?:(?P<top>.*?)/)??(?:(?P<split>train|val|dev|test)/)?"
    r"(?P<video>(?P<complexion>[1-3])_(?P<subject>\d{1,3})_(?P<type>[0-3])_(?P<scene>\d{1,2})_(?P<light>\d{1,2})_(?P<sensor>\d))",
    re.I,
)


@register("hifimask", title=TITLE)
class HiFiMask(Adapter):
    """Pictures of 75 subjects; three materials of masks."""

    licence = "on request; research only; no redistribution"
    signature = re.compile(r"(^|/)[1-3]_\d{1,3}_[0-3]_\d{1,2}_\d{1,2}_\d/[^/]+$")
    covariates = ("skin tone", "session", "light", "sensor")

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        table = Table(TITLE, walk(root, _OUTLINE))
        for folder, names in table.tree.folders.items():
            match = _FOLDER.fullmatch(folder)
            media = images(folder, names) if match else None
            if match is None or media is None:
                continue
            table.saw(LAYOUT, folder)
            kind, who = SPECIES[match["type"]], f"{match['complexion']}-{match['subject']}"
            known = [("skin tone", COMPLEXIONS[match["complexion"]]), ("session", match["scene"])]
            known += [(word, match[word]) for word in ("light", "sensor")]
            split = split_of(match["split"] or "")
            row = Presentation(
                match["video"], clips.label_of(kind), kind, CODES[match["type"]], who, who, split, media,
                covariates=tuple(known),
            )  # fmt: skip
            table.add(row, match["top"])
        layout = table.layout(WANTED)
        clips.warn_half(table, {}, [])
        labelled.check(table)
        table.warn_strays()
        splits = any(row.split for row in table.rows.values())
        return table.release("hifimask", layout, PUBLISHED_SPLITS if splits else {}, cropped=False)
