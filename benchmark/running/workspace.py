"""The hidden folder in which a run is made: it survives a kill, has one owner, and becomes the run by a rename.

Chunks of predictions are appended one line each; a line that a kill cut short is dropped and its chunk made again. What
was begun with other inputs (configuration, data or code) is thrown away, never continued, and a model that is not what
was saved is made again.
"""

from __future__ import annotations

import hashlib
import json
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from filelock import FileLock, Timeout

from benchmark.results.models import ModelRecord
from benchmark.results.records import LOG, RunRecord
from benchmark.running.journal import append, whole_lines
from protocols.errors import BusyError, DamagedError, InputError
from protocols.files import digests_below, remove_tree, sync_tree, take_place, whole_folder, write_whole
from protocols.json_values import Parsed
from protocols.sealed import sealed_json, unsealed_json

INPUTS, MODEL_DIGESTS = "inputs.json", "model-digests.json"


class Row(TypedDict):
    """What a method said of one presentation, as a chunk keeps it."""

    score: float | None
    decision: str
    reason: str | None
    text: str | None
    frames: int


class Workspace:
    """The unfinished state of one run. Use `claim`.

    `disk`: a folder elsewhere for what only the work needs (checkpoints); None: all lies in one place.
    """

    def __init__(self, final: Path, disk: Path | None = None) -> None:
        self.final = final
        self.folder = final.parent / f".{final.name}.work"
        self.model = self.folder / "model"
        self._disk = disk

    @property
    def scratch(self) -> Path:
        """Outlives a kill. On another disk its name holds what was begun with which inputs, because that disk may have
        been out of reach when the work was begun anew with others."""
        if self._disk is None:
            return self.folder / "scratch"
        file = self.folder / INPUTS
        begun = file.read_bytes() if file.exists() else b""
        return self._disk / f"{self._name_on_disk}{hashlib.sha256(begun).hexdigest()[:12]}"

    @property
    def _name_on_disk(self) -> str:
        return f"pad-{hashlib.sha256(str(self.final.resolve()).encode()).hexdigest()[:12]}-"

    def _forget_scratch(self, keep: Path | None = None) -> None:
        own = [self.folder / "scratch"] if self._disk is None else self._disk.glob(f"{self._name_on_disk}*")
        for place in own:
            if place != keep:
                _remove(place)

    @classmethod
    @contextmanager
    def claim(
        cls, final: Path, waiting: Callable[[], None] | None = None, disk: Path | None = None
    ) -> Iterator[Workspace]:
        """Own the run or model `final` for the length of a `with`. If another process owns it: raises `BusyError`, or
        with `waiting` calls that once and waits.

        The lock is the operating system's own: it is gone with its holder, however that ended.
        """
        lock = FileLock(lock_file(final), timeout=0.5)  # whoever asks `held` holds it for a moment
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            _acquire(lock, waiting)
        except Timeout:
            raise BusyError(f"{final}: another process is working on this run; wait for it or stop it") from None
        except OSError as error:
            raise InputError(f"{final}: cannot be written ({error.strerror}); choose another --results") from error
        try:
            yield cls(final, disk)
        finally:
            lock.release()

    def begin(self, inputs: Mapping[str, object]) -> bool:
        """Take up the work that a killed process left, if it was begun with the same inputs; True if there was any."""
        file = self.folder / INPUTS
        try:
            same = bool(json.loads(file.read_bytes()) == json.loads(json.dumps(inputs)))
        except (OSError, ValueError):
            same = False
        if not same:
            _remove(self.folder)
            self.folder.mkdir(parents=True)
            write_json(file, inputs)
        for left in self.folder.glob(".*.part.*"):  # what a killed process was writing
            remove_tree(left) if left.is_dir() else left.unlink()
        scratch = self.scratch
        self._forget_scratch(keep=scratch if same else None)
        try:
            scratch.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{scratch.parent}: cannot be written ({error.strerror}); name another scratch") from error
        return same

    @contextmanager
    def new_model(self) -> Iterator[Path]:
        """An empty folder that becomes `model` when the block ends well, on the disk, its digests kept."""
        _remove(self.model)
        with whole_folder(self.model) as part:
            yield part
            write_whole(self._model_digests, sealed_json({"schema": 1, "files": digests_below(part)}))

    @property
    def _model_digests(self) -> Path:
        return self.folder / MODEL_DIGESTS

    def has_model(self) -> bool:
        """True if a model was saved whole and is still what was saved."""
        try:
            recorded = unsealed_json(self._model_digests.read_bytes(), self._model_digests)["files"]
            return self.model.is_dir() and bool(digests_below(self.model) == recorded)
        except (OSError, DamagedError):
            return False

    def chunks(self, part: str) -> dict[int, list[Row]]:
        """Predictions made so far for `part`, by any rank: chunk number -> rows."""
        files = sorted(self.folder.glob(f"{part}.rank*.jsonl"))
        return {line["chunk"]: line["rows"] for file in files for line in whole_lines(file)}

    def add_chunk(self, part: str, number: int, rows: list[Row], rank: int = 0) -> None:
        """Append the rows of one chunk to the file of a rank; on the disk before this returns."""
        append(self.folder / f"{part}.rank{rank}.jsonl", {"chunk": number, "rows": rows})

    def log(self, **row: object) -> None:
        """Append a row of the training curve. A resumed run may log a step again: the last row of a step counts."""
        append(self.folder / "log.part.jsonl", row)

    def curve(self) -> list[dict[str, Parsed]]:
        """The training curve, one row per step in order; rows without a step stay in the order of writing."""
        file = self.folder / "log.part.jsonl"
        steps: dict[object, dict[str, Parsed]] = {}
        for number, row in enumerate(whole_lines(file)):
            steps[row.get("step", f"row {number}")] = row
        return sorted(steps.values(), key=lambda row: row.get("step", -1))

    @contextmanager
    def stage(self, name: str, device: str = "cpu") -> Iterator[None]:
        """Account a stage's wall, CPU and GPU seconds and peak memory; attempts that were killed are not counted."""
        wall, cpu = time.perf_counter(), _cpu_seconds()
        yield
        if device.startswith("cuda"):
            import torch

            torch.cuda.synchronize()
        elapsed = time.perf_counter() - wall
        row = {
            "stage": name,
            "wall_s": round(elapsed, 3),
            "cpu_s": round(_cpu_seconds() - cpu, 3),
            "gpu_s": round(elapsed, 3) if device.startswith("cuda") else 0.0,
            "peak_mb": _peak_mb(),
        }
        append(self.folder / "stages.jsonl", row)

    def stages(self) -> dict[str, dict[str, float]]:
        """Seconds and peak MiB per stage, summed over the attempts that finished a part of it."""
        total: dict[str, dict[str, float]] = {}
        file = self.folder / "stages.jsonl"
        for row in whole_lines(file):
            sums = total.setdefault(row.pop("stage"), {"wall_s": 0.0, "cpu_s": 0.0, "gpu_s": 0.0, "peak_mb": 0.0})
            for key, value in row.items():
                sums[key] = max(sums[key], value) if key == "peak_mb" else round(sums[key] + value, 3)
        return total

    def publish(self, record: RunRecord | ModelRecord) -> None:
        """Write the record last, with the digests of all that lies beside it, drop what only the work needed, and
        rename the folder to its final name once all of it is on the disk."""
        curve = self.curve()
        if curve:
            write_whole(self.folder / LOG, "".join(json.dumps(row) + "\n" for row in curve))
        record.with_files(self.folder).write(self.folder)
        for pattern in (INPUTS, MODEL_DIGESTS, "stages.jsonl", "log.part.jsonl", "*.rank*.jsonl"):
            for file in self.folder.glob(pattern):
                file.unlink()
        self._forget_scratch()
        sync_tree(self.folder)
        with _refused("put in place"):
            take_place(self.folder, self.final)


