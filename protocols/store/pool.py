"""Presentations prepared by several processes, handed out in order; a worker that dies is named."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice

from protocols.errors import InputError
from protocols.store.work import Prepared, Task, Work

_BATCH = {"images": 8, "video": 1, "hdf5": 1}


def run(work: Work, tasks: Iterable[Task], workers: int) -> Iterator[Prepared]:
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


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Pictures go to a worker several presentations at a time: handing one over costs as much as cropping it."""
    iterator = iter(tasks)
    while batch := list(islice(iterator, 1)):
        batch += islice(iterator, _BATCH[batch[0].media.kind] - 1)
        yield batch


_work: Work | None = None  # a worker process's own


def _start_worker(work: Work) -> None:
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


def _work_on(batch: list[Task]) -> list[Prepared]:
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
