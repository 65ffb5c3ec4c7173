"""The single checks of the doctor: machine, weights, files of a release, disk."""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Literal

from benchmark.running import provenance
from benchmark.running.machine import cores
from methods import extras
from protocols.discovery.walk import suffix_of
from protocols.errors import InputError
from protocols.media.detect import read_boxes
from protocols.presentation import Presentation, Release
from protocols.progress import duration, over
from protocols.recipe import Recipe
from protocols.store import boxes as found_before
from protocols.store.prepare import attempt
from protocols.world import MODELS, World, variable

GIB = 2**30
NEEDED_BY = {"clip": "flip-* and foundpad*", "mllm": "qwen-zero-shot, sft* and grpo*"}
MAX_HEADER = 100 * 2**20
"""Bytes of a safetensors header, as the format's own reader allows."""


@dataclass(frozen=True)
class Finding:
    """One line. `problem`: what was asked for cannot run. `facts` are for `--json`."""

    level: Literal["ok", "note", "problem"]
    about: str
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)


def ok(about: str, text: str, **facts: object) -> Finding:
    return Finding("ok", about, text, facts)


def note(about: str, text: str, **facts: object) -> Finding:
    return Finding("note", about, text, facts)


def problem(about: str, text: str, **facts: object) -> Finding:
    return Finding("problem", about, text, facts)


def machine() -> Iterator[Finding]:
    """Cores, memory, accelerators, packages."""
    from methods.mllm import memory

    try:
        room = f"{memory.free('cpu') / GIB:.1f} GiB of memory free"
    except OSError:  # no Linux: nothing says how much is free
        room = "memory unknown"
    yield ok("machine", f"{cores()} cores, {room}")
    yield from _accelerators()
    for extra in ("cnn", "clip", "mllm"):
        if module := extras.absent(extra):
            yield note("machine", f"no {module}: methods of the extra {extra} cannot run: {extras.command(extra)}")
    missing = [name for name, found in provenance.packages().items() if found is None and name in provenance.CORE]
    if missing:
        yield problem("machine", f"packages missing: {', '.join(missing)}: install the project again")


def _accelerators() -> Iterator[Finding]:
    if find_spec("torch") is None:
        return
    import torch

    for i in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(i)
        yield ok(
            "machine", f"cuda:{i}: {torch.cuda.get_device_name(i)}, {free / GIB:.1f} of {total / GIB:.1f} GiB free"
        )
    if not torch.cuda.is_available():
        yield note("machine", "no CUDA device: models of the paper's size will be slow or will not fit")


def weights(world: World) -> Iterator[Finding]:
    """The files of every configured model and how they will be opened, without loading or unpickling one."""
    for role in MODELS:
        about = f"model {role}"
        given = world.models.get(role)
        if world.demo and not given:
            yield ok(about, "the demo's own small one, made at its first use")
        elif not given:
            yield note(
                about, f"not configured ({variable(role)}): {NEEDED_BY[role]} take the published default, online"
            )
        elif not Path(given).exists():
            if Path(given).is_absolute() or given.startswith((".", "~")):
                yield problem(about, f"{given}: there is no such file or folder")
            else:
                yield note(about, f"{given}: a name, not a path: looked up, or fetched, at its first use")
        else:
            try:
                yield ok(about, _clip(Path(given)) if role == "clip" else _mllm(Path(given)))
            except (InputError, OSError) as error:
                yield problem(about, str(error))


def _clip(place: Path) -> str:
    from methods.clip import torchscript
    from methods.clip.weights import find

    file = find(str(place), "ViT-B-16")
    if file.suffix == ".safetensors":
        tensors = len(_header(file))
        return f"{file}: {tensors} tensors, {file.stat().st_size / GIB:.2f} GiB"
    if not zipfile.is_zipfile(file):
        raise InputError(f"{file}: not a checkpoint that torch has saved whole (no zip archive): fetch it again")
    size = f"{file.stat().st_size / GIB:.2f} GiB"
    if torchscript.is_archive(file):
        try:
            return f"{file}: TorchScript, read as tensors only ({len(torchscript.names(file))}), no code of it, {size}"
        except (torchscript.FormatError, ValueError, KeyError) as error:
            raise InputError(f"{file}: a TorchScript archive that cannot be read as tensors: {error}") from error
    with zipfile.ZipFile(file) as archive:
        entries = len(archive.namelist())
    return f"{file}: a checkpoint of torch with {entries} entries, opened for weights only, {size}"


