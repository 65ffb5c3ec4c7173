"""The settings of a run with some of them changed by words (`--set`): for all commands, from one function."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import methods
from methods.method import Method, Settings
from protocols.choices import Choices, complete
from protocols.errors import InputError
from protocols.json_values import Json
from protocols.recipe import Recipe
from protocols.settings import Value, changed, plain, recorded


class ForeignSettingError(InputError):
    """A setting that other methods have and the one that is asked for has not."""


@dataclass(frozen=True)
class Resolved:
    """All settings of a run; `changes` are those that differ from the preset."""

    settings: Settings
    choices: Choices
    recipe: Recipe
    changes: Mapping[str, Value]

    @property
    def overrides(self) -> dict[str, Json]:
        """The changes as `run.json` holds them."""
        return {name: recorded(value) for name, value in self.changes.items()}


def resolve(
    texts: Mapping[str, str], preset: str, method: type[Method] | None = None, choices: Choices | None = None
) -> Resolved:
    """A preset with the changes in `texts`: settings of the method (where there is one), of the data, of the recipe.

    `choices`: the protocol's defaults, where they are other than everybody's.

    Raises `InputError` for an unknown name (with a suggestion) or a value of another kind.
    """
    settings = (Settings if method is None else method.settings_class).preset(preset)
    what = "choice or setting of the recipe" if method is None else f"setting of {method.name}"
    owners = (settings, complete()() if choices is None else choices, Recipe.preset(preset))
    for name in texts:
        _require_own(name, owners, method)
    (settings, choices, recipe), differing = changed(owners, texts, what)
    recipe = _with_room(recipe, settings, differing)
    return Resolved(settings, choices, recipe, differing)


def _require_own(name: str, owners: Sequence[object], method: type[Method] | None) -> None:
    """A setting that other methods have and this one has not is no misspelling: say whose it is."""
    known = {one.name for owner in owners for one in dataclasses.fields(owner)}  # type: ignore[arg-type]
    if method is None or plain(name) in known:
        return
    others = [
        other.name
        for other in methods.available()
        if plain(name) in {one.name for one in dataclasses.fields(other.settings_class)}
    ]
    if others:
        raise ForeignSettingError(
            f"setting {plain(name)}: {method.name} has none; it belongs to {', '.join(others)} (`list --settings "
            f"{method.name}` shows what {method.name} has)"
        )


def _with_room(recipe: Recipe, settings: Settings, differing: Mapping[str, Value]) -> Recipe:
    """The recipe with as many frames as the method asks for. A store that the user wants smaller stays so, unless more
    frames are asked for by name. Raises `InputError` for a number of frames below one."""
    asked = {"train_frames": settings.train_frames, "target_frames": settings.target_frames}
    for name, value in asked.items():
        if value is not None and value < 1:
            raise InputError(f"setting {name}: {value} is not a positive number of frames (none = all that are stored)")
    counted = {name: value or 0 for name, value in asked.items() if "frames" not in differing or name in differing}
    most = max(counted.values(), default=0)
    return recipe if most <= recipe.frames else dataclasses.replace(recipe, frames=most)
