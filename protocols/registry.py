"""One registry for everything that is open: names to objects, found in a folder of this project and in plug-ins.

    METHODS: Registry[type[Method]] = Registry("method", "methods")

A file in the folder, or an installed package that names a module or an object in the entry-point group
`pad_benchmark.<kind>s`, registers itself with `add` when it is imported; nothing else is edited. What the folder
holds cannot be taken over by a plug-in, an unknown name gets a suggestion, and a file or plug-in that cannot be loaded
is named once, on stderr, and harms nothing else; who asks for it gets an `InputError` with the reason.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from protocols.errors import InputError, unknown
from protocols.plug_ins import PREFIX, entry_points

T = TypeVar("T")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def normal(name: str) -> str:
    """A name as registered: lower case, hyphens for underscores."""
    return name.strip().lower().replace("_", "-")


class Registry(Mapping[str, T]):
    """Names to registered objects, in the order of names.

    `kind` is the word for messages (`method`), `package` the dotted name of the folder whose modules register; modules
    that begin with an underscore, and those in `skip`, are not looked at. What is asked for by its name is looked for
    first in the file of that name (`species`, or `table_1` for the table `1`), then in the whole folder, then among
    plug-ins, which takes as long as a whole table; where everything is asked for, all are searched.
    """

    def __init__(self, kind: str, package: str, skip: tuple[str, ...] = ()) -> None:
        self.kind, self.package, self.skip = kind, package, skip
        self.group = f"{PREFIX}{kind}s"
        self.broken: dict[str, str] = {}
        """What could not be loaded: file or plug-in -> a sentence that says so and why."""
        self._known: dict[str, T] = {}
        self._places: dict[str, str] = {}
        self._said: set[str] = set()
        self._folder_done = self._plugins_done = False

    def add(self, name: str, thing: T, place: str | None = None) -> T:
        """Register `thing`, which is defined at `place` (`module.name`; default: as the object itself says).

        Raises ValueError for an odd name, and for one that an object of another place has already.
        """
        self.check(name)
        where = place or _place(thing)
        if not f"{where}.".startswith(f"{self.package}."):
            self._search_folder()  # whoever imports a plug-in first: what the folder holds comes first
        if self._places.get(name, where) != where:
            raise ValueError(f"two {self.kind}s are called {name!r}: {self._places[name]} and {where}; rename one")
        self._known[name], self._places[name] = thing, where
        return thing

    def check(self, name: str) -> None:
        """Raise ValueError unless `name` can be a name."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r}: {self.kind} names are lower-case words and digits joined by hyphens")

    def named(self, name: str) -> T:
        """The object called `name` (capitals and underscores will do).

        Raises `InputError` with a suggestion for an unknown one, and with the reason for one that cannot be loaded.
        """
        word = normal(name)
        if self._has(word):
            return self._known[word]
        if word in self.broken:
            self._said.add(word)
            raise InputError(f"{self.broken[word]}; mend or uninstall it")
        self._say()
        raise unknown(self.kind, name, self._known)

    def __getitem__(self, name: str) -> T:
        if self._has(name):
            return self._known[name]
        self._say()
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        there = isinstance(name, str) and self._has(name)
        self._say()
        return there

    def __iter__(self) -> Iterator[str]:
        self._search()
        self._say()
        return iter(sorted(self._known))

    def __len__(self) -> int:
        self._search()
        self._say()
        return len(self._known)

    def _has(self, name: str) -> bool:
        for look in (partial(self._try_file, name), self._search_folder, self._search):
            if name in self._known:
                break
            look()
        return name in self._known

    def _try_file(self, name: str) -> None:
        """Load the file of the folder that is named as what is asked for, if there is one."""
        if self._folder_done or not _NAME.fullmatch(name):
            return
        from importlib.util import find_spec

        for module in (name.replace("-", "_"), f"{self.kind}_{name}".replace("-", "_")):
            dotted = f"{self.package}.{module}"
            if module not in self.skip and find_spec(dotted) is not None:
                self._try(partial(importlib.import_module, dotted), normal(module), f"the {self.kind} file {dotted}")

    def _search(self) -> None:
        self._search_folder()
        if self._plugins_done:
            return
        self._plugins_done = True
        for point in entry_points(self.group):
            self._try(point.load, normal(point.name), f"the {self.kind} plug-in {point.name!r} ({point.value})")

    def _search_folder(self) -> None:
        if self._folder_done:
            return
        self._folder_done = True
        import pkgutil  # a third of the time that the registry itself takes to import

        folder = importlib.import_module(self.package)
        for module in sorted(m.name for m in pkgutil.iter_modules(folder.__path__)):
            if not module.startswith("_") and module not in self.skip:
                dotted = f"{self.package}.{module}"
                self._try(partial(importlib.import_module, dotted), normal(module), f"the {self.kind} file {dotted}")

    def _try(self, load: Callable[[], object], name: str, what: str) -> None:
        """Load one file or plug-in; whatever it raises, what it had registered by then goes again."""
        known, places = dict(self._known), dict(self._places)
        try:
            load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plug-in may even leave the program: it must not take the others with it
            self._known, self._places = known, places
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            self.broken[name] = "".join(
                c if c.isprintable() else "\ufffd" for c in f"{what} cannot be loaded: {reason}"
            )

    def _say(self) -> None:
        """Name on stderr what could not be loaded and was not named yet."""
        for name, sentence in self.broken.items():
            if name not in self._said:
                self._said.add(name)
                print(f"warning: {sentence}; it is left out", file=sys.stderr)


def _place(thing: object) -> str:
    """Where an object is defined: the same class imported twice is one."""
    return f"{getattr(thing, '__module__', '?')}.{getattr(thing, '__qualname__', repr(thing))}"
