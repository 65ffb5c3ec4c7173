"""What a run is before it starts: every choice resolved, checked and named, nothing computed yet."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import methods
from methods.method import Method, Settings, parse_fields
from protocols import crossdomain
from protocols.choices import Choices, complete
from protocols.crossdomain import CrossDomain
from protocols.errors import unknown
from protocols.store.recipe import Recipe
from protocols.world import World


@dataclass(frozen=True)
class RunSpec:
    """One (world, protocol, method, configuration, seed). Build it with `of`."""

    world: World
    protocol: CrossDomain
    method: type[Method]
    preset: str
    settings: Settings
    choices: Choices
    recipe: Recipe
    overrides: Mapping[str, Any]
    seed: int = 0

    @classmethod
    def of(
        cls,
        world: World,
        protocol: str,
        method: str,
        *,
        seed: int = 0,
        preset: str | None = None,
        changes: Mapping[str, str] | None = None,
    ) -> RunSpec:
        """Resolve words of the command line. `changes` may name settings of the method, of `Choices` or of `Recipe`.

        Raises `InputError` for an unknown word (with a suggestion) or a value of another type.
        """
        kind = methods.get(method)
        base = kind.settings_class.preset(preset or world.preset)
        recipe = Recipe.preset(preset or world.preset)
        owners: dict[str, Any] = {"settings": base, "choices": complete()(), "recipe": recipe}
        fields = {f.name: part for part in reversed(owners) for f in dataclasses.fields(owners[part])}
        given: dict[str, dict[str, str]] = {part: {} for part in owners}
        for name, text in (changes or {}).items():
            plain = name.replace("-", "_")
            if plain not in fields:
                raise unknown(f"setting of {kind.name}", name, fields)
            given[fields[plain]][plain] = text
        goal = crossdomain.get(protocol)
        overrides: dict[str, Any] = {}
        for part, texts in given.items():
            values = parse_fields(type(owners[part]), texts)
            changed = {key: value for key, value in values.items() if value != getattr(owners[part], key)}
            owners[part] = dataclasses.replace(owners[part], **changed)
            overrides |= changed
        crossdomain.require_extra(goal, owners["choices"])
        return cls(
            world=world,
            protocol=goal,
            method=kind,
            preset=preset or world.preset,
            overrides={key: _plain(value) for key, value in sorted(overrides.items())},
            seed=seed,
            **owners,
        )

    @cached_property
    def config_digest(self) -> str:
        """SHA-256 over everything that a score may depend on but data, code and machine."""
        parts = [self.method.name, self.settings.as_dict(), self.choices.digested(), self.recipe.digest]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def releases(self) -> tuple[str, ...]:
        """Every release that the run reads, sources first."""
        extra = (self.choices.extra_source,) if self.choices.extra_source else ()
        return tuple(dict.fromkeys((self.protocol.source, self.protocol.target, *extra)))

    @property
    def id(self) -> str:
        """`world/protocol/method/s<seed>-<configuration>`: also the run's directory below `results/runs`."""
        return f"{self.world.name}/{self.protocol.name}/{self.method.name}/s{self.seed}-{self.config_digest[:8]}"

    def folder(self, results: Path) -> Path:
        """The run's final directory."""
        return results / "runs" / self.id


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, float, str, bool, list, tuple, type(None))) else str(value)