def _mllm(folder: Path) -> str:
    from methods.mllm.weights import weight_files

    files = weight_files(folder)
    try:
        config = json.loads((folder / "config.json").read_text())
        kind = str(config["model_type"])
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{folder / 'config.json'}: not a model's configuration: fetch it again") from None
    if not any((folder / name).is_file() for name in ("preprocessor_config.json", "processor_config.json")):
        raise InputError(f"{folder}: no preprocessor_config.json: fetch the processor's files, too")
    tensors = sum(len(_header(file)) for file in files)
    size = sum(file.stat().st_size for file in files) / GIB
    return f"{folder}: {kind}, {len(files)} weight files, {tensors} tensors, {size:.2f} GiB"


def _header(file: Path) -> list[str]:
    """The tensors' names in a safetensors file whose size is what its header says. Raises `InputError`."""
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= min(MAX_HEADER, size - 8):
                raise ValueError("header")
            table = json.loads(stream.read(length))
        table.pop("__metadata__", None)
        end = max((int(entry["data_offsets"][1]) for entry in table.values()), default=0)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise InputError(f"{file}: not a safetensors file: fetch it again") from None
    if size != 8 + length + end:
        raise InputError(f"{file}: {size} bytes instead of {8 + length + end}: fetch it again")
    return list(table)


def boxes(world: World, release: Release, recipe: Recipe) -> Iterator[Finding]:
    """Which presentations the user's boxes cover, and whether all of them are somebody's."""
    try:
        found_before.check(recipe, world, release)
    except InputError as error:
        yield problem(f"release {release.name}", str(error))
    known = read_boxes(Path(str(recipe.detector_file)))
    covered = sum(p.id in known for p in release.presentations)
    text = f"{recipe.detector_file}: boxes for {covered} of {len(release.presentations)} presentations"
    about = f"release {release.name}"
    if not covered:
        yield problem(about, f"{text}: are they of another release?")
    else:
        yield (ok if covered == len(release.presentations) else note)(about, text)


def samples(release: Release, recipe: Recipe, n: int, workers: int, progress: bool) -> Iterator[Finding]:
    """Decodes and crops a few presentations of every kind of file, and says how long all of them will take."""
    kinds: dict[str, list[Presentation]] = defaultdict(list)
    for p in release.presentations:
        kinds[f"{p.media.kind} {suffix_of(p.media.files[0])}"].append(p)
    about, seconds = f"release {release.name}", 0.0
    chosen = {kind: spread(rows, n) for kind, rows in sorted(kinds.items())}
    looked = sum(map(len, chosen.values()))
    made = attempt(release, recipe, [p for few in chosen.values() for p in few])
    results = over(made, f"{release.name}: sample", looked, shown=progress)
    with contextlib.closing(results):
        for kind, few in chosen.items():
            found = list(islice(results, len(few)))
            reasons = Counter(prepared.row["failure"] for prepared in found if prepared.row["failure"])
            faces, failed, total = sum(p.row["frames"] for p in found), reasons.total(), len(kinds[kind])
            seconds += statistics.median(prepared.seconds for prepared in found) * total
            said = f"{kind}: {total} presentations; of {len(few)} looked at {len(few) - failed} gave {faces} faces"
            why = "".join(f"; {count} not: {reason}" for reason, count in reasons.most_common())
            level = problem if failed == len(few) == n and n > 1 else note if failed else ok
            yield level(about, said + why)
    left = seconds / max(1, workers)
    measured = f"about {duration(left)} with {workers} processes, by the CPU time of {looked} presentations"
    yield ok(about, f"not prepared yet: {measured}", preparation_cpu_seconds=round(seconds, 1))


def spread(rows: list[Presentation], n: int) -> list[Presentation]:
    """At most `n` of the rows, from the first to the last third alike: the midpoints of n equal parts."""
    return [rows[(2 * i + 1) * len(rows) // (2 * n)] for i in range(n)] if len(rows) > n else list(rows)


def space(cache: Path, needed: int) -> Finding:
    """Whether the cache can be written and holds what has yet to be prepared."""
    place = cache
    while not place.exists():
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free
    except OSError as error:
        return problem("cache", f"{cache}: cannot be written ({error.strerror}): choose another one")
    text = f"{cache}: {needed / GIB:.1f} GiB are needed for faces, {free / GIB:.1f} GiB are free"
    return ok("cache", text) if needed <= free else problem("cache", f"{text}: free some or choose another disk")
