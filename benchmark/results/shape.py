"""Typed records to and from JSON, and their JSON Schema, all from the dataclasses' own annotations.

A record is a frozen dataclass of texts, numbers, truth values, tuples, mappings, `Literal`s, named tuples (written as
lists) and further records. A field with a default may be missing in a file, so a field that is added later needs
nothing but its default; a field that goes or changes its meaning needs a migration (`records.MIGRATIONS`). Fields that
are unknown here are passed over. Infinities are written as the texts "inf" and "-inf": JSON has none.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from protocols.errors import DamagedError
from protocols.json_values import Json

Reader = Callable[[object], Any]
"""What makes of parsed JSON the value that an annotation asks for: of whatever type that is."""
Annotation: TypeAlias = Any
"""A type as `get_type_hints` gives it: a class, or a generic form of which the library says no type."""
Record = TypeVar("Record")
_INFINITE = {"inf": math.inf, "-inf": -math.inf}


class ShapeError(ValueError):
    """A JSON value has not the shape of its record; the message names the place and what belongs there."""

    def __init__(self, expected: str, value: object, place: str = "") -> None:
        self.expected, self.value, self.place = expected, value, place
        super().__init__(f"{place or 'the whole'}: {expected} expected, found {_said(value)}")

    def within(self, name: str) -> ShapeError:
        """The same error seen from one level further out."""
        return ShapeError(self.expected, self.value, f"{name}.{self.place}" if self.place else name)


def decode(kind: type[Record], value: object) -> Record:
    """A record from parsed JSON. Raises `ShapeError`."""
    record: Record = _reader(kind)(value)  # type: ignore[arg-type]  # a class is hashable
    return record


class Later(Mapping[str, Record]):
    """Records of one kind by name, each decoded when it is asked for: of a file with many, a table needs few.

    For files that are sealed, so that what is wrong in them was so written. Raises `ShapeError` at once for what is no
    object of objects, and `DamagedError`, which names the file `origin`, for a record of another shape.
    """

    def __init__(self, kind: type[Record], values: object, origin: str) -> None:
        if type(values) is not dict:
            raise ShapeError("an object", values)
        self._kind, self._values, self._origin = kind, values, origin
        self._records: dict[str, Record] = {}

    def __getitem__(self, name: str) -> Record:
        if name not in self._records:
            value = self._values[name]
            try:
                self._records[name] = decode(self._kind, value)
            except ShapeError as error:
                raise DamagedError(f"{self._origin}: {error.within(name)}; delete the file, it is made again") from None
        return self._records[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def encode(value: object) -> Json:
    """A record, or anything that stands in one, as plain JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(one) for one in value]
    if isinstance(value, float):
        if math.isnan(value):
            raise ValueError("NaN is no figure: a record holds null where there is none")
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, (str, int)):  # True and False are integers
        return value
    return str(value)


def schema(kind: type, title: str) -> dict[str, Json]:
    """The JSON Schema (draft 2020-12) of a record."""
    parts: dict[str, Json] = {}
    top = _described(kind, parts)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **top, "$defs": parts}