def _acquire(lock: FileLock, waiting: Callable[[], None] | None) -> None:
    try:
        lock.acquire()
    except Timeout:
        if waiting is None:
            raise
        waiting()
        lock.acquire(timeout=-1)


def lock_file(final: Path) -> Path:
    """The file whose lock says that a process works on the run `final`."""
    return final.parent / f".{final.name}.lock"


def progress_file(final: Path) -> Path:
    """Where the process that works on the run `final` notes how far it is."""
    return final.parent / f".{final.name}.progress"


def held(final: Path) -> bool:
    """True while a live process works on the run `final`."""
    file = lock_file(final)
    if not file.exists():
        return False
    try:
        with FileLock(file, timeout=0):
            return False
    except Timeout:
        return True


def _remove(folder: Path) -> None:
    """Remove a folder and all in it. Raises `InputError` where that cannot be: what is left must not be taken up."""
    with _refused("removed"):
        remove_tree(folder)


@contextmanager
def _refused(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be {what} ({error.strerror}); remove it by hand") from error


def write_json(path: Path, value: object) -> None:
    """Write a JSON file whole or not at all. NaN and infinities are refused: they would not be JSON."""
    write_whole(path, json.dumps(value, indent=1, allow_nan=False, default=str) + "\n")


def _cpu_seconds() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def _peak_mb() -> float:
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(max(usage) / 1024, 1)
