"""A sweep is data: which runs it consists of and what each of them needs.

title = "Table 1"

[[runs]]                                # the product of all lists
method = ["ms-lbp", "cnn"]
protocol = "all"                        # protocols and suites; "all" is the paper's
seed = [0, 1, 2]

[[runs]]                                # Figure 5
method = ["grpo"]
protocol = ["cefa2hqwmca"]
set = { generations = [2, 4, 6] }

[resources.paper."grpo*"]               # preset, then a pattern of method names; later ones win
gpus = 8
hours = 30

[slurm."grpo*"]                         # what the cluster wants to be told (`benchmark.sweep.site`)
partition = "gpu"

`include = "paper"` puts the runs and resources of another sweep before one's own: a file with that line and `[slurm]`
tables is the paper's sweep on one's own cluster. `prepare` among the patterns is the job that prepares the faces.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from importlib import resources as package
from pathlib import Path
from typing import get_type_hints

from benchmark.running.spec import RunSpec
from benchmark.sweep import site
from benchmark.sweep.site import ANYWHERE, Site
from protocols.adapter import RELEASES
from protocols.catalogue import shipped
from protocols.errors import InputError, unknown
from protocols.json_values import Parsed
from protocols.world import World

SHIPPED = ("paper", "quick", "mcio", "wcs")
MAX_RUNS = 100_000


@dataclass(frozen=True)
class Resources:
    """What one run asks of a machine.

    Attributes:
        cpus: CPU cores, which are also its threads.
        gpus: accelerators; 0 = it runs on the CPU.
        memory_gb: main memory.
        hours: the time limit asked of a cluster and, without recorded runs, the estimate.
        answer_hours: the estimate where another run of the sweep trains the model and this one only asks it.
        processes: processes that share the run through `accelerate`.
        launch: an `accelerate` configuration file (FSDP, DeepSpeed) for them; empty = plain data parallel.
    """

    cpus: int = 1
    gpus: int = 0
    memory_gb: float = 3.0
    hours: float = 1.0
    answer_hours: float = 0.05
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
    site: Site = ANYWHERE

    @property
    def title(self) -> str:
        """For people: `grpo cefa2siw s1 generations=2`."""
        return " ".join([self.method, self.protocol, f"s{self.seed}", *(f"{k}={v}" for k, v in self.changes.items())])

    def words(self) -> list[str]:
        """The command line of the run, after `python -m benchmark`."""
        words = ["run", "--method", self.method, "--protocol", self.protocol, "--seed", str(self.seed)]
        for key, value in self.changes.items():
            words += ["--set", f"{key}={value}"]
        cpus = str(self.resources.cpus)
        return [*words, "--threads", cpus, "--workers", cpus, "--quiet"]

    def spec(self, world: World) -> RunSpec:
        """The run resolved in a world. Raises `InputError` for unknown words."""
        return RunSpec.of(world, self.protocol, self.method, seed=self.seed, changes=self.changes)


PREPARE = "prepare"
"""The pattern that stands for the job which prepares the faces."""


@dataclass(frozen=True)
class Needs:
    """What a job asks of a machine and of a cluster."""

    resources: Resources = Resources()
    site: Site = ANYWHERE


USUAL = Needs()


@dataclass(frozen=True)
class Sweep:
    """A titled list of runs, each of them once; `prepare`: what the job that prepares their faces needs."""

    name: str
    title: str
    runs: tuple[Planned, ...]
    prepare: Needs = USUAL


Expand = Callable[[Sequence[str]], Sequence[str]]
"""Names of protocols and suites -> names of protocols."""


def everything(words: Sequence[str]) -> list[str]:
    """What the words stand for among the shipped protocols and suites, whatever is held."""
    return [protocol.name for protocol in shipped().expand(words, RELEASES)]


def load(word: str, preset: str, expand: Expand = everything) -> Sweep:
    """A shipped sweep by name, or one from a file. `preset` chooses the resources. `InputError` names the file."""
    name, data = _read(word)
    try:
        rules = _Rules.of(data, preset)
        runs = tuple(dict.fromkeys(_runs(data, rules, expand)))
        return Sweep(name, str(data.get("title", name)), runs, rules.needs(PREPARE))
    except InputError as error:
        raise InputError(f"{word}: {error}") from error


def _read(word: str, including: tuple[str, ...] = ()) -> tuple[str, dict[str, Parsed]]:
    """Name and content of a sweep; what it includes stands before its own."""
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
    if "include" not in data:
        return name, data
    other = data["include"]
    beside = str(Path(word).resolve().parent / str(other))
    chain = (*including, str(Path(word).resolve()))
    if not isinstance(other, str) or beside in chain or other == word:
        raise InputError(f"{word}: include = {other!r} is not the name of another sweep")
    try:
        _, base = _read(other if other in SHIPPED else beside, chain)
    except InputError as error:
        raise InputError(f"{word}: include: {error}") from error
    return name, _together(base, data)


def _together(base: dict[str, Parsed], own: dict[str, Parsed]) -> dict[str, Parsed]:
    """Tables of names joined, own entries later; lists one after the other; else what is one's own."""
    found = dict(base)
    for key, value in own.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            found[key] = _together(base[key], value)
        elif key == "runs" and isinstance(value, list) and isinstance(base.get(key), list):
            found[key] = [*base[key], *value]
        else:
            found[key] = value
    return found


