"""Methods and their registry: one file each, found here and in the entry-point group `pad_benchmark.methods`.

A new method is a module in this folder (or in any installed package that names it under that group) with a class
decorated by `register`. Nothing else has to be edited.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import TypeVar

from methods.method import Job, Method, Predictions, Settings, setting
from protocols.errors import InputError, unknown

__all__ = ["Job", "Method", "Predictions", "Settings", "available", "get", "register", "setting"]

ENTRY_POINTS = "pad_benchmark.methods"
_registry: dict[str, type[Method]] = {}
_found = False
M = TypeVar("M", bound=type[Method])


def register(name: str, *, title: str) -> Callable[[M], M]:
    """Class decorator: makes a method known as `name` (lower case, hyphens), with `title` as its row in the tables.

    Raises ValueError if another class already has that name.
    """
    if name != normal(name) or not name.replace("-", "").isalnum():
        raise ValueError(f"{name!r}: method names are lower-case words joined by hyphens")

    def add(cls: M) -> M:
        other = _registry.get(name)
        if other is not None and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(
                f"two methods are called {name!r}: {other.__module__}.{other.__qualname__} and "
                f"{cls.__module__}.{cls.__qualname__}; rename one"
            )
        cls.name, cls.title = name, title
        _registry[name] = cls
        return cls

    return add


def normal(name: str) -> str:
    """A method name as registered: lower case, hyphens for underscores."""
    return name.strip().lower().replace("_", "-")


def _find() -> None:
    global _found
    if _found:
        return
    for module in pkgutil.iter_modules(__path__):
        if module.name != "method" and not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")
    for point in entry_points(group=ENTRY_POINTS):
        try:
            point.load()
        except Exception as error:
            raise InputError(
                f"the method plug-in {point.name!r} ({point.value}) cannot be loaded: {error}; mend or uninstall it"
            ) from error
    _found = True


def available() -> Iterator[type[Method]]:
    """Every registered method, by name."""
    _find()
    for name in sorted(_registry):
        yield _registry[name]


def get(name: str) -> type[Method]:
    """The method called `name` (underscores accepted). Raises `InputError` with a suggestion for an unknown one."""
    _find()
    try:
        return _registry[normal(name)]
    except KeyError:
        raise unknown("method", name, _registry) from None
