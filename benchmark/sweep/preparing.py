"""The faces that a sweep's runs need, prepared once: here, or by jobs of a cluster on which the runs depend."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmark.sweep.attempt import Attempt, command
from benchmark.sweep.plan import Needs
from benchmark.sweep.state import SweepRun
from protocols.recipe import Recipe


def wanted(todo: Sequence[SweepRun]) -> list[tuple[str, Recipe]]:
    """Every release with every recipe that the runs ask for, each once."""
    found = {(name, entry.spec.recipe) for entry in todo for name in entry.spec.releases}
    return sorted(found, key=lambda pair: (pair[0], pair[1].digest))


def attempts(
    todo: Sequence[SweepRun], needs: Needs, preset: str, options: Sequence[str], folder: Path
) -> list[Attempt]:
    """One process for each recipe, which prepares all releases with it; `folder` gets their logs."""
    releases: dict[Recipe, list[str]] = defaultdict(list)
    for name, recipe in wanted(todo):
        releases[recipe].append(name)
    found = []
    for recipe, names in releases.items():
        workers = str(needs.resources.cpus)
        words = ["prepare", "--release", ",".join(names), "--preset", preset, *_changes(recipe, preset)]
        words += ["--workers", workers, "--quiet", *options]
        log, note = folder / f"{_name(recipe)}.log", _note(recipe, folder)
        found.append(Attempt(command(words, needs.resources), None, log.resolve(), note.resolve(), Path.cwd()))
    return found


def failure(recipe: Recipe, folder: Path) -> str:
    """Why the preparation with a recipe failed; "" where no failure is noted."""
    try:
        return f"its faces could not be prepared: {json.loads(_note(recipe, folder).read_bytes())['reason']}"
    except (OSError, ValueError, KeyError):
        return ""


def _name(recipe: Recipe) -> str:
    return f"prepare-{recipe.digest[:12]}"


def _note(recipe: Recipe, folder: Path) -> Path:
    return folder / f"{_name(recipe)}.failed.json"


def _changes(recipe: Recipe, preset: str) -> list[str]:
    """The recipe in the words of `--set`, as far as it is not the preset's."""
    usual = Recipe.preset(preset)
    words: list[str] = []
    for field in dataclasses.fields(Recipe):
        value = getattr(recipe, field.name)
        if value != getattr(usual, field.name):
            words += ["--set", f"{field.name}={'none' if value is None else value}"]
    return words
