"""What commands write where the user said: whole or not at all, and in one line where it cannot be."""

from __future__ import annotations

from pathlib import Path

from protocols.errors import InputError
from protocols.files import write_whole


def write_text(file: Path, text: str) -> None:
    """Write a file of `--output`, its folder made if need be. Raises `InputError` where it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text)
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror}); choose another --output") from error
