"""What it costs to check digests: the share of hashing in a run, and in tables of 2,000 runs whose figures are kept.

    python -m tests.timing verification

Every SHA-256 in the process is timed, those that only name things included: an upper limit. One process, CPU time.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from benchmark.__main__ import main
from benchmark.metrics.summary import figures
from tests.benchmark.run_factory import made_up_scores, write_run
from tests.timing.cpu_time import Row, seconds

METHODS, SEEDS = 25, 20
PROTOCOLS = ("cefa2hqwmca", "cefa2siw", "surf2hqwmca", "surf2siw")
RUN = ("run", "--method", "ms-lbp", "--protocol", "surf2siw", "--quiet")


class Hashing:
    """CPU seconds that go into SHA-256 while it is watched."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        plain, of_file, watch = hashlib.sha256, hashlib.file_digest, self

        class Timed:
            def __init__(self, data: Any = b"") -> None:
                self._hash = plain()
                self.update(data)

            def update(self, data: Any) -> None:
                watch.seconds += seconds(lambda: self._hash.update(data))

            def __getattr__(self, name: str) -> Any:
                return getattr(self._hash, name)

        def timed(file: Any, kind: str) -> Any:
            kept: list[Any] = []
            watch.seconds += seconds(lambda: kept.append(of_file(file, kind)))
            return kept[0]

        with mock.patch.object(hashlib, "sha256", Timed), mock.patch.object(hashlib, "file_digest", timed):
            yield


def rows() -> list[Row]:
    """(what, usual, ours, limit / share, target)."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        os.environ |= {"PAD_CACHE": str(Path(name) / "cache"), "PAD_DEMO": "small"}
        _quiet("prepare", "--quiet")
        _quiet(*RUN, "--results", "first")  # what a first run imports is no part of it
        run = _row("a run of ms-lbp in the demo", 0.05, lambda: _quiet(*RUN, "--results", "second"))
        _many(Path(name) / "results")
        tables = []
        for words in (("table", "1"), ("table", "policies")):
            _quiet(*words)
            tables.append(_row(f"{' '.join(words)} of 2,000 runs, figures kept", 0.1, lambda w=words: _quiet(*w)))
    return [run, *tables]


def _row(what: str, limit: float, work: Callable[[], object]) -> Row:
    hashing = Hashing()
    with hashing.watched():
        whole = seconds(work)
    share = hashing.seconds / whole
    ours = f"{100 * share:.2f} % of {whole:.2f} s"
    return f"digests checked: {what}", f"limit {100 * limit:.0f} %", ours, limit / max(share, 1e-9), ">= 1"


def _quiet(*words: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        if main(list(words)):
            raise RuntimeError(" ".join(words))


def _many(results: Path) -> None:
    scores, dev = made_up_scores(), made_up_scores(seed=1)
    for protocol in PROTOCOLS:
        for method in range(METHODS):
            for seed in range(SEEDS):
                figures(write_run(results, scores, method=f"m{method}", protocol=protocol, seed=seed, dev=dev))


if __name__ == "__main__":
    from tests.timing.cpu_time import show

    show(rows())
