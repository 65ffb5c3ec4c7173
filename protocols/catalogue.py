"""The protocols and suites that can be named: those shipped as TOML, those of plug-ins, those of the user's own file.

A plug-in names the path of a TOML file, or a function that returns it, in the entry-point group
`pad_benchmark.protocols`. A suite is a titled list of protocols whose runs make one table:

    [suites.ours]
    title = "Our targets"
    protocols = ["office2siw", "cefa-to-*", "intra-*"]     # * : every release held, in the order of names
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from protocols.adapter import RELEASES
from protocols.conventions import CONVENTIONS
from protocols.errors import InputError, unknown
from protocols.json_values import Parsed
from protocols.plug_ins import PREFIX, entry_points
from protocols.protocol import INTRA, NAME, TO, Protocol, parse, same_but_for_words, spelt_out

PAPER = "paper"
ALL = "all"
"""Another word for the suite of the paper's four protocols."""
GROUP = f"{PREFIX}protocols"
SUITES = Path(__file__).parent / "suites"
"""Of this project. A path: looking into the package by `importlib.resources` takes ten times as long."""
T = TypeVar("T", "Protocol", "Suite")


@dataclass(frozen=True)
class Suite:
    """Protocols that make one table. A name with `*` stands for one protocol per release that is held."""

    name: str
    title: str
    protocols: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Runnable:
    """Protocols that can run, and of those left out what they lack."""

    protocols: tuple[Protocol, ...]
    left_out: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Catalogue:
    """What can be named; `titles`: the user's own releases with theirs."""

    protocols: Mapping[str, Protocol] = field(default_factory=dict)
    suites: Mapping[str, Suite] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def protocol(self, word: str) -> Protocol:
        """The protocol called `word`, or that it spells. Raises `InputError` with a suggestion for an unknown one."""
        name = word.strip().lower()
        if name in self.protocols:
            return self.protocols[name]
        base, convention = _counted(name)
        if convention and base in self.protocols and self.protocols[base].convention:
            return self.protocols[base].by(convention)
        found = spelt_out(name.replace("_", "-"), self._alike, self.titles)
        if found is None:
            raise unknown("protocol", word, self.protocols)
        return found

    def of_releases(self, sources: Sequence[str], targets: Sequence[str]) -> Protocol:
        """Train on these releases, decide on those: a named protocol where one says just that."""
        return self.protocol(f"{'+'.join(sources)}{TO}{'+'.join(targets)}")

    def suite(self, word: str) -> Suite:
        """The suite called `word`. Raises `InputError` with a suggestion for an unknown one."""
        name = PAPER if word.strip().lower() == ALL else word.strip().lower()
        base, convention = _counted(name)
        if name not in self.suites and convention and base in self.suites:
            return self._suite_by(self.suites[base], convention)
        if name not in self.suites:
            raise unknown("suite", word, self.suites)
        return self.suites[name]

    def _suite_by(self, suite: Suite, convention: str) -> Suite:
        """The same protocols by another convention. Raises `InputError` for a suite whose protocols follow none."""
        if not all(name in self.protocols and self.protocols[name].convention for name in suite.protocols):
            raise InputError(
                f"suite {suite.name}: its protocols follow no convention of that kind: leave {convention} out"
            )
        names = tuple(self.protocols[name].by(convention).name for name in suite.protocols)
        return replace(suite, name=f"{suite.name}.{convention}", title=f"{suite.title} ({convention})", protocols=names)

    def is_suite(self, word: str) -> bool:
        """Whether a word names a suite, as it stands or by a convention."""
        name = word.strip().lower()
        return name == ALL or name in self.suites or (_counted(name)[1] != "" and _counted(name)[0] in self.suites)

    def members(self, suite: Suite, held: Iterable[str]) -> list[Protocol]:
        """The protocols of a suite; where it says "every release", those of the releases held (in any order)."""
        found: dict[str, Protocol] = {}
        for name in suite.protocols:
            for full in self._filled(name, sorted(held)):
                found.setdefault(full, self.protocol(full))
        return list(found.values())

    def expand(self, words: Iterable[str], held: Iterable[str]) -> list[Protocol]:
        """Protocols, and in place of a suite's name its members; each once, in order."""
        held = list(held)
        found: dict[str, Protocol] = {}
        for word in words:
            many = self.members(self.suite(word), held) if self.is_suite(word) else [self._one(word)]
            found.update((p.name, p) for p in many)
        return list(found.values())

    def add(
        self, data: Mapping[str, object], titles: Mapping[str, str], origin: str, *, trusted: bool = False
    ) -> Catalogue:
        """This catalogue and the `[protocols]` and `[suites]` of one parsed file.

        Raises `InputError`, naming the file `origin`, for what is wrong and for a name that is taken. What is
        `trusted`, because tests hold it, is not checked: looking at every release takes as long as a whole table.
        """
        try:
            tables = [_table(data, key) for key in ("protocols", "suites")]
            known = replace(self, titles={**self.titles, **titles})
            looked_up, base = None if trusted else known.titles, Path(origin).resolve().parent
            new = {n: parse(n, values, looked_up, base) for n, values in tables[0].items()}
            known = replace(known, protocols=_merged("protocol", self.protocols, new, self.suites))
            suites = {name: _suite(name, values) for name, values in tables[1].items()}
            known = replace(known, suites=_merged("suite", self.suites, suites, known.protocols))
            for suite in () if trusted else suites.values():
                for name in suite.protocols:
                    for full in known._filled(name, sorted(RELEASES)[:1]):
                        known._member(suite, full)
        except InputError as error:
            raise InputError(f"{origin}: {error}") from None
        return known

    def runnable(self, words: Iterable[str], held: Iterable[str]) -> Runnable:
        """Protocols as `expand`; those of a suite of which a release is not held are set apart.

        Raises `InputError` for a suite of which none is held. A protocol that is named itself is never left out.
        """
        names = set(held)
        words = list(words)
        left: dict[str, tuple[str, ...]] = {}
        found: dict[str, Protocol] = {}
        for word in words:
            members = self.expand([word], names)
            lacks = {p.name: tuple(sorted({*p.sources, *p.targets} - names)) for p in members}
            single = len(members) == 1 and not self.is_suite(word)
            usable = [p for p in members if single or not lacks[p.name]]
            if not usable:
                absent = ", ".join(sorted({name for lack in lacks.values() for name in lack})) or "the releases for it"
                raise InputError(f"suite {word}: no protocol of it can run: this world does not hold {absent}")
            found.update((p.name, p) for p in usable)
            left |= {name: lack for name, lack in lacks.items() if name not in found}
        return Runnable(tuple(found.values()), left)

    def possible(self, held: Iterable[str]) -> list[Protocol]:
        """The paper's protocols, and the named ones of which every release is held."""
        names = set(held)
        return [
            p
            for p in self.protocols.values()
            if p.name in self.suite(PAPER).protocols or {*p.sources, *p.targets} <= names
        ]

    def _one(self, word: str) -> Protocol:
        try:
            return self.protocol(word)
        except InputError:
            if TO in word or word.startswith(INTRA):
                raise
            raise unknown("protocol or suite", word, [*self.protocols, *self.suites]) from None

    def _member(self, suite: Suite, name: str) -> Protocol:
        try:
            return self.protocol(name)
        except InputError as error:
            raise InputError(f"suite {suite.name}: {error}") from None

    def _alike(self, made: Protocol) -> Protocol | None:
        return next((p for p in self.protocols.values() if same_but_for_words(p, made)), None)

    def _filled(self, name: str, held: Sequence[str]) -> Iterator[str]:
        """A name, or one for each release that may stand for its `*`."""
        if "*" not in name:
            yield name
            return
        fixed = set(name.replace("*", "").replace(TO, "+").removeprefix(INTRA).split("+"))
        for release in held:
            if release not in fixed:
                yield name.replace("*", release)


