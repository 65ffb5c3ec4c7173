"""What the paper leaves open about its data, as settings with a stated default that every run prints and records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from protocols.errors import InputError, unknown
from protocols.releases.registry import RELEASES


@dataclass(frozen=True)
class Choices:
    """Which presentations and frames a protocol uses.

    Attributes:
        cefa_parts: `2d+masks` (default: the paper lists 3D-print and silicone masks among CeFA's attacks and explains
            its result on wigs by them) or `2d` (as the FLIP and few-shot "WCS" benchmarks).
        cefa_light1: include CeFA's mask videos with Light = 1, which the authors' own lists leave out.
        hq_wmca: `full` (default: the paper counts ten attack types, wigs included) or `curated` (Idiap's lists).
        source_splits: the source splits that are trained on; the dev split always sets thresholds and is never
            trained on.
        train_frames: frames per training presentation; None = all that the store holds.
        target_frames: frames per dev and target presentation: None = all, averaged to one score; 1 = the middle one.
        train_fraction: share of the training subjects, nested (Figure 4 of the paper).
        extra_source: a further release whose train split is trained on beside the source's (`celeba-spoof`, as every
            released FLIP run does), or None.
    """

    cefa_parts: Literal["2d+masks", "2d"] = "2d+masks"
    cefa_light1: bool = False
    hq_wmca: Literal["full", "curated"] = "full"
    source_splits: Literal["train", "train+test"] = "train"
    train_frames: int | None = None
    target_frames: int | None = None
    train_fraction: float = 1.0
    extra_source: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.train_fraction <= 1:
            raise InputError(f"setting train_fraction: {self.train_fraction} is not in (0, 1]")
        if self.extra_source is not None and self.extra_source not in RELEASES:
            raise unknown("release as extra_source", self.extra_source, RELEASES)
        for name in ("train_frames", "target_frames"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"setting {name}: {value} is not a positive number of frames (none = all)")
