"""A part of a run, such as its training part: presentations of one release, their faces, and what gets a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from protocols.presentation import Presentation, Release
from protocols.store.faces import Faces
from protocols.store.store import Store


@dataclass(frozen=True)
class Part:
    """Presentations of one release and their prepared faces, in one order.

    `frames`: how many of each presentation are asked for, evenly spread; None: all that are stored. `pool` is what the
    part could have had of the release, `why` (by id) the reason for what it has not.
    """

    release: Release
    store: Store
    presentations: tuple[Presentation, ...]
    frames: int | None = None
    pool: tuple[Presentation, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)

    def faces(self, *, labelled: bool) -> Faces:
        """The faces of the presentations that have any, in order."""
        shown = [p for p in self.presentations if p.id not in self.store.failures]
        ids = [p.id for p in shown]
        return self.store.faces(
            ids,
            frames=self.frames,
            labels={p.id: p.label for p in shown} if labelled else None,
            domains=dict.fromkeys(ids, self.release.name) if labelled else None,
        )

    def decisions(self, frame_wise: bool) -> tuple[Presentation, ...]:
        """What gets a row in the score file: the presentations, or every frame as one, `<id>#<place>`, in its group.

        Of a presentation without faces as many frames as were asked for, all of them non-responses.
        """
        if not frame_wise:
            return self.presentations
        return tuple(replace(p, id=f"{p.id}#{i}") for p in self.presentations for i in range(self._frames_of(p)))

    def reason(self, decision: Presentation) -> str | None:
        """Why there is no face for one of `decisions`, or None."""
        return self.store.failures.get(decision.id) or self.store.failures.get(decision.id.rpartition("#")[0])

    def _frames_of(self, p: Presentation) -> int:
        entry = self.store.entries[p.id]
        stored = entry["frames"] or max(1, entry.get("asked", 1))
        return stored if self.frames is None else min(stored, self.frames)
