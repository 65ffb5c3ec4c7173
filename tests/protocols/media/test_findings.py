from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from protocols.errors import InputError, UnreadableError
from protocols.media import findings
from protocols.media.findings import about, described, open_file, read_file
from protocols.media.frame import Undecodable


@pytest.fixture
def file(tmp_path):
    (tmp_path / "a.mov").write_bytes(b"junk")
    return tmp_path / "a.mov"


@pytest.mark.parametrize(
    "error",
    [
        UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "invalid"),
        TypeError("a"),
        AttributeError(),
        RecursionError("deep"),
        ZeroDivisionError(),
        IndexError(),
        OSError(5, "of a decoder, not of the disk"),
        AssertionError("x\ny"),
    ],
)
def test_whatever_a_decoder_raises_is_about_the_file(file, error):
    with pytest.raises(Undecodable, match=type(error).__name__) as caught, about(file):
        raise error
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("error", [Undecodable("so"), InputError("so"), UnreadableError("so"), ImportError("so")])
def test_what_is_known_stays_what_it_is(file, error):
    with pytest.raises(type(error), match="^so$"), about(file):
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_no_finding(file, error):
    with pytest.raises(error), about(file):
        raise error


def test_a_description_is_one_bounded_line_without_folders():
    text = described(OSError("cannot open\n'/home/somebody/secret.jpg' \x1b[31m" + "x" * 500))
    assert text.startswith("OSError: cannot open the file")
    assert "\n" not in text
    assert "\x1b" not in text
    assert "somebody" not in text
    assert len(text) < 150


def test_absent_empty_and_odd_files_are_findings(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken").symlink_to("nowhere")
    for name, reason in (
        ("empty", "file is empty (0 bytes)"),
        ("pipe", "not an ordinary file"),
        (".", "not an ordinary file"),
        ("absent", "file is missing"),
        ("broken", "file is missing"),
        ("empty/below", "file is missing"),
        ("x" * 300, "file is missing"),
    ):
        with pytest.raises(Undecodable) as caught:
            open_file(tmp_path / name)
        assert str(caught.value) == reason


def test_a_file_over_the_limit_is_not_read(file):
    assert read_file(file, 4) == b"junk"
    with pytest.raises(Undecodable, match="over the limit"):
        read_file(file, 3)


def test_no_descriptors_left_is_the_systems_fault(file):
    """Also where a decoder only says that it cannot read the file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open("/dev/null", os.O_RDONLY)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 1, hard))
        for raised in (OSError(24, "Too many open files"), ValueError("cannot open")):
            said = r"a\.mov: .*Too many open files.*nothing about the file"
            with pytest.raises(UnreadableError, match=said), about(file):
                raise raised
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(lowest)


def test_an_input_output_error_in_the_middle_of_a_file_is_the_systems_fault(file, monkeypatch):
    class Failing(findings.Source):
        def _piece(self, size):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(findings, "Source", Failing)
    with pytest.raises(UnreadableError, match=r"a\.mov: .*Input/output error"):
        read_file(file, 100)
    with pytest.raises(UnreadableError, match="Input/output error"), about(file):
        raise ValueError("a decoder that swallowed the reason")


CHILD = """
import os, sys
from pathlib import Path
from protocols.errors import UnreadableError
from protocols.media.findings import read_file
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    read_file(Path(sys.argv[1]), 100)
except UnreadableError as error:
    print(error)
"""


def test_no_permission_is_the_systems_fault(file):
    file.chmod(0)
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", CHILD, file], cwd=root, capture_output=True, text=True, check=True)
    assert "the system does not let it be read (Permission denied)" in done.stdout, done


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("std::bad_alloc"), OSError("Can't allocate memory for buffer")]
)
def test_a_file_that_asks_for_too_much_memory_is_told_from_a_machine_that_has_none(file, error, monkeypatch):
    with pytest.raises(Undecodable, match="more memory than any picture"), about(file):
        raise error
    monkeypatch.setattr(findings, "MAX_PIXELS", 1 << 55)  # no machine gives that
    with pytest.raises(UnreadableError, match="memory is short.*fewer workers"), about(file):
        raise error
