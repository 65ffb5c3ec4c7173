"""What an installation may leave out: the packages of each extra, and one line for whoever asks for what is missing."""

from __future__ import annotations

from importlib.util import find_spec

from protocols.errors import InputError

MODULES = {
    "cnn": ("torch", "torchvision"),
    "clip": ("torch", "torchvision", "open_clip", "peft", "accelerate"),
    "mllm": ("torch", "torchvision", "transformers", "trl", "peft", "accelerate", "datasets", "tokenizers"),
    "slurm": ("submitit",),
    "notebook": ("pandas",),
    "sharded": ("deepspeed",),
    "vllm": ("vllm",),
}
"""Extra -> the modules that it brings, of `[project.optional-dependencies]`."""


def require(extra: str, what: str) -> None:
    """Raise `InputError` where a module of an extra is not installed; `what` needs it. Nothing is imported."""
    if module := absent(extra):
        raise InputError(f"{what} needs {module}, which is not installed: {command(extra)}")


def absent(extra: str) -> str | None:
    """The first module of an extra that is not installed, or None."""
    return next((module for module in MODULES.get(extra, ()) if find_spec(module) is None), None)


def missing(error: ModuleNotFoundError) -> InputError | None:
    """The one line for a module of an extra that was imported and is not there; None for any other module."""
    module = (error.name or "").partition(".")[0]
    for extra, modules in MODULES.items():
        if module in modules:
            return InputError(f"this needs {module}, which is not installed: {command(extra)}")
    return None


def command(extra: str) -> str:
    """How an extra is installed."""
    return f"pip install 'pad-benchmark[{extra}]'"
