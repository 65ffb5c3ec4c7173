"""Files that a command was told to write."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from protocols.errors import InputError


def write_text(file: Path, text: str) -> None:
    """Write a file whole or not at all, its folder made if need be; `InputError` where it cannot be."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror}); choose another --output") from error
    finally:
        with contextlib.suppress(OSError):  # the reason of the failure is what the user must see
            part.unlink(missing_ok=True)