def _counted(name: str) -> tuple[str, str]:
    """(protocol or suite, convention) of `oci2m.all-videos`; the convention is empty where the name ends in none."""
    base, dot, convention = name.rpartition(".")
    return (base, convention) if dot and convention in CONVENTIONS else (name, "")


def _table(data: Mapping[str, object], key: str) -> Mapping[str, object]:
    table = data.get(key, {})
    if not isinstance(table, Mapping):
        raise InputError("[protocols.NAME] and [suites.NAME] are tables")
    return table


def _merged(kind: str, old: Mapping[str, T], new: Mapping[str, T], others: Mapping[str, object]) -> dict[str, T]:
    for name in new:
        if name in old:
            raise InputError(f"{kind} {name!r} exists already ({old[name].title}): choose another name")
        if name in others:
            raise InputError(f"{name!r} is both a protocol and a suite: choose another name for one of them")
    return {**old, **new}


def _suite(name: str, values: object) -> Suite:
    if not NAME.fullmatch(name) or name == ALL:
        raise InputError(f"suite {name!r}: names are short lower-case words")
    if not isinstance(values, Mapping):
        raise InputError(f"suite {name}: [suites.{name}] is a table with protocols")
    for key in values:
        if key not in ("title", "protocols", "note"):
            raise InputError(f"suite {name}: {unknown('entry', key, ('title', 'protocols', 'note'))}")
    members = values.get("protocols")
    if not isinstance(members, list) or not members or not all(isinstance(one, str) for one in members):
        raise InputError(f"suite {name}: protocols is a list of names of protocols")
    words = [values.get(key, default) for key, default in (("title", name), ("note", ""))]
    if not all(isinstance(word, str) for word in words):
        raise InputError(f"suite {name}: title and note are texts")
    return Suite(name, words[0], tuple(members), words[1])


@cache
def shipped() -> Catalogue:
    """What this project and plug-ins bring. A plug-in whose file is wrong is named on stderr and left out."""
    known = Catalogue()
    files = sorted(SUITES.glob("*.toml"), key=lambda file: (file.stem != PAPER, file.name))  # the paper's first
    for file in files:
        known = known.add(tomllib.loads(file.read_text(encoding="utf-8")), {}, file.name, trusted=True)
    for point in entry_points(GROUP):
        try:
            named = point.load()
            path = Path(named() if callable(named) else named)
            known = known.add(read_toml(path), {}, str(path))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # like every plug-in: named once, harmless to the rest
            said = " ".join(f"{type(error).__name__}: {error}".split())
            what = f"the protocol plug-in {point.name!r} ({point.value}) cannot be loaded"
            print(f"warning: {what}: {said}; it is left out", file=sys.stderr)
    return known


def read_toml(path: Path) -> dict[str, Parsed]:
    """A TOML file. Raises `InputError` that names it for one that is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # an editor's byte order mark is no fault
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid TOML ({error})") from error
