"""JSON files that know their own content: the first line holds the SHA-256 of all that follows it.

    {
     "digest": "<64 hexadecimal digits>",
     "schema": 2,
     ...

Any other byte below that line, or in it, and the file says so when it is read: a figure's record cannot be changed by a
slip of an editor or of a disk and pass for what was written. It is a seal, not a signature: whoever means to deceive
can write a new one. Read by its bytes, so that it costs microseconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from benchmark.results.shape import Json
from protocols.errors import DamagedError

_HEAD = b'{\n "digest": "'
_END = len(_HEAD) + 64


def seal(content: Mapping[str, Json], indent: int | None = 1) -> bytes:
    """The file's bytes. NaN and infinities are refused: they would not be JSON."""
    separators = (",", ":") if indent is None else None
    body = json.dumps(content, indent=indent, allow_nan=False, separators=separators).encode()[1:] + b"\n"
    rest = b'",' + body
    return _HEAD + hashlib.sha256(rest).hexdigest().encode() + rest


def unseal(data: bytes, file: Path | str, *, unsealed_schema: int = 0) -> dict[str, Json]:
    """The content without its digest. `file` is named in messages; a file without a digest is taken if its schema is
    at most `unsealed_schema`. Raises `DamagedError`."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DamagedError(f"{file}: no JSON ({reason}); restore the file or make the run again") from None
    if type(content) is not dict:
        raise DamagedError(f"{file}: holds {_kind(content)} where a record belongs; restore it or make the run again")
    if content.pop("digest", None) is None:
        version = content.get("schema")
        if type(version) is int and 0 < version <= unsealed_schema:
            return content
        raise DamagedError(f"{file}: the digest of its content is missing; restore it or make the run again")
    if not data.startswith(_HEAD) or hashlib.sha256(data[_END:]).hexdigest().encode() != data[len(_HEAD) : _END]:
        raise DamagedError(f"{file}: changed since it was written (its digest differs); restore it or make it again")
    return content


def _kind(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "nothing")
