"""A protocol as data: which releases are trained on, which are decided on, and what counts on each side.

    [protocols.office2siw]
    title = "Office to SiW-Mv2"             # default: the titles of its releases
    sources = ["office", "cefa"]
    targets = ["siw-mv2"]
    dev = "own"                             # or "cut": see `protocols.choices`
    few_shot = 0                            # left out: the whole target is decided on
    convention = "flip-lists"               # of `protocols.conventions`: which videos count; choices come on top
    choices = { source_splits = "train+test" }
    note = "as in our report"               # which convention it follows, for captions

Any set of releases is a protocol under the name that spells it: `cefa+casia-surf-to-siw-mv2`; `intra-cefa` trains on a
release's train split and decides on its test split.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TypedDict

from protocols.adapter import RELEASES
from protocols.choices import FILES, Choices, complete
from protocols.conventions import CONVENTIONS
from protocols.errors import InputError, unknown
from protocols.json_values import Json
from protocols.registry import normal
from protocols.settings import parse_fields, plain, recorded, with_values

NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{0,120}")
INTRA = "intra-"
TO = "-to-"
_KEYS = ("title", "sources", "targets", "convention", "dev", "few_shot", "choices", "note")


class Recorded(TypedDict):
    """What a run's record says of a protocol."""

    title: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    defaults: Mapping[str, Json]
    note: str


