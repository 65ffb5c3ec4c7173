"""One try at a run: a process of its own, its output in the run's log, and what became of it.

A process of its own keeps a method's memory, threads and crash to itself. An `Attempt` holds words only, so that a
cluster's node can be told what to do.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmark.running.workspace import held, write_json
from benchmark.sweep.plan import Resources, launch_file

BUSY = 75
"""The exit code of a command that found another process at its work (EX_TEMPFAIL)."""

GUARD = str(Path(__file__).with_name("guard.py"))
PATIENCE = 10.0
"""Seconds that a stopped process gets to be gone."""

ROOM = 2**20
"""Bytes that a disk needs for another line of a log, with room to spare."""

Verdict = Literal["done", "busy", "failed"]


@dataclass(frozen=True)
class Attempt:
    """What is run and where its traces go.

    Attributes:
        words: the whole command.
        final: the run's directory once it is done; None: no run, done when the command ends well.
        log: gets the output of every attempt, one after the other.
        note: JSON with the code and the reason of a failure; gone while another attempt is made.
        folder: working directory.
    """

    words: tuple[str, ...]
    final: Path | None
    log: Path
    note: Path
    folder: Path

    def start(self, environment: Mapping[str, str] | None = None) -> Worker:
        """Start the process, in a session of its own so that all that it starts can be stopped with it, and under a
        guard, so that it never outlives this process."""
        self.note.unlink(missing_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            log.seek(0, os.SEEK_END)
            before = log.tell()
            theirs, ours = os.pipe()
            try:
                process = subprocess.Popen(
                    [sys.executable, "-I", "-S", GUARD, str(theirs), *self.words],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self.folder,
                    env={**os.environ, **(environment or {})},
                    start_new_session=True,
                    pass_fds=(theirs,),
                )
            except BaseException:
                os.close(ours)
                raise
            finally:
                os.close(theirs)
        return Worker(self, process, before, ours)


class Worker:
    """An attempt under way."""

    def __init__(self, attempt: Attempt, process: subprocess.Popen[bytes], before: int, leash: int) -> None:
        self.attempt, self._process, self._before = attempt, process, before
        self._leash: int | None = leash
        self.reason = ""
        """Why it failed, after a verdict that says so."""

    def ended(self) -> bool:
        """True once the process is gone."""
        return self._process.poll() is not None

    def wait(self) -> Verdict:
        """Wait for the end. Whatever interrupts the waiting stops the process, too."""
        try:
            self._process.wait()
        except BaseException:
            self.stop()
            raise
        return self.verdict()

    def stop(self) -> None:
        """End the process and all that it started; a run survives this at any point and goes on from there."""
        self._let_go()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)  # for the guard, which knows processes of other sessions, too
        self._end_group()
        self._process.wait()

    def _let_go(self) -> None:
        if self._leash is not None:
            os.close(self._leash)
            self._leash = None

    def _end_group(self) -> None:
        """Kill what is left of the process's group, and wait until the system has cleared it away."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return
            self._process.poll()
            time.sleep(0.02)

    def verdict(self) -> Verdict:
        """What became of an attempt that has ended; a failure is noted with its reason."""
        code = self._process.wait()
        self._let_go()
        if code:
            self._end_group()  # if the guard itself was killed, what it guarded would keep the run's lock
        final = self.attempt.final
        if code == 0 if final is None else (final / "run.json").exists():
            return "done"
        if code == BUSY or (final is not None and held(final)):
            return "busy"
        self.reason = self._why(code)
        with suppress(OSError):  # on a full disk there is no room for the note either
            write_json(self.attempt.note, {"code": code, "reason": self.reason})
        return "failed"

    def last_line(self) -> str:
        """What the attempt said last."""
        return last_line(self.attempt.log, since=self._before)

    def _why(self, code: int) -> str:
        said = self.last_line()
        if code < 0:
            killed = f"killed by {signal.Signals(-code).name}"
            return f"{killed}; its last words: {said}" if said else killed
        if not said and shutil.disk_usage(self.attempt.log.parent).free < ROOM:
            return f"the disk is full, and with it the log: {self.attempt.log.parent}"
        return said or f"ended with code {code} and without a word"


def command(words: Sequence[str], need: Resources) -> tuple[str, ...]:
    """`words` after `python -m benchmark` as a whole command: plain Python, or a launcher of several processes.

    GPUs go through `accelerate launch`. Processes on the CPU go through `torchrun`, which sets what `accelerate` reads:
    `accelerate launch --cpu --num_processes 2` starts a single process unless there is MPI.
    """
    if need.processes == 1:
        return (sys.executable, "-m", "benchmark", *words)
    number = str(need.processes)
    if not need.gpus:
        launch = ["torch.distributed.run", "--standalone", "--nproc-per-node", number]
    else:
        launch = ["accelerate.commands.launch", "--num_processes", number, "--num_machines", "1"]
        launch += ["--main_process_port", "0", "--dynamo_backend", "no"]  # 0: any free port
        launch += ["--config_file", str(launch_file(need.launch))] if need.launch else ["--multi_gpu"]
        launch += [] if need.launch else ["--mixed_precision", "no"]
    return (sys.executable, "-m", *launch, "-m", "benchmark", *words)


def last_line(log: Path, since: int = 0) -> str:
    """The last line with a word on it, read from the end of a log of any size; "" where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, log.stat().st_size - 20_000))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:500] for line in reversed(lines) if any(map(str.isalnum, line))), "")
