"""What a run trains on, sets thresholds by and decides on: parts of one release, or of several taken as one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.running.part import Part
from protocols import leakage, overlap
from protocols.cut import Cut
from protocols.presentation import Presentation
from protocols.store.faces import Faces
from protocols.store.joined import join
from protocols.store.store import Store


@dataclass(frozen=True)
class Side:
    """`train`, `dev`, `target` or `test`, release after release. A release is one domain, wherever it stands."""

    name: str
    parts: tuple[Part, ...]

    def faces(self, *, labelled: bool) -> Faces:
        """The faces of the presentations that have any, as one."""
        return join([part.faces(labelled=labelled) for part in self.parts])

    def decisions(self, frame_wise: bool) -> Iterator[tuple[Part, Presentation]]:
        """What gets a row in the score file, in order, and the part that it is of."""
        for part in self.parts:
            for p in part.decisions(frame_wise):
                yield part, p

    def key(self, labelled: bool) -> str:
        """SHA-256 over what a method is shown of this side, in order, and with `labelled` what it may learn from it."""
        sha = hashlib.sha256()
        for part in self.parts:
            rows = [(p.id, p.label if labelled else "") for p in part.presentations]
            sha.update(json.dumps([part.release.name, part.store.digest, part.frames, rows]).encode())
        return sha.hexdigest()

    @property
    def digest(self) -> str:
        """Of the stores: that of the only one, or of all."""
        digests = [part.store.digest for part in self.parts]
        return digests[0] if len(digests) == 1 else hashlib.sha256("\0".join(digests).encode()).hexdigest()


def sides_of(cut: Cut, stores: Mapping[str, Store], train: int | None, shown: int | None) -> dict[str, Side]:
    """`train`, `dev` and `target` of a cut, with the stores of their releases and the frames asked for of each; and
    `test`, what the sources hold that nobody trains on, where they hold any."""
    frames = {"train": train, "dev": shown, "target": shown, "test": shown}
    shares = {"train": cut.train, "dev": cut.dev, "target": cut.target, "test": cut.in_domain}
    return {
        name: Side(
            name,
            tuple(Part(s.release, stores[s.release.name], s.presentations, n, s.pool, s.why) for s in shares[name]),
        )
        for name, n in frames.items()
        if shares[name]
    }


def overlaps(sides: Mapping[str, Side], cache: Path) -> list[str]:
    """What train, dev and target share, as lines; looked for once, and then in the cache."""
    train, dev, target = (list(_named(sides[name])) for name in ("train", "dev", "target"))
    return leakage.lines(leakage.check(train, dev, target, cache))


def _named(side: Side) -> Iterator[overlap.Part]:
    for part in side.parts:
        yield overlap.Part(f"{part.release.name} {side.name}", part.release, part.store, part.presentations)
