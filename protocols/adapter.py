"""The contract of a release: one class in one file says all that the rest of the project knows of it.

A file in `protocols/releases/`, or in any installed package that names it in the entry-point group
`pad_benchmark.releases`, holds a class decorated by `register`. Layout, species, published counts, its own choices and
whether its faces are cut out already stand there and nowhere else. `protocols.contract` tries a release as the tests of
this project do.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

from protocols.errors import InputError
from protocols.presentation import Presentation, Release, Split
from protocols.registry import Registry

Side = Literal["source", "target"]
Covariates = tuple[tuple[str, str], ...]
A = TypeVar("A", bound="type[Adapter]")
Own: TypeAlias = Any
"""An instance of the class that a release names as its `choices`; None where it names none. Each adapter knows its own
class and takes no other, which a class attribute cannot tell a type checker."""
RESERVED = frozenset({"all", "cache", "clip", "demo", "mllm", "to", "world"})
"""Words that mean something else in `benchmark.toml`, in the environment (`PAD_...`) or between two releases."""


@dataclass(frozen=True, slots=True)
class Named:
    """What the name of a video in prepared frames says; None for what it does not say."""

    subject: str | None = None
    species: str | None = None
    code: str | None = None
    split: Split | None = None
    covariates: Covariates = ()


class Adapter:
    """How one release is read. Subclass it, decorate with `register`.

    Attributes:
        name, title: set by `register`: the word of the command line and of `benchmark.toml`, and what tables print.
        licence: what its agreement allows, in a few words, for people.
        signature: a pattern in paths below its root that gives the release away, for "this looks like ...".
        choices: a frozen dataclass of what is left open about this very release; its fields begin with the release's
            name, underscores for hyphens, and all have defaults. They can be changed with `--set` like any setting.
        covariates: the covariates that its presentations may carry, of `protocols.presentation.COVARIATES`.
        frames: what prepared frames (`protocols.layouts.frames`) call it, such as `msu`; empty: its name.
        turned: some of its videos are known to be stored turned: one that shows no face as it lies is looked at turned.
        people: the release whose subjects this one has, under the same codes (`cefa`); empty: its own.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    licence: ClassVar[str] = "as its owners state"
    signature: ClassVar[re.Pattern[str] | None] = None
    choices: ClassVar[type | None] = None
    covariates: ClassVar[tuple[str, ...]] = ()
    frames: ClassVar[str] = ""
    turned: ClassVar[bool] = False
    people: ClassVar[str] = ""

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful.

        A release of which no layout of its own is known leaves this as it is.
        """
        raise InputError(
            f"{root}: the layout in which {self.title or 'this release'} is distributed is not known here: give "
            "a list of its files, its prepared frames, or a folder tree"
        )

    def named(self, video: str, folder: str) -> Named | None:
        """What the name of a video in prepared frames says; `folder` is `train`, `test` or empty.

        None where these names say nothing. Raises ValueError with the reason for a name that cannot be one.
        """
        return None

    def person(self, subject: str) -> str:
        """The code of a subject in the release that `people` names."""
        return subject

    def keeps(self, p: Presentation, choices: Own, side: Side) -> bool:
        """Whether a presentation counts on a side of a protocol. `choices` is an instance of the class above."""
        return True

    def lacks(self, release: Release, choices: Own, side: Side) -> str | None:
        """What the choices ask for that this copy of the release cannot give, and the mend; None if nothing."""
        return None

    def own(self, choices: object) -> Own:
        """This release's own choices among all of a run's, defaults for what is not there; None where it has none."""
        if self.choices is None:
            return None
        fields = dataclasses.fields(self.choices)
        return self.choices(**{f.name: getattr(choices, f.name) for f in fields if hasattr(choices, f.name)})


RELEASES: Registry[type[Adapter]] = Registry("release", "protocols.releases", skip=("registry", "scan"))
"""Every release that can be read, by name."""


def register(name: str, *, title: str) -> Callable[[A], A]:
    """Class decorator: makes a release known as `name` (lower case, hyphens), with `title` in tables and messages.

    Raises ValueError if another release has that name, for a reserved word, and for choices that do not begin with the
    release's name.
    """
    RELEASES.check(name)
    if name in RESERVED or "-to-" in name:
        raise ValueError(f"{name!r} means something else where releases are named; choose another name")

    def add(cls: A) -> A:
        prefix = name.replace("-", "_")
        for f in dataclasses.fields(cls.choices) if cls.choices is not None else ():
            if not f.name.startswith(prefix):
                raise ValueError(f"the choice {f.name!r} of {name} has to begin with {prefix!r}")
        cls.name, cls.title = name, title
        RELEASES.add(name, cls)
        return cls

    return add
