"""Where a figure comes from: code, packages and machine, as they stand in `run.json`."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import methods
import protocols
from benchmark.results.records import Code
from protocols.json_values import Json

CORE = ("av", "mtcnn-runtime", "numpy", "onnxruntime", "opencv-python-headless", "pillow", "scikit-learn", "scipy")
"""What every installation has; the others come with extras (`methods.extras`)."""
PACKAGES = sorted(
    (*CORE, "accelerate", "open-clip-torch", "peft", "timm", "torch", "torchvision", "transformers", "trl")
)
FOLDERS = tuple(Path(str(package.__file__)).parent for package in (methods, protocols))


@cache
def code() -> Code:
    """Package version, commit and whether the checkout differs from it; a digest of the sources in any case.

    `commit` and `dirty` are None (unknown) where this file does not come from a checkout of this project's own.
    """
    file = Path(__file__).resolve()
    commit = _git(file.parent, "rev-parse", "HEAD") if own_checkout(file, file.parents[2]) else None
    changed = _git(file.parent, "status", "--porcelain", "--untracked-files=no") if commit else None
    return Code(_version("pad-benchmark"), commit, bool(changed) if commit else None, sources_digest())


@cache
def sources_digest() -> str:
    """SHA-256 over the Python sources that make scores: unfinished work of another version is not taken up."""
    sha = hashlib.sha256()
    for folder in FOLDERS:
        for file in sorted(folder.rglob("*.py")):
            sha.update(file.relative_to(folder.parent).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return sha.hexdigest()[:16]


def packages() -> dict[str, str | None]:
    """Installed versions of what can change a score."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def hardware(device: str, threads: int) -> dict[str, Json]:
    """Processor, cores, memory in MiB and, if one is used, the accelerator."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    facts: dict[str, Json] = {
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": pages,
        "device": device,
        "threads": threads,
    }
    if device.startswith("cuda"):
        import torch

        facts["accelerator"] = torch.cuda.get_device_name(device)
    return facts


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def own_checkout(file: Path, root: Path) -> bool:
    """True if `file` is tracked by a repository whose top is `root`: one that merely encloses it is somebody else's."""
    top = _git(file.parent, "rev-parse", "--show-toplevel")
    tracked = _git(file.parent, "ls-files", "--error-unmatch", "--", file.name)
    return top is not None and tracked is not None and Path(top).resolve() == root.resolve()


def _git(folder: Path, *words: str) -> str | None:
    """What git says of a folder, whatever repository the environment names (as it does within a hook)."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=20, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
