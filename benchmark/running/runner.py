"""One run from releases to score file: gather, train, answer, publish. Every step can be killed and taken up again.

Scores do not depend on interruptions: a model is always asked as it was read back from the disk, and the presentations
are scored in chunks whose borders never move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmark.results.covariates import Covariates
from benchmark.results.models import ModelRecord
from benchmark.results.records import (
    COVARIATES,
    LOG,
    SCHEMA_VERSION,
    Counts,
    Digests,
    Model,
    RunRecord,
    Stage,
    Task,
)
from benchmark.results.runs import Run
from benchmark.results.scores import Scores
from benchmark.running import models, provenance
from benchmark.running.answers import decided, gathered, predict
from benchmark.running.data import Data, checked, gather
from benchmark.running.machine import Machine
from benchmark.running.spec import RunSpec
from benchmark.running.stale import Today
from benchmark.running.workspace import Workspace, progress_file
from methods import extras
from methods.method import Job, Method
from methods.mllm import sharding
from protocols.errors import of_the_system
from protocols.files import write_whole
from protocols.presentation import BONA_FIDE
from protocols.progress import noting

FILES = {"dev": "dev-scores.parquet", "target": "scores.parquet", "test": "test-scores.parquet"}
"""Side -> its score file; `test` is the part of the sources that nobody trains on."""


def run(spec: RunSpec, results: Path, machine: Machine, *, force: bool = False) -> Run:
    """Make the run, or return it if it stands already and its data have not changed since. Raises `InputError` for what
    the user can mend.

    A disk that fills up, a lost file or a method that fails leaves no run directory, and the next call goes on.
    """
    extras.require(spec.method.extra, f"method {spec.method.name}")
    final = spec.folder(results)
    if not force and (final / "run.json").exists():
        standing = Run.open(final)
        verdict = Today(spec.world, machine.workers).compare(used(spec, standing), spec.recipe, standing.listed)
        for line in verdict.unseen:
            machine.say(f"{spec.id}: not compared with the data of today: {line}")
        if not verdict.changed:
            machine.say(f"{spec.id}: complete already")
            return standing
        machine.say(f"{spec.id}: made again: {'; '.join(verdict.changed)}")
        force = True
    try:
        if not machine.processes.first:
            _make(spec, Workspace(final, spec.world.scratch), machine, results)
            return Run.open(final)
        with Workspace.claim(final, disk=spec.world.scratch) as work, noting(progress_file(final)):
            if not force and (final / "run.json").exists():  # by the process that held the lock until now
                return Run.open(final)
            _make(spec, work, machine, results)
    except OSError as error:
        raise of_the_system(error) or error from error
    return Run.open(final)


def used(spec: RunSpec, run: Run) -> dict[str, str]:
    """Release -> digest of the prepared faces that a run of this specification was made from, as far as it is known."""
    if run.faces:
        return dict(run.faces)
    extra = {spec.choices.extra_source: run.digests.extra} if spec.choices.extra_source else {}
    sides = {spec.protocol.sources[0]: run.digests.source, spec.protocol.targets[0]: run.digests.target}
    return {name: digest for name, digest in (sides | extra).items() if name and digest}


def _make(spec: RunSpec, work: Workspace, machine: Machine, results: Path) -> None:
    processes = machine.processes
    if processes.size > 1:
        sharding.require()
    processes.join()
    if not processes.first:
        processes.wait()  # for the first rank to prepare the faces and to begin
    data = gather(spec, machine)
    found: list[str] = []
    if processes.first:
        found = checked(data.sides, spec.world.cache, machine)
        (spec.world.cache / "methods").mkdir(parents=True, exist_ok=True)
        processes.wait()
    job = _job(spec, machine)
    method, record, place = models.trained(spec, data, machine, results, job)
    asked = {name: side.key(labelled=False) for name, side in data.sides.items()}
    if processes.first and work.begin({"model": record.id, "sides": asked}):
        machine.say(f"{spec.id}: going on where an earlier process stopped")
    processes.wait()
    scores = _answers(method, data, machine, work, place, job(work))
    if processes.first:
        said = decided(method.policy, scores)
        for name, one in said.items():
            one.write(work.folder / FILES[name])
            Scores.read(work.folder / FILES[name])  # what cannot be read back was not saved
        known = Covariates.of(
            (p.id, part.release.name, dict(p.covariates))
            for part, p in data.sides["target"].decisions(method.frame_wise)
        )
        if known is not None:
            known.write(work.folder / COVARIATES)
        if record.log is not None:
            write_whole(work.folder / LOG, (place / LOG).read_bytes())
        work.publish(_record(spec, method, record, work, machine, data, found, said["target"]))
    processes.wait()


def _job(spec: RunSpec, machine: Machine) -> Callable[[Workspace], Job]:
    """What a method is lent, for the work in a folder."""
    first = machine.processes.first

    def job(work: Workspace) -> Job:
        return Job(
            seed=spec.seed,
            scratch=work.scratch,
            cache=spec.world.cache / "methods",
            demo=spec.world.demo,
            models=spec.world.models,
            device=machine.device,
            threads=machine.threads,
            say=machine.say if first else _unsaid,
            log=work.log if first else _forget,
            progress=machine.bar(),
            processes=machine.processes,
        )

    return job


def _answers(method: Method, data: Data, machine: Machine, work: Workspace, place: Path, job: Job) -> dict[str, Scores]:
    """What the model says of dev, target and, where there is one, the sources' test part; each side is asked once.

    Empty in the processes that do not write.
    """
    asked = {name: data.sides[name] for name in FILES if name in data.sides}
    known = {name: models.answered(place, side, method.frame_wise) for name, side in asked.items()}
    with work.stage("predict", machine.device):
        for name, side in asked.items():
            if known[name] is None:
                predict(method, side, job, work, name)
        machine.processes.wait()
    if not machine.processes.first:
        return {}
    scores: dict[str, Scores] = {}
    for name, side in asked.items():
        kept = known[name]
        if kept is None:
            kept = gathered(method, side, work.chunks(name))
            models.keep(place, side, method.frame_wise, kept)
        scores[name] = kept
    return scores


def _forget(**row: object) -> None:
    """The log of the processes that do not write."""


def _unsaid(line: str) -> None:
    """What the other processes would say again."""


def _record(
    spec: RunSpec,
    method: Method,
    model: ModelRecord,
    work: Workspace,
    machine: Machine,
    data: Data,
    overlaps: Sequence[str],
    scores: Scores,
) -> RunRecord:
    """All that the run knows of itself; the workspace adds the digests of its files."""
    asked = [p.label == BONA_FIDE for _, p in data.sides["target"].decisions(method.frame_wise)]
    extra = spec.choices.extra_source
    return RunRecord(
        schema=SCHEMA_VERSION,
        id=spec.id,
        world=spec.world.name,
        demo=spec.world.demo or data.demo,
        protocol=spec.protocol.name,
        method=method.name,
        title=method.title,
        policy=method.policy,
        preset=spec.preset,
        seed=spec.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        counts=Counts.of(scores, sum(asked), len(asked) - sum(asked)),
        digests=Digests(
            source=data.sides["dev"].digest,
            target=data.sides["target"].digest,
            extra=data.faces[extra] if extra else None,
            recipe=spec.recipe.digest,
            weights=method.weights_digest(),
            config=spec.config_digest,
        ),
        task=Task(**spec.protocol.recorded()),
        faces=data.faces,
        listed=data.listed,
        overrides=spec.overrides,
        settings=spec.settings.as_dict(),
        choices=spec.choices.recorded(spec.releases),
        recipe=spec.recipe.as_dict(),
        model=Model(model.files, model.id),
        code=provenance.code(),
        packages=provenance.packages(),
        hardware=provenance.hardware(machine.device, machine.threads),
        stages={**model.stages, **{name: Stage(**cost) for name, cost in work.stages().items()}},
        facts=method.provenance(),
        warnings=(*(line for release, _ in data.held.values() for line in release.warnings), *data.notes),
        overlaps=tuple(overlaps),
        ledgers=data.ledgers,
        unit="frame" if method.frame_wise else "presentation",
        partial=any(ledger.partial for ledger in data.ledgers),
    )
