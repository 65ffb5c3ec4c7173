"""From a release to its face store: decode, detect, crop, in parallel, resumable, the same bytes every time."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocols.errors import InputError
from protocols.media.crop import Crop, around, borrow, trim
from protocols.media.decode import read_frames
from protocols.media.detect import Box, Detector, load_detector, read_boxes
from protocols.media.findings import described, is_memory, out_of_memory
from protocols.media.frame import Decoded, Frame, Loss, Undecodable
from protocols.presentation import Media, Presentation, Release
from protocols.store.earlier import earlier
from protocols.store.journal import Journal
from protocols.store.recipe import Recipe
from protocols.store.store import FORMAT, Store, hash_pixels

NO_FACE = "no face found"
BLACK = "no face found: the picture is black"
OUTSIDE = "face box outside the picture"
_BATCH = {"images": 8, "video": 1, "hdf5": 1}


@dataclass(frozen=True, slots=True)
class _Task:
    name: str
    media: Media
    boxes: Mapping[int, Box] | None  # found before; None: detect


@dataclass(frozen=True, slots=True)
class _Crops:
    frames: list[Frame]  # those that became a crop
    crops: list[Crop]
    boxes: list[Box | None]
    losses: list[Loss]

    @property
    def near(self) -> list[int]:
        """The frames that have a second picture."""
        return [i for i, crop in enumerate(self.crops) if crop.near is not None]

    @property
    def pictures(self) -> list[NDArray[np.uint8]]:
        """In the store's order: a first picture of every frame, then the second ones."""
        return [crop.first for crop in self.crops] + [crop.near for crop in self.crops if crop.near is not None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One presentation: its line of the manifest and its pictures, uint8, (height, width, 3), in the store's order."""

    row: dict[str, Any]
    pictures: list[NDArray[np.uint8]]


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
    release: Release, recipe: Recipe, cache: Path, *, workers: int | None = None, progress: bool = True
) -> Store:
    """The face store of a release, made if it is not there yet.

    The bytes of the store do not depend on `workers` (processes; default: the CPUs that this process may use), nor on
    how often the preparation was killed: it goes on after the last presentation that it finished. A second process
    waits for the first. Where only a store of another recipe or version is there, one line says so. A presentation
    without frames or without a face is recorded with its reason. Raises `InputError` for a detector file that cannot
    be used, a full disk, or a worker that died.
    """
    from filelock import FileLock, Timeout

    path = store_path(release, recipe, cache)
    if path.exists():
        return Store.open(path)
    if said := earlier(release, recipe, cache):
        print(said, file=sys.stderr)
    lock = FileLock(cache / f"{path.name}.lock")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"{release.name}: another process prepares it: waiting", file=sys.stderr)
            lock.acquire()
    except OSError as error:
        raise InputError(f"{cache}: the cache cannot be written ({error.strerror}): choose another one") from None
    try:
        if not path.exists():
            _prepare(release, recipe, path, workers or _cpus(), progress)
    finally:
        lock.release()
    return Store.open(path)


