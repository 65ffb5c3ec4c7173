"""What sweeps cost beside the work itself: two cores against one, nothing to do, and the harness beside a method.

    python -m tests.timing.bench_sweep            prints (what, usual, ours, ratio, target)

Wall time appears only where two cores are compared with one; on a machine that others use at the same time that row
says less than it should. The harness' share is one minus the share of a run's CPU time that its stages recorded.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmark.sweep.plugin import install
from tests.conftest import ROOT, environment

RUNS = 8


def rows() -> list[tuple[str, str, str, float, str]]:
    """(name, usual, ours, ratio, target)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = Path(os.environ.get("PAD_CACHE") or folder / "cache")
        around = environment(cache) | {"PYTHONPATH": f"{ROOT}{os.pathsep}{install(folder / 'plugin')}"}
        return [_nothing_to_do(folder, around), _two_cores(folder, around)]


def _nothing_to_do(folder: Path, around: dict[str, str]) -> tuple[str, str, str, float, str]:
    file = folder / "thousand.toml"
    file.write_text(f'[[runs]]\nmethod = "grpo"\nprotocol = "all"\nseed = {list(range(250))}\n')
    results = folder / "thousand"
    code = (
        "import sys, pathlib; from benchmark.sweep import plan, state; from protocols import world\n"
        "for e in state.entries(plan.load(sys.argv[1], 'demo'), world.demo_world(), pathlib.Path(sys.argv[2])):\n"
        "    e.final.mkdir(parents=True); (e.final / 'run.json').write_text('{}')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(file), str(results)], env=around, check=True)
    spent = [_cpu([sys.executable, "-m", "benchmark", *_sweep(file, results)], around, folder) for _ in range(3)]
    took = sorted(seconds for seconds, _ in spent)[1]
    assert all("1000 runs, 1000 done" in out for _, out in spent), spent[0][1]
    return "1,000 complete runs: nothing to do", "2 s", f"{took:.2f} CPU-s", 2 / took, ">= 1"


def _two_cores(folder: Path, around: dict[str, str]) -> tuple[str, str, str, float, str]:
    """A sweep of busy single-threaded runs on one and on two cores, in turns."""
    walls: dict[int, list[float]] = {1: [], 2: []}
    file = folder / "busy.toml"
    file.write_text(
        f'[[runs]]\nmethod = "steady"\nprotocol = "surf2siw"\nseed = {list(range(RUNS))}\nset = {{ busy = 2.0 }}\n'
        '[resources.demo."*"]\nmemory_gb = 0.1\n'
    )
    _cpu([sys.executable, "-m", "benchmark", "prepare", "--world", "demo"], around, folder)
    for turn in range(2):
        for jobs in (1, 2):
            start = time.perf_counter()
            words = [*_sweep(file, folder / f"busy-{turn}-{jobs}"), "--jobs", str(jobs)]
            _, out = _cpu([sys.executable, "-m", "benchmark", *words], around, folder)
            assert f"{RUNS} of {RUNS} runs done" in out, out
            walls[jobs].append(time.perf_counter() - start)
    one, two = min(walls[1]), min(walls[2])
    return "two cores, single-threaded runs", f"{one:.1f} s on one", f"{two:.1f} s on two", one / two, ">= 1.7"


def overhead(methods: list[str]) -> list[tuple[str, str, str, float, str]]:
    """The harness' share of a run's CPU time by method; faces are prepared before."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        around = environment(Path(os.environ.get("PAD_CACHE") or folder / "cache"))
        around["PAD_DEMO"] = os.environ.get("PAD_DEMO", "default")
        _cpu([sys.executable, "-m", "benchmark", "prepare", "--world", "demo"], around, folder)
        for method in methods:
            words = ["run", "--method", method, "--protocol", "cefa2siw", "--world", "demo", "--quiet"]
            spent, _ = _cpu([sys.executable, "-m", "benchmark", *words], around, folder)
            (file,) = folder.glob(f"results/runs/demo/*/{method}/*/run.json")
            own = sum(stage["cpu_s"] for stage in json.loads(file.read_text())["stages"].values())
            share = (spent - own) / own
            found.append((f"harness beside {method}", f"{own:.1f} CPU-s", f"{spent:.1f} CPU-s", share, "<= 0.05"))
    return found


def _sweep(file: Path, results: Path) -> list[str]:
    return ["sweep", str(file), "--world", "demo", "--results", str(results)]


def _cpu(words: list[str], around: dict[str, str], folder: Path) -> tuple[float, str]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, env=around, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


if __name__ == "__main__":
    for row in [*rows(), *overhead(sys.argv[1:])]:
        print(*row[:3], f"{row[3]:.2f}", row[4], sep="   ")
