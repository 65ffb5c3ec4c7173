"""Runs of a sweep on this machine: a process each, bounded by cores, accelerators and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from benchmark.__main__ import BUSY
from benchmark.sweep.plan import Resources
from benchmark.sweep.state import Entry, last_line
from benchmark.workspace import lock_file
from protocols.errors import unknown


class Budget:
    """What the machine has left. `take` waits until a run fits; a run that is larger than the machine has it alone."""

    def __init__(self, cpus: int, gpus: Sequence[str], memory_gb: float) -> None:
        self._all = (cpus, len(gpus), memory_gb)
        self._cpus, self._gpus, self._memory = cpus, list(gpus), memory_gb
        self._changed = threading.Condition()

    @contextmanager
    def take(self, need: Resources) -> Iterator[list[str]]:
        """The names of the accelerators that the run may use, for the length of a `with`."""
        cpus = min(need.cpus * need.processes, self._all[0])
        gpus = min(need.gpus, self._all[1])
        memory = min(need.memory_gb, self._all[2])
        with self._changed:
            self._changed.wait_for(
                lambda: self._cpus >= cpus and len(self._gpus) >= gpus and self._memory >= memory - 1e-9
            )
            self._cpus -= cpus
            self._memory -= memory
            mine = [self._gpus.pop(0) for _ in range(gpus)]
        try:
            yield mine
        finally:
            with self._changed:
                self._cpus += cpus
                self._memory += memory
                self._gpus += mine
                self._changed.notify_all()


def run_all(todo: Sequence[Entry], options: Sequence[str], budget: Budget, say=print) -> list[Entry]:
    """Run what is not done, and return what failed. Runs that another sweep works on are waited for, not repeated.

    `options` are words that every run gets (`--world`, `--config`, `--results`). Interrupting stops the runs; what
    they have finished stays, and the same sweep goes on from there.
    """
    from tqdm import tqdm

    processes: set[subprocess.Popen[bytes]] = set()
    failed = []
    pool = ThreadPoolExecutor(max_workers=max(1, min(len(todo), 64)))
    bar = tqdm(total=len(todo), desc="runs", disable=not sys.stderr.isatty())
    try:
        futures = {pool.submit(_run, entry, options, budget, processes): entry for entry in todo}
        for future in as_completed(futures):
            entry = futures[future]
            code = future.result()
            line = last_line(entry.log)
            if code:
                entry.fail(code, line)
                failed.append(entry)
            say(f"  {'done' if code == 0 else f'FAILED ({code})':12} {entry.planned.title:44} {line}")
            bar.update()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        raise
    finally:
        bar.close()
        pool.shutdown(wait=True)
    return failed


def _run(entry: Entry, options: Sequence[str], budget: Budget, processes: set[subprocess.Popen[bytes]]) -> int:
    while True:
        with budget.take(entry.planned.resources) as gpus:
            if (entry.final / "run.json").exists():
                return 0
            code = _attempt(entry, options, gpus, processes)
        if code != BUSY:
            return code
        with FileLock(lock_file(entry.final)):  # wait without holding a share of the machine
            pass


def _attempt(entry: Entry, options: Sequence[str], gpus: Sequence[str], processes: set[subprocess.Popen[bytes]]) -> int:
    entry.note.unlink(missing_ok=True)
    entry.log.parent.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": ",".join(gpus)}
    with entry.log.open("ab") as log:
        process = subprocess.Popen(
            command(entry, options), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
        processes.add(process)
        try:
            return process.wait()
        finally:
            processes.discard(process)


def command(entry: Entry, options: Sequence[str]) -> list[str]:
    """The process that makes a run: plain Python, or `accelerate launch` where several processes share it."""
    need = entry.planned.resources
    words = [*entry.planned.words(), *options]
    if need.processes == 1:
        return [sys.executable, "-m", "benchmark", *words]
    launch = ["--num_processes", str(need.processes), "--num_machines", "1", "--dynamo_backend", "no"]
    launch += ["--config_file", str(launch_file(need.launch))] if need.launch else ["--mixed_precision", "no"]
    launch += ["--cpu"] if not need.gpus else []
    return [sys.executable, "-m", "accelerate.commands.launch", *launch, "-m", "benchmark", *words]


def launch_file(word: str) -> Path:
    """An `accelerate` configuration: a shipped one by name (`zero3.yaml`, `fsdp.yaml`), or a path."""
    shipped = Path(__file__).parent / "launch" / word
    path = shipped if shipped.is_file() else Path(word)
    if not path.is_file():
        raise unknown("accelerate configuration", word, (p.name for p in shipped.parent.glob("*.yaml")))
    return path


def this_machine(jobs: int | None) -> Budget:
    """Cores (or `jobs`), visible accelerators and four fifths of the memory of this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return Budget(jobs or cores, _accelerators(), 0.8 * memory)


def _accelerators() -> list[str]:
    if (given := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [name for name in given.split(",") if name.strip() and name.strip() != "-1"]
    return [str(i) for i in range(len(list(Path("/proc/driver/nvidia/gpus").glob("*"))))]
