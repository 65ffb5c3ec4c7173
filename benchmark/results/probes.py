"""What became of a run's answers when their reasoning was changed: a sealed file beside the runs, as runs never change.

<results>/probes/<run id>.json
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.results.runs import Run
from protocols.errors import DamagedError
from protocols.files import write_whole
from protocols.sealed import sealed_json, unsealed_json

SCHEMA_VERSION = 1
CHANGES = ("again", "cut", "emptied", "swapped")
"""How the reasoning was changed: not at all, its second half left out, all of it left out, that of a presentation with
the other answer in its place."""


@dataclass(frozen=True)
class Probe:
    """Of the answers that could be asked for again, how many stayed: change -> (kept, of)."""

    run: str
    scores: str
    kept: Mapping[str, tuple[int, int]]

    def write(self, run: Run) -> Path:
        """Keep it for a run, whole or not at all."""
        file = place(run)
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = {change: list(pair) for change, pair in self.kept.items()}
        write_whole(file, sealed_json({"schema": SCHEMA_VERSION, "run": self.run, "scores": self.scores, "kept": kept}))
        return file


def place(run: Run) -> Path:
    """Where a run's probe lies."""
    return run.path.resolve().parents[4] / "probes" / f"{run.id}.json"


def read(run: Run) -> Probe | None:
    """A run's probe; None where there is none. Raises `DamagedError` for one that was changed or is of other scores."""
    file = place(run)
    if not file.is_file():
        return None
    content = unsealed_json(file.read_bytes(), file)
    try:
        kept = {str(change): (int(n), int(of)) for change, (n, of) in content["kept"].items()}
        probe = Probe(str(content["run"]), str(content["scores"]), kept)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(f"{file}: not a probe of a run ({error}); delete it and probe again") from None
    if (probe.run, probe.scores) != (run.id, run.digests.scores):
        raise DamagedError(f"{file}: of another state of the run than its score file; probe again with --force")
    return probe
