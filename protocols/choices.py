"""What is left open about the data, as settings with a stated default that every run prints and records.

`Choices` holds those that any protocol has. What is open about one release stands in that release's own file;
`complete()` puts both together. A protocol may have other defaults (`protocols.protocol`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_type_hints

from protocols.adapter import RELEASES
from protocols.errors import InputError, unknown
from protocols.json_values import Json
from protocols.settings import recorded
from protocols.subset import Subset

Splits = Literal["train", "dev", "test", "train+dev", "train+test", "dev+test", "train+dev+test"]
AnySplits = Literal["all", "train", "dev", "test", "train+dev", "train+test", "dev+test", "train+dev+test"]


@dataclass(frozen=True)
class Choices:
    """Which presentations a protocol uses.

    Attributes:
        source_splits: the source splits that are trained on. With `dev` among them, a dev part is cut by subject.
        target_splits: the target splits that are decided on; `all`: whatever the release holds, with a split or not.
        source_species: attacks that are trained on, by canonical name; empty = all.
        target_species: attacks that are decided on, by canonical name; empty = all.
        dev: where thresholds come from: `own`, each source's own dev split where it has one, else a part that is cut
            from what would be trained on, by subject; `cut`, always such a part; `held`, the dev splits of those
            sources that have one, and nothing is cut from the others (where none has one: as `own`). It is never
            trained on.
        dev_fraction: share of the subjects that such a part takes.
        few_shot: presentations of each class of each target that are trained on, from a fixed list that is left out of
            the target whether they are used or not; None = there is no such list, the whole target is decided on.
        train_fraction: share of the training subjects, nested (Figure 4 of the paper).
        extra_source: a further release whose train split is trained on beside the sources' (`celeba-spoof`, as every
            released FLIP run does), or None.
        target_subset: a file that names what is decided on (`protocols.subset`); None = all that the rest leaves.
    """

    source_splits: Splits = "train"
    train_fraction: float = 1.0
    extra_source: str | None = None
    target_splits: AnySplits = "all"
    source_species: tuple[str, ...] = ()
    target_species: tuple[str, ...] = ()
    dev: Literal["own", "cut", "held"] = "own"
    dev_fraction: float = 0.2
    few_shot: int | None = None
    target_subset: Subset | None = None

    def __post_init__(self) -> None:
        if not 0 < self.train_fraction <= 1:
            raise InputError(f"setting train_fraction: {self.train_fraction} is not in (0, 1]")
        if not 0 < self.dev_fraction < 1:
            raise InputError(f"setting dev_fraction: {self.dev_fraction} is not between 0 and 1")
        if self.extra_source is not None and self.extra_source not in RELEASES:
            raise unknown("release as extra_source", self.extra_source, RELEASES)
        if self.few_shot is not None and self.few_shot < 0:
            raise InputError(f"setting few_shot: {self.few_shot} is no number of presentations (none = no list)")

    def recorded(self, releases: Iterable[str]) -> dict[str, Json]:
        """What a run's record says: the general choices, those of the `releases`, and what else is not its default."""
        kinds = [RELEASES[name].choices for name in releases if name in RELEASES]
        own = {f.name for kind in kinds if kind is not None for f in dataclasses.fields(kind)}
        general = {f.name for f in dataclasses.fields(Choices)}
        return {
            f.name: recorded(value)
            for f in dataclasses.fields(self)
            if (value := getattr(self, f.name)) != f.default or f.name in general | own
        }

    def digested(self) -> dict[str, object]:
        """What the digest of a configuration is made from: a plug-in with choices of its own, or a new choice at its
        default, leaves the digests of other runs as they were."""
        return {
            f.name: value.digest if isinstance(value, Subset) else value
            for f in dataclasses.fields(self)
            if (value := getattr(self, f.name)) != f.default or f.name in _ALWAYS
        }


FILES = ("target_subset",)
"""The choices that name files: in a configuration they are sought from its folder."""
_ALWAYS = (
    *("cefa_parts", "cefa_light1", "hq_wmca"),
    *("source_splits", "train_fraction", "extra_source"),
)
"""The choices that the first runs had: whatever the protocol, they stand in every digest."""


@cache
def complete() -> type[Choices]:
    """`Choices` with the own choices of every registered release as further fields."""
    fields = [
        (field.name, get_type_hints(kind.choices)[field.name], dataclasses.field(default=field.default))
        for kind in RELEASES.values()
        if kind.choices is not None
        for field in dataclasses.fields(kind.choices)
    ]
    made: type[Choices] = dataclasses.make_dataclass("Choices", fields, bases=(Choices,), frozen=True)
    return made
