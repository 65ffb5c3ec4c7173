"""Runs of a sweep as job arrays of a Slurm cluster, through submitit; one array per kind of resources.

A job that hits its time limit or is preempted is put back in the queue by submitit's `checkpoint`; the run then goes on
from its workspace. The results folder must be on a disk that every node sees.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.__main__ import BUSY
from benchmark.sweep import local
from benchmark.sweep.plan import Resources
from benchmark.sweep.state import Entry, last_line
from protocols.errors import InputError


@dataclass(frozen=True)
class Cluster:
    """How jobs are handed in. `limit_minutes` overrides every run's time limit (None: the resources' hours)."""

    folder: Path
    partition: str | None = None
    account: str | None = None
    limit_minutes: int | None = None
    poll_seconds: float = 2.0
    requeues: int = 20


class Job:
    """What one array element does: the run's own command line in a sub-process, its output into the run's log.

    submitit calls `checkpoint` when the time is up or the node is wanted; it must be picklable, and holds words only.
    """

    def __init__(self, words: Sequence[str], log: str, folder: str) -> None:
        self.words, self.log, self.folder = list(words), log, folder

    def __call__(self) -> int:
        os.chdir(self.folder)
        Path(self.log).parent.mkdir(parents=True, exist_ok=True)
        while True:
            with Path(self.log).open("ab") as log:
                code = subprocess.run(self.words, stdin=subprocess.DEVNULL, stdout=log, stderr=log).returncode
            if code != BUSY:
                return code
            time.sleep(5)  # another sweep works on this run; the lock, not the clock, decides

    def checkpoint(self, *_: Any) -> Any:
        """The same words again: a run goes on where it stopped."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def run_all(
    todo: Sequence[Entry], options: Sequence[str], cluster: Cluster, say: Callable[[str], None] = print
) -> list[Entry]:
    """Hand in what is not done, wait, and return what failed. Interrupting leaves the jobs in the queue."""
    from tqdm import tqdm

    waiting = submit(todo, options, cluster)
    say(f"  {len(waiting)} jobs handed in; logs in {cluster.folder}")
    failed = []
    bar = tqdm(total=len(waiting), desc="jobs", disable=not sys.stderr.isatty())
    while waiting:
        for entry, job in list(waiting.items()):
            if not job.done(force_check=True):
                continue
            del waiting[entry]
            bar.update()
            code, reason = _outcome(entry, job)
            if code:
                entry.fail(code, reason)
                failed.append(entry)
            say(f"  {'done' if code == 0 else f'FAILED ({code})':12} {entry.planned.title:44} {reason}")
        if waiting:
            time.sleep(cluster.poll_seconds)
    bar.close()
    return failed


def submit(todo: Sequence[Entry], options: Sequence[str], cluster: Cluster) -> dict[Entry, Any]:
    """Hand in one array per kind of resources. Raises `InputError` where no Slurm answers."""
    import submitit

    groups: dict[Resources, list[Entry]] = defaultdict(list)
    for entry in todo:
        entry.note.unlink(missing_ok=True)
        groups[entry.planned.resources].append(entry)
    jobs: dict[Entry, Any] = {}
    for need, members in groups.items():
        try:
            executor = submitit.AutoExecutor(cluster.folder, cluster="slurm", slurm_max_num_timeout=cluster.requeues)
        except RuntimeError as error:
            raise InputError(f"--engine slurm: {error}; is sbatch on the PATH of this machine?") from error
        executor.update_parameters(**parameters(need, cluster))
        with executor.batch():
            handed_in = [
                executor.submit(Job(local.command(entry, options), str(entry.log.resolve()), str(Path.cwd())))
                for entry in members
            ]
        jobs.update(zip(members, handed_in, strict=True))
    return jobs


def parameters(need: Resources, cluster: Cluster) -> dict[str, Any]:
    """What submitit asks Slurm for, in its own words."""
    wanted: dict[str, Any] = {
        "name": "pad-benchmark",
        "tasks_per_node": 1,
        "cpus_per_task": need.cpus * need.processes,
        "mem_gb": need.memory_gb,
        "timeout_min": cluster.limit_minutes or max(1, round(60 * need.hours)),
        "slurm_signal_delay_s": 30,
    }
    if need.gpus:
        wanted["slurm_gpus_per_node"] = need.gpus
    if cluster.partition:
        wanted["slurm_partition"] = cluster.partition
    if cluster.account:
        wanted["slurm_account"] = cluster.account
    return wanted


def _outcome(entry: Entry, job: Any) -> tuple[int, str]:
    """(0, last line) for a run that stands; else its exit code, or 1, and why."""
    if (entry.final / "run.json").exists():
        return 0, last_line(entry.log)
    error = job.exception()
    if error is None:
        code = int(job.result())
        return code or 1, last_line(entry.log)
    text = str(error).strip().splitlines()
    return 1, f"job {job.job_id}: {text[-1] if text else job.state}"
