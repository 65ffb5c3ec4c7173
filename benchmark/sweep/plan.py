"""A sweep is data: which runs it consists of and what each of them needs.

title = "Table 1"

[[runs]]                                # the product of all lists; `protocol = "all"` for the four
method = ["ms-lbp", "cnn"]
protocol = "all"
seed = [0, 1, 2]

[[runs]]                                # Figure 5
method = ["grpo"]
protocol = ["cefa2hqwmca"]
set = { num_generations = [2, 4, 6] }

[resources.paper."grpo*"]               # preset, then a pattern of method names; later and closer ones win
gpus = 8
hours = 30
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatch
from importlib import resources as package
from pathlib import Path
from typing import Any

from benchmark.spec import RunSpec
from protocols.crossdomain import PROTOCOLS
from protocols.errors import InputError, unknown
from protocols.world import World

SHIPPED = ("paper", "quick")
MAX_RUNS = 100_000


@dataclass(frozen=True)
class Resources:
    """What one run asks of a machine.

    Attributes:
        cpus: CPU cores, which are also its threads.
        gpus: accelerators; 0 = it runs on the CPU.
        memory_gb: main memory.
        hours: the time limit asked of a cluster and, without recorded runs, the estimate.
        processes: processes that share the run through `accelerate`.
        launch: an `accelerate` configuration file (FSDP, DeepSpeed) for them; empty = plain data parallel.
    """

    cpus: int = 1
    gpus: int = 0
    memory_gb: float = 3.0
    hours: float = 1.0
    processes: int = 1
    launch: str = ""


@dataclass(frozen=True)
class Planned:
    """One run of a sweep, before anything is known of it but its words."""

    method: str
    protocol: str
    seed: int
    changes: Mapping[str, str] = field(default_factory=dict)
    resources: Resources = Resources()

    @property
    def title(self) -> str:
        """For people: `grpo cefa2siw s1 num_generations=2`."""
        return " ".join([self.method, self.protocol, f"s{self.seed}", *(f"{k}={v}" for k, v in self.changes.items())])

    def words(self) -> list[str]:
        """The command line of the run, after `python -m benchmark`."""
        words = ["run", "--method", self.method, "--protocol", self.protocol, "--seed", str(self.seed)]
        for key, value in self.changes.items():
            words += ["--set", f"{key}={value}"]
        return [*words, "--threads", str(self.resources.cpus), "--quiet"]

    def spec(self, world: World) -> RunSpec:
        """The run resolved in a world. Raises `InputError` for unknown words."""
        return RunSpec.of(world, self.protocol, self.method, seed=self.seed, changes=self.changes)


@dataclass(frozen=True)
class Sweep:
    """A titled list of runs, each of them once."""

    name: str
    title: str
    runs: tuple[Planned, ...]


def load(word: str, preset: str) -> Sweep:
    """A shipped sweep by name, or one from a file. `preset` chooses the resources. `InputError` names the file."""
    if word in SHIPPED:
        name, text = word, (package.files("benchmark.sweep") / f"{word}.toml").read_text(encoding="utf-8")
    else:
        path = Path(word)
        if not path.is_file():
            raise unknown("sweep", word, SHIPPED) if path.suffix != ".toml" else InputError(f"{word}: no such file")
        name, text = path.stem, path.read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{word}: not valid TOML ({error})") from error
    for key in data:
        if key not in ("title", "runs", "resources"):
            raise InputError(f"{word}: {unknown('entry', key, ('title', 'runs', 'resources'))}")
    table = data.get("resources", {}).get(preset, {})
    runs = dict.fromkeys(
        replace_resources(run, table, word) for block in data.get("runs", []) for run in _expand(block, word)
    )
    if not runs:
        raise InputError(f"{word}: no [[runs]] in it")
    if len(runs) > MAX_RUNS:
        raise InputError(f"{word}: {len(runs):,} runs; the limit is {MAX_RUNS:,}")
    return Sweep(name, str(data.get("title", name)), tuple(runs))


def _expand(block: Mapping[str, Any], word: str) -> Iterator[Planned]:
    for key in block:
        if key not in ("method", "protocol", "seed", "set"):
            raise InputError(f"{word}: {unknown('entry of [[runs]]', key, ('method', 'protocol', 'seed', 'set'))}")
    try:
        methods, protocols = _list(block["method"]), _list(block["protocol"])
    except KeyError as error:
        raise InputError(f"{word}: a [[runs]] without {error}") from None
    protocols = list(PROTOCOLS) if protocols == ["all"] else protocols
    settings = block.get("set", {})
    for method, protocol, seed in itertools.product(methods, protocols, _list(block.get("seed", 0))):
        for values in itertools.product(*(_list(v) for v in settings.values())):
            changes = {key: str(value) for key, value in zip(settings, values, strict=True)}
            yield Planned(str(method), str(protocol), int(seed), FrozenChanges(changes))


class FrozenChanges(dict[str, str]):
    """A hashable dictionary, so that a run named twice in a sweep is one run."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))


def replace_resources(run: Planned, table: Mapping[str, Any], word: str) -> Planned:
    """The run with the resources of every pattern that matches its method, in the table's order."""
    known = {f.name for f in fields(Resources)}
    wanted = run.resources
    for pattern, values in table.items():
        if not fnmatch(run.method, pattern):
            continue
        for key in values:
            if key not in known:
                raise InputError(f"{word}: {unknown('resource', key, known)}")
        wanted = replace(wanted, **values)
    return replace(run, resources=wanted)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
