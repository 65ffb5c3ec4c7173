"""CPU time (user and system, all threads) of two ways to do one thing, in turns, in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

Row = tuple[str, str, str, float, str]


def seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def compare(usual: Callable[[], object], ours: Callable[[], object], rounds: int = 5) -> tuple[float, float]:
    """Medians over rounds in turns; the first round warms up and does not count."""
    pairs = [(seconds(usual), seconds(ours)) for _ in range(rounds + 1)][1:]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def show(rows: list[Row]) -> None:
    print("| what | usual | ours | ratio | target |\n|---|---|---|---|---|")
    for name, usual, ours, ratio, target in rows:
        print(f"| {name} | {usual} | {ours} | {ratio:.1f} | {target} |")