def product(methods: Sequence[str], protocols: Sequence[str]) -> tuple[Planned, ...]:
    """Every method on every protocol, seed 0, one core each."""
    return tuple(Planned(m, p, 0, Changes()) for m in methods for p in protocols)


class Changes(dict[str, str]):
    """A hashable dictionary of settings, so that a run named twice in a sweep is one run."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))


@dataclass(frozen=True)
class _Rules:
    """What patterns of method names say of resources and of the cluster; later ones win."""

    resources: Mapping[str, Mapping[str, Parsed]]
    sites: Mapping[str, Mapping[str, Parsed]]

    @classmethod
    def of(cls, data: Mapping[str, Parsed], preset: str) -> _Rules:
        table = _table(data.get("resources", {}), "[resources]").get(preset, {})
        sized = {p: _resources(p, values) for p, values in _table(table, f"[resources.{preset}]").items()}
        sites = {p: site.parse(p, values) for p, values in _table(data.get("slurm", {}), "[slurm]").items()}
        return cls(sized, sites)

    def needs(self, name: str) -> Needs:
        """Of a method, or of the job that prepares."""

        def said(rules: Mapping[str, Mapping[str, Parsed]]) -> dict[str, Parsed]:
            return {k: v for pattern, values in rules.items() if fnmatch(name, pattern) for k, v in values.items()}

        return Needs(Resources(**said(self.resources)), Site(**said(self.sites)))


def _runs(data: Mapping[str, Parsed], rules: _Rules, expand: Expand) -> list[Planned]:
    _known("entry", data, ("title", "include", "runs", "resources", "slurm"))
    blocks = data.get("runs")
    if not isinstance(blocks, list) or not blocks or not all(isinstance(block, dict) for block in blocks):
        raise InputError("no [[runs]] in it")
    runs = []
    for block in blocks:
        for run in _expand(block, expand):
            needs = rules.needs(run.method)
            runs.append(replace(run, resources=needs.resources, site=needs.site))
            if len(runs) > MAX_RUNS:
                raise InputError(f"more than {MAX_RUNS:,} runs")
    return runs


def _expand(block: Mapping[str, object], expand: Expand) -> Iterator[Planned]:
    _known("entry of [[runs]]", block, ("method", "protocol", "seed", "set"))
    for key in ("method", "protocol"):
        if key not in block:
            raise InputError(f"a [[runs]] without {key}")
    protocols = _list(block["protocol"])
    settings = _table(block.get("set", {}), "set")
    seeds = _list(block.get("seed", 0))
    if not all(isinstance(seed, int) and seed >= 0 for seed in seeds):
        raise InputError(f"seed = {seeds}: seeds are whole numbers")
    names = expand([str(word) for word in protocols])
    for method, protocol, seed in itertools.product(_list(block["method"]), names, seeds):
        for values in itertools.product(*(_list(v) for v in settings.values())):
            changes = {key: str(value) for key, value in zip(settings, values, strict=True)}
            yield Planned(str(method), str(protocol), seed, Changes(changes))


def _resources(pattern: str, given: object) -> Mapping[str, Parsed]:
    """The checked entries of one pattern."""
    known = get_type_hints(Resources)
    values = _table(given, f'resources of "{pattern}"')
    _known("resource", values, known)
    for key, value in values.items():
        wanted = (int, float) if known[key] is float else known[key]
        if not isinstance(value, wanted) or isinstance(value, bool) or (key != "launch" and value < 0):
            raise InputError(f'resources of "{pattern}": {key} = {value!r} is not {known[key].__name__}')
    for key in ("cpus", "processes"):
        if values.get(key) == 0:
            raise InputError(f'resources of "{pattern}": {key} = 0; a run needs at least one')
    if values.get("launch"):
        launch_file(values["launch"])
    return values


def launch_file(word: str) -> Path:
    """An `accelerate` configuration: a shipped one by name (`zero3.yaml`, `fsdp.yaml`), or a path."""
    shipped = Path(__file__).parent / "launch" / word
    path = shipped if shipped.is_file() else Path(word).resolve()
    if not path.is_file():
        raise unknown("accelerate configuration", word, (p.name for p in shipped.parent.glob("*.yaml")))
    return path


def _known(kind: str, found: Iterable[str], names: Collection[str]) -> None:
    for key in found:
        if key not in names:
            raise unknown(kind, key, names)


def _table(value: object, name: str) -> dict[str, Parsed]:
    if not isinstance(value, dict):
        raise InputError(f"{name} is not a table of names and values")
    return value


def _list(value: object) -> list[Parsed]:
    return list(value) if isinstance(value, list) else [value]
