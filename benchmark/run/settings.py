"""The settings of a run with some of them changed by words (`--set`): for all commands, from one function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.results.shape import Json
from methods.method import Method, Settings
from protocols.choices import Choices, complete
from protocols.settings import Value, changed
from protocols.store.recipe import Recipe


@dataclass(frozen=True)
class Resolved:
    """All settings of a run; `overrides` are those that differ from the preset, as `run.json` holds them."""

    settings: Settings
    choices: Choices
    recipe: Recipe
    overrides: Mapping[str, Json]


def resolve(texts: Mapping[str, str], preset: str, method: type[Method] | None = None) -> Resolved:
    """A preset with the changes in `texts`: settings of the method (where there is one), of the data, of the recipe.

    Raises `InputError` for an unknown name (with a suggestion) or a value of another kind.
    """
    settings = Settings() if method is None else method.settings_class.preset(preset)
    what = "choice or setting of the recipe" if method is None else f"setting of {method.name}"
    (settings, choices, recipe), differing = changed((settings, complete()(), Recipe.preset(preset)), texts, what)
    return Resolved(settings, choices, recipe, {name: _plain(value) for name, value in differing.items()})


def _plain(value: Value) -> Json:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value
