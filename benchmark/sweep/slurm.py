"""Runs of a sweep as job arrays of a Slurm cluster, through submitit; one array per kind of resources.

A job that hits its time limit or is preempted is put back in the queue by submitit's `checkpoint`; the run then goes on
from its workspace. What became of a run is read from the results folder, and whether its job is alive from `squeue`, so
that a sweep can be interrupted and taken up on another day, with or without accounting (`sacct`). The results folder
must be on a disk that every node sees.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.running.workspace import write_json
from benchmark.sweep.attempt import Attempt, Verdict, last_line
from benchmark.sweep.plan import Resources
from benchmark.sweep.state import Entry
from protocols.errors import InputError

ARRAY = 500
"""Jobs of one array; Slurm's own limit is 1,001 unless a site changes it."""
BUSY_SECONDS = 5.0
SETTLE = 3
"""Looks at a finished job before it counts as failed: another node's files take a moment to be seen here."""


@dataclass(frozen=True)
class Cluster:
    """How jobs are handed in.

    Attributes:
        folder: gets submitit's files and the logs of all jobs.
        partition, account: as `sbatch` takes them; None: the cluster's default.
        limit_minutes: time limit of every job; None: the hours of each run's resources.
        warning_seconds: how long before its limit a job is told, so that it goes back into the queue; at most half of
            the limit.
        requeues: how often a job may hit its limit.
        poll_seconds: between two looks at the queue.
    """

    folder: Path
    partition: str | None = None
    account: str | None = None
    limit_minutes: int | None = None
    warning_seconds: int = 60
    requeues: int = 20
    poll_seconds: float = 2.0


