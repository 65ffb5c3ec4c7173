"""What a run is before it starts: every choice resolved, checked and named, nothing computed yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import methods
from benchmark.running.settings import resolve
from methods.method import Method, Settings
from protocols.catalogue import PAPER, shipped
from protocols.choices import Choices
from protocols.errors import InputError
from protocols.json_values import Json
from protocols.protocol import INTRA, TO, Protocol
from protocols.recipe import Recipe
from protocols.world import World


@dataclass(frozen=True)
class RunSpec:
    """One (world, protocol, method, configuration, seed). Build it with `of`."""

    world: World
    protocol: Protocol
    method: type[Method]
    preset: str
    settings: Settings
    choices: Choices
    recipe: Recipe
    overrides: Mapping[str, Json]
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
        if seed < 0:
            raise InputError(f"--seed {seed}: seeds are 0, 1, 2 and so on")
        kind = methods.get(method)
        task = world.catalogue.protocol(protocol)
        chosen = preset or world.preset
        resolved = resolve(changes or {}, chosen, kind, task.defaults)
        task.check(resolved.choices)
        return cls(
            world=world,
            protocol=task,
            method=kind,
            preset=chosen,
            settings=resolved.settings,
            choices=resolved.choices,
            recipe=resolved.recipe,
            overrides=resolved.overrides,
            seed=seed,
        )

    @cached_property
    def config_digest(self) -> str:
        """SHA-256 over everything that a score may depend on but data, code and machine."""
        parts: list[object] = [self.method.name, self.settings.digested(), self.choices.digested(), self.recipe.digest]
        if not self._says_its_releases:  # a protocol of one's own may name others tomorrow
            parts.append([self.protocol.sources, self.protocol.targets])
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def _says_its_releases(self) -> bool:
        """Whether no other protocol can ever have this one's name: the paper's, and names that spell their releases."""
        name = self.protocol.name
        return TO in name or name.startswith(INTRA) or name in shipped().suite(PAPER).protocols

    @cached_property
    def training(self) -> str:
        """What runs share that take up one model, or of a method without training the answers of one target: the plan's
        word for it, before any data are looked at (`benchmark.running.models` has the last one)."""
        learns = self.method.needs_training
        oracle = str(getattr(self.settings, "selection", "")).startswith("oracle-")
        sides = self.protocol.sources if learns else self.protocol.targets
        parts = [self.config_digest, self.seed, sides, self.protocol.targets if oracle else (), self.world.name]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def releases(self) -> tuple[str, ...]:
        """Every release that the run reads, sources first."""
        return self.protocol.releases(self.choices)

    @property
    def id(self) -> str:
        """`world/protocol/method/s<seed>-<configuration>`: also the run's directory below `results/runs`."""
        return f"{self.world.name}/{self.protocol.name}/{self.method.name}/s{self.seed}-{self.config_digest[:8]}"

    def folder(self, results: Path) -> Path:
        """The run's final directory."""
        return results / "runs" / self.id
