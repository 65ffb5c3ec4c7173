"""The one error that a user can mend: the command line prints it as a single line and leaves with exit code 2."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable


class InputError(Exception):
    """Something the user gave is wrong. The message names the file or word, says what is wrong and how to mend it."""


class UnreadableError(InputError):
    """The system (permission, lock, input/output, descriptors, memory) did not let a file be read.

    It says nothing about the file and is never recorded as a finding about it.
    """


class BusyError(InputError):
    """Another process holds what was asked for: not wrong, only too early. The command line leaves with code 75."""


class DamagedError(InputError):
    """A file is not what was written: cut short, changed, or of another shape. One such file never ends a table."""


_OF_THE_SYSTEM = {
    getattr(errno, name)
    for name in (
        "EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "EEXIST", "ENOSPC", "EDQUOT", "EIO", "ENAMETOOLONG", "ELOOP",
        "EMFILE", "ENFILE", "ESTALE",
    )
    if hasattr(errno, name)
}  # fmt: skip


def of_the_system(error: OSError) -> InputError | None:
    """The one line for an error of the system about a file or folder that the user can mend; None for any other."""
    if error.errno not in _OF_THE_SYSTEM:
        return None
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return InputError(f"{error.filename or 'a disk'}: the disk is full; free some space and run the command again")
    return InputError(f"{error.filename or 'a file'}: cannot be used here ({error.strerror})")


def unknown(kind: str, word: str, known: Iterable[str]) -> InputError:
    """An `InputError` for a word outside `known`, with the nearest known words as a suggestion."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names)}"
    return InputError(f"unknown {kind} {word!r}: {hint}")
