"""The one error that a user can mend: the command line prints it as a single line and leaves with exit code 2."""

from __future__ import annotations

import difflib
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


def unknown(kind: str, word: str, known: Iterable[str]) -> InputError:
    """An `InputError` for a word outside `known`, with the nearest known words as a suggestion."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names)}"
    return InputError(f"unknown {kind} {word!r}: {hint}")
