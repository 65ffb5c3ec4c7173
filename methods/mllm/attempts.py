"""A job whose time limit is shorter than the way to its next checkpoint would be requeued until it is given up.

Slurm counts how often it has put a job back (SLURM_RESTART_COUNT). Each attempt notes from which step it went on; the
third that would go on from the same one as the two before it ends the run instead, and says what to change. Killed and
started by hand, a training goes on for ever: there the variable is not set.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from protocols.errors import InputError
from protocols.files import write_whole

FILE = "attempts.json"
ALIKE = 2
"""Attempts without a checkpoint that are enough; one may have met a node that was wanted for something else."""


def require_progress(folder: Path, step: int, save_every: int, *, writes: bool) -> None:
    """Note that this attempt goes on from `step`. Every process of a run calls it; one of them `writes`.

    Raises `InputError` where the attempts before it in the same job went no further.
    """
    job, count = os.environ.get("SLURM_JOB_ID"), os.environ.get("SLURM_RESTART_COUNT", "0")
    if job is None or not count.isdecimal():
        return
    now = int(count)
    noted = {number: begun for number, begun in _noted(folder, job).items() if number < now}
    before = [noted.get(number) for number in range(now - ALIKE, now)]
    if now >= ALIKE and before == [step] * ALIKE:
        raise InputError(
            f"{folder}: {ALIKE} attempts of job {job} went on from step {step} and ended before the next checkpoint, "
            f"{save_every} steps later: its time limit is too short. Give it more (hours in the sweep's file, or "
            f"--minutes) or lower save_every (now {save_every})"
        )
    if writes:
        write_whole(folder / FILE, json.dumps({"job": job, "begun": {**noted, now: step}}).encode())


def _noted(folder: Path, job: str) -> dict[int, int]:
    """Attempt -> the step that it went on from, of the same job."""
    try:
        content = json.loads((folder / FILE).read_bytes())
        return {int(k): int(v) for k, v in content["begun"].items()} if content["job"] == job else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
