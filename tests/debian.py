"""Programs that some tests need and that come as packages of Debian or Ubuntu.

They are installed where `CI=true` and the process is root. Elsewhere a test that needs one that is missing is skipped,
and says what to install.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest


def program(name: str) -> str | None:
    """Where a program lies, daemons included; None if it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def require(programs: Sequence[str], packages: Sequence[str]) -> None:
    """Return once all programs are there; else skip the test with the command that installs them."""
    missing = [name for name in programs if program(name) is None]
    if not missing:
        return
    if os.environ.get("CI") != "true" or os.geteuid():
        pytest.skip(
            f"no {', '.join(missing)} here: apt-get install {' '.join(packages)}; with CI=true, root gets it so"
        )
    install(packages)


def install(packages: Sequence[str]) -> None:
    """Install packages with apt; of several processes one after the other."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with (Path(tempfile.gettempdir()) / "tests-debian.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
        words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        subprocess.run(words, check=True, env=environment, stdout=subprocess.DEVNULL)
