"""The benchmark for cross-domain face anti-spoofing: call `benchmark.api`, or `python -m benchmark`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.api import Run, figure, load, predict, run, runs, table

__all__ = ["Run", "figure", "load", "predict", "run", "runs", "table"]


def __getattr__(name: str) -> object:
    """The interface is looked up on first use: `table` on the command line starts in a blink and needs none of it."""
    if name in __all__:
        from benchmark import api

        return getattr(api, name)
    raise AttributeError(f"module 'benchmark' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