@cache
def _reader(kind: Annotation) -> Reader:
    """What turns parsed JSON into a value of an annotation; made once per annotation."""
    origin: object = get_origin(kind)
    words = get_args(kind)
    if kind is object:
        return lambda value: value
    if origin in (Union, types.UnionType):
        return _optional(words)
    if origin is Literal:
        return _choice(words)
    if origin is tuple:
        return _sequence(words)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(words[1])
    if isinstance(kind, type) and hasattr(kind, "_fields"):
        return _named_tuple(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        return _dataclass(kind)
    return _PLAIN[kind]


def _text(value: object) -> str:
    if type(value) is not str:
        raise ShapeError("a text", value)
    return value


def _whole_number(value: object) -> int:
    if type(value) is not int:
        raise ShapeError("a whole number", value)
    return value


def _number(value: object) -> float:
    if type(value) is float and value == value:
        return value
    if type(value) is int:
        return value
    if type(value) is str and value in _INFINITE:
        return _INFINITE[value]
    raise ShapeError("a number", value)


def _truth(value: object) -> bool:
    if type(value) is not bool:
        raise ShapeError("true or false", value)
    return value


_PLAIN: dict[type, Reader] = {str: _text, int: _whole_number, float: _number, bool: _truth}


def _optional(kinds: tuple[Annotation, ...]) -> Reader:
    (kind,) = (kind for kind in kinds if kind is not type(None))
    one = _reader(kind)
    return lambda value: None if value is None else one(value)


def _choice(words: tuple[object, ...]) -> Reader:
    def read(value: object) -> object:
        if value not in words:
            raise ShapeError(f"one of {', '.join(map(repr, words))}", value)
        return value

    return read


def _sequence(kinds: tuple[Annotation, ...]) -> Reader:
    one = _reader(kinds[0])

    def read(value: object) -> tuple[object, ...]:
        if type(value) is not list:
            raise ShapeError("a list", value)
        return tuple(map(one, value))

    return read


def _mapping(kind: Annotation) -> Reader:
    one = _reader(kind)

    def read(value: object) -> dict[str, object]:
        if type(value) is not dict:
            raise ShapeError("an object", value)
        if kind is object:
            return value
        try:
            return {key: one(part) for key, part in value.items()}
        except ShapeError as error:
            key = next(key for key, part in value.items() if _fails(one, part))
            raise error.within(str(key)) from None

    return read


def _fails(one: Reader, value: object) -> bool:
    try:
        one(value)
    except ShapeError:
        return True
    return False


def _named_tuple(kind: Annotation) -> Reader:
    readers = [_reader(hint) for hint in get_type_hints(kind).values()]
    whole, length, make = all(one is _whole_number for one in readers), len(readers), kind._make

    def read(value: object) -> object:
        if type(value) is not list or len(value) != length:
            raise ShapeError(f"a list of {length}", value)
        if whole and {*map(type, value)} == {int}:  # counts, thousands of them: nothing is left to check
            return make(value)
        return make([one(part) for one, part in zip(readers, value, strict=True)])

    return read


def _dataclass(kind: Annotation) -> Reader:
    hints = get_type_hints(kind)
    pairs = [(field.name, _reader(hints[field.name])) for field in fields(kind)]
    needed = {field.name for field in fields(kind) if _needed(field)}

    def read(value: object) -> object:
        if type(value) is not dict:
            raise ShapeError("an object", value)
        if not needed <= value.keys():
            missing = min(needed - value.keys())
            raise ShapeError("something", None, missing)
        found: dict[str, object] = {}
        try:
            for name, one in pairs:
                if name in value:
                    found[name] = one(value[name])
        except ShapeError as error:
            raise error.within(name) from None
        return kind(**found)

    return read


def _needed(field: Field[object]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _described(kind: Annotation, parts: dict[str, Json]) -> dict[str, Json]:
    """The schema of an annotation; records go to `parts` and are referred to."""
    origin: object = get_origin(kind)
    words = get_args(kind)
    if kind is object:
        return {}
    if origin in (Union, types.UnionType):
        (one,) = (word for word in words if word is not type(None))
        return {"anyOf": [_described(one, parts), {"type": "null"}]}
    if origin is Literal:
        return {"enum": list(words)}
    if origin is tuple:
        return {"type": "array", "items": _described(words[0], parts)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _described(words[1], parts)}
    if hasattr(kind, "_fields"):
        return {
            "description": _first_line(kind),
            "type": "array",
            "prefixItems": [{"title": name, **_described(hint, parts)} for name, hint in get_type_hints(kind).items()],
            "minItems": len(kind._fields),
            "maxItems": len(kind._fields),
        }
    if is_dataclass(kind):
        return _referred(kind, parts)
    plain: dict[type, dict[str, Json]] = {
        str: {"type": "string"},
        int: {"type": "integer"},
        bool: {"type": "boolean"},
        float: {"anyOf": [{"type": "number"}, {"enum": list(_INFINITE)}]},
    }
    return plain[kind]


def _referred(kind: Annotation, parts: dict[str, Json]) -> dict[str, Json]:
    name = kind.__name__
    if name not in parts:
        parts[name] = {}  # a record may hold records of its own kind
        hints = get_type_hints(kind)
        parts[name] = {
            "description": _first_line(kind),
            "type": "object",
            "properties": {field.name: _described(hints[field.name], parts) for field in fields(kind)},
            "required": [field.name for field in fields(kind) if _needed(field)],
        }
    return {"$ref": f"#/$defs/{name}"}


def _first_line(kind: Annotation) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _said(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