class Job:
    """What one array element does: the run's own command line in a process of its own.

    submitit pickles it, so it holds words and paths only; `checkpoint` is called when the time is up or the node is
    wanted.
    """

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt

    def __call__(self) -> Verdict:
        while True:
            worker = self.attempt.start()
            verdict = worker.wait()
            if verdict != "busy":
                return verdict
            time.sleep(BUSY_SECONDS)  # another sweep has this run; its lock, not the clock, decides

    def checkpoint(self, *_: Any) -> Any:
        """The same words again: a run goes on where it stopped."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def run_all(
    todo: Sequence[Entry], options: Sequence[str], cluster: Cluster, say: Callable[[str], None] = print
) -> dict[Entry, str]:
    """Hand in what is not done, wait, and return what failed, and why. Interrupting leaves the jobs in the queue."""
    from tqdm import tqdm

    jobs = submit(todo, options, cluster)
    say(f"  {len(jobs)} jobs in the queue; their logs: {cluster.folder}")
    failed: dict[Entry, str] = {}
    looks: dict[Entry, int] = defaultdict(int)
    with tqdm(total=len(jobs), desc="jobs", disable=not sys.stderr.isatty()) as bar:
        while jobs:
            alive = queue()
            for entry, job in list(jobs.items()):
                if alive is None or job in alive:
                    continue
                looks[entry] += 1
                if not entry.done and not entry.note.exists() and looks[entry] < SETTLE:
                    continue
                del jobs[entry]
                job_note(entry).unlink(missing_ok=True)
                bar.update()
                if entry.done:
                    say(f"  {'done':8} {entry.planned.title:40} {entry.said()}")
                    continue
                failed[entry] = why(entry, job, cluster)
                write_json(entry.note, {"code": 1, "reason": failed[entry]})
                say(f"  {'FAILED':8} {entry.planned.title:40} {failed[entry]}")
            if jobs:
                time.sleep(cluster.poll_seconds)
    return failed


def submit(todo: Sequence[Entry], options: Sequence[str], cluster: Cluster) -> dict[Entry, str]:
    """Job numbers; one array per kind of resources. Jobs of an earlier sweep that are still queued are kept.

    Raises `InputError` where no Slurm answers, or Slurm refuses the jobs.
    """
    alive = queue()
    if alive is None:
        raise InputError("--engine slurm: squeue does not answer here; run this where Slurm's commands work")
    jobs: dict[Entry, str] = {}
    groups: dict[Resources, list[Entry]] = defaultdict(list)
    for entry in todo:
        note = job_note(entry)
        number = note.read_text().strip() if note.exists() else ""
        if number in alive:
            jobs[entry] = number
        else:
            entry.note.unlink(missing_ok=True)
            groups[entry.planned.resources].append(entry)
    for need, group in groups.items():
        for start in range(0, len(group), ARRAY):
            members = group[start : start + ARRAY]
            for entry, number in zip(members, _hand_in(members, need, options, cluster), strict=True):
                note = job_note(entry)
                note.parent.mkdir(parents=True, exist_ok=True)
                note.write_text(number + "\n")
                jobs[entry] = number
    return jobs


def _hand_in(members: Sequence[Entry], need: Resources, options: Sequence[str], cluster: Cluster) -> list[str]:
    import submitit
    from submitit.core.utils import FailedJobError, FailedSubmissionError

    try:
        executor = submitit.AutoExecutor(cluster.folder, cluster="slurm", slurm_max_num_timeout=cluster.requeues)
        executor.update_parameters(**parameters(need, cluster))
        with executor.batch():
            handed_in = [executor.submit(Job(entry.attempt(options))) for entry in members]
    except (FailedJobError, FailedSubmissionError) as error:
        said = [line for line in str(error).splitlines() if "sbatch: error" in line] or [str(error)]
        raise InputError(f"--engine slurm: the jobs were refused: {said[0]}") from error
    return [job.job_id for job in handed_in]


def parameters(need: Resources, cluster: Cluster) -> dict[str, Any]:
    """What submitit asks Slurm for, in its own words."""
    minutes = cluster.limit_minutes or max(1, round(60 * need.hours))
    wanted: dict[str, Any] = {
        "name": "pad-benchmark",
        "tasks_per_node": 1,
        "cpus_per_task": need.cpus * need.processes,
        "mem_gb": need.memory_gb,
        "timeout_min": minutes,
        "slurm_signal_delay_s": min(cluster.warning_seconds, 30 * minutes),
        "slurm_additional_parameters": {"requeue": True},
        "slurm_srun_args": [f"--cpus-per-task={need.cpus * need.processes}"],  # srun does not inherit it since 22.05
    }
    if need.processes > 1 and not need.gpus:
        wanted["slurm_setup"] = ["export ACCELERATE_USE_CPU=true"]
    if need.gpus:
        wanted["slurm_gpus_per_node"] = need.gpus
    if cluster.partition:
        wanted["slurm_partition"] = cluster.partition
    if cluster.account:
        wanted["slurm_account"] = cluster.account
    return wanted


def job_note(entry: Entry) -> Path:
    """The file that holds the number of the job which was handed in for a run."""
    return entry.final.parent / f".{entry.final.name}.job"


def queue() -> set[str] | None:
    """Numbers of this user's jobs that wait or run, array elements one by one; None where Slurm does not answer."""
    lines = _ask("squeue", "--me", "--noheader", "--array", "--format=%i")
    return None if lines is None else {line.strip() for line in lines}


def why(entry: Entry, job: str, cluster: Cluster) -> str:
    """Why a job that is gone left no run: what Slurm says of it, and the run's or the job's last words."""
    facts = " ".join(_ask("scontrol", "--oneliner", "show", "job", job) or [])
    state = next((word.partition("=")[2] for word in facts.split() if word.startswith("JobState=")), "gone")
    said = entry.reason() or _last_error(cluster.folder, job)
    return f"job {job}: {state}; {said}" if said else f"job {job}: {state}"


def _last_error(folder: Path, job: str) -> str:
    logs = sorted(folder.glob(f"{job}_*_log.err"))
    return last_line(logs[-1]) if logs else ""


def _ask(*words: str) -> list[str] | None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.splitlines() if done.returncode == 0 else None
