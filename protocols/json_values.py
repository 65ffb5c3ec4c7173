"""What JSON and TOML hold, as types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
else:
    Json = object  # what `get_type_hints` can evaluate
"""Any JSON value: what methods and machines tell about themselves in their own words."""
Parsed: TypeAlias = Any
"""A value as `json` or `tomllib` gave it, typed as they type it: for code that takes it apart at once, and turns the
TypeError, KeyError or AttributeError of another shape into a message."""
