"""Presentations prepared by several processes, handed out in order; a file that takes its process down costs itself.

Decoders are old C code. One of them may crash on an odd file, or never come back from it. Each presentation has so
much computing time; a process that passes it, or dies, is replaced. What it may have been at work on is done again
alone, and what then takes its process down once more is a finding about that file.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.process import BaseProcess

from protocols.media.findings import out_of_memory
from protocols.store.work import Prepared, Task, Work

_BATCH = {"images": 8, "video": 1, "hdf5": 1}
_Waiting = deque[tuple[list[Task], "Future[list[Prepared]]"]]


def run(work: Work, tasks: Iterable[Task], workers: int) -> Iterator[Prepared]:
    """The results in the order of the tasks, with a bounded number of them in flight.

    `workers`: processes; 0 works in this one, without any protection. Raises `UnreadableError` for what the system
    refuses, memory included, and whatever else a worker raises.
    """
    if workers < 1:
        with _single_threaded():
            for task in tasks:
                yield work(task)
        return
    batches = _batches(tasks)
    first = next(batches, None)
    alone = _Alone(work)
    try:
        while first is not None:
            waiting: _Waiting = deque()
            yield from _together(work, chain([first], batches), workers, waiting)
            for batch, future in waiting:  # those that were in flight when a worker died
                made = future.done() and not future.cancelled() and future.exception() is None
                yield from future.result() if made else map(alone, batch)
            first = next(batches, None)
    finally:
        alone.close()


def _together(work: Work, batches: Iterator[list[Task]], workers: int, waiting: _Waiting) -> Iterator[Prepared]:
    """Results from a pool until nothing is left or a worker dies: what was handed out is then still in `waiting`."""
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker, (work,))
    try:
        for batch in batches:
            waiting.append((batch, pool.submit(_work_on, batch)))
            if len(waiting) > 4 * workers:
                yield from _next(waiting)
        while waiting:
            yield from _next(waiting)
    except BrokenProcessPool:
        return
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _next(waiting: _Waiting) -> list[Prepared]:
    results = waiting[0][1].result()
    waiting.popleft()
    return results


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Pictures go to a worker several presentations at a time: handing one over costs as much as cropping it."""
    iterator = iter(tasks)
    while batch := list(islice(iterator, 1)):
        batch += islice(iterator, _BATCH[batch[0].media.kind] - 1)
        yield batch


class _Alone:
    """One presentation at a time in a process of its own, which is replaced when it dies."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def __call__(self, task: Task) -> Prepared:
        pipe = self._pipe or self._start()
        try:
            pipe.send(task)
            result: Prepared | BaseException = pipe.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return self._work.given_up(task, self._verdict(task))
        if isinstance(result, BaseException):
            raise result
        return result

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._work), daemon=True)
        self._process.start()
        theirs.close()
        return self._pipe

    def _verdict(self, task: Task) -> str:
        """Why the process is gone. Raises `UnreadableError` if it was killed as those are that take too much memory."""
        assert self._process is not None
        self._process.join()
        code = self._process.exitcode or 0
        self.close()
        if code == -signal.SIGKILL:
            raise out_of_memory(task.name)
        if code == -signal.SIGPROF:
            return f"its decoder came to no end within {self._work.patience[task.media.kind]:.0f} s of computing"
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"exit code {code}"
        return f"its decoder crashed ({name})"

    def close(self) -> None:
        """End the process, if there is one."""
        if self._pipe is not None:
            self._pipe.close()  # it ends at the end of its requests
        if self._process is not None:
            self._process.join()
        self._pipe = self._process = None


def _serve(pipe: Connection, work: Work) -> None:
    _start_worker(work)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        try:
            result: object = _timed(task)
        except Exception as error:
            result = error
        pipe.send(result)


_work: Work | None = None  # a worker process's own


def _start_worker(work: Work) -> None:
    global _work
    _work = work
    import cv2

    cv2.setNumThreads(1)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """Ends this worker when the process that started it is gone, also by kill -9: else it would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work_on(batch: list[Task]) -> list[Prepared]:
    return [_timed(task) for task in batch]


def _timed(task: Task) -> Prepared:
    """One presentation; the system ends this process once it has computed longer than any file may take."""
    if _work is None:
        raise RuntimeError("the worker was not started")
    signal.setitimer(signal.ITIMER_PROF, _work.patience[task.media.kind])
    try:
        return _work(task)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


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
