"""The tensors of a TorchScript archive, read without running anything of it.

OpenAI publishes CLIP as such an archive: a zip with the module's code, a pickle of its object tree and one file per
storage. `torch.jit.load` compiles the code and runs the objects' `__setstate__`, which may write to any file. Here the
pickle is not unpickled: its instructions are followed symbolically, a name stays a name and a call stays a description
of one, and of all calls only the rebuilding of a tensor from a storage in the archive is understood. Formats: torch's
`torch/csrc/jit/serialization` for the archive, pickle protocol 2 for the instructions.
"""

from __future__ import annotations

import math
import pickletools
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

MAX_PICKLE = 16 << 20
MAX_TENSORS = 100_000
MAX_DEPTH = 64
_STORAGES = {
    "HalfStorage": "float16", "FloatStorage": "float32", "DoubleStorage": "float64", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip

Value: TypeAlias = Any
"""What stands in somebody else's pickle: anything, looked at before it is used."""


class FormatError(ValueError):
    """The archive holds what this reader does not understand; the message says what."""


class Name(NamedTuple):
    """A name that the pickle refers to; never looked up."""

    module: str
    name: str


@dataclass
class Made:
    """What an instruction would make: an object of a class, or the answer of a call, with its later state."""

    of: Value
    arguments: Value
    state: Value = None


@dataclass
class _Machine:
    """The pickle's stack and memory."""

    stack: list[Value] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memory: dict[int, Value] = field(default_factory=dict)

    def pop(self, count: int = 1) -> list[Value]:
        """The topmost `count` entries, in order."""
        if not 0 <= count <= len(self.stack) - (self.marks[-1] if self.marks else 0):
            raise FormatError("its pickle takes more than it holds")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    def since_mark(self) -> list[Value]:
        """Everything above the last mark."""
        if not self.marks:
            raise FormatError("its pickle lacks a mark")
        start = self.marks.pop()
        taken = self.stack[start:]
        del self.stack[start:]
        return taken

    def top(self, kind: type) -> Value:
        """The topmost entry, of a kind."""
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise FormatError("its pickle fills what is no container")
        return self.stack[-1]


def is_archive(file: Path) -> bool:
    """True for a zip archive with TorchScript code in it; a plain state dict has none."""
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return any("/code/" in name or name.endswith("constants.pkl") for name in archive.namelist())


def read(file: Path) -> dict[str, Tensor]:
    """All tensors of the module tree by their dotted names. Raises `FormatError`, or what a damaged zip raises."""
    with zipfile.ZipFile(file) as archive:
        root = _root(archive)
        storages = _Storages(archive, root, file.stat().st_size)
        return {name: storages.tensor(made) for name, made in _tree(archive, root)}


def names(file: Path) -> list[str]:
    """The names of all tensors, without reading one. Raises as `read` does."""
    with zipfile.ZipFile(file) as archive:
        return [name for name, _ in _tree(archive, _root(archive))]


def _root(archive: zipfile.ZipFile) -> str:
    roots = [name.removesuffix("data.pkl") for name in archive.namelist() if re.fullmatch(r"[^/]+/data\.pkl", name)]
    if len(roots) != 1:
        raise FormatError("it has no single data.pkl")
    return roots[0]


def _tree(archive: zipfile.ZipFile, root: str) -> Iterator[tuple[str, Made]]:
    entry = archive.getinfo(f"{root}data.pkl")
    if entry.file_size > MAX_PICKLE:
        raise FormatError("its data.pkl is too large")
    return _tensors(follow(archive.read(entry)))


def follow(data: bytes) -> Value:
    """What a pickle describes: containers, texts, numbers, `Name` and `Made`. Nothing is imported or called."""
    machine = _Machine()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of odd escapes, in instructions that are refused anyway
        for instruction, argument, _ in pickletools.genops(data):
            if instruction.name == "STOP":
                return machine.pop()[0]
            act = _INSTRUCTIONS.get(instruction.name)
            if act is None:
                raise FormatError(f"its pickle has the instruction {instruction.name}")
            act(machine, argument)
    raise FormatError("its pickle has no end")


def _push(machine: _Machine, value: Value) -> None:
    machine.stack.append(value)


def _global(machine: _Machine, words: str) -> None:
    module, _, name = words.partition(" ")
    machine.stack.append(Name(module, name))


def _made(machine: _Machine, _: Value) -> None:
    of, arguments = machine.pop(2)
    machine.stack.append(Made(of, arguments))


def _build(machine: _Machine, _: Value) -> None:
    (state,) = machine.pop()
    machine.top(Made).state = state


def _set(machine: _Machine, pairs: list[Value]) -> None:
    into = machine.top(dict)
    keys = pairs[::2]
    if len(pairs) % 2 or not all(isinstance(key, (str, int)) for key in keys):
        raise FormatError("its pickle has a mapping with other keys than words")
    into.update(zip(keys, pairs[1::2], strict=True))


def _remember(machine: _Machine, place: int | None) -> None:
    if not machine.stack:
        raise FormatError("its pickle remembers nothing")
    machine.memory[len(machine.memory) if place is None else place] = machine.stack[-1]


def _recall(machine: _Machine, place: int) -> None:
    if place not in machine.memory:
        raise FormatError("its pickle recalls what it never had")
    machine.stack.append(machine.memory[place])


_INSTRUCTIONS: dict[str, Callable[[_Machine, Value], None]] = {
    **dict.fromkeys(("PROTO", "FRAME"), lambda machine, _: None),
    **dict.fromkeys(
        ("BINUNICODE", "SHORT_BINUNICODE", "BINSTRING", "SHORT_BINSTRING", "BININT", "BININT1", "BININT2", "LONG1",
         "BINFLOAT"), _push,
    ),
    "NONE": lambda machine, _: _push(machine, None),
    "NEWTRUE": lambda machine, _: _push(machine, True),
    "NEWFALSE": lambda machine, _: _push(machine, False),
    "EMPTY_DICT": lambda machine, _: _push(machine, {}),
    "EMPTY_LIST": lambda machine, _: _push(machine, []),
    "EMPTY_TUPLE": lambda machine, _: _push(machine, ()),
    "MARK": lambda machine, _: machine.marks.append(len(machine.stack)),
    "TUPLE": lambda machine, _: _push(machine, tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: _push(machine, tuple(machine.pop(1))),
    "TUPLE2": lambda machine, _: _push(machine, tuple(machine.pop(2))),
    "TUPLE3": lambda machine, _: _push(machine, tuple(machine.pop(3))),
    "SETITEM": lambda machine, _: _set(machine, machine.pop(2)),
    "SETITEMS": lambda machine, _: _set(machine, machine.since_mark()),
    "APPEND": lambda machine, _: (lambda one: machine.top(list).extend(one))(machine.pop()),
    "APPENDS": lambda machine, _: (lambda more: machine.top(list).extend(more))(machine.since_mark()),
    "GLOBAL": _global,
    "NEWOBJ": _made,
    "REDUCE": _made,
    "BUILD": _build,
    "BINPERSID": lambda machine, _: _push(machine, Made(Name("", "storage"), machine.pop()[0])),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _remember),
    "MEMOIZE": lambda machine, _: _remember(machine, None),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _recall),
}  # fmt: skip
"""What each instruction of a TorchScript pickle does; any other is refused."""


