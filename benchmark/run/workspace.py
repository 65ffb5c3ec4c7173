"""The hidden folder in which a run is made: it survives a kill, has one owner, and becomes the run by a rename.

Chunks of predictions are appended one line each; a line that a kill cut short is dropped and its chunk made again. What
was begun with other inputs (configuration, data or code) is thrown away, never continued.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from benchmark.results.records import LOG, RunRecord
from protocols.errors import BusyError
from protocols.files import sync, sync_tree, write_whole


class Workspace:
    """The unfinished state of one run. Use `claim`."""

    def __init__(self, final: Path) -> None:
        self.final = final
        self.folder = final.parent / f".{final.name}.work"
        self.scratch = self.folder / "scratch"
        self.model = self.folder / "model"

    @classmethod
    @contextmanager
    def claim(cls, final: Path) -> Iterator[Workspace]:
        """Own the run `final` for the length of a `with`. Raises `BusyError` if another process owns it.

        The lock is the operating system's own: it is gone with its holder, however that ended.
        """
        final.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(lock_file(final), timeout=0.5)  # whoever asks `held` holds it for a moment
        try:
            with lock:
                yield cls(final)
        except Timeout:
            raise BusyError(f"{final}: another process is working on this run; wait for it or stop it") from None

    def begin(self, inputs: Mapping[str, Any]) -> bool:
        """Take up the work that a killed process left, if it was begun with the same inputs; True if there was any."""
        file = self.folder / "inputs.json"
        try:
            same = json.loads(file.read_bytes()) == json.loads(json.dumps(inputs))
        except (OSError, ValueError):
            same = False
        if not same:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.scratch.mkdir(parents=True)
            write_json(file, inputs)
        return same

    @contextmanager
    def new_model(self) -> Iterator[Path]:
        """An empty folder that becomes `model` when the block ends well."""
        part = self.folder / "model.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        yield part
        part.rename(self.model)

    def chunks(self, part: str) -> dict[int, list[dict[str, Any]]]:
        """Predictions made so far for `part`, by any rank: chunk number -> rows."""
        files = sorted(self.folder.glob(f"{part}.rank*.jsonl"))
        return {line["chunk"]: line["rows"] for file in files for line in _whole_lines(file)}

    def add_chunk(self, part: str, number: int, rows: list[dict[str, Any]], rank: int = 0) -> None:
        """Append the rows of one chunk to the file of a rank; on the disk before this returns."""
        _append(self.folder / f"{part}.rank{rank}.jsonl", {"chunk": number, "rows": rows})

    def log(self, **row: Any) -> None:
        """Append a row of the training curve. A resumed run may log a step again: the last row of a step counts."""
        _append(self.folder / "log.part.jsonl", row)

    def curve(self) -> list[dict[str, Any]]:
        """The training curve, one row per step in order; rows without a step stay in the order of writing."""
        file = self.folder / "log.part.jsonl"
        steps: dict[Any, dict[str, Any]] = {}
        for number, row in enumerate(_whole_lines(file) if file.exists() else []):
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
        _append(self.folder / "stages.jsonl", row)

    def stages(self) -> dict[str, dict[str, float]]:
        """Seconds and peak MiB per stage, summed over the attempts that finished a part of it."""
        total: dict[str, dict[str, float]] = {}
        file = self.folder / "stages.jsonl"
        for row in _whole_lines(file) if file.exists() else []:
            sums = total.setdefault(row.pop("stage"), {"wall_s": 0.0, "cpu_s": 0.0, "gpu_s": 0.0, "peak_mb": 0.0})
            for key, value in row.items():
                sums[key] = max(sums[key], value) if key == "peak_mb" else round(sums[key] + value, 3)
        return total

    def publish(self, record: RunRecord) -> None:
        """Write `run.json` last, with the digests of all that lies beside it, drop what only the work needed, and
        rename the folder to its final name once all of it is on the disk."""
        curve = self.curve()
        if curve:
            write_whole(self.folder / LOG, "".join(json.dumps(row) + "\n" for row in curve))
        record.with_files(self.folder).write(self.folder)
        for pattern in ("inputs.json", "stages.jsonl", "log.part.jsonl", "*.rank*.jsonl", ".*.part.*"):
            for file in self.folder.glob(pattern):
                file.unlink()
        shutil.rmtree(self.scratch, ignore_errors=True)
        old = self.final.parent / f".{self.final.name}.old"
        shutil.rmtree(old, ignore_errors=True)
        sync_tree(self.folder)
        if self.final.exists():
            self.final.rename(old)
        self.folder.rename(self.final)
        sync(self.final.parent)
        shutil.rmtree(old, ignore_errors=True)


def lock_file(final: Path) -> Path:
    """The file whose lock says that a process works on the run `final`."""
    return final.parent / f".{final.name}.lock"


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


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all. NaN and infinities are refused: they would not be JSON."""
    write_whole(path, json.dumps(value, indent=1, allow_nan=False, default=str) + "\n")


def _append(path: Path, row: Mapping[str, Any]) -> None:
    line = json.dumps(row, default=float).encode() + b"\n"
    with path.open("ab") as file:
        if file.tell() and not _ends_in_newline(path):
            line = b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _ends_in_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue  # cut short by a kill


def _cpu_seconds() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def _peak_mb() -> float:
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(max(usage) / 1024, 1)
