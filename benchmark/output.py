"""What commands write where the user said: whole or not at all, and in one line where it cannot be."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from protocols.errors import InputError
from protocols.files import write_whole

OPTIONS = ("output", "draw")
"""Options of any command that name what it writes."""
KEPT = ("runs", "models", "sweeps", "published")
"""Folders of `--results` that no output may lie in."""
RECORDS = {"run.json": "finished run", "model.json": "trained model"}
"""File -> what the folder is that holds it, wherever that lies: no output may lie in it either."""
CACHED = ("faces", "scans", "methods")
"""Folders of a world's cache that no output may lie in."""


def write_text(file: Path, text: str) -> None:
    """Write a file of `--output`, its folder made if need be. Raises `InputError` where it cannot be written."""
    write_bytes(file, text.encode())


def write_bytes(file: Path, content: bytes) -> None:
    """The same for what is no text. A device or a pipe, such as `/dev/stdout`, is written to, never replaced."""
    try:
        if _is_stream(file):
            file.write_bytes(content)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, content)
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror}); choose another --output") from error


def _is_stream(file: Path) -> bool:
    system = any(Path(os.path.realpath(file)).is_relative_to(place) for place in ("/dev", "/proc"))
    return system or (file.exists() and not file.is_file() and not file.is_dir())


def require_harmless(args: argparse.Namespace) -> None:
    """Raise `InputError` for an `--output` (or `--draw`) in a run, or on or within something that the command reads.

    Asked for every command, before it does anything: what is overwritten cannot be had back.
    """
    for option in OPTIONS:
        given = getattr(args, option, None)
        if given is not None:
            _require_harmless(args, given, f"--{option} {given}")


def _require_harmless(args: argparse.Namespace, given: Path, what: str) -> None:
    output, results = given.resolve(), args.results.resolve()
    for folder in (output, *output.parents):
        for record, kind in RECORDS.items():
            if (folder / record).exists():
                raise InputError(f"{what}: {folder} is a {kind}; write somewhere else")
    for kept in KEPT:
        if output.is_relative_to(results / kept):
            raise InputError(f"{what}: {results / kept} holds results; write somewhere else")
    for place, kind in _inputs(args):
        if output == place or (place.is_dir() and output.is_relative_to(place)):
            raise InputError(f"{what}: that is {kind}; write somewhere else")


def _inputs(args: argparse.Namespace) -> Iterator[tuple[Path, str]]:
    """What a command reads: its own arguments, the configuration, and the data and weights that it names."""
    from protocols import world as worlds

    for name, value in vars(args).items():
        given = value if isinstance(value, (list, tuple)) else [value]
        if name not in (*OPTIONS, "results"):
            for one in given:
                if (isinstance(one, Path) and one.exists()) or (isinstance(one, str) and Path(one).is_file()):
                    yield Path(one).resolve(), f"an input of this command ({one})"
    yield Path("benchmark.toml").resolve(), "the configuration of the world"
    with contextlib.suppress(InputError):  # a world that is not to be had has nothing to lose
        world = worlds.load(args.config)
        yield from ((world.cache.resolve() / name, "a part of the cache") for name in CACHED)
        for release, where in world.places.items():
            yield where.path.resolve(), f"the release {release}"
        for role, place in world.models.items():
            yield Path(place).resolve(), f"the model {role}"
