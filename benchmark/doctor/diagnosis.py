"""Can a run start, and on what? Everything that a run will need is opened before hours are spent on it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmark.doctor import checks
from benchmark.doctor.checks import Finding, note, ok, problem
from protocols import crossdomain, leakage, overlap
from protocols.choices import Choices
from protocols.crossdomain import CrossDomain
from protocols.errors import InputError
from protocols.presentation import BONA_FIDE, Presentation, Release
from protocols.releases import registry
from protocols.store.freshness import examine
from protocols.store.prepare import space_needed, store_path
from protocols.store.recipe import Recipe
from protocols.store.store import Store
from protocols.world import World


@dataclass(frozen=True)
class Doctor:
    """What is asked. `named`: the user asked for these very protocols, so that each of them must be able to run."""

    world: World
    protocols: Sequence[CrossDomain]
    named: bool
    choices: Choices
    recipe: Recipe
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
        for name in self._releases():
            yield from self._release(name)
        yield from self._space()
        able = []
        for protocol in self.protocols:
            findings = list(self._protocol(protocol))
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
        names = [name for p in self.protocols for name in (p.source, p.target)]
        names += [self.choices.extra_source] if self.choices.extra_source else []
        return list(dict.fromkeys([*names, *(() if self.named else self.world.releases)]))

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

    def _protocol(self, protocol: CrossDomain) -> Iterator[Finding]:
        about = f"protocol {protocol.name}"
        crossdomain.require_extra(protocol, self.choices)
        names = [protocol.source, protocol.target, *([self.choices.extra_source] if self.choices.extra_source else [])]
        missing = [name for name in names if name not in self._held]
        absent = [name for name in missing if name not in self.world.releases]
        if missing:
            text = f"cannot run: {', '.join(absent or missing)} {'is not configured' if absent else 'cannot be read'}"
            yield problem(about, text) if self.named or not absent else note(about, text, skipped=True)
            return
        source, target = self._held[protocol.source], self._held[protocol.target]
        try:
            train, dev = crossdomain.source_parts(source[0], self.choices)
            goal = crossdomain.target_part(target[0], self.choices)
            parts = {"train": (source, train), "dev": (source, dev), "target": (target, goal)}
            if self.choices.extra_source:
                extra = self._held[self.choices.extra_source]
                parts["extra"] = extra, crossdomain.extra_part(extra[0], self.choices)
        except InputError as error:
            yield problem(about, str(error))
            return
        for name, ((release, store), part) in parts.items():
            yield ok(about, f"{name}: {_described(part, store)} ({release.name})", species=_species(part))
        yield from self._overlap(about, parts)

    def _overlap(
        self, about: str, parts: dict[str, tuple[tuple[Release, Store | None], tuple[Presentation, ...]]]
    ) -> Iterator[Finding]:
        named = {name: overlap.Part(f"{r.name} {name}", r, s, part) for name, ((r, s), part) in parts.items()}
        dev, target = named.pop("dev"), named.pop("target")
        found = leakage.lines(leakage.check(list(named.values()), dev, target, self.world.cache))
        for line in found:
            yield note(about, f"overlap: {line}")
        if not found:
            whole = all(store is not None for (_, store), _ in parts.values())
            what = "identical files, near-identical faces" if whole else "identical files (faces: once prepared)"
            yield ok(about, f"overlap of train, dev and target: none found; compared: {what}")


def _species(part: Sequence[Presentation]) -> dict[str, int]:
    return dict(sorted(Counter(p.species for p in part).items(), key=lambda pair: (pair[0] != BONA_FIDE, pair[0])))


def _described(part: Sequence[Presentation], store: Store | None) -> str:
    text = f"{len(part)} presentations: " + ", ".join(f"{name} {n}" for name, n in _species(part).items())
    silent = sum(p.id in store.failures for p in part) if store else 0
    return text + (f"; {silent} without a face" if silent else "")
