"""Trained models: made once, kept with their record, taken up by every run that would train the very same one.

    <results>/models/<world>/<sources>/<method>/s<seed>-<key>/
        model.json  model/  log.jsonl  answers/

A model is what its key says: the faces that it saw and their labels, the method and all its settings, the seed, the
code and the device. A model whose checkpoint was chosen by looking at a target has that target in its key, so that no
other run can take it up. `answers/` keeps what the model said of whole sides (the sources' dev and test part, targets),
so that no side is asked twice. A method without training has no sources in its key: its answers of one target are given
once, whatever the source.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmark.results import models as records
from benchmark.results.models import ModelRecord
from benchmark.results.records import MODEL, Stage
from benchmark.results.scores import Scores
from benchmark.running import provenance
from benchmark.running.data import Data
from benchmark.running.machine import Machine
from benchmark.running.sides import Side
from benchmark.running.spec import RunSpec
from benchmark.running.workspace import Workspace
from methods.method import Job, Method, restore
from protocols.errors import DamagedError
from protocols.files import sha256_of, write_whole
from protocols.json_values import Json
from protocols.sealed import sealed_json, unsealed_json

ANSWERS = "answers"
NO_SOURCE = "none"
"""In the place of the sources of a method that learns from none."""


def identity(spec: RunSpec, data: Data, machine: Machine) -> dict[str, Json]:
    """Everything that decides a model, as plain values."""
    learns = spec.method.needs_training
    return {
        "method": spec.method.name,
        "settings": {name: _plain(value) for name, value in spec.settings.as_dict().items()},
        "weights": dict(spec.world.models),
        "train": data.sides["train"].key(labelled=True) if learns else None,
        "dev": data.sides["dev"].key(labelled=True) if learns else None,
        "oracle": data.sides["target"].key(labelled=True) if asks_oracle(spec) else None,
        "recipe": spec.recipe.digest,
        "seed": spec.seed,
        "sources": provenance.sources_digest(),
        "device": machine.device,
        "threads": machine.threads,
        "demo": spec.world.demo,
    }


def folder(results: Path, spec: RunSpec, wanted: Mapping[str, Json]) -> Path:
    """Where the model of an identity lies once it is trained."""
    key = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    extra = (spec.choices.extra_source,) if spec.choices.extra_source else ()
    sources = "+".join((*spec.protocol.sources, *extra)) if spec.method.needs_training else NO_SOURCE
    return results / "models" / spec.world.name / sources / spec.method.name / f"s{spec.seed}-{key[:12]}"


def asks_oracle(spec: RunSpec) -> bool:
    """True if the user chose a checkpoint selection whose name says that it looks at the target's labels."""
    return str(getattr(spec.settings, "selection", "")).startswith("oracle-")


def trained(
    spec: RunSpec, data: Data, machine: Machine, results: Path, job: Callable[[Workspace], Job]
) -> tuple[Method, ModelRecord, Path]:
    """The trained method as it reads back from the disk, its record and its folder; trained first if no whole model
    lies there. `job` gives a training its own scratch folder and curve."""
    wanted = identity(spec, data, machine)
    place = folder(results, spec, wanted)
    processes = machine.processes
    if processes.first:
        waits = f"  waiting for the model that another process trains: {place}"
        with Workspace.claim(place, lambda: machine.say(waits), spec.world.scratch) as work:
            if whole := _whole(place):
                machine.say(f"  trained already: {whole.id}")
            elif work.begin(wanted):
                machine.say(f"{spec.id}: going on where an earlier process stopped")
            processes.wait()
            if whole is None:
                _train(spec, data, machine, work, job(work), wanted, place.relative_to(results / "models").as_posix())
            processes.wait()
    else:
        processes.wait()
        if _whole(place) is None:
            work = Workspace(place, spec.world.scratch)
            _train(spec, data, machine, work, job(work), wanted, "")
        processes.wait()
    record = records.read(place)
    return (
        restore(spec.method(spec.settings), place / MODEL, job(Workspace(place, spec.world.scratch))),
        record,
        place,
    )


def _whole(place: Path) -> ModelRecord | None:
    """The record of a model that is all there and what was saved; None where it has to be trained."""
    try:
        record = records.read(place)
        records.verify(place, record)
    except DamagedError:
        return None
    return record


def _train(
    spec: RunSpec, data: Data, machine: Machine, work: Workspace, job: Job, wanted: Mapping[str, Json], name: str
) -> None:
    if not work.has_model():
        method = spec.method(spec.settings)
        with work.stage("fit", machine.device):
            if method.needs_training:
                if asks_oracle(spec):
                    job = replace(job, oracle=data.sides["target"].faces(labelled=True))
                method.fit(data.sides["train"].faces(labelled=True), data.sides["dev"].faces(labelled=True), job)
            if machine.processes.first:
                with work.new_model() as place:
                    method.save(place)
    if machine.processes.first:
        method = restore(spec.method(spec.settings), work.model, job)
        work.publish(_record(spec, data, machine, work, method, wanted, name))


def _record(
    spec: RunSpec,
    data: Data,
    machine: Machine,
    work: Workspace,
    method: Method,
    wanted: Mapping[str, Json],
    name: str,
) -> ModelRecord:
    return ModelRecord(
        schema=records.SCHEMA_VERSION,
        id=name,
        world=spec.world.name,
        demo=spec.world.demo or data.demo,
        method=method.name,
        title=method.title,
        sources=spec.protocol.sources if method.needs_training else (),
        preset=spec.preset,
        seed=spec.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        identity=wanted,
        settings=spec.settings.as_dict(),
        choices=spec.choices.recorded(spec.releases),
        recipe=spec.recipe.as_dict(),
        faces={n: digest for n, digest in data.faces.items() if n not in spec.protocol.targets},
        weights=method.weights_digest(),
        code=provenance.code(),
        packages=provenance.packages(),
        hardware=provenance.hardware(machine.device, machine.threads),
        stages={stage: Stage(**cost) for stage, cost in work.stages().items()},
        facts=method.provenance(),
        ledgers=tuple(ledger for ledger in data.ledgers if ledger.part != "target") if method.needs_training else (),
    )


def answered(place: Path, side: Side, frame_wise: bool) -> Scores | None:
    """What the model said of a side before; None where it was not asked, or what it said is no longer what was kept."""
    file, mark = _kept(place, side, frame_wise)
    try:
        digest = unsealed_json(mark.read_bytes(), mark)["sha256"]
        return Scores.read(file, str(digest))
    except (OSError, KeyError, DamagedError):
        return None


def keep(place: Path, side: Side, frame_wise: bool, scores: Scores) -> None:
    """Keep what the model said of a side, before any threshold."""
    file, mark = _kept(place, side, frame_wise)
    file.parent.mkdir(exist_ok=True)
    scores.write(file)
    write_whole(mark, sealed_json({"schema": 1, "side": side.name, "rows": len(scores), "sha256": sha256_of(file)}))


def _kept(place: Path, side: Side, frame_wise: bool) -> tuple[Path, Path]:
    name = f"{side.key(labelled=False)[:24]}{'-frames' if frame_wise else ''}"
    return place / ANSWERS / f"{name}.parquet", place / ANSWERS / f"{name}.json"


def _plain(value: object) -> Json:
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
