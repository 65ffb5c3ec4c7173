"""`python -m tests.faults.results`: nothing that a run left behind can change and pass for what was written.

One-byte flips of score files, run records, figures and logs, each followed by the tables of all runs; and damages
(flips, cuts, zeros, other files of the same kind) of kept features, training states, models, and the work of a killed
run, each followed by what reads them. A damage is *named* if it is said, *mended* if what it spoilt was made again and
is as it was, *harmless* if nothing that is read changed. *silent* ones, which change a figure, a weight or a feature
without a word, and tracebacks are counted: the exit code is 1 if there is any.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.__main__ import main as benchmark
from benchmark.results.runs import Run
from benchmark.running.workspace import Workspace
from methods import Job
from methods.contract.faces import make_faces
from methods.ms_lbp import MsLbp
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores, write_run

FLIPS, DAMAGES = 10_000, 200
FILES = ("scores.parquet", "run.json", "dev-scores.parquet", "scores.parquet", "run.json", "log.jsonl", "figures.json")
"""What the flips hit, in turn."""
GOOD = ("named", "mended", "harmless")


@dataclass
class Tally:
    """What became of the damages, by kind, and the bad ones in words."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)

    def add(self, kind: str, number: int, read: Callable[[], str]) -> None:
        """Count what `read` says; an exception that is no `InputError` is a traceback."""
        try:
            said = read()
        except Exception:
            said = "traceback"
            print(traceback.format_exc(), flush=True)
        self.counts[kind, said] += 1
        if said not in GOOD:
            self.bad.append(f"{kind} {number}: {said}")
            print(self.bad[-1], flush=True)


