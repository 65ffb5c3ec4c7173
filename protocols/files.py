"""Files and folders that are whole or not there: one way to write them, to bring them to the disk, to know them again.

A file is written under a temporary name in its own folder, flushed, brought to the disk and only then given its name;
the folder follows, because the name is the folder's. Whoever reads it sees the old file or the new one, after a power
cut, too. So it is with folders, except that the old one has another name for a moment: `take_place`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(file: Path, *, durable: bool = True) -> Iterator[Path]:
    """A temporary path beside `file`; what the block writes there becomes `file` when the block ends well.

    A block that fails leaves the old file and no trace of its own. `durable=False` leaves out the wait for the disk:
    for caches that are checked when they are read and made again.
    """
    part = _beside(file)
    try:
        yield part
        if durable:
            sync(part)
        part.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):  # the reason of the failure is what the user must see
            part.unlink(missing_ok=True)
        raise
    if durable:
        sync(file.parent)


@contextmanager
def whole_folder(folder: Path, *, durable: bool = True) -> Iterator[Path]:
    """An empty folder beside `folder` that becomes `folder`, in place of one that is there, when the block ends well.

    A block that fails leaves the old folder and no trace of its own. Raises OSError.
    """
    part = _beside(folder)
    remove_tree(part)
    part.mkdir(parents=True)
    try:
        yield part
        if durable:
            sync_tree(part)
        take_place(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def take_place(part: Path, folder: Path, aside: Path | None = None) -> None:
    """Rename a folder that is whole, and on the disk, to `folder`; a folder that was there is removed.

    Between two renames that one is called `aside`, by default a hidden name beside it: who looks for it after a kill
    has to know where. Raises OSError; what cannot be removed in the end stays there under that name.
    """
    aside = aside or folder.with_name(f".{folder.name}.old")
    remove_tree(aside)
    if folder.exists():
        folder.rename(aside)
    part.rename(folder)
    sync(folder.parent)
    shutil.rmtree(aside, ignore_errors=True)


def remove_tree(folder: Path) -> None:
    """Remove a folder if it is there. Raises OSError: what cannot be removed must not be taken for what is made."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _beside(path: Path) -> Path:
    return path.with_name(f".{os.getpid()}.part.{path.name}")


@contextmanager
def system_errors() -> Iterator[None]:
    """Libraries in other languages tell of the system's errors in words (`os error 28`): they become `OSError` here."""
    try:
        yield
    except Exception as error:
        found = None if isinstance(error, OSError) else re.search(r"\(os error (\d+)\)", str(error))
        if found is None:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1]))) from error


def write_whole(file: Path, content: bytes | str, *, durable: bool = True) -> None:
    """Write a file whole or not at all; text as UTF-8 with its line ends as they are."""
    with whole(file, durable=durable) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if path.is_file():  # some file systems know no such thing for folders
            raise
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring everything below a folder to the disk, files first."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() or path.is_dir():
            sync(path)
    sync(folder)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's content, as 64 hexadecimal digits."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def digests_below(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder by its path there (with `/`), in the order of the paths."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}
