"""What a cluster wants to be told of a job beside its size: the `[slurm]` tables of a sweep's file.

[slurm."*"]                             # a pattern of method names; later ones win; `prepare` is the job for faces
partition = "cpu"
account = "lab"
setup = ["module load cuda/12.4", "export HF_HOME=/scratch/hf"]    # lines of the job's script, before the run

[slurm."grpo*"]
partition = "gpu"
qos = "long"
constraint = "a100"
gres = "gpu:a100:8"                     # instead of --gpus-per-node
srun = ["--mpi=none"]                   # arguments of srun
options = { reservation = "icml", exclude = "node7" }    # any other option of sbatch
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import get_type_hints

from protocols.errors import InputError, unknown
from protocols.json_values import Parsed

OWN = (
    *("array", "cpus-per-task", "dependency", "error", "gpus-per-node", "job-name", "kill-on-invalid-dep", "mem"),
    *("nodes", "ntasks-per-node", "open-mode", "output", "requeue", "signal", "time"),
)
"""Options of sbatch that the sweep itself gives."""


@dataclass(frozen=True)
class Site:
    """How the jobs of one pattern are handed in; empty: the cluster's default."""

    partition: str = ""
    account: str = ""
    qos: str = ""
    constraint: str = ""
    gres: str = ""
    setup: tuple[str, ...] = ()
    srun: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


ANYWHERE = Site()


def parse(pattern: str, values: object) -> dict[str, Parsed]:
    """The checked entries of one pattern, as fields of `Site`. Raises `InputError`."""
    where = f'[slurm."{pattern}"]'
    if not isinstance(values, Mapping):
        raise InputError(f"{where} is not a table of names and values")
    known = [field.name for field in fields(Site)]
    found: dict[str, Parsed] = {}
    for key, value in values.items():
        if key not in known:
            raise InputError(f"{where}: {unknown('entry', key, known)}")
        if key == "options":
            found[key] = _options(where, value)
        elif get_type_hints(Site)[key] is str:
            found[key] = _line(f"{where}: {key}", value)
        else:
            if not isinstance(value, list):
                raise InputError(f"{where}: {key} = {value!r} is not a list of lines")
            found[key] = tuple(_line(f"{where}: {key}", line) for line in value)
    return found


def _options(where: str, value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: options = {value!r} is not a table of sbatch's options")
    found = {}
    for name, text in value.items():
        plain = str(name).lstrip("-").replace("_", "-")
        if plain in OWN:
            raise InputError(f"{where}: options: {plain} is given by the sweep itself (its resources)")
        if plain in [field.name for field in fields(Site)]:
            raise InputError(f"{where}: options: {plain} has an entry of its own: {plain} = {text!r}")
        found[plain] = _line(f"{where}: options: {plain}", text)
    return tuple(sorted(found.items()))


def _line(what: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        raise InputError(f"{what} = {value!r} is not a line of text")
    return value
