"""A guarded command ends as it would alone, and never outlives the process that holds the other end of the pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from benchmark.sweep import guard

ESCAPED = (
    "import subprocess, sys, time;"
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], start_new_session=True);"
    "print(p.pid, flush=True);"
)


def guarded(code, **more):
    """The command under guard, and the end of the pipe that keeps it alive."""
    theirs, ours = os.pipe()
    words = [sys.executable, "-I", "-S", guard.__file__, str(theirs), sys.executable, "-c", code]
    process = subprocess.Popen(words, pass_fds=(theirs,), start_new_session=True, text=True, **more)
    os.close(theirs)
    return process, ours


def alive(pid):
    return pid in {known for known, _ in guard.processes()}


def wait_until_gone(pid):
    until = time.monotonic() + 60
    while alive(pid):
        assert time.monotonic() < until, f"{pid} is still there"
        time.sleep(0.02)


@pytest.mark.parametrize("code", [0, 2, 75])
def test_it_ends_with_the_code_of_the_command(code):
    process, ours = guarded(f"raise SystemExit({code})")
    assert process.wait(timeout=60) == code
    os.close(ours)


def test_it_ends_by_the_signal_of_the_command():
    process, ours = guarded("import os; os.kill(os.getpid(), 9)")
    assert process.wait(timeout=60) == -signal.SIGKILL
    os.close(ours)


@pytest.mark.parametrize("after", ["time.sleep(300)", "pass"])
def test_nothing_is_left_when_the_pipe_closes_or_the_command_ends(after):
    """A process in a session of its own, as launchers make them, whose parent may be gone already."""
    process, ours = guarded(ESCAPED + after, stdout=subprocess.PIPE)
    escaped = int(process.stdout.readline())
    if after != "pass":
        assert alive(escaped)
        os.close(ours)
    process.wait(timeout=60)
    process.stdout.close()
    wait_until_gone(escaped)
    if after == "pass":
        os.close(ours)
