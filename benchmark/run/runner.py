"""One run from releases to score file: prepare, fit, predict, publish. Every step can be killed and taken up again.

Scores do not depend on interruptions: a model is always predicted with as it was read back from the disk, and the
presentations are scored in chunks whose borders never move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.metrics import thresholds
from benchmark.results.records import SCHEMA_VERSION, Code, Counts, Digests, RunRecord, Stage, Task
from benchmark.results.runs import Run
from benchmark.results.scores import Scores
from benchmark.run import provenance
from benchmark.run.coverage import ledgers, require_subset, require_whole
from benchmark.run.faces import prepared
from benchmark.run.processes import Ranks
from benchmark.run.sides import Side, overlaps, sides_of
from benchmark.run.spec import RunSpec
from benchmark.run.stale import Today
from benchmark.run.workspace import Workspace
from methods.method import Job, Method, Predictions, restore
from protocols.cut import cut
from protocols.errors import InputError, of_the_system
from protocols.ledger import Ledger
from protocols.presentation import BONA_FIDE, Release
from protocols.store.faces import Faces
from protocols.store.store import Store


@dataclass(frozen=True)
class Machine:
    """What a run may use and how it shows what it does."""

    device: str = "cpu"
    threads: int = 1
    workers: int = 1
    progress: bool = True
    partial: bool = False
    """Go on where a part lacks more than may be missing."""
    say: Callable[[str], None] = print
    ranks: Ranks = field(default_factory=Ranks.from_environment)


@dataclass(frozen=True)
class Said:
    """What was found out about the data before anything was trained, for the record."""

    notes: tuple[str, ...]
    overlaps: tuple[str, ...]
    ledgers: tuple[Ledger, ...]


def run(spec: RunSpec, results: Path, machine: Machine, *, force: bool = False) -> Run:
    """Make the run, or return it if it stands already and its data have not changed since. Raises `InputError` for what
    the user can mend.

    A disk that fills up, a lost file or a method that fails leaves no run directory, and the next call goes on.
    """
    final = spec.folder(results)
    if not force and (final / "run.json").exists():
        standing = Run.open(final)
        verdict = Today(spec.world, machine.workers).compare(used(spec, standing), spec.recipe)
        for line in verdict.unseen:
            machine.say(f"{spec.id}: not compared with the data of today: {line}")
        if not verdict.changed:
            machine.say(f"{spec.id}: complete already")
            return standing
        machine.say(f"{spec.id}: made again: {'; '.join(verdict.changed)}")
        force = True
    try:
        if not machine.ranks.first:
            _make(spec, Workspace(final), machine)
            return Run.open(final)
        with Workspace.claim(final) as work:
            if not force and (final / "run.json").exists():  # by the process that held the lock until now
                return Run.open(final)
            _make(spec, work, machine)
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


def _make(spec: RunSpec, work: Workspace, machine: Machine) -> None:
    ranks = machine.ranks
    ranks.join()
    if not ranks.first:
        ranks.wait()  # for the first rank to prepare the faces and to begin
    require_subset(spec)
    held = {
        name: prepared(spec.world, name, spec.recipe, machine.workers, progress=machine.progress)
        for name in spec.releases
    }
    parted = cut(spec.protocol, {name: release for name, (release, _) in held.items()}, spec.choices)
    stores = {name: store for name, (_, store) in held.items()}
    sides = sides_of(parted, stores, spec.settings.train_frames, spec.settings.target_frames)
    inputs = {
        "config": spec.config_digest,
        "seed": spec.seed,
        "stores": {name: store.digest for name, (_, store) in held.items()},
        "sources": provenance.sources_digest(),
        "device": machine.device,
        "threads": machine.threads,
    }
    accounts = ledgers(sides)
    if ranks.first:
        for ledger in accounts:
            machine.say(f"  {ledger.text()}")
    require_whole(accounts, allowed=machine.partial)
    found: list[str] = []
    if ranks.first:
        if invented := [release.title for release, _ in held.values() if release.demo and not spec.world.demo]:
            machine.say(f"  {', '.join(invented)}: the embedded demo's folders: its figures say nothing about accuracy")
        for note in parted.notes:
            machine.say(f"  {note}")
        found = checked(sides, spec.world.cache, machine)
        if work.begin(inputs):
            machine.say(f"{spec.id}: going on where an earlier process stopped")
        (spec.world.cache / "methods").mkdir(parents=True, exist_ok=True)
        ranks.wait()
    job = Job(
        seed=spec.seed,
        scratch=work.scratch,
        cache=spec.world.cache / "methods",
        demo=spec.world.demo,
        models=spec.world.models,
        device=machine.device,
        threads=machine.threads,
        say=machine.say if ranks.first else _unsaid,
        log=work.log if ranks.first else _forget,
        progress=_bar(machine),
        rank=ranks.rank,
        ranks=ranks.size,
        oracle=sides["target"].faces(labelled=True) if asks_oracle(spec) else None,
    )
    method = fitted(spec, work, job, sides["train"], sides["dev"], machine)
    asked = {name: sides[name] for name in ("dev", "target")}
    with work.stage("predict", machine.device):
        for name, side in asked.items():
            predict(method, side, job, work, name)
        ranks.wait()
    if ranks.first:
        scores = decided(method.policy, {n: gathered(method, side, work.chunks(n)) for n, side in asked.items()})
        for name, file in (("dev", "dev-scores.parquet"), ("target", "scores.parquet")):
            scores[name].write(work.folder / file)
            Scores.read(work.folder / file)  # what cannot be read back was not saved
        said = Said(parted.notes, tuple(found), accounts)
        work.publish(_record(spec, method, work, machine, held, sides, said, scores["target"]))
    ranks.wait()


def asks_oracle(spec: RunSpec) -> bool:
    """True if the user chose a checkpoint selection whose name says that it looks at the target's labels."""
    return str(getattr(spec.settings, "selection", "")).startswith("oracle-")


