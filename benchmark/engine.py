"""Several commands of this package at a time, each in a process of its own, with one progress bar.

A process of its own keeps a method's memory, threads and crash to itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One command: a title for people, and the words after `python -m benchmark`."""

    title: str
    words: Sequence[str]


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_all(tasks: Sequence[Task], jobs: int) -> list[Task]:
    """Run every task, at most `jobs` at a time; the failed ones are returned, each named with its last line."""
    from tqdm import tqdm

    failed = []
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        waiting = {pool.submit(_run, task): task for task in tasks}
        bar = tqdm(total=len(tasks), desc="runs", disable=not sys.stderr.isatty())
        for future in as_completed(waiting):
            task, (code, out) = waiting[future], future.result()
            lines = [line for line in out.splitlines() if line.strip()]
            last = lines[-1].strip() if lines else ""
            tqdm.write(f"  {'done' if code == 0 else f'FAILED ({code})':10} {task.title:32} {last}", file=sys.stdout)
            bar.update()
            if code:
                failed.append(task)
        bar.close()
    return failed


def _run(task: Task) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmark", *task.words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout
