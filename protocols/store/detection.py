"""In how many frames of each clip the detector found a face, and which clips had to be turned: never one mean alone.

A frame without a face keeps a neighbour's box, so a clip whose faces were found in one frame of eight counts as used.
A release whose clips lie turned, or are too dark, shows here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

from protocols.store.store import Store

SHOWN = 20


def rates(store: Store) -> dict[str, tuple[int, int]]:
    """By presentation (frames with a face of their own, frames looked at); empty where no detector was run."""
    found: dict[str, tuple[int, int]] = {}
    for name, entry in store.entries.items():
        if entry["failure"] is not None:
            if entry["context"] != 1.0:  # of a release that is cut out already nothing was looked for
                found[name] = 0, int(entry["asked"])
        elif boxes := entry["boxes"]:
            found[name] = sum(box is not None for box in boxes), len(boxes)
    return found


def turned(store: Store) -> dict[str, int]:
    """By presentation the degrees to the left by which its frames were turned, of those that were."""
    return {name: entry["turned"] for name, entry in store.entries.items() if entry.get("turned")}


def lines(store: Store) -> Iterator[str]:
    """The rate of every clip that is not 1, worst first (those beyond `SHOWN` are counted), and each turned clip."""
    every = rates(store)
    worse = sorted((n / k, name, n, k) for name, (n, k) in every.items() if 0 < n < k)
    if every:
        whole = sum(n == k for n, k in every.values())
        yield f"a face in every frame of {whole} of {len(every)} presentations"
    for _, name, n, k in worse[:SHOWN]:
        yield f"a face in {n} of {k} frames: {name}"
    if len(worse) > SHOWN:
        yield f"a face in some frames only: {len(worse) - SHOWN} more presentations"
    for name, degrees in turned(store).items():
        yield f"turned by {degrees} degrees to the left, because too few frames showed a face as it lies: {name}"
