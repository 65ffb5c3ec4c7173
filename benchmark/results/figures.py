"""`Figures`: every figure of a run, as `figures.json` keeps it beside the scores, with its one reader and writer.

A cache: it says from which score files it was made, and one that is damaged, older or of other files is made again.
Rates are counts of (errors, n), never floats alone; intervals are 95 %, as fractions.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from benchmark.results.rates import Count, NonResponse, Outcomes
from benchmark.results.shape import Later, ShapeError, decode, encode
from protocols.errors import DamagedError
from protocols.files import write_whole
from protocols.json_values import Json
from protocols.sealed import sealed_json, unsealed_json

VERSION = 5
"""Of the figures: raise it whenever a definition changes, and every cache is computed anew."""
FILE = "figures.json"


class Bounds(NamedTuple):
    """A 95 % interval, from the resampling of clusters (subjects) or, where that cannot be, an exact one."""

    low: float
    high: float


@dataclass(frozen=True)
class FileState:
    """A score file when its figures were made; times in ns, as the file system has them."""

    size: int
    mtime_ns: int
    ctime_ns: int
    sha256: str


@dataclass(frozen=True)
class SetCounts:
    """Sizes of a target set: presentations, clusters, distinct scores, bona fide ones with the score of an attack,
    presentations with a text, and those that only the tolerant answer rule can read."""

    bona_fide: int
    attack: int
    groups: int
    bona_fide_groups: int
    distinct: int
    tied: int
    silent_bona_fide: int
    silent_attack: int
    texts: int = 0
    near_misses: int = 0

    @property
    def non_response(self) -> int:
        """Presentations without an answer."""
        return self.silent_bona_fide + self.silent_attack


@dataclass(frozen=True)
class RateIntervals:
    """Intervals of the rates of one policy; null where too many replicates lack a class."""

    frr: Bounds | None = None
    far: Bounds | None = None
    hter: Bounds | None = None


@dataclass(frozen=True)
class PolicyFigures:
    """What one threshold policy makes of a run.

    `undefined`: why there is no threshold, and then no counts. `target`, `dev`: species -> counts, at one threshold.
    `intervals`: by what a non-response counts as; `exclude` is missing where everybody answered.
    """

    threshold: float | None = None
    undefined: str | None = None
    target: Mapping[str, Count] | None = None
    dev: Mapping[str, Count] | None = None
    intervals: Mapping[str, RateIntervals] | None = None

    def on_target(self, non_response: NonResponse = "error") -> Outcomes | None:
        """The rates on the target; None where there is no threshold."""
        return None if self.target is None else Outcomes(self.target, non_response)

    def on_dev(self, non_response: NonResponse = "error") -> Outcomes | None:
        """The rates on the source's dev part; None where there is none."""
        return None if self.dev is None else Outcomes(self.dev, non_response)

    def interval(self, rate: str, non_response: NonResponse = "error") -> Bounds | None:
        """The interval of `frr`, `far` or `hter`."""
        kinds = self.intervals or {}
        found = kinds.get(non_response) or kinds.get("error")
        bounds: Bounds | None = getattr(found, rate, None)
        return bounds


@dataclass(frozen=True)
class OperatingPoint:
    """BPCER (errors of n) at the greatest APCER within a bound, the APCER obtained, and the threshold."""

    errors: int
    n: int
    apcer: float
    threshold: float


@dataclass(frozen=True)
class Curves:
    """Figures without a threshold of their own. `bpcer_at_apcer`: `max` (every species) or `pooled`, by APCER in %."""

    eer: float | None = None
    eer_threshold: float | None = None
    auc: float | None = None
    eer_interval: Bounds | None = None
    auc_interval: Bounds | None = None
    bpcer_at_apcer: Mapping[str, Mapping[str, OperatingPoint | None]] | None = None

    def point(self, kind: str, apcer_percent: int) -> OperatingPoint | None:
        """The point of `max` or `pooled` at a bound in %."""
        return (self.bpcer_at_apcer or {}).get(kind, {}).get(str(apcer_percent))


@dataclass(frozen=True)
class Figures:
    """All figures of a run; `files`: the score files that they were made from, null for one that a run lacks.

    `curves` by what a non-response counts as; `exclude` is missing where everybody answered. `backwards`: the AUC where
    scores rank the wrong way round beyond chance.
    """

    version: int
    files: Mapping[str, FileState | None]
    counts: SetCounts
    policies: Mapping[str, PolicyFigures]
    curves: Mapping[str, Curves]
    backwards: float | None = None

    def curves_of(self, non_response: NonResponse) -> Curves:
        """The curves under a convention for non-responses."""
        return self.curves.get(non_response) or self.curves["error"]

    def as_json(self) -> dict[str, Json]:
        """The figures as `figures.json` holds them."""
        content = encode(self)
        assert isinstance(content, dict)
        return content

    def write(self, folder: Path) -> None:
        """Keep the figures if the folder can be written to; they can always be computed again."""
        with contextlib.suppress(OSError):
            write_whole(folder / FILE, sealed_json(self.as_json(), indent=None), durable=False)


def read(file: str) -> Figures | None:
    """The figures in a file; None where there is none, or one that is damaged or of another version."""
    try:
        with open(file, "rb") as handle:  # noqa: PTH123 (a tenth of Path's time, thousands of times)
            content = unsealed_json(handle.read(), file)
        if content.get("version") != VERSION:
            return None
        policies = Later(PolicyFigures, content.pop("policies", None), file)
        curves = Later(Curves, content.pop("curves", None), file)
        return replace(decode(Figures, content | {"policies": {}, "curves": {}}), policies=policies, curves=curves)
    except (OSError, DamagedError, ShapeError):
        return None
