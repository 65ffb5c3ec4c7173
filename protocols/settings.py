"""Settings given as words: `name=value` texts become values of a dataclass's fields, and are refused in one line."""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar, TypeVarTuple, cast

from protocols.errors import InputError, unknown
from protocols.json_values import Json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Spelt:
    """A value that is read from a word, and in records is a text: its `str`. `wanted` says what such a word is."""

    wanted: ClassVar[str] = ""

    @classmethod
    def of_word(cls, word: str) -> Self:
        """The value that a word means. Raises `InputError`, or ValueError for a word that is none."""
        raise NotImplementedError

    @classmethod
    def of_record(cls, text: str) -> Self:
        """The value that a record names, as far as the record tells. Raises ValueError."""
        raise NotImplementedError


Value = int | float | str | bool | Path | Spelt | tuple["Value", ...] | None
"""What a setting may be; a tuple holds values of one kind."""
Owner = TypeVar("Owner", bound="DataclassInstance")
Owners = TypeVarTuple("Owners")


def from_words(words: Iterable[str]) -> dict[str, str]:
    """`["train-fraction=0.5"]` as `{"train_fraction": "0.5"}`; of a name given twice the last counts.

    Raises `InputError` for a word without a name or an equals sign.
    """
    texts = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name.strip():
            raise InputError(f"--set {word}: write it as name=value")
        texts[plain(name)] = text
    return texts


def plain(name: str) -> str:
    """A setting's name as its field is called: underscores for hyphens."""
    return name.strip().replace("-", "_")


def changed(owners: tuple[*Owners], texts: Mapping[str, str], what: str) -> tuple[tuple[*Owners], dict[str, Value]]:
    """The owners with the settings in `texts` changed, and the values that differ from theirs before, by name.

    Of two owners with a setting of one name the first has it. `what` names the settings in messages. Raises
    `InputError` for a name that none of them has (with a suggestion) and for a value of another kind.
    """
    instances = cast("Sequence[DataclassInstance]", owners)
    names = [{f.name for f in dataclasses.fields(owner)} for owner in instances]
    given: list[dict[str, str]] = [{} for _ in instances]
    for name, text in texts.items():
        place = next((i for i, known in enumerate(names) if plain(name) in known), None)
        if place is None:
            raise unknown(what, name, set().union(*names))
        given[place][plain(name)] = text
    new: list[DataclassInstance] = []
    differing: dict[str, Value] = {}
    for owner, own in zip(instances, given, strict=True):
        values = parse_fields(type(owner), own)
        changes = {name: value for name, value in values.items() if value != getattr(owner, name)}
        new.append(dataclasses.replace(owner, **changes))
        differing |= changes
    return cast("tuple[*Owners]", tuple(new)), dict(sorted(differing.items()))


def with_values(owner: Owner, values: Mapping[str, object]) -> Owner:
    """The owner with these fields changed, whose values are known to be of their kinds."""
    return dataclasses.replace(owner, **values)


def parse_fields(cls: type, texts: Mapping[str, str]) -> dict[str, Value]:
    """Texts to values of a dataclass's fields. Raises `InputError` for unknown names or values of another kind."""
    if not texts:
        return {}
    hints = typing.get_type_hints(cls)
    known = [f.name for f in dataclasses.fields(cls)]
    values = {}
    for name, text in texts.items():
        if plain(name) not in known:
            raise unknown("setting", name, known)
        try:
            values[plain(name)] = parse(hints[plain(name)], text)
        except ValueError:
            raise InputError(f"setting {plain(name)}: {text!r} is not {describe(hints[plain(name)], text)}") from None
    return values


def parse(kind: object, text: str) -> Value:
    """A text as a value of a type: int, float, str, bool, Path, Literal, an Optional of these or a tuple of one.

    Raises ValueError for a text that is none, TypeError for another type.
    """
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        words: dict[str, Value] = {str(a): a for a in arguments}
        return words[text] if text in words else _refuse(text)
    if origin in (typing.Union, types.UnionType) and type(None) in arguments:
        if text.strip().lower() in ("none", ""):
            return None
        return parse(next(a for a in arguments if a is not type(None)), text)
    if origin is tuple:
        return tuple(parse(arguments[0], part.strip()) for part in text.split(",") if part.strip())
    if kind is bool:
        word = text.strip().lower()
        return word in ("true", "1", "yes") if word in ("true", "false", "1", "0", "yes", "no") else _refuse(text)
    if kind is int:
        return _whole(text)
    if kind is float:
        number = float(text)
        return number if not math.isnan(number) else _refuse(text)
    if kind is str:
        return text
    if kind is Path:
        return Path(text)
    if isinstance(kind, type) and issubclass(kind, Spelt):
        return kind.of_word(text)
    raise TypeError(f"settings of type {kind} cannot be given on the command line")


def worded(value: Value) -> str:
    """The word that `parse` reads a value from: `True` is `true`, `None` is `none`, a tuple has commas between."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, tuple | list):
        return ",".join(map(worded, value))
    return str(value)


def _whole(text: str) -> int:
    """`1e3` and `2.0` are whole numbers, too."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
        return int(number) if math.isfinite(number) and number.is_integer() else _refuse(text)


def _refuse(text: str) -> typing.NoReturn:
    raise ValueError(text)


def describe(kind: object, text: str = "") -> str:
    """A type in plain words, for messages; `text` is what was given instead."""
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        names = [str(a) for a in arguments]
        near = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
        return ("one of " if len(names) > 1 else "") + ", ".join(names) + (f": did you mean {near[0]}?" if near else "")
    if origin in (typing.Union, types.UnionType):
        return f"none or {describe(next(a for a in arguments if a is not type(None)), text)}"
    if origin is tuple:
        return f"a list with commas in which each is {describe(arguments[0])}"
    if isinstance(kind, type) and issubclass(kind, Spelt):
        return kind.wanted
    words = {int: "a whole number", float: "a number", bool: "yes or no", Path: "a path", str: "a text"}
    return words[kind] if isinstance(kind, type) and kind in words else str(kind)


def recorded(value: Value) -> Json:
    """A setting's value as records hold it: a list for a tuple, a text for a path or a `Spelt` value."""
    if isinstance(value, tuple):
        return [recorded(one) for one in value]
    return str(value) if isinstance(value, Path | Spelt) else value


def restored(kind: object, plain: object) -> object:
    """The value that `recorded` wrote of a setting whose type is `kind`, as far as a record tells."""
    spelt = next((k for k in (kind, *typing.get_args(kind)) if isinstance(k, type) and issubclass(k, Spelt)), None)
    if spelt is not None and isinstance(plain, str):
        return spelt.of_record(plain)
    return tuple(plain) if isinstance(plain, list) else plain


def same(recorded: object, value: object) -> bool:
    """Whether a value read from JSON is a setting's value, as `recorded` wrote it."""
    if isinstance(value, Spelt) and isinstance(recorded, str):
        return restored(type(value), recorded) == value
    if isinstance(recorded, list | tuple) and isinstance(value, list | tuple):
        return len(recorded) == len(value) and all(map(same, recorded, value))
    if isinstance(recorded, bool) or isinstance(value, bool):
        return recorded is value
    return recorded == (str(value) if isinstance(value, Path) else value)
