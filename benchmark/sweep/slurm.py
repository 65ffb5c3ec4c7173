"""Runs of a sweep as job arrays of a Slurm cluster, through submitit; one array per kind of resources.

Faces are prepared by jobs of their own, on which all runs depend. Of runs that share a model one trains it, and the
jobs of the others depend on its job: nobody holds a GPU to wait for another.

A job that hits its time limit or is preempted is put back in the queue by submitit's `checkpoint`; the run then goes on
from its workspace. What became of a run is read from the results folder, and whether its job is alive from `squeue`, so
that a sweep can be interrupted and taken up on another day, with or without accounting (`sacct`). The results folder
must be on a disk that every node sees.
"""

from __future__ import annotations

import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.running.workspace import write_json
from benchmark.sweep.attempt import Attempt, Verdict, last_line
from benchmark.sweep.plan import USUAL, Needs
from benchmark.sweep.preparing import failure
from benchmark.sweep.state import SweepRun
from protocols.errors import InputError
from protocols.progress import Progress

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
        partition, account: as `sbatch` takes them, for every job; None: what the sweep's file says.
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

    @property
    def logs(self) -> Path:
        """Where the commands write what they say."""
        return self.folder.parent / "logs"


@dataclass(frozen=True)
class Preparation:
    """The commands that prepare the faces, and what their jobs need."""

    attempts: tuple[Attempt, ...] = ()
    needs: Needs = USUAL


