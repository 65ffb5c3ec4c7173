"""A million scores imported, in CPU seconds and peak memory, beside pyarrow's own reading of the same file.

    python -m tests.timing import

The import runs in a process of its own, from the command line to the published run, start-up included.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.csv

from tests.timing.cpu_time import Row, seconds

PRESENTATIONS = 1_000_000
LIMIT_S, LIMIT_MB = 5.0, 600
WORDS = ("import", "scores.csv", "--method", "theirs", "--protocol", "cefa2siw", "--policy", "fixed:0", "--partial")


def rows() -> list[Row]:
    """(what, usual, ours, limit / ours, target)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "scores.csv")
        _place(folder)
        usual = seconds(lambda: pyarrow.csv.read_csv(folder / "scores.csv"))
        taken, peak = _imported(folder)
    return [
        (
            "import of 1,000,000 rows",
            f"pyarrow reads it in {usual:.2f} s",
            f"{taken:.2f} s CPU",
            LIMIT_S / taken,
            ">= 1",
        ),
        ("its peak memory", f"limit {LIMIT_MB} MB", f"{peak:.0f} MB", LIMIT_MB / peak, ">= 1"),
    ]


def _write(file: Path) -> None:
    score = np.random.default_rng(0).normal(size=PRESENTATIONS)
    with file.open("w") as out:
        out.write("id,label,species,group,score\n")
        for i in range(PRESENTATIONS):
            label, species = ("bona fide", "bona fide") if i % 4 == 0 else ("attack", f"species {i % 7}")
            out.write(f"subject{i // 8}/clip{i},{label},{species},subject{i // 8},{score[i]:.6f}\n")


def _place(folder: Path) -> None:
    """A world that holds neither release of the protocol: the file says all."""
    (folder / "other").mkdir()
    (folder / "benchmark.toml").write_text('name = "lab"\ncache = "cache"\n[releases]\nceleba-spoof = "other"\n')


def _imported(folder: Path) -> tuple[float, float]:
    root = str(Path(__file__).resolve().parents[2])
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmark", *WORDS], cwd=folder, env=os.environ | {"PYTHONPATH": root}
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"the import failed: {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    from tests.timing.cpu_time import show

    show(rows())
