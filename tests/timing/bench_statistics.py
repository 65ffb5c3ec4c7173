"""Bootstrap, EER and start-up of `table`, against what is usual. CPU seconds, alternating, median of rounds.

python tests/timing/bench_statistics.py
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmark.metrics.intervals import ClusterBootstrap
from benchmark.metrics.roc import Ranked, eer
from benchmark.metrics.summary import figures
from tests.benchmark.run_factory import made_up_scores, write_run

Row = tuple[str, str, str, float, str]
N, CLUSTERS, REPLICATES, SAMPLED = 100_000, 1000, 1000, 10


def rows() -> list[Row]:
    """(what, usual, ours, ratio, target), one row per measured job."""
    return [_bootstrap(), _one_eer(), _table()]


def _bootstrap() -> Row:
    from sklearn.metrics import auc, roc_curve

    score, bona_fide, groups = _scores()
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(CLUSTERS + 1))
    random = np.random.default_rng(0)

    def usual() -> None:
        """One replicate in a hundred; scaled below."""
        for _ in range(SAMPLED):
            drawn = random.integers(0, CLUSTERS, CLUSTERS)
            chosen = np.concatenate([order[starts[c] : starts[c + 1]] for c in drawn])
            fpr, tpr, _ = roc_curve(bona_fide[chosen], score[chosen])
            auc(fpr, tpr)
            fpr[np.argmin(np.abs(fpr + tpr - 1))]

    def ours() -> None:
        ClusterBootstrap(groups, REPLICATES).eer_auc(score, bona_fide)

    slow, fast = _alternate(usual, ours, rounds=3)
    slow *= REPLICATES / SAMPLED
    what = f"{REPLICATES} cluster replicates of EER + AUC, {N} scores"
    return what, f"resample + roc_curve {slow:.2f} s", f"{fast:.3f} s", slow / fast, ">= 100 (aim 300)"


def _one_eer() -> Row:
    from sklearn.metrics import roc_curve

    score, bona_fide, _ = _scores()

    def usual() -> None:
        fpr, tpr, _ = roc_curve(bona_fide, score, drop_intermediate=False)
        fpr[np.argmin(np.abs(fpr + tpr - 1))]

    slow, fast = _alternate(usual, lambda: eer(Ranked.of(score[bona_fide], score[~bona_fide])), rounds=7)
    return f"one exact EER, {N} scores", f"roc_curve {1e3 * slow:.1f} ms", f"{1e3 * fast:.2f} ms", slow / fast, ""


def _table() -> Row:
    """`table 1` over 300 finished runs against the two imports that most tools start with."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder)
        scores, dev = made_up_scores(), made_up_scores(seed=1)
        for protocol in ("cefa2hqwmca", "cefa2siw", "surf2hqwmca", "surf2siw"):
            for method in range(15):
                for seed in range(5):
                    figures(write_run(results, scores, method=f"m{method}", protocol=protocol, seed=seed, dev=dev))
        ours = [sys.executable, "-m", "benchmark", "table", "1", "--results", folder]
        usual = [sys.executable, "-c", "import numpy, torch"]
        # Compiled modules on both sides; they go to the temporary folder and the first round fills it.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = str(results / "compiled")
        slow, fast = _alternate(
            lambda: _quiet(usual, environment), lambda: _quiet(ours, environment), rounds=5, clock=_children
        )
    return "`table 1` over 300 runs", f"import numpy, torch {slow:.2f} s", f"{fast:.3f} s", slow / fast, ">= 15"


def _quiet(words: list[str], environment: dict[str, str]) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=environment)


def _scores() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    bona_fide = random.random(N) < 0.3
    return random.normal(bona_fide * 1.5, 1), bona_fide, random.integers(0, CLUSTERS, N)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _alternate(
    usual: Callable[[], object], ours: Callable[[], object], rounds: int, clock: Callable[[], float] = time.process_time
) -> tuple[float, float]:
    """Median CPU seconds of both, one after the other in every round; a first round warms up and is not counted."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for job, seconds in zip((usual, ours), taken, strict=True):
            start = clock()
            job()
            if number:
                seconds.append(clock() - start)
    return statistics.median(taken[0]), statistics.median(taken[1])


if __name__ == "__main__":
    for what, slow, fast, ratio, target in rows():
        print(f"{what:56} {slow:32} {fast:12} x{ratio:7.1f}  {target}")
