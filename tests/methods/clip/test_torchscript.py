"""Archives are read as tensors: the same ones that torch's own loader finds, without running what an archive brings."""

from __future__ import annotations

import io
import pickle
import pickletools
import random
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest
import torch
from torch import nn

from methods.clip import torchscript, weights
from methods.clip.torchscript import FormatError, Made, Name
from protocols.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*")


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lin = nn.Linear(3, 4).half()
        self.register_buffer("running", torch.arange(5))
        self.register_buffer("part", torch.arange(12.0).reshape(3, 4).t()[1:])  # a view with strides and an offset
        self.register_buffer("brain", torch.ones(2, dtype=torch.bfloat16))
        self.register_buffer("none", torch.empty(0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Tree(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Block(), nn.ModuleList([Block(), Block()])
        self.scale = nn.Parameter(torch.tensor(2.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Trap(nn.Module):
    """A module whose state, when it is restored, writes into a file of somebody else's."""

    def __init__(self, victim: str) -> None:
        super().__init__()
        self.victim = victim
        self.weight = nn.Parameter(torch.ones(2))
        self.kept = torch.zeros(1, dtype=torch.uint8)

    @torch.jit.export
    def __getstate__(self) -> tuple[str, torch.Tensor, bool]:
        return self.victim, self.weight, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[str, torch.Tensor, bool]) -> None:
        self.victim = state[0]
        self.weight = state[1]
        self.training = state[2]
        self.kept = torch.from_file(state[0], True, 4, dtype=torch.uint8)
        self.kept.fill_(33)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def scripted(module: nn.Module, file: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is out of date, and OpenAI's format
        torch.jit.save(torch.jit.script(module), file)
    return file


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scripted(Tree(), tmp_path_factory.mktemp("archive") / "tree.pt")


def test_the_tensors_are_those_of_torch(archive: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = torch.jit.load(str(archive)).state_dict()
    found = torchscript.read(archive)
    assert found.keys() == expected.keys() == set(torchscript.names(archive))
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype, name
        assert torch.equal(found[name], tensor), name


def test_nothing_of_an_archive_is_run(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"safe")
    file = scripted(Trap(str(victim)), tmp_path / "trap.pt")
    with pytest.raises(InputError, match="trap.pt: a TorchScript archive that is read as tensors only"):
        weights.read_state(file)
    assert victim.read_bytes() == b"safe"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.load(str(file))
    assert victim.read_bytes() == b"!!!!"  # so that this test would have shown it


class Shell:
    def __reduce__(self) -> tuple:
        return print, ("run",)


def test_a_call_stays_a_description(capsys: pytest.CaptureFixture[str]) -> None:
    made = torchscript.follow(pickle.dumps(Shell(), protocol=2))
    assert made == Made(Name("__builtin__", "print"), ("run",))
    assert capsys.readouterr().out == ""


def repacked(archive: Path, file: Path, change) -> Path:
    """The archive with entries changed by `change(name, data) -> data or (data, compression)`."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.infolist():
            data = change(entry.filename, old.read(entry))
            packing = zipfile.ZIP_STORED
            if isinstance(data, tuple):
                data, packing = data
            if data is not None:
                new.writestr(entry.filename, data, packing)
    return file


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda name, data: None if name.endswith("data.pkl") else data, "no single data.pkl"),
        (lambda name, data: data[:-2] if "/data/" in name and len(data) > 2 else data, "another size|cut short"),
        (lambda name, data: (data, zipfile.ZIP_DEFLATED) if "/data/" in name else data, "packed"),
        (lambda name, data: pickle.dumps({"a": 1}, protocol=2) if name.endswith("data.pkl") else data, "no tree"),
        (
            lambda name, data: pickle.dumps(2**80, protocol=2)[:-1] if name.endswith("data.pkl") else data,
            "exhausted before",
        ),
        (lambda name, data: bytes(20 << 20) if name.endswith("data.pkl") else data, "too large"),
    ],
)
def test_what_the_reader_does_not_understand_is_said(archive: Path, tmp_path: Path, change, message) -> None:
    file = repacked(archive, tmp_path / "changed.pt", change)
    with pytest.raises((FormatError, ValueError), match=message):
        torchscript.read(file)
    with pytest.raises(InputError, match="changed.pt: "):
        weights.read_state(file)


def test_views_cannot_grow_beyond_the_file(archive: Path, tmp_path: Path) -> None:
    """A stride of 0 would make gigabytes of one number."""

    def widened(name: str, data: bytes) -> bytes:
        if not name.endswith("data.pkl"):
            return data
        first = next(pos for op, arg, pos in pickletools.genops(data) if op.name == "BININT1" and arg == 5)
        return data[:first] + b"J\xff\xff\xff\x7f" + data[first + 2 :]

    with pytest.raises(FormatError, match="larger than its storage|another size"):
        torchscript.read(repacked(archive, tmp_path / "wide.pt", widened))


def test_a_tree_that_holds_itself_ends() -> None:
    data = b"\x80\x02c__torch__\nTree\n)\x81q\x00}X\x01\x00\x00\x00ah\x00sb."
    made = torchscript.follow(data)
    assert made.state["a"] is made
    with pytest.raises(FormatError, match="no tree"):
        list(torchscript._tensors(made))


def test_any_byte_may_be_wrong(archive: Path) -> None:
    """Whatever stands in the pickle, reading ends with tensors or with an error of the kinds that are caught."""
    chance = random.Random(0)
    with zipfile.ZipFile(archive) as opened:
        data = opened.read(next(name for name in opened.namelist() if name.endswith("/data.pkl")))
    for _ in range(3000):
        broken = bytearray(data)
        for _ in range(chance.choice((1, 1, 3))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            list(torchscript._tensors(torchscript.follow(bytes(broken))))
        except (FormatError, ValueError, UnicodeDecodeError):
            continue


def test_a_damaged_storage_is_noticed(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        entry = next(e for e in opened.infolist() if "/data/" in e.filename and e.file_size > 8)
        raw = opened.read(entry)
    data = bytearray(archive.read_bytes())
    at = data.index(raw, entry.header_offset)
    data[at] ^= 1
    (tmp_path / "flipped.pt").write_bytes(data)
    assert zlib.crc32(raw) == entry.CRC
    with pytest.raises(InputError, match="flipped.pt"):
        weights.read_state(tmp_path / "flipped.pt")


def test_a_plain_state_dict_is_no_such_archive(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1)}, tmp_path / "state.pt")
    assert not torchscript.is_archive(tmp_path / "state.pt")
    (tmp_path / "text.pt").write_bytes(io.BytesIO(b"no zip").getvalue())
    assert not torchscript.is_archive(tmp_path / "text.pt")
