"""A process that another one cannot outlive: `python guard.py DESCRIPTOR COMMAND...`, run as a script.

It starts the command and waits for it, and listens on a pipe whose other end only its parent holds. When that end
closes, because the parent ended in whatever way, kill -9 included, everything that the command started is killed, in
whatever session it is. It ends as the command did, by the same code or signal. Standard library only: it starts in
milliseconds. Where the system lets it, it inherits orphans, so that none escapes through a parent that died first.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of Linux' prctl
_ROUNDS = 100


def main() -> None:
    """Run the command under guard and end as it ends."""
    pipe, words = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(pipe, False)
    _inherit_orphans()
    process = subprocess.Popen(words)
    while process.poll() is None:
        if select.select([pipe], [], [], 0.05)[0]:  # nobody ever writes: it is readable once it is closed
            end_all()
            os._exit(1)
    end_all()  # what a launcher left behind
    _end_like(process.returncode)


def end_all() -> None:
    """Kill everything that comes from this process, until there is nothing left of it."""
    for _ in range(_ROUNDS):
        alive = descendants(os.getpid())
        if not alive:
            return
        for pid in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def descendants(root: int) -> list[int]:
    """The living processes below one, by the system's own table."""
    below: dict[int, list[int]] = {}
    for pid, parent in processes():
        below.setdefault(parent, []).append(pid)
    found, waiting = [], [root]
    while waiting:
        few = below.get(waiting.pop(), [])
        found += few
        waiting += few
    return found


def processes() -> list[tuple[int, int]]:
    """(process, parent) of every process that is not a mere entry waiting to be read."""
    if Path("/proc/self/stat").exists():
        rows = []
        for place in Path("/proc").iterdir():
            if place.name.isdecimal():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    words = (place / "stat").read_text().rpartition(")")[2].split()
                    if words[0] != "Z":
                        rows.append((int(place.name), int(words[1])))
        return rows
    said = subprocess.run(["/bin/ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True).stdout
    lines = [line.split() for line in said.splitlines()]
    return [(int(line[0]), int(line[1])) for line in lines if len(line) > 2 and not line[2].startswith("Z")]


def _inherit_orphans() -> None:
    with contextlib.suppress(OSError, AttributeError, ImportError):
        import ctypes

        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _end_like(code: int) -> None:
    if code >= 0:
        os._exit(code)
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one dump is enough
    with contextlib.suppress(OSError, ValueError):
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    os._exit(128 - code)


if __name__ == "__main__":
    main()
