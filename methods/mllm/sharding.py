"""How a model is cut over the processes of this launch: what `accelerate launch` says in the environment."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Literal

from methods.processes import Processes
from protocols.errors import InputError

Kind = Literal["FSDP", "DeepSpeed"]
TESTED = ("0.19",)
"""Minor versions of DeepSpeed whose checkpoints and gathered weights are known to be what is expected here."""
INSTALL = "install the extra: pip install 'pad-benchmark[sharded]'"


@dataclass(frozen=True)
class Cut:
    """What a process holds of a model that is trained.

    Attributes:
        kind: what cuts it; None: every process holds a whole one.
        processes: number of shares; 1 where nothing is cut.
        offload: True where master weights and optimizer state lie in main memory.
    """

    kind: Kind | None = None
    processes: int = 1
    offload: bool = False


WHOLE = Cut()


def kind() -> Kind | None:
    """What cuts models over the processes of this launch; None where every process holds a whole one."""
    known: tuple[Kind, ...] = ("FSDP", "DeepSpeed")
    return next((k for k in known if _given(f"ACCELERATE_USE_{k.upper()}") == "true"), None)


def cut() -> Cut:
    """How this launch cuts a model."""
    what = kind()
    if what is None:
        return WHOLE
    offload = (
        _given("ACCELERATE_DEEPSPEED_OFFLOAD_OPTIMIZER_DEVICE") == "cpu"
        if what == "DeepSpeed"
        else _given("FSDP_OFFLOAD_PARAMS") == "true"
    )
    return Cut(what, Processes.from_environment().size, offload)


def require() -> None:
    """Raise `InputError` where this launch asks for DeepSpeed and a tested one is not installed."""
    if kind() == "DeepSpeed" and (wrong := unusable()):
        raise InputError(f"the launch file asks for DeepSpeed: {wrong}, or launch with fsdp.yaml")


def unusable() -> str | None:
    """Why DeepSpeed cannot be used here, and the mend; None if it can."""
    from importlib import metadata  # `list` imports this file, and these take longer than all of it

    try:
        version = metadata.version("deepspeed")
    except metadata.PackageNotFoundError:
        return f"it is not installed; {INSTALL}"
    if ".".join(version.split(".")[:2]) not in TESTED:
        return f"its version {version} is not among those tested ({', '.join(TESTED)}); {INSTALL}"
    return None


def unopened() -> str | None:
    """What accelerate says where it cannot open its DeepSpeed plugin; None if it can. In a process of its own: both
    packages change what they are imported into.
    """
    import subprocess

    asked = "from accelerate import DeepSpeedPlugin; DeepSpeedPlugin(zero_stage=3)"
    try:
        done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return "it did not answer within five minutes"
    if done.returncode == 0:
        return None
    return next((line for line in reversed(done.stderr.splitlines()) if line.strip()), f"exit code {done.returncode}")


def _given(name: str) -> str:
    return os.environ.get(name, "").lower()
