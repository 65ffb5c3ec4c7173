"""Records to JSON and back, whatever they hold; another shape is named by its place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.results.shape import Later, ShapeError, decode, encode
from protocols.errors import DamagedError
from protocols.json_values import Json


class Pair(NamedTuple):
    """Two numbers."""

    low: float
    high: float


@dataclass(frozen=True)
class Inner:
    """A part."""

    n: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    """A record of everything that a record may hold."""

    name: str
    kind: Literal["a", "b"]
    share: float | None = None
    pair: Pair | None = None
    parts: Mapping[str, Inner] = field(default_factory=dict)
    free: Mapping[str, Json] = field(default_factory=dict)
    yes: bool = False


numbers = st.floats(allow_nan=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
outers = st.builds(
    Outer,
    name=st.text(),
    kind=st.sampled_from(["a", "b"]),
    share=st.none() | numbers,
    pair=st.none() | st.builds(Pair, numbers, numbers),
    parts=st.dictionaries(st.text(), st.builds(Inner, st.integers(), st.lists(st.text()).map(tuple))),
    free=st.dictionaries(st.text(), json_values),
    yes=st.booleans(),
)


@given(outers)
def test_there_and_back(record):
    assert decode(Outer, json.loads(json.dumps(encode(record), allow_nan=False))) == record


@given(json_values)
def test_any_other_json_is_a_record_or_an_error_that_names_a_place(value):
    needed = isinstance(value, dict) and isinstance(value.get("name"), str) and value.get("kind") in ("a", "b")
    if needed and value.keys() <= {"name", "kind"}:
        assert isinstance(decode(Outer, value), Outer)
    elif not needed:
        with pytest.raises(ShapeError, match="expected, found"):
            decode(Outer, value)


def test_a_later_field_has_its_default_and_an_unknown_one_is_passed_over():
    assert decode(Outer, {"name": "x", "kind": "a", "later": 1}) == Outer("x", "a")


def test_the_place_of_the_error_is_named():
    with pytest.raises(ShapeError, match=r"^parts\.left\.n: a whole number expected, found True$"):
        decode(Outer, {"name": "x", "kind": "a", "parts": {"right": {"n": 1}, "left": {"n": True}}})
    with pytest.raises(ShapeError, match=r"^kind: one of 'a', 'b' expected, found 'c'$"):
        decode(Outer, {"name": "x", "kind": "c"})
    with pytest.raises(ShapeError, match=r"^the whole: an object expected, found \[\]$"):
        decode(Outer, [])


def test_infinities_are_texts_and_nan_is_refused():
    assert encode(Outer("x", "a", share=-math.inf))["share"] == "-inf"
    assert decode(Outer, {"name": "x", "kind": "a", "share": "inf"}).share == math.inf
    with pytest.raises(ValueError, match="NaN"):
        encode(Outer("x", "a", share=math.nan))
    with pytest.raises(ShapeError, match="a number expected"):
        decode(Outer, {"name": "x", "kind": "a", "share": math.nan})


@dataclass(frozen=True)
class Sides:
    left: int
    right: int


def test_records_by_name_are_decoded_when_they_are_asked_for():
    found = Later(Sides, {"a": {"left": 1, "right": 2}, "b": {"left": "x", "right": 2}}, "figures.json")
    assert (len(found), list(found), "a" in found, "c" in found, found.get("c")) == (2, ["a", "b"], True, False, None)
    assert found["a"] == Sides(1, 2)
    assert found["a"] is found["a"]
    with pytest.raises(DamagedError, match=r"figures\.json: b\.left: a whole number expected, found 'x'; delete the"):
        found["b"]
    with pytest.raises(ShapeError, match="an object expected, found 3"):
        Later(Sides, 3, "figures.json")
    assert encode(Later(Sides, {"a": {"left": 1, "right": 2}}, "")) == {"a": {"left": 1, "right": 2}}
