"""Files that know their own content: JSON records and safetensors files that hold the SHA-256 of all else in them.

A figure's record, a cache, a checkpoint or a model cannot be changed by a slip of an editor or of a disk and pass for
what was written. It is a seal, not a signature: whoever means to deceive can write a new one.

JSON has the digest in its first line, over all bytes that follow it, so that reading costs microseconds:

    {
     "digest": "<64 hexadecimal digits>",
     "schema": 2,
     ...

safetensors has it in its header, in the JSON text called `facts`, over the whole file with zeros in its place, so that
any reader of safetensors reads the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from protocols.errors import DamagedError
from protocols.json_values import Parsed

_HEAD = b'{\n "digest": "'
_END = len(_HEAD) + 64
_DIGEST = "sha256"
_BLANK = "0" * 64
_MARK = re.compile(rb'"facts":"\{\\"sha256\\": \\"([0-9a-f]{64})\\"')
_LONGEST_HEADER = 100_000_000
_STEP = 1 << 22


def sealed_json(content: Mapping[str, object], indent: int | None = 1) -> bytes:
    """The bytes of a JSON file. NaN and infinities are refused: they would not be JSON."""
    separators = (",", ":") if indent is None else None
    body = json.dumps(content, indent=indent, allow_nan=False, separators=separators).encode()[1:] + b"\n"
    rest = b'",' + body
    return _HEAD + hashlib.sha256(rest).hexdigest().encode() + rest


def unsealed_json(data: bytes, file: Path | str, *, unsealed_schema: int = 0) -> dict[str, Parsed]:
    """The content without its digest. `file` is named in messages; a file without a digest is taken if its schema is
    at most `unsealed_schema`. Raises `DamagedError`."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DamagedError(f"{file}: no JSON ({reason}); restore the file or make it again") from None
    if type(content) is not dict:
        raise DamagedError(f"{file}: holds {_kind(content)} where a record belongs; restore it or make it again")
    if content.pop("digest", None) is None:
        version = content.get("schema")
        if type(version) is int and 0 < version <= unsealed_schema:
            return content
        raise DamagedError(f"{file}: the digest of its content is missing; restore it or make it again")
    if not data.startswith(_HEAD) or hashlib.sha256(data[_END:]).hexdigest().encode() != data[len(_HEAD) : _END]:
        raise DamagedError(f"{file}: changed since it was written (its digest differs); restore it or make it again")
    return content


def texts_for_tensors(facts: Mapping[str, object]) -> dict[str, str]:
    """The texts for the header of a safetensors file that `seal_tensors` will seal; `facts` is any JSON."""
    if _DIGEST in facts:
        raise ValueError(f"{_DIGEST!r} is the name of the digest")
    return {"facts": json.dumps({_DIGEST: _BLANK, **dict(sorted(facts.items()))})}


def facts_of_tensors(texts: Mapping[str, str] | None) -> dict[str, Parsed]:
    """The facts in the texts of a header. Raises `ValueError` or `KeyError` where there are none."""
    facts: dict[str, Parsed] = json.loads((texts or {})["facts"])
    facts.pop(_DIGEST, None)
    return facts


def seal_tensors(file: Path) -> None:
    """Put the digest into a safetensors file that was written with `texts_for_tensors`."""
    place = _place(file)
    if place is None:
        raise ValueError(f"{file}: written without a place for the digest")
    digest = _digest(file, place)
    with file.open("r+b") as handle:
        handle.seek(place)
        handle.write(digest)


def check_tensors(file: Path, *, unsealed: bool = False) -> None:
    """Raise `DamagedError` unless a safetensors file is what `seal_tensors` left; with `unsealed`, one that never had a
    digest (of another program, of an earlier version) will do."""
    try:
        place = _place(file)
        if place is None:
            if unsealed:
                return
            raise DamagedError(f"{file}: the digest of its content is missing, or its beginning is damaged")
        found = _digest(file, place)
        with file.open("rb") as handle:
            handle.seek(place)
            recorded = handle.read(64)
    except OSError as error:
        raise DamagedError(f"{file}: missing or unreadable ({error.strerror})") from error
    if found != recorded:
        raise DamagedError(f"{file}: changed since it was written (its digest differs)")


def _place(file: Path) -> int | None:
    """Where the digest's 64 digits stand; None where there are none."""
    with file.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        mark = _MARK.search(handle.read(length) if length <= _LONGEST_HEADER else b"")
    return None if mark is None else 8 + mark.start(1)


def _digest(file: Path, place: int) -> bytes:
    """SHA-256 of the file with zeros in place of the digest, as hexadecimal digits."""
    sha = hashlib.sha256()
    with file.open("rb") as handle:
        sha.update(handle.read(place))
        sha.update(_BLANK.encode())
        handle.seek(place + 64)
        while block := handle.read(_STEP):
            sha.update(block)
    return sha.hexdigest().encode()


def _kind(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "nothing")