def checked(sides: Mapping[str, Side], cache: Path, machine: Machine) -> list[str]:
    """The findings of the overlap check, for `run.json`, and one line about them on the screen."""
    found = overlaps(sides, cache)
    machine.say(
        f"  overlap of train, dev and target: {len(found)} findings, listed in run.json; the first: {found[0]}"
        if found
        else "  overlap of train, dev and target: none found"
    )
    return found


def fitted(spec: RunSpec, work: Workspace, job: Job, train: Side, dev: Side, machine: Machine) -> Method:
    """The trained method as it reads back from the disk, trained first if no finished model lies there."""
    if not work.has_model():
        method = spec.method(spec.settings)
        with work.stage("fit", machine.device):
            if method.needs_training:
                method.fit(
                    train.faces(labelled=True),
                    dev.faces(labelled=True),
                    job,
                )
            if machine.ranks.first:
                with work.new_model() as folder:
                    method.save(folder)
    machine.ranks.wait()
    return restore(spec.method(spec.settings), work.model, job)


def predict(method: Method, side: Side, job: Job, work: Workspace, name: str) -> None:
    """Score this rank's chunks of a part that are not scored yet."""
    faces = side.faces(labelled=False)
    faces = faces.by_frame() if method.frame_wise else faces
    done = work.chunks(name)
    starts = list(enumerate(range(0, len(faces), method.chunk)))[job.rank :: job.ranks]
    for number, start in job.progress(starts, f"predict {name}", len(starts)):
        if number not in done:
            few = faces.subset(np.arange(start, min(start + method.chunk, len(faces))))
            work.add_chunk(name, number, _rows(method.name, method.predict(few, job), few), job.rank)


def gathered(method: Method, side: Side, done: Mapping[int, list[dict[str, Any]]]) -> Scores:
    """The score file of a side; presentations without a face are non-responses with the store's reason.

    Subjects of two releases are not one cluster because their codes are alike: of several releases, the release's name
    is put in front.
    """
    decisions = list(side.decisions(method.frame_wise))
    answered = ((part.release.name, p.id) for part, p in decisions if part.reason(p) is None)
    said = dict(zip(answered, (row for i in sorted(done) for row in done[i]), strict=True))
    silent = {"score": None, "decision": "non-response", "text": None, "frames": 0}
    rows = []
    for part, p in decisions:
        name = part.release.name
        answer = said.get((name, p.id)) or {**silent, "reason": part.reason(p)}
        rows.append(
            {
                "id": p.id,
                "release": name,
                "label": p.label,
                "species": p.species,
                "native_code": p.native_code,
                "group": f"{name}/{p.group}" if len(side.parts) > 1 else p.group,
                **answer,
            }
        )
    return Scores.of(rows, " + ".join(p.release.title for p in side.parts))


