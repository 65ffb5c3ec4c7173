"""A list to fill in: one line for each picture, folder of frames and video that lies beside it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from protocols.discovery.walk import IMAGES, VIDEOS, Outline, join, suffix_of, walk
from protocols.errors import InputError
from protocols.layouts.tree import as_frames

COLUMNS = ("path", "label", "species", "subject", "split", "session", "sensor")
EXAMPLES = (
    ("videos/01.mp4", "real", "", "s01", "train", "1", "webcam"),
    ("frames/02", "attack", "print", "s01", "train", "1", "webcam"),
    ("pictures/03.png", "attack", "our new mask", "s02", "test", "2", "phone"),
)


def write(file: Path) -> int:
    """Write a CSV template, with a line for each presentation found below its folder; returns how many.

    Labels are left empty: nothing is guessed. Where no media lie, three lines show what is meant. Raises `InputError`
    for a file that exists, or that is no `.csv`.
    """
    if file.suffix.lower() != ".csv":
        raise InputError(f"{file}: a template is a .csv file")
    found = _media(file.parent) if file.parent.is_dir() else []
    rows = [(path, *[""] * (len(COLUMNS) - 1)) for path in found] or list(EXAMPLES)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([COLUMNS, *rows])
    try:
        with file.open("x", encoding="utf-8-sig", newline="") as out:  # the mark lets spreadsheets read it as UTF-8
            out.write(text.getvalue())
    except FileExistsError:
        raise InputError(f"{file}: exists already: choose another name") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror}): choose another folder") from None
    return len(found)


def _media(folder: Path) -> list[str]:
    """Paths of what looks like a presentation each, in order."""
    found: list[str] = []
    for place, names in walk(folder, Outline(frozenset(), re.compile(r"(?!)"))).folders.items():
        images = [name for name in names if suffix_of(name) in IMAGES]
        if place and as_frames(images) is not None:
            found.append(place)
        else:
            found += [join(place, name) for name in images]
        found += [join(place, name) for name in names if suffix_of(name) in VIDEOS]
    return sorted(found)
