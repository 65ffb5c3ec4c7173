"""Writes miniature releases into a cache folder: in parallel, whole or not at all, once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from protocols.demo import cefa, hq_wmca, siw_mv2, surf
from protocols.demo.draw import by_face, draw_all, generator
from protocols.demo.field.sets import PLANNERS
from protocols.demo.plan import SIZES, Plan, Planner
from protocols.errors import InputError
from protocols.files import whole_folder
from protocols.marked import MARKER, counts
from protocols.progress import Progress
from protocols.releases.registry import discover

_PLANNERS: dict[str, Planner] = {
    "casia-surf": surf.plan,
    "cefa": cefa.plan,
    "hq-wmca": hq_wmca.plan,
    "siw-mv2": siw_mv2.plan,
}
USUAL = tuple(_PLANNERS)
"""The releases of the paper's protocols: written together, for whatever is asked of the demo world."""
HELD = (*USUAL, *PLANNERS)
"""All that the demo world holds: the others are written one by one, when a protocol asks for them."""
_BATCH = 4


def build(
    cache: Path,
    *,
    seed: int = 0,
    size: str = "default",
    workers: int = 2,
    progress: bool = True,
    names: Sequence[str] = USUAL,
) -> dict[str, Path]:
    """The roots of some releases, written below `cache` unless they are already there.

    Each release is drawn into a folder with a temporary name and renamed when whole, so a kill at any moment leaves
    nothing that looks finished. A second process waits for the first. The bytes depend on seed, size and this
    package's code only.

    Args:
        cache: any folder; the releases lie in `demo-<digest>` inside it.
        size: `default` (about 250 presentations per source, 140 per target; 80 to 180 of the others) or `small` (for
            tests).
        workers: processes; 1 draws in this one.
        progress: a bar on stderr, if that is a terminal.
        names: of `HELD`; default: the four of the paper.

    Raises:
        InputError: unknown size, or the cache cannot be written.
    """
    if size not in SIZES:
        raise InputError(f"demo size {size!r} is unknown: use {' or '.join(SIZES)}")
    home = Path(cache) / f"demo-{_digest(seed, size)}"
    roots = {name: home / name for name in names}
    if all(_whole(root) for root in roots.values()):
        return roots
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _alone(home):
            missing = [name for name, root in roots.items() if not _whole(root)]
            _build(home, plans(seed, size, missing), seed, workers, progress)
    except OSError as error:
        raise InputError(f"{home}: the demo releases cannot be written ({error.strerror or error})") from error
    return roots


def plans(seed: int = 0, size: str = "default", names: Sequence[str] = USUAL) -> list[Plan]:
    """What `build` would write."""
    every = {**_PLANNERS, **PLANNERS}
    return [every[name](generator(seed, name), size) for name in names]


def _digest(seed: int, size: str) -> str:
    """Changes with everything that decides the bytes: the code of this package, its faces, seed and size."""
    here = Path(__file__).parent
    sha = hashlib.sha256(f"{seed}/{size}".encode())
    for file in sorted([*here.glob("*.py"), *(here / "field").glob("*.py"), *(here / "faces").iterdir()]):
        sha.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return sha.hexdigest()[:12]


def _whole(root: Path) -> bool:
    """A finished release whose files are all still there."""
    try:
        files = json.loads((root / MARKER).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return False
    return bool(sum(len(names) for _, _, names in os.walk(root)) == files + 1)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One builder at a time; the system frees the lock of a killed one."""
    from filelock import FileLock

    with FileLock(home.with_suffix(".lock")):
        for left in home.glob(".*.part.*"):  # of a builder that was killed
            shutil.rmtree(left, ignore_errors=True)
        yield


def _build(home: Path, todo: list[Plan], seed: int, workers: int, progress: bool) -> None:
    total = sum(len(plan.items) for plan in todo)
    with Progress("demo releases", total, shown=progress) as bar:
        for plan in todo:
            with whole_folder(home / plan.name, durable=False) as partial:  # one that is there lacks files
                for done in _drawn(partial, plan, seed, workers):
                    bar.advance(done)
                for item in plan.items:
                    if item.copy_of:
                        shutil.copyfile(partial / item.copy_of, partial / item.path)
                        bar.advance()
                _finish(partial, plan, seed)


def _finish(partial: Path, plan: Plan, seed: int) -> None:
    """The owners' text files, then the marker, last of all."""
    for name, text in plan.texts.items():
        file = partial / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    files = sum(len(names) for _, _, names in os.walk(partial))
    about = {
        "about": "a miniature release of the demo world: invented faces, simulated attacks; not the real data set",
        "release": plan.name,
        "seed": seed,
        "presentations": len(plan.items),
        "files": files,
        "published": counts(discover(plan.name, partial)),
    }
    (partial / MARKER).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _drawn(partial: Path, plan: Plan, seed: int, workers: int) -> Iterator[int]:
    """Draw all presentations; yields how many each step has finished."""
    batches = by_face(plan.items, _BATCH)
    if workers <= 1:
        with _one_thread():
            for batch in batches:
                yield draw_all(partial, plan.name, batch, seed)
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    # spawn: the parent may hold threads (torch) that a fork would break
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_worker) as pool:
        jobs = [pool.submit(draw_all, partial, plan.name, batch, seed) for batch in batches]
        try:
            for job in as_completed(jobs):
                yield job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _worker() -> None:
    """One thread of OpenCV per process, and no life after the parent's death (a killed parent cannot say goodbye)."""
    import cv2

    cv2.setNumThreads(1)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