class Results:
    """A folder of finished runs, of which one is damaged again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "results"
        for method in ("ms-lbp", "cnn", "grpo"):
            scores = made_up_scores(bona_fide=24, attack=36, silent=1, seed=len(method))
            run = write_run(self.folder, scores, method=method, dev=made_up_scores(bona_fide=16, attack=24, seed=1))
            if method == "cnn":
                (run.path / "log.jsonl").write_text("".join(f'{{"step": {i}, "loss": {1 / i}}}\n' for i in (1, 2, 3)))
                run.with_files(run.path).write(run.path)
                self.path = run.path
        self.log = Run.open(self.path).log()
        self.code, self.rows = self._table()

    def _table(self) -> tuple[int, dict[str, list[dict[str, Any]]]]:
        """Exit code and rows of the tables by method."""
        out = io.StringIO()
        words = ["table", "policies", "--results", str(self.folder), "--policy", "source-eer", "--format", "json"]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            code = benchmark(words)
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for table in json.loads(out.getvalue())["tables"]:
            for row in table["rows"]:
                rows[row["method"]].append(row)
        return code, dict(rows)

    def flip(self, name: str, chance: random.Random) -> str:
        """Change one bit to seven of a byte, look at the tables, put it back."""
        file = self.path / name
        data = file.read_bytes()
        place = chance.randrange(len(data))
        file.write_bytes(data[:place] + bytes([data[place] ^ chance.randrange(1, 256)]) + data[place + 1 :])
        try:
            return self._seen(name)
        finally:
            file.write_bytes(data)

    def _seen(self, name: str) -> str:
        code, rows = self._table()
        if name == "log.jsonl":  # no table reads it; figures of training curves do
            try:
                same = Run.open(self.path).log() == self.log
            except InputError:
                return "named"
            return "harmless" if same else "silent"
        if name == "figures.json":
            return "mended" if (code, rows) == (self.code, self.rows) else "silent"
        others = all(rows[method] == self.rows[method] for method in ("ms-lbp", "grpo"))
        ours = rows["cnn"]
        dashes = all(cell["value"] is None for row in ours for cell in row["cells"])
        said = all(name in json.dumps(row, ensure_ascii=False) for row in ours)
        return "named" if (code, others, dashes, said) == (1, True, True, True) else "silent"


def damaged(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """One of the things that happen to files."""
    kind = chance.choice(("flip", "flip", "cut", "zeros", "block", "other", "longer", "empty"))
    place = chance.randrange(len(data))
    if kind == "flip":
        return data[:place] + bytes([data[place] ^ chance.randrange(1, 256)]) + data[place + 1 :]
    if kind == "cut":
        return data[:place]
    if kind == "longer":
        return data + chance.randbytes(8)
    if kind == "empty":
        return b""
    if kind == "other":
        return other
    size = min(len(data) - place, 512)
    filler = bytes(size) if kind == "zeros" else chance.randbytes(size)
    return data[:place] + filler + data[place + size :]


class Made:
    """What trainings leave: kept features, a training state, a model, the work of a killed run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faces = make_faces(8, 2, side=40)
        self.said: list[str] = []
        self.job = Job(seed=0, scratch=folder / "scratch", cache=folder / "cache", say=self.said.append)
        (folder / "scratch").mkdir()
        self.kinds: dict[str, Callable[[random.Random], str]] = {
            "features": self._features, "state": self._state, "model": self._model, "work": self._work,
        }  # fmt: skip

    @contextlib.contextmanager
    def _damage(self, file: Path, other: bytes, chance: random.Random) -> Iterator[bool]:
        """The file damaged inside, as it was afterwards; says whether the damage changed anything."""
        data = file.read_bytes()
        content = damaged(data, other, chance)
        file.write_bytes(content)
        self.said.clear()
        try:
            yield content != data
        finally:
            file.write_bytes(data)

    def _verdict(self, changed: bool, same: bool) -> str:
        if not same:
            return "silent"
        return "named" if self.said else "mended" if changed else "harmless"

    def _features(self, chance: random.Random) -> str:
        method = MsLbp(MsLbp.settings_class.preset("demo"))
        method.fit(self.faces, self.faces, self.job)
        before = method.predict(self.faces.unlabelled(), self.job).scores
        (file,) = (self.folder / "cache" / "features").glob("*.safetensors")
        with self._damage(file, b"\x93NUMPY", chance) as changed:
            again = MsLbp(MsLbp.settings_class.preset("demo"))
            again.fit(self.faces, self.faces, self.job)
            same = np.array_equal(before, again.predict(self.faces.unlabelled(), self.job).scores)
        return self._verdict(changed, bool(same)) if changed else "harmless"

    def _train(self, steps: int) -> np.ndarray:
        import torch
        from torch import nn

        from methods.nets.training import Schedule, train

        torch.manual_seed(1)
        net = nn.Sequential(nn.Flatten(), nn.Linear(48, 2))
        pictures = torch.from_numpy(np.random.default_rng(0).normal(size=(10, 3, 4, 4)).astype(np.float32))
        schedule = Schedule(steps=steps, batch=4, rate=0.1, momentum=0.9, decay=0.0, drop_at=8, every=2)
        train(net, lambda frames: pictures[frames], np.arange(10) % 2, schedule, self.job, "x")
        return np.concatenate([p.detach().numpy().ravel() for p in net.parameters()])

    def _state(self, chance: random.Random) -> str:
        file = self.folder / "scratch" / "cnn-training.safetensors"
        if not hasattr(self, "_weights"):
            self._weights = self._train(8)
            file.unlink()
            self._train(4)
        data = file.read_bytes()
        with self._damage(file, b"{}", chance) as changed:
            same = np.array_equal(self._train(8), self._weights)
        file.write_bytes(data)
        return self._verdict(changed, bool(same))

    def _model(self, chance: random.Random) -> str:
        if not hasattr(self, "_run"):
            run = write_run(self.folder / "results", method="ms-lbp")
            method = MsLbp(MsLbp.settings_class.preset("demo"))
            method.fit(self.faces, self.faces, self.job)
            (run.path / "model").mkdir()
            method.save(run.path / "model")
            run.with_files(run.path).write(run.path)
            self._run, self._scores = Run.open(run.path), method.predict(self.faces.unlabelled(), self.job).scores
        (file,) = (self._run.path / "model").iterdir()
        with self._damage(file, b"", chance) as changed:
            try:
                method = MsLbp(MsLbp.settings_class.preset("demo"))
                method.load(self._run.model_folder(), self.job)
            except InputError:
                return "named"
            same = np.array_equal(method.predict(self.faces.unlabelled(), self.job).scores, self._scores)
        return self._verdict(changed, bool(same))

    def _work(self, chance: random.Random) -> str:
        """Chunks and the model of a run that was killed: taken up as they were, or made again."""
        final = self.folder / "work" / "s0-abc"
        rows = [{"score": 0.1 * i, "decision": "attack"} for i in range(5)]
        with Workspace.claim(final) as work:
            work.begin({"n": 1})
            if not work.has_model():
                with work.new_model() as folder:
                    (folder / "w.bin").write_bytes(bytes(range(256)))
            if not work.chunks("target"):
                for number, row in enumerate(rows):
                    work.add_chunk("target", number, [row])
            file = chance.choice((work.folder / "target.rank0.jsonl", work.model / "w.bin"))
            with self._damage(file, b"{}\n", chance) as changed:
                kept = work.chunks("target")
                if any(kept[number] != [rows[number]] for number in kept):
                    return "silent"
                believed = work.has_model()
                if file == work.model / "w.bin" and believed and changed:
                    return "silent"
                return "mended" if changed else "harmless"


def run(flips: int, damages: int, seed: int, folder: Path) -> Tally:
    """So many flips and damages in a folder of their own."""
    tally = Tally()
    (folder / "flips").mkdir()
    (folder / "damages").mkdir()
    results = Results(folder / "flips")
    for number in range(flips):
        chance = random.Random(f"{seed}/{number}")
        name = FILES[number % len(FILES)]
        if name == "figures.json" and number % 49 >= len(FILES):  # making them again costs a hundred times as much
            name = "scores.parquet"
        tally.add(name, number, lambda name=name, chance=chance: results.flip(name, chance))  # type: ignore[misc]
    made = Made(folder / "damages")
    for number in range(damages):
        kind = list(made.kinds)[number % len(made.kinds)]
        chance = random.Random(f"{seed}/damage/{number}")
        tally.add(kind, number, lambda kind=kind, chance=chance: made.kinds[kind](chance))  # type: ignore[misc]
    return tally


def main() -> int:
    """Parse, damage, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=FLIPS)
    parser.add_argument("--damages", type=int, default=DAMAGES)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp())
    try:
        tally = run(args.flips, args.damages, args.seed, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for (kind, said), n in sorted(tally.counts.items()):
        print(f"{kind:20} {said:10} {n:6}")
    of = Counter(said for _, said in tally.counts.elements())
    print(
        f"{args.flips} flips and {args.damages} damages in {time.monotonic() - began:.0f} s: "
        f"{of['silent']} silent, {of['traceback']} tracebacks"
    )
    return 1 if tally.bad else 0


if __name__ == "__main__":
    sys.exit(main())
