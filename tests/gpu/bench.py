"""What every part uses: the device, a clock, a place for figures, and how much time is left."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from methods.method import Job
from protocols.store.faces import Faces

GIB = 2**30
Figure = dict[str, Any]


@dataclass
class Bench:
    """One call of the command.

    Attributes:
        small: everything tiny and on the CPU, to try the script itself.
        folder: for models that are built here and what trainings leave.
        out: gets a JSON line for each figure; None: the screen alone.
        minutes: that each part may take; what does not fit is said to be missing.
    """

    small: bool
    folder: Path
    out: Path | None = None
    minutes: float = 10.0
    figures: list[Figure] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    _part: str = ""
    _begun: float = 0.0

    @property
    def device(self) -> str:
        return "cpu" if self.small else "cuda"

    @property
    def dtype(self) -> str:
        return "float32" if self.small else "bfloat16"

    @property
    def tokens(self) -> int:
        """Of every answer: about the paper's L = 1200 characters."""
        return 8 if self.small else 300

    @property
    def side(self) -> int:
        return 56 if self.small else 280

    def begin(self, part: str) -> None:
        """The clock of a part starts."""
        self._part, self._begun = part, time.monotonic()

    def measure(self, what: str, work: Callable[[], Figure]) -> None:
        """Say one figure, with the peak of memory; or why it is missing, and go on with the next."""
        if time.monotonic() - self._begun > 60 * self.minutes:
            self._lacking(what, f"the part's {self.minutes:g} minutes are over")
            return
        if not self.small:
            torch.cuda.reset_peak_memory_stats()
        try:
            found = work()
        except Exception as error:  # a figure that cannot be had is a finding, and the next ones are wanted, too
            self._lacking(what, " ".join(f"{type(error).__name__}: {error}".split())[:300])
        else:
            self.say(what, **found)
        finally:
            gc.collect()
            if not self.small:
                torch.cuda.empty_cache()

    def say(self, what: str, **found: Any) -> None:
        """A JSON line to the screen and to the file."""
        if not self.small:
            found["peak_GiB"] = round(torch.cuda.max_memory_allocated() / GIB, 2)
            found["reserved_GiB"] = round(torch.cuda.max_memory_reserved() / GIB, 2)
        row = {"part": self._part, "what": what, "card": self.card(), **found}
        self.figures.append(row)
        self._write(row)

    def _lacking(self, what: str, why: str) -> None:
        self.missing.append(what)
        self._write({"part": self._part, "what": what, "card": self.card(), "missing": why})

    def _write(self, row: Figure) -> None:
        line = json.dumps(row)
        print(line, flush=True)
        if self.out is not None:
            with self.out.open("a") as file:
                file.write(line + "\n")

    def card(self) -> str:
        return "CPU, tiny model" if self.small else torch.cuda.get_device_name()

    def seconds(self, work: Callable[[], object], *, warm: int = 1, times: int = 3) -> float:
        """Mean seconds of a piece of work, all kernels finished."""
        for _ in range(warm):
            work()
        self.wait()
        start = time.perf_counter()
        for _ in range(times):
            work()
        self.wait()
        return (time.perf_counter() - start) / times

    def wait(self) -> None:
        """Until the device has done what it was told."""
        if not self.small:
            torch.cuda.synchronize()

    def job(self, name: str) -> Job:
        """A job in a folder of its own, which is emptied."""
        import shutil

        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        return Job(seed=0, scratch=place, cache=place, device=self.device)


def noise(n: int, side: int) -> Faces:
    """Presentations of one picture each, of noise, with labels in turns."""
    pixels = np.random.default_rng(0).integers(0, 256, (n, side, side, 3), np.uint8)
    index = np.arange(n)
    labels = (index % 2).astype(np.int8)
    return Faces(pixels, index, index, np.ones(n, np.float32), tuple(map(str, index)), labels)
