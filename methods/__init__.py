"""Methods and their registry: one file each, found here and in the entry-point group `pad_benchmark.methods`.

A new method is a module in this folder (or in any installed package that names it under that group) with a class
decorated by `register`. Nothing else has to be edited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from methods.method import Job, Method, Predictions, Settings, setting
from protocols.registry import Registry, normal

__all__ = ["METHODS", "Job", "Method", "Predictions", "Settings", "available", "get", "normal", "register", "setting"]

METHODS: Registry[type[Method]] = Registry("method", "methods", skip=("contract",))
"""Every method, by name."""
M = TypeVar("M", bound=type[Method])


def register(name: str, *, title: str) -> Callable[[M], M]:
    """Class decorator: makes a method known as `name` (lower case, hyphens), with `title` as its row in the tables.

    Raises ValueError for an odd name, and if another class already has that name.
    """
    METHODS.check(name)

    def add(cls: M) -> M:
        METHODS.add(name, cls)
        cls.name, cls.title = name, title
        return cls

    return add


def available() -> Iterator[type[Method]]:
    """Every registered method, by name."""
    yield from METHODS.values()


def get(name: str) -> type[Method]:
    """The method called `name` (underscores accepted). Raises `InputError` with a suggestion for an unknown one."""
    return METHODS.named(name)
