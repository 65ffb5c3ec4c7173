"""Whose fault is it that a file gave no frames: the file's, or the system's?

What is wrong with a file is a finding: recorded, reported, tried again when the file changes. What is wrong with the
system (no permission, a lock, input/output, no descriptors or memory left) says nothing about the file: it ends the
preparation with its reason, and is never recorded.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from protocols.discovery.walk import shown
from protocols.errors import InputError, UnreadableError
from protocols.media.frame import MAX_PIXELS, Undecodable

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EISDIR})
_PIECE = 1 << 20
_MEMORY = re.compile(r"bad_alloc|(?:un|fail|can't|insufficient).{0,20}(?:allocat|memory)", re.I)


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Whatever is raised while one file is decoded becomes `Undecodable` or, if it is the system's, `UnreadableError`.

    The list of what decoders raise on odd files is never complete, so that there is none. A missing package passes.
    """
    try:
        yield
    except (Undecodable, InputError, ImportError):
        raise
    except Exception as error:
        raise blame(path, error, f"cannot be decoded ({described(error)})") from error


def blame(path: Path, error: BaseException, reason: str) -> Undecodable:
    """The finding `reason` about a file. Raises `UnreadableError` where what was raised is the system's doing."""
    if is_memory(error):
        try:
            bytearray(8 * MAX_PIXELS)  # more than any file within the limits needs
        except MemoryError:
            raise out_of_memory(shown(path)) from error
        return Undecodable("asks for more memory than any picture within the limits")
    read_through(path)
    return Undecodable(reason)


def is_memory(error: BaseException) -> bool:
    """True for what Python, FFmpeg, OpenCV, HDF5 and ONNX Runtime raise where memory cannot be had."""
    return isinstance(error, MemoryError) or _MEMORY.search(str(error)) is not None


def out_of_memory(what: str) -> UnreadableError:
    """The error for a machine that is out of memory."""
    return UnreadableError(f"{what}: memory is short: start again with fewer workers; what is done is kept")


class Source(io.FileIO):
    """A file open for reading; whatever the system refuses from then on is a `UnreadableError`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self._path = path
        self._refused: OSError | None = None

    def check(self) -> None:
        """Raises `UnreadableError` if any read has failed, whatever the caller made of it."""
        if self._refused is not None:
            _raise(self._path, self._refused)

    def read(self, size: int | None = -1, /) -> bytes:
        """As `FileIO.read`, which gives None only for what is not an ordinary file."""
        try:
            return self._piece(-1 if size is None else size)
        except OSError as error:
            self._refused = error
            _raise(self._path, error)

    def _piece(self, size: int) -> bytes:
        return super().read(size) or b""


def open_file(path: Path) -> Source:
    """`path` for reading, unbuffered.

    Raises `Undecodable` for what is absent, empty or no ordinary file, `UnreadableError` for what the system refuses.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # before it is opened: a pipe would wait for ever
            raise Undecodable("not an ordinary file")
        if not found.st_size:
            raise Undecodable("file is empty (0 bytes)")
        return Source(path)
    except OSError as error:
        _raise(path, error)


def read_file(path: Path, limit: int) -> bytes:
    """The whole file. Raises as `open_file`, and `Undecodable` for more than `limit` bytes."""
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise Undecodable(f"file is over the limit of {limit >> 20} MiB")
        data = file.read(size)
        while len(data) < size and (more := file.read(size - len(data))):
            data += more
        return data


def read_through(path: Path) -> None:
    """Read all of it once: raises `UnreadableError` where a decoder's odd error was really the system's."""
    with open_file(path) as file:
        while file.read(_PIECE):
            pass


def described(error: BaseException) -> str:
    """An exception in one short line without any path."""
    text = " ".join(re.sub(r"'?(/[^/'\s]+)+'?", "the file", str(error)).split())
    text = "".join(c for c in text if c.isprintable())
    return f"{type(error).__name__}: {text[:120]}" if text else type(error).__name__


def _raise(path: Path, error: OSError) -> NoReturn:
    if error.errno in _ABSENT:
        raise Undecodable("file is missing") from None
    raise UnreadableError(
        f"{shown(path)}: the system does not let it be read ({error.strerror or error}): that says nothing about the "
        "file; mend it and start again, what is done is kept"
    ) from None