def _cpus() -> int:
    """CPUs that this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare(release: Release, recipe: Recipe, path: Path, workers: int, progress: bool) -> None:
    from tqdm import tqdm

    head = {
        "format": FORMAT,
        "release": release.name,
        "release_digest": release.digest,
        "recipe_digest": recipe.digest,
        "recipe": recipe.as_dict(),
    }
    if len({p.id for p in release.presentations}) < len(release.presentations):
        raise InputError(f"{release.name}: two presentations share an id: report this layout")
    boxes = _boxes(release, recipe)
    with Journal(path, head) as journal:
        todo = release.presentations[len(journal.done) :]
        tasks = _tasks(todo, boxes)
        work = _Work(release.root, recipe, release.cropped)
        bar = tqdm(
            total=len(release.presentations),
            initial=len(journal.done),
            desc=f"{release.name}: faces",
            unit="presentation",
            disable=None if progress else True,  # None: silent where stderr is no terminal
        )
        with bar:
            for prepared in _run(work, tasks, min(workers, len(todo))):
                journal.append(prepared.row, prepared.pictures)
                bar.update()
        journal.finish()


def attempt(release: Release, recipe: Recipe, presentations: Sequence[Presentation]) -> Iterator[Prepared]:
    """What preparing some presentations gives, one after the other in this process, without a store."""
    work = _Work(release.root, recipe, release.cropped)
    return _run(work, _tasks(presentations, _boxes(release, recipe)), 1)


def _boxes(release: Release, recipe: Recipe) -> dict[str, dict[int, Box]] | None:
    """The boxes that the recipe names, by presentation; None where a detector, or nothing, is run."""
    return None if release.cropped or recipe.detector != "boxes" else read_boxes(Path(str(recipe.detector_file)))


def _tasks(presentations: Iterable[Presentation], boxes: dict[str, dict[int, Box]] | None) -> Iterator[_Task]:
    for p in presentations:
        yield _Task(p.id, p.media, None if boxes is None else boxes.get(p.id, {}))


def _run(work: _Work, tasks: Iterable[_Task], workers: int) -> Iterator[Prepared]:
    """The results in the order of the tasks, with a bounded number of them in flight."""
    if workers <= 1:
        with _single_threaded():
            for task in tasks:
                yield work(task)
        return
    import multiprocessing

    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker, (work,))
    waiting: deque[tuple[str, Future[list[Prepared]]]] = deque()
    try:
        for batch in _batches(tasks):
            waiting.append((batch[0].name, pool.submit(_work_on, batch)))
            if len(waiting) > 4 * workers:
                yield from waiting[0][1].result()
                waiting.popleft()
        while waiting:
            yield from waiting[0][1].result()
            waiting.popleft()
    except BrokenProcessPool:
        near = f" (at or after presentation {waiting[0][0]!r})" if waiting else ""
        raise InputError(
            f"a worker process died{near}, perhaps for lack of memory: start again with fewer workers; "
            "what is done is kept"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _batches(tasks: Iterable[_Task]) -> Iterator[list[_Task]]:
    """Pictures go to a worker several presentations at a time: handing one over costs as much as cropping it."""
    iterator = iter(tasks)
    while batch := list(islice(iterator, 1)):
        batch += islice(iterator, _BATCH[batch[0].media.kind] - 1)
        yield batch


class _Work:
    """What every worker needs: where the release lies and how to crop. The detector is loaded at its first use."""

    def __init__(self, root: Path, recipe: Recipe, cropped: bool) -> None:
        self.root, self.recipe, self.cropped = root, recipe, cropped
        self._detector: Detector | None = None

    def __call__(self, task: _Task) -> Prepared:
        try:
            decoded = read_frames(self.root, task.media, self.recipe.frames)
        except Undecodable as reason:
            return self._failed(task, None, str(reason))
        find = None if self.cropped else self._finder(task)
        try:
            made = self._trimmed(decoded.frames) if find is None else self._detected(decoded.frames, find)
        except Undecodable as reason:
            return self._failed(task, decoded, str(reason))
        except Exception as error:  # one picture that the detector stumbles over costs its presentation, not the others
            if is_memory(error):
                raise out_of_memory(task.name) from error
            return self._failed(task, decoded, f"no crop can be made ({described(error)})")
        return Prepared(self._row(task, decoded, made, None), made.pictures)

    def _trimmed(self, frames: list[Frame]) -> _Crops:
        recipe = self.recipe
        pairs = [(frame, trim(frame.pixels, recipe.border, recipe.fit, recipe.face_size)) for frame in frames]
        kept = [(frame, Crop(crop)) for frame, crop in pairs if crop is not None]
        if not kept:
            raise Undecodable(BLACK)
        black = len(frames) - len(kept)
        losses = [Loss("black", black, f"{black} of {len(frames)} pictures are black")] if black else []
        return _Crops([frame for frame, _ in kept], [crop for _, crop in kept], [], losses)

    def _detected(self, frames: list[Frame], find: Callable[[Frame], Box | None]) -> _Crops:
        found = [find(frame) for frame in frames]
        boxes = borrow(found)
        if boxes is None:
            raise Undecodable(NO_FACE)
        crops = [around(frame.pixels, box, self.recipe) for frame, box in zip(frames, boxes, strict=True)]
        kept = [i for i, crop in enumerate(crops) if crop is not None]
        if not kept:
            raise Undecodable(OUTSIDE)
        losses = []
        if without := found.count(None):
            losses.append(Loss("no face", without, f"no face found in {without} of {len(frames)} frames"))
        if outside := len(frames) - len(kept):
            losses.append(Loss("box outside", outside, f"{OUTSIDE} in {outside} of {len(frames)} frames"))
        return _Crops(
            [frames[i] for i in kept], [crop for crop in crops if crop is not None], [found[i] for i in kept], losses
        )

    def _finder(self, task: _Task) -> Callable[[Frame], Box | None]:
        """What finds the face in a frame. Raises `InputError` for a detector that cannot be loaded."""
        if task.boxes is not None:
            known = task.boxes
            if not known:
                reason = f"no box in {Path(str(self.recipe.detector_file)).name}"

                def refuse(_: Frame) -> None:
                    raise Undecodable(reason)

                return refuse
            return lambda frame: known[min(known, key=lambda i: (abs(i - frame.index), i))]
        if self._detector is None:
            self._detector = load_detector(self.recipe)
        detector = self._detector
        return lambda frame: detector(frame.pixels)

    def _failed(self, task: _Task, decoded: Decoded | None, reason: str) -> Prepared:
        return Prepared(self._row(task, decoded, _Crops([], [], [], []), reason), [])

    def _row(self, task: _Task, decoded: Decoded | None, made: _Crops, failure: str | None) -> dict[str, Any]:
        named = decoded.named if decoded else len(task.media.files) if task.media.kind == "images" else None
        losses = [*decoded.losses, *made.losses] if decoded else []
        return {
            "id": task.name,
            "frames": len(made.crops),
            "asked": self.recipe.frames if named is None else min(named, self.recipe.frames),
            "named": named,
            "context": 1.0 if self.cropped else self.recipe.context,
            "sizes": [list(picture.shape[:2]) for picture in made.pictures],
            "near": made.near,
            "sha256": hash_pixels(made.pictures),
            "failure": failure,
            "losses": [[loss.kind, loss.frames, loss.reason] for loss in losses],
            "index": [frame.index for frame in made.frames],
            "times": [round(frame.time, 4) for frame in made.frames],
            "boxes": [b and [round(v, 2) for v in (b.x, b.y, b.w, b.h, b.score)] for b in made.boxes],
        }


_work: _Work | None = None  # a worker process's own


def _start_worker(work: _Work) -> None:
    global _work
    _work = work
    import cv2

    cv2.setNumThreads(1)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """Ends this worker when the process that started it is gone, also by kill -9: else it would wait for ever."""
    import multiprocessing
    from multiprocessing.connection import wait

    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work_on(batch: list[_Task]) -> list[Prepared]:
    if _work is None:
        raise RuntimeError("the worker was not started")
    return [_work(task) for task in batch]


@contextmanager
def _single_threaded() -> Iterator[None]:
    """OpenCV with one thread, as in the workers, and as it was afterwards."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