def _tensors(tree: Value) -> Iterator[tuple[str, Made]]:
    """The calls that rebuild tensors, with the dotted names of the attributes that hold them."""
    found = 0
    waiting = [("", tree, 0)]
    while waiting:
        prefix, made, depth = waiting.pop()
        if depth > MAX_DEPTH or not isinstance(made, Made) or not isinstance(made.state, dict):
            raise FormatError("it holds no tree of modules")
        for name, value in made.state.items():
            value = _unwrapped(value)
            found += 1
            if found > MAX_TENSORS:
                raise FormatError("it has too many entries")
            if isinstance(value, Made) and value.of == Name("torch._utils", "_rebuild_tensor_v2"):
                yield f"{prefix}{name}", value
            elif isinstance(value, Made) and isinstance(value.of, Name) and value.of.module.startswith("__torch__"):
                waiting.append((f"{prefix}{name}.", value, depth + 1))


def _unwrapped(value: Value) -> Value:
    """The tensor in a parameter."""
    if isinstance(value, Made) and value.of == Name("torch._utils", "_rebuild_parameter") and value.arguments:
        return value.arguments[0]
    return value


class _Storages:
    """The storages of an archive, each read once; no more is ever made of them than the file is long, twice."""

    def __init__(self, archive: zipfile.ZipFile, root: str, size: int) -> None:
        self._archive, self._root = archive, root
        self._read: dict[str, Tensor] = {}
        self._bytes = self._elements = size

    def tensor(self, made: Made) -> Tensor:
        """A copy of the part of a storage that a call describes."""
        try:
            storage, offset, shape, stride = made.arguments[:4]
            numbers = (offset, *shape, *stride)
        except (TypeError, ValueError):
            raise FormatError("it has a tensor without a shape") from None
        if not all(type(n) is int and n >= 0 for n in numbers) or len(shape) != len(stride):
            raise FormatError("it has a tensor of an impossible shape")
        whole = self._storage(storage)
        self._elements -= math.prod(shape)
        last = offset + sum((n - 1) * step for n, step in zip(shape, stride, strict=True))
        if self._elements < 0 or (math.prod(shape) and last >= len(whole)):
            raise FormatError("it has a tensor that is larger than its storage")
        return whole.as_strided(shape, stride, offset).clone()

    def _storage(self, made: Value) -> Tensor:
        import torch

        try:
            kind, of, key, _, count = made.arguments
            element = getattr(torch, _STORAGES[of.name])
        except (AttributeError, TypeError, ValueError, KeyError):
            raise FormatError("it has a tensor that no storage stands for") from None
        if made.of != Name("", "storage") or kind != "storage" or of.module != "torch" or not isinstance(key, str):
            raise FormatError("it has a storage of an unknown kind")
        if key not in self._read:
            entry = self._archive.getinfo(f"{self._root}data/{key}")
            self._bytes -= entry.file_size
            if entry.compress_type != zipfile.ZIP_STORED or self._bytes < 0:
                raise FormatError("its storages are packed")
            data = bytearray(self._archive.read(entry))
            if len(data) % element.itemsize:
                raise FormatError(f"its storage {key} is cut short")
            self._read[key] = torch.frombuffer(data, dtype=element) if data else torch.empty(0, dtype=element)
        whole = self._read[key]
        if whole.dtype != element or count != len(whole):
            raise FormatError(f"its storage {key} has another size or kind than its tensors")
        return whole