NOTHING = Preparation()


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
            if verdict == "failed" and self.attempt.final is None:
                raise RuntimeError(worker.reason)  # the job fails, and with it those that depend on it
            if verdict != "busy":
                return verdict
            time.sleep(BUSY_SECONDS)  # another sweep has this run; its lock, not the clock, decides

    def checkpoint(self, *_: object) -> object:
        """The same words again: a run goes on where it stopped."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def wait(jobs: dict[SweepRun, str], cluster: Cluster, say: Callable[[str], None] = print) -> dict[SweepRun, str]:
    """Wait for jobs that are handed in, and return what failed, and why. Interrupting leaves them in the queue."""
    failed: dict[SweepRun, str] = {}
    looks: dict[SweepRun, int] = defaultdict(int)
    jobs = dict(jobs)
    with Progress("jobs", len(jobs)) as progress:
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
                progress.advance()
                if entry.done:
                    say(f"  {'done':8} {entry.planned.title:40} {entry.said()}")
                    continue
                failed[entry] = why(entry, job, cluster)
                write_json(entry.note, {"code": 1, "reason": failed[entry]})
                say(f"  {'FAILED':8} {entry.planned.title:40} {failed[entry]}")
            if jobs:
                progress.advance(0)
                time.sleep(cluster.poll_seconds)
    return failed


def submit(
    todo: Sequence[SweepRun], options: Sequence[str], cluster: Cluster, faces: Preparation = NOTHING
) -> dict[SweepRun, str]:
    """Job numbers; arrays by what jobs need and wait for. Jobs of an earlier sweep that are still queued are kept.

    Raises `InputError` where no Slurm answers, or Slurm refuses the jobs.
    """
    alive = queue()
    if alive is None:
        raise InputError("--engine slurm: squeue does not answer here; run this where Slurm's commands work")
    jobs = {entry: number for entry in todo if (number := _noted(entry)) in alive}
    new = [entry for entry in todo if entry not in jobs]
    for entry in new:
        entry.note.unlink(missing_ok=True)
    trains = {entry.spec.training: number for entry, number in jobs.items()}
    before = [f"afterok:{number}" for number in _prepare(faces, cluster)] if new else []
    leaders: dict[str, SweepRun] = {}
    for entry in new:
        if entry.spec.training not in trains:
            leaders.setdefault(entry.spec.training, entry)
    first = set(leaders.values())
    for entries in (list(leaders.values()), [entry for entry in new if entry not in first]):
        groups: dict[tuple[Needs, str], list[SweepRun]] = defaultdict(list)
        for entry in entries:
            trainer = trains.get(entry.spec.training)
            after = ",".join([*before, *([f"afterany:{trainer}"] if trainer else [])])
            groups[Needs(entry.planned.resources, entry.planned.site), after].append(entry)
        for (needs, after), group in groups.items():
            found = _hand_in([entry.attempt(options) for entry in group], needs, cluster, after)
            for entry, number in zip(group, found, strict=True):
                note = job_note(entry)
                note.parent.mkdir(parents=True, exist_ok=True)
                note.write_text(number + "\n")
                jobs[entry] = number
        trains |= {entry.spec.training: jobs[entry] for entry in entries if entry in first}
    return {entry: jobs[entry] for entry in todo}


def _prepare(faces: Preparation, cluster: Cluster) -> list[str]:
    return _hand_in(faces.attempts, faces.needs, cluster, "") if faces.attempts else []


def _noted(entry: SweepRun) -> str:
    note = job_note(entry)
    return note.read_text().strip() if note.exists() else ""


def _hand_in(attempts: Sequence[Attempt], needs: Needs, cluster: Cluster, after: str) -> list[str]:
    """Numbers of jobs of one kind, in arrays."""
    import submitit
    from submitit.core.utils import FailedJobError, FailedSubmissionError

    jobs = []
    try:
        for start in range(0, len(attempts), ARRAY):
            executor = submitit.AutoExecutor(cluster.folder, cluster="slurm", slurm_max_num_timeout=cluster.requeues)
            executor.update_parameters(**parameters(needs, cluster, after))
            with executor.batch():
                jobs += [executor.submit(Job(attempt)) for attempt in attempts[start : start + ARRAY]]
    except (FailedJobError, FailedSubmissionError) as error:
        said = [line for line in str(error).splitlines() if "sbatch: error" in line] or [str(error)]
        raise InputError(f"--engine slurm: the jobs were refused: {said[0]}") from error
    return [job.job_id for job in jobs]


def parameters(needs: Needs, cluster: Cluster, after: str = "") -> dict[str, object]:
    """What submitit asks Slurm for, in its own words; `after`: a dependency as sbatch takes it."""
    need, site = needs.resources, needs.site
    minutes = cluster.limit_minutes or max(1, round(60 * need.hours))
    cpus = need.cpus * need.processes
    wanted: dict[str, object] = {
        "name": "pad-benchmark",
        "tasks_per_node": 1,
        "cpus_per_task": cpus,
        "mem_gb": need.memory_gb,
        "timeout_min": minutes,
        "slurm_signal_delay_s": min(cluster.warning_seconds, 30 * minutes),
        "slurm_additional_parameters": {"requeue": True, "kill-on-invalid-dep": "yes", **dict(site.options)},
        "slurm_srun_args": [f"--cpus-per-task={cpus}", *site.srun],  # srun does not inherit it since 22.05
    }
    on_cpu = need.processes > 1 and not need.gpus
    setup = [*site.setup, *(["export ACCELERATE_USE_CPU=true"] if on_cpu else [])]
    named = {
        "setup": setup,
        "gpus_per_node": 0 if "gpu" in site.gres else need.gpus,
        "gres": site.gres if need.gpus or "gpu" not in site.gres else "",  # GPUs are not asked for with --device cpu
        "partition": cluster.partition or site.partition,
        "account": cluster.account or site.account,
        "qos": site.qos,
        "constraint": site.constraint,
        "dependency": after,
    }
    return wanted | {f"slurm_{key}": value for key, value in named.items() if value}


def job_note(entry: SweepRun) -> Path:
    """The file that holds the number of the job which was handed in for a run."""
    return entry.final.parent / f".{entry.final.name}.job"


def queue() -> set[str] | None:
    """Numbers of this user's jobs that wait or run, array elements one by one; None where Slurm does not answer."""
    lines = _ask("squeue", "--me", "--noheader", "--array", "--format=%i")
    return None if lines is None else {line.strip() for line in lines}


def why(entry: SweepRun, job: str, cluster: Cluster) -> str:
    """Why a job that is gone left no run: what Slurm says of it, and the run's or the job's last words."""
    facts = " ".join(_ask("scontrol", "--oneliner", "show", "job", job) or [])
    state = next((word.partition("=")[2] for word in facts.split() if word.startswith("JobState=")), "gone")
    said = entry.reason() or _last_error(cluster.folder, job) or failure(entry.spec.recipe, cluster.logs)
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
