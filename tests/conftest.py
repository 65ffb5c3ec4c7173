"""What several tests share: one small demo world a test process, and runs started as people start them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # tests run side by side; a second thread would only wait for the first

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def demo_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of a small demo world, written once and shared by all test processes of a session."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "demo-cache"


@pytest.fixture
def command(demo_cache: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`command("run", "--method", ...)`: the command line in a process of its own, in the small demo world."""

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "benchmark", *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(demo_cache) | more,
        )

    return run


class SmallDisk:
    """A folder with a file system of its own, so that a disk can really be full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self, size: str) -> None:
        """Give it `size` bytes in all (`40k`). Skips the test where only root may do that, and says so."""
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(self.folder)]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"a full disk cannot be made here: {done.stderr.strip()}")

    def resize(self, size: str) -> None:
        """Make room, or take it."""
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """`small_disk.mount("40k")` before use; unmounted afterwards."""
    disk = SmallDisk(tmp_path / "small-disk")
    disk.folder.mkdir()
    yield disk
    if disk.folder.is_mount():
        subprocess.run(["umount", str(disk.folder)], check=True)


def environment(cache: Path) -> dict[str, str]:
    """The environment of a process that works in the small demo world."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PAD_")}
    return kept | {"PAD_CACHE": str(cache), "PAD_DEMO": "small", "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
