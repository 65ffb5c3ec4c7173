"""Can a run start, and on what? Everything that a run will need is opened before hours are spent on it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.doctor import checks, training
from benchmark.doctor.checks import Finding, note, ok, problem
from protocols import leakage, overlap
from protocols.choices import Choices
from protocols.cut import Cut, cut
from protocols.errors import InputError
from protocols.presentation import BONA_FIDE, Presentation, Release
from protocols.protocol import Protocol
from protocols.recipe import Recipe
from protocols.releases import registry
from protocols.store.freshness import examine
from protocols.store.prepare import space_needed, store_path
from protocols.store.store import Store
from protocols.world import World


@dataclass(frozen=True)
class Doctor:
    """What is asked. `named`: the user asked for these very protocols, so that each of them must be able to run.

    `protocols` are paired with their own choices, `choices` are those of a protocol without defaults of its own.
    """

    world: World
    protocols: Sequence[tuple[Protocol, Choices]]
    named: bool
    choices: Choices
    recipe: Recipe
    results: Path = Path("results")
    workers: int = 1
    sample: int = 3
    progress: bool = True
    _held: dict[str, tuple[Release, Store | None]] = field(default_factory=dict)

    def examine(self) -> Iterator[Finding]:
        """All findings, in order, each as soon as it is known. Raises `InputError` for settings that are wrong."""
        yield ok("world", f"{self.world.name}, from {self.world.origin}; cache {self.world.cache}")
        yield from checks.machine()
        yield note("choices", ", ".join(f"{key}={value}" for key, value in self._settings().items()))
        yield from checks.weights(self.world)
        yield from training.full_fine_tuning(self.world, self.results)
        for name in self._releases():
            yield from self._release(name)
        yield from self._space()
        able = []
        for protocol, choices in self.protocols:
            findings = list(self._protocol(protocol, choices))
            yield from findings
            if findings and not any(f.level == "problem" or f.facts.get("skipped") for f in findings):
                able.append(protocol.name)
        yield (
            ok("summary", f"a run can start on {', '.join(able)}")
            if able
            else problem("summary", "no protocol can run: mend what is said above")
        )

    def _settings(self) -> dict[str, object]:
        recipe = dataclasses.asdict(self.recipe)
        return dataclasses.asdict(self.choices) | {
            name: recipe[name] for name in ("frames", "size", "context", "fit", "detector")
        }

    def _releases(self) -> list[str]:
        names = [name for protocol, choices in self.protocols for name in protocol.releases(choices)]
        return list(dict.fromkeys([*names, *(() if self.named else self.world.usual)]))

    def _release(self, name: str) -> Iterator[Finding]:
        if name not in self.world.releases:
            return  # said at the protocols that need it
        about = f"release {name}"
        try:
            release = self.world.release(name, refresh=True)
        except InputError as error:
            yield problem(about, str(error))
            return
        yield ok(about, f"layout {release.layout}: {len(release.presentations)} presentations at {release.root}")
        for line in [] if self.world.demo else registry.compare(release):  # the demo's releases are miniatures
            yield (note if line.endswith(")") else ok)(about, line)
        for warning in release.warnings:
            yield note(about, warning)
        if self.recipe.detector == "boxes" and not release.cropped:
            yield from checks.boxes(self.world, release, self.recipe)
        path = store_path(release, self.recipe, self.world.cache / "faces")
        store = None
        if path.exists():
            try:
                store = Store.open(path)
                standing = examine(store, release)
            except InputError as error:
                yield problem(about, str(error))
                return
            if standing.stale:
                yield note(about, f"the next run or `prepare` mends this: {standing.text()}")
            without = Counter(store.failures.values())
            yield ok(about, f"prepared: {store.frames} faces of {len(store.entries)} presentations")
            for reason, n in without.most_common():
                yield note(about, f"{n} presentations will be non-responses: {reason}")
        else:
            yield from checks.samples(release, self.recipe, self.sample, self.workers, self.progress)
        self._held[name] = release, store

    def _space(self) -> Iterator[Finding]:
        todo = [release for release, store in self._held.values() if store is None]
        yield checks.space(self.world.cache, sum(space_needed(release, self.recipe) for release in todo))

    def _protocol(self, protocol: Protocol, choices: Choices) -> Iterator[Finding]:
        about = f"protocol {protocol.name}"
        protocol.check(choices)
        missing = [name for name in protocol.releases(choices) if name not in self._held]
        absent = [name for name in missing if name not in self.world.releases]
        if missing:
            text = f"cannot run: {', '.join(absent or missing)} {'is not configured' if absent else 'cannot be read'}"
            yield problem(about, text) if self.named or not absent else note(about, text, skipped=True)
            return
        try:
            found = cut(protocol, {name: release for name, (release, _) in self._held.items()}, choices)
        except InputError as error:
            yield problem(about, str(error))
            return
        for text in found.notes:
            yield note(about, text)
        for name in ("train", "dev", "target"):
            for share in getattr(found, name):
                store = self._held[share.release.name][1]
                text = f"{name}: {_described(share.presentations, store)} ({share.release.name})"
                yield ok(about, text, species=_species(share.presentations))
        yield from self._overlap(about, found)

    def _overlap(self, about: str, found: Cut) -> Iterator[Finding]:
        parts = {
            name: [
                overlap.Part(f"{s.release.name} {name}", s.release, self._held[s.release.name][1], s.presentations)
                for s in getattr(found, name)
            ]
            for name in ("train", "dev", "target")
        }
        shared = leakage.lines(leakage.check(parts["train"], parts["dev"], parts["target"], self.world.cache))
        for line in shared:
            yield note(about, f"overlap: {line}")
        if not shared:
            whole = all(part.store is not None for side in parts.values() for part in side)
            what = "identical files, near-identical faces" if whole else "identical files (faces: once prepared)"
            yield ok(about, f"overlap of train, dev and target: none found; compared: {what}")


def _species(part: Sequence[Presentation]) -> dict[str, int]:
    return dict(sorted(Counter(p.species for p in part).items(), key=lambda pair: (pair[0] != BONA_FIDE, pair[0])))


def _described(part: Sequence[Presentation], store: Store | None) -> str:
    text = f"{len(part)} presentations: " + ", ".join(f"{name} {n}" for name, n in _species(part).items())
    silent = sum(p.id in store.failures for p in part) if store else 0
    return text + (f"; {silent} without a face" if silent else "")