@dataclass(frozen=True)
class Protocol:
    """Train on `sources`, decide on `targets`.

    `choices` are texts of settings of `protocols.choices` that are the protocol's own defaults; `dev` and `few_shot`
    are two of them with a place of their own. `convention` names one of `protocols.conventions`: its choices lie below
    these.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    dev: str = "own"
    few_shot: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    convention: str = ""

    @cached_property
    def defaults(self) -> Choices:
        """The choices of a run of which none was changed. Raises `InputError` for a choice that is none."""
        shots = "none" if self.few_shot is None else str(self.few_shot)
        base = CONVENTIONS[self.convention].choices if self.convention else {"dev": self.dev, "few_shot": shots}
        return with_values(complete()(), parse_fields(complete(), {**base, **self.choices}))

    def by(self, convention: str) -> Protocol:
        """The same releases counted by another convention, under the name `<name>.<convention>`."""
        if convention == self.convention:
            return self
        title = f"{self.title} ({convention})"
        note = CONVENTIONS[convention].note
        return replace(self, name=f"{self.name}.{convention}", title=title, convention=convention, note=note)

    def releases(self, choices: Choices) -> tuple[str, ...]:
        """Every release that a run reads, sources first."""
        extra = (choices.extra_source,) if choices.extra_source else ()
        return tuple(dict.fromkeys((*self.sources, *self.targets, *extra)))

    def recorded(self) -> Recorded:
        """What a run's record says of it, so that results can be read where the protocol is not known: its words, its
        releases, and the choices that are its own defaults."""
        usual = complete()()
        own = {f.name: getattr(self.defaults, f.name) for f in fields(usual)}
        return {
            "title": self.title,
            "sources": self.sources,
            "targets": self.targets,
            "defaults": {name: recorded(value) for name, value in own.items() if value != getattr(usual, name)},
            "note": self.note,
        }

    def check(self, choices: Choices) -> None:
        """Raise `InputError` where these choices would let a source be its own target."""
        if choices.extra_source in (*self.sources, *self.targets):
            raise InputError(
                f"setting extra_source: {choices.extra_source} is already a side of {self.name}; name another release"
            )
        for name in self.sources:
            if name not in self.targets:
                continue
            trained = set(choices.source_splits.split("+"))
            tested = set(choices.target_splits.split("+"))
            if tested == {"all"} or trained & tested:
                raise InputError(
                    f"protocol {self.name}: its source {name} is its target: name splits that have nothing in common "
                    f"(source_splits = {choices.source_splits}, target_splits = {choices.target_splits}), or another "
                    "release"
                )


def parse(name: str, values: object, titles: Mapping[str, str] | None, base: Path | None = None) -> Protocol:
    """A protocol from its TOML table. `titles`: release -> title of the user's own; None: releases are not looked up.
    `base`: the folder from which files are sought.

    Raises `InputError` for what is missing, of another kind, or names a release that nobody knows.
    """
    if not NAME.fullmatch(name) or TO in name or name.startswith(INTRA) or name == "all":
        raise InputError(f"protocol {name!r}: names are short lower-case words; {INTRA}X and A{TO}B are taken")
    if not isinstance(values, Mapping):
        raise InputError(f"protocol {name}: [protocols.{name}] is a table with sources and targets")
    for key in values:
        if key not in _KEYS:
            raise InputError(f"protocol {name}: {unknown('entry', key, _KEYS)}")
    sides = [_releases(name, key, values.get(key), titles) for key in ("sources", "targets")]
    convention = values.get("convention", "")
    if convention and convention not in CONVENTIONS:
        raise InputError(f"protocol {name}: {unknown('convention', str(convention), CONVENTIONS)}")
    if convention and {"dev", "few_shot"} & values.keys():
        raise InputError(f"protocol {name}: its convention says dev and few_shot: put them under choices")
    few_shot = values.get("few_shot")
    if few_shot is not None and (type(few_shot) is not int or few_shot < 0):
        raise InputError(
            f"protocol {name}: few_shot = {few_shot!r} is no number of presentations; leave it out for none"
        )
    words = [values.get(key, default) for key, default in (("title", ""), ("dev", "own"), ("note", ""))]
    if not all(isinstance(word, str) for word in words):
        raise InputError(f"protocol {name}: title, dev and note are texts")
    made = Protocol(
        name=name,
        title=words[0] or spelt(sides[0], sides[1], titles or {}),
        sources=sides[0],
        targets=sides[1],
        dev=words[1],
        few_shot=few_shot,
        choices=_choices(name, values.get("choices", {}), base or Path()),
        note=words[2] or (CONVENTIONS[convention].note if convention else ""),
        convention=convention,
    )
    try:
        if titles is not None:
            made.check(made.defaults)
    except InputError as error:
        raise InputError(f"protocol {name}: {error}" if f"protocol {name}" not in str(error) else str(error)) from None
    return made


def spelt_out(word: str, known: Callable[[Protocol], Protocol | None], titles: Mapping[str, str]) -> Protocol | None:
    """The protocol that a name such as `cefa+casia-surf-to-siw-mv2` or `intra-cefa` spells; None for any other name.

    `known` gives a named protocol of the same releases and nothing else, under which its runs then stand.
    """
    if word.startswith(INTRA) and (name := word.removeprefix(INTRA)):
        (release,) = _releases(word, "release", name, titles)
        return Protocol(
            word,
            f"{title_of(release, titles)}, train to test",
            (release,),
            (release,),
            choices={"target_splits": "test"},
        )
    left, joined, right = word.partition(TO)
    if not joined:
        return None
    spelled = (("sources", left), ("targets", right))
    sides = [tuple(sorted(_releases(word, key, side.split("+"), titles))) for key, side in spelled]
    made = Protocol(
        f"{'+'.join(sides[0])}{TO}{'+'.join(sides[1])}", spelt(sides[0], sides[1], titles), sides[0], sides[1]
    )
    made.check(made.defaults)
    return known(made) or made


def same_but_for_words(one: Protocol, other: Protocol) -> bool:
    """Whether two protocols differ in nothing but name, title and note."""
    plain = [replace(p, name="", title="", note="", sources=tuple(sorted(p.sources))) for p in (one, other)]
    return plain[0] == plain[1]


def spelt(sources: tuple[str, ...], targets: tuple[str, ...], titles: Mapping[str, str]) -> str:
    """`CASIA-SURF CeFA + CASIA-SURF to SiW-Mv2`."""
    sides = [" + ".join(title_of(name, titles) for name in side) for side in (sources, targets)]
    return " to ".join(sides)


def title_of(release: str, titles: Mapping[str, str]) -> str:
    """What tables call a release."""
    if release in titles:
        return titles[release]
    return RELEASES[release].title if release in RELEASES else release


def _releases(protocol: str, key: str, value: object, titles: Mapping[str, str] | None) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise InputError(f"protocol {protocol}: {key} = {value!r} is no list of releases")
    found = tuple(map(normal, names))
    for name in found if titles is not None else ():
        if name not in titles and name not in RELEASES:  # type: ignore[operator]
            raise InputError(f"protocol {protocol}: {unknown('release', name, [*(titles or ()), *RELEASES])}")
    if len(set(found)) < len(found):
        raise InputError(f"protocol {protocol}: {key} names {next(n for n in found if found.count(n) > 1)} twice")
    return found


def _choices(protocol: str, values: object, base: Path) -> dict[str, str]:
    if not isinstance(values, Mapping):
        raise InputError(f"protocol {protocol}: choices is a table of settings")
    texts = {}
    for name, value in values.items():
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            texts[name] = ",".join(value)
        elif isinstance(value, bool):
            texts[name] = str(value).lower()
        elif plain(name) in FILES and isinstance(value, str) and value:
            texts[name] = str(base / Path(value).expanduser())
        elif isinstance(value, str | int | float):
            texts[name] = str(value)
        else:
            raise InputError(f"protocol {protocol}: choices.{name} = {value!r} is no value of a setting")
    return texts