def decided(policy: str, scores: Mapping[str, Scores]) -> dict[str, Scores]:
    """The scores of `dev` and `target` decided by a policy; what the method said itself stays in `answer`."""
    rule = thresholds.parse(policy)
    return {
        name: part.with_columns(decision=thresholds.decisions(rule, part, scores["dev"]))
        for name, part in scores.items()
    }


def _rows(name: str, predictions: Predictions, faces: Faces) -> list[dict[str, Any]]:
    """Plain rows of one chunk. A method that breaks its contract is stopped here, before it can become a figure."""
    n = len(faces)
    scores = np.asarray(predictions.scores, np.float64)
    columns: dict[str, Sequence[Any] | None] = {
        "decisions": predictions.decisions,
        "texts": predictions.texts,
        "reasons": predictions.reasons,
    }
    wrong = [key for key, column in columns.items() if column is not None and len(column) != n]
    if scores.shape != (n,) or wrong:
        raise InputError(f"the method {name} gave {scores.shape} scores for {n} presentations")
    decisions = predictions.decisions or tuple("bona fide" if s >= 0 else "attack" for s in scores)
    texts, reasons = (columns[key] or (None,) * n for key in ("texts", "reasons"))
    count = np.bincount(faces.owner, minlength=n)
    rows = []
    for i in range(n):
        reason = reasons[i]
        if np.isnan(scores[i]) and decisions[i] != "non-response":
            raise InputError(f"the method {name} gave NaN without a reason for presentation {faces.keys[i]}")
        score = None if np.isnan(scores[i]) else float(scores[i])
        rows.append(
            {"score": score, "decision": decisions[i], "reason": reason, "text": texts[i], "frames": int(count[i])}
        )
    return rows


def _forget(**row: Any) -> None:
    """The log of the ranks that do not write."""


def _unsaid(line: str) -> None:
    """What the other ranks would say again."""


def _bar(machine: Machine) -> Callable[..., Any]:
    import sys

    from tqdm import tqdm

    silent = not (machine.progress and machine.ranks.first and sys.stderr.isatty())
    return lambda items, title="", total=None: tqdm(items, desc=title, total=total, disable=silent, leave=False)


def _record(
    spec: RunSpec,
    method: Method,
    work: Workspace,
    machine: Machine,
    held: Mapping[str, tuple[Release, Store]],
    sides: Mapping[str, Side],
    said: Said,
    scores: Scores,
) -> RunRecord:
    """All that the run knows of itself; the workspace adds the digests of its files."""
    asked = [p.label == BONA_FIDE for _, p in sides["target"].decisions(method.frame_wise)]
    extra = spec.choices.extra_source
    return RunRecord(
        schema=SCHEMA_VERSION,
        id=spec.id,
        world=spec.world.name,
        demo=spec.world.demo or any(release.demo for release, _ in held.values()),
        protocol=spec.protocol.name,
        method=method.name,
        title=method.title,
        policy=method.policy,
        preset=spec.preset,
        seed=spec.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        counts=Counts.of(scores, sum(asked), len(asked) - sum(asked)),
        digests=Digests(
            source=sides["dev"].digest,
            target=sides["target"].digest,
            extra=held[extra][1].digest if extra else None,
            recipe=spec.recipe.digest,
            weights=method.weights_digest(),
            config=spec.config_digest,
        ),
        task=Task(**spec.protocol.recorded()),
        faces={name: store.digest for name, (_, store) in held.items()},
        overrides=spec.overrides,
        settings=spec.settings.as_dict(),
        choices=spec.choices.recorded(spec.releases),
        recipe=spec.recipe.as_dict(),
        code=Code(**provenance.code()),
        packages=provenance.packages(),
        hardware=provenance.hardware(machine.device, machine.threads),
        stages={name: Stage(**cost) for name, cost in work.stages().items()},
        facts=method.provenance(),
        warnings=(*(line for release, _ in held.values() for line in release.warnings), *said.notes),
        overlaps=said.overlaps,
        ledgers=said.ledgers,
        unit="frame" if method.frame_wise else "presentation",
        partial=any(ledger.partial for ledger in said.ledgers),
    )
