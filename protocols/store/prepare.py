"""From a release to its face store: decode, detect, crop, in parallel, resumable, the same bytes every time.

A store that stands is believed only as far as its media are those that were prepared (`stamps`) and its pixels those
that were written (`checked`): what has changed is prepared again, the rest is kept.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from protocols.adapter import RELEASES
from protocols.errors import InputError
from protocols.media.detect import Box, read_boxes
from protocols.presentation import Presentation, Release
from protocols.progress import Progress
from protocols.recipe import Recipe
from protocols.store.earlier import earlier
from protocols.store.freshness import Standing, examine
from protocols.store.journal import Journal, interrupted, restore
from protocols.store.manifest import Head
from protocols.store.pool import run
from protocols.store.store import FORMAT, Store
from protocols.store.work import PATIENCE, Prepared, Task, Work

Again = Literal["changed", "failed", "all"]
"""What is prepared again: presentations whose media or stored pixels have changed; those that failed or lost something
as well; all of them."""
_ROUNDS = 3


def store_path(release: Release, recipe: Recipe, cache: Path) -> Path:
    """Where the store of a release under a recipe lies: `<release>-<release digest>-<recipe digest>` in the cache."""
    return cache / f"{release.name}-{release.digest[:12]}-{recipe.digest[:12]}"


def space_needed(release: Release, recipe: Recipe) -> int:
    """Bytes that the store takes at most: most faces are smaller than the recipe's limits."""
    frames = sum(
        min(recipe.frames, len(p.media.files)) if p.media.kind == "images" else recipe.frames
        for p in release.presentations
    )
    picture = recipe.face_size**2 + (0 if release.cropped else recipe.size**2)
    return frames * (picture * 3 + 40) + 1000 * len(release.presentations)


def prepare(
    release: Release,
    recipe: Recipe,
    cache: Path,
    *,
    workers: int | None = None,
    progress: bool = True,
    again: Again = "changed",
) -> Store:
    """The face store of a release, made if it is not there yet, and mended where its media are no longer the same.

    The bytes of the store do not depend on `workers` (processes; default: the CPUs that this process may use; 0: this
    process alone, which a decoder that crashes takes with it), nor on
    how often the preparation was killed: it goes on after the last presentation that it finished. A second process
    waits for the first. Where only a store of another recipe or version is there, one line says so. A presentation
    without frames or without a face is recorded with its reason. Raises `InputError` for a detector file that cannot
    be used, a full disk, a worker that died, and `UnreadableError` for media that the system does not let be read.
    """
    job = _Job(release, recipe, store_path(release, recipe, cache), _cpus() if workers is None else workers, progress)
    if again == "changed" and job.path.exists() and not interrupted(job.path):
        standing = examine(Store.open(job.path), release)
        if standing.fresh:
            return standing.store
    elif not job.path.exists() and (said := earlier(release, recipe, cache)):
        print(said, file=sys.stderr)
    with _alone(job, cache):
        return _mend(job, again)


@dataclass(frozen=True)
class _Job:
    release: Release
    recipe: Recipe
    path: Path
    workers: int
    progress: bool


@contextmanager
def _alone(job: _Job, cache: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(cache / f"{job.path.name}.lock")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"{job.release.name}: another process prepares it: waiting", file=sys.stderr)
            lock.acquire()
        restore(job.path)
    except OSError as error:
        raise InputError(f"{cache}: the cache cannot be written ({error.strerror}): choose another one") from None
    try:
        yield
    finally:
        lock.release()


def _mend(job: _Job, again: Again) -> Store:
    """The store with everything in it that is asked for; media that change meanwhile are looked at once more."""
    for _ in range(_ROUNDS):
        standing = None
        if job.path.exists() and again != "all":
            standing = examine(Store.open(job.path), job.release, failed=again == "failed")
            if not standing.stale:
                standing.renew()
                return standing.store
            print(f"{job.release.name}: {standing.text()}", file=sys.stderr)
        _write(job, standing, again if job.path.exists() else "new")
        again = "changed"
    raise InputError(f"{job.release.root}: its files keep changing while they are read: let them come to rest first")


def _write(job: _Job, standing: Standing | None, why: str) -> None:
    release, recipe = job.release, job.recipe
    head: Head = {
        "format": FORMAT,
        "release": release.name,
        "release_digest": release.digest,
        "recipe_digest": recipe.digest,
        "recipe": recipe.as_dict(),
    }
    if len({p.id for p in release.presentations}) < len(release.presentations):
        raise InputError(f"{release.name}: two presentations share an id: report this layout")
    boxes = _boxes(release, recipe)
    with Journal(job.path, head, why) as journal:
        left = release.presentations[len(journal.done) :]
        todo = [p for p in left if standing is None or p.id in standing.stale]
        results = run(_work(release, recipe), _tasks(todo, boxes), min(job.workers, len(todo)))
        total, done = len(release.presentations), len(journal.done)
        with Progress(f"{release.name}: faces", total, done=done, shown=job.progress) as progress:
            for p in left:
                made = next(results) if standing is None or p.id in standing.stale else standing.kept(p.id)
                journal.append(made.row, made.pictures, made.stamp)
                progress.advance()
        journal.finish()


def attempt(
    release: Release,
    recipe: Recipe,
    presentations: Sequence[Presentation],
    workers: int = 1,
    patience: Mapping[str, float] = PATIENCE,
) -> Iterator[Prepared]:
    """What preparing some presentations gives, in their order, without a store.

    `patience`: CPU seconds that a presentation of each kind of media may take.
    """
    return run(_work(release, recipe, patience), _tasks(presentations, _boxes(release, recipe)), workers)


def _work(release: Release, recipe: Recipe, patience: Mapping[str, float] = PATIENCE) -> Work:
    turned = release.name in RELEASES and RELEASES[release.name].turned
    return Work(release.root, recipe, release.cropped, patience, turned=turned)


def _cpus() -> int:
    """CPUs that this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _boxes(release: Release, recipe: Recipe) -> dict[str, dict[int, Box]] | None:
    """The boxes that the recipe names, by presentation; None where a detector, or nothing, is run."""
    return None if release.cropped or recipe.detector != "boxes" else read_boxes(Path(str(recipe.detector_file)))


def _tasks(presentations: Iterable[Presentation], boxes: dict[str, dict[int, Box]] | None) -> Iterator[Task]:
    for p in presentations:
        yield Task(p.id, p.media, None if boxes is None else boxes.get(p.id, {}))
