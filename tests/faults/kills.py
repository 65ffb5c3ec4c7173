"""`python -m tests.faults.kills [SUBJECT ...]`: kill -9 of every command that writes, at ten random moments each.

Each command is run once in peace. Then it is started again and again in another place and killed, it alone, after a
random part of the time that it took in peace; one that ends before it is killed begins from nothing. At last it goes on
to its end. One line a command: whether all that it made is, byte for byte, what it made in peace; how many processes
outlived a killed parent; and how many files that were not whole lay under a name that is read. The exit code is 1 if
anything differs, is left running, or could have been taken for whole.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.results import models
from benchmark.results.runs import Run
from protocols.errors import DamagedError
from protocols.store.checked import CHECKED
from protocols.store.stamps import STAMPS
from protocols.store.store import Store
from tests.conftest import environment

KILLS = 10
GRACE = 60.0
"""Seconds that processes get to notice that their parent is gone."""
TOKEN = "FAULTS_TOKEN"
BENCHMARK = (sys.executable, "-m", "benchmark")
TIMES = frozenset({STAMPS, CHECKED})
"""Files that say when media and pixels were written: never the same in two caches."""
BASE = ("run", "--method", "ms-lbp", "--protocol", "surf2siw", "--quiet")
"""The run whose model answers in `predict`, and that `report` is about."""


@dataclass(frozen=True)
class Place:
    """Where a command works: `cache` and `results` are its own but for what the demo is made of."""

    folder: Path

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def renew(self, base: Path, *, faces: bool, finished: bool) -> None:
        """Begin from nothing: the demo's releases and its CLIP; prepared faces and a finished run where asked for."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.cache / "methods").mkdir(parents=True)
        for source in (base / "cache").glob("demo-*"):
            (self.cache / source.name).symlink_to(source)
        if (lesson := base / "cache" / "methods" / "demo-clip").exists():
            shutil.copytree(lesson, self.cache / "methods" / "demo-clip")
        if faces:
            shutil.copytree(base / "cache" / "faces", self.cache / "faces", copy_function=shutil.copy2)
        if finished:
            shutil.copytree(base / "results", self.results)

    def start(self, words: tuple[str, ...], token: str = "") -> subprocess.Popen[bytes]:
        """`benchmark WORDS`; what it prints lies in `out` and `err`."""
        whole = [*BENCHMARK, *words]
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            surroundings = environment(self.cache) | {TOKEN: token, "OMP_NUM_THREADS": "1"}
            return subprocess.Popen(whole, env=surroundings, cwd=self.folder, stdout=out, stderr=err)

    def finish(self, words: tuple[str, ...]) -> None:
        """Run to the end. Raises `RuntimeError` with its words if that fails."""
        if self.start(words).wait():
            raise RuntimeError(f"{' '.join(words)}: {(self.folder / 'err').read_text()[-2000:]}")


def stores(place: Place) -> Iterator[Path]:
    """Every file of every face store that is the same in two caches."""
    for file in (place.cache / "faces").rglob("*"):
        if file.is_file() and file.suffix != ".lock" and file.name not in TIMES:
            yield file


def scores(place: Place) -> Iterator[Path]:
    """The score files of runs, and what models said."""
    yield from place.results.glob("runs/**/*.parquet")
    yield from place.results.glob("models/**/answers/*.parquet")


def said(place: Place) -> Iterator[Path]:
    """What a command printed, the picture that it drew, and the score files that it must leave alone."""
    yield from (place.folder / "out", place.folder / "seen.png")
    yield from scores(place)


def page(place: Place) -> Iterator[Path]:
    """A report, and the score files that it must leave alone."""
    yield place.folder / "report.html"
    yield from scores(place)


@dataclass(frozen=True)
class Subject:
    """A command that is killed. `made`: the files that have to be the same in the end; `worker`: not the command is
    killed but one of its runs."""

    words: tuple[str, ...]
    made: Callable[[Place], Iterator[Path]] = scores
    faces: bool = True
    finished: bool = False
    worker: bool = False


def _fit(method: str, **settings: int) -> Subject:
    sets = tuple(word for name, value in settings.items() for word in ("--set", f"{name}={value}"))
    return Subject(("run", "--method", method, "--protocol", "surf2siw", "--quiet", *sets))


SWEEP = ("sweep", "../work.toml", "--world", "demo", "--jobs", "2", "--quiet")
SUBJECTS: Mapping[str, Subject] = {
    "prepare": Subject(("prepare", "--workers", "4", "--quiet"), stores, faces=False),
    "classic": _fit("ms-lbp"),
    "cnn": _fit("cnn", steps=60, train_frames=2, target_frames=1),
    "flip": _fit("flip-v", iterations=20, checkpoint_every=4, train_frames=1, target_frames=1),
    "foundpad": _fit("foundpad", epochs=4, train_frames=1, target_frames=1),
    "sft": _fit("sft", max_steps=12, save_every=3),
    "grpo": _fit("grpo", max_steps=8, save_every=2),
    "predict": Subject(
        ("predict", "../clip.mov", "--run", "demo/surf2siw/ms-lbp", "--json", "--draw", "seen.png"),
        said,
        faces=False,
        finished=True,
    ),
    "report": Subject(("report", "--output", "report.html"), page, faces=False, finished=True),
    "sweep's worker": Subject(SWEEP, worker=True),
    "sweep's parent": Subject(SWEEP),
}


@dataclass
class Outcome:
    """What ten kills of one command came to."""

    name: str
    kills: int = 0
    orphans: int = 0
    taken: list[str] = field(default_factory=list)
    files: int = 0
    differing: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return bool(self.kills and self.files) and not (self.orphans or self.taken or self.differing)

    def text(self) -> str:
        """One line, and what was wrong."""
        same = f"{self.files - len(self.differing)} of {self.files} files bit-equal"
        line = f"{self.name:15} {self.kills:3} kills  {same:30} {self.orphans} orphans  {len(self.taken)} partial taken"
        return "\n".join([f"{line}  {self.seconds:.0f} s", *(f"    {one}" for one in [*self.taken, *self.differing])])


def digests(place: Place, subject: Subject) -> dict[str, str]:
    """SHA-256 of the files that a command makes, by their path in its place; "" for one that is not there."""
    return {
        file.relative_to(place.folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        if file.exists()
        else ""
        for file in sorted(subject.made(place))
    }


def with_token(token: str) -> list[int]:
    """The living processes that a start with this token began, whatever became of those in between."""
    mark, found = f"{TOKEN}={token}".encode(), []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def not_whole(place: Place) -> Iterator[str]:
    """Runs, models and stores that lie under a name that is read and are not what their records say."""
    for record in place.results.glob("runs/*/*/*/s*/run.json"):
        try:
            run = Run.open(record.parent)
            assert len(run.scores)
        except DamagedError as error:
            yield str(error)
    for record in place.results.glob("models/*/*/*/s*/model.json"):
        try:
            models.verify(record.parent, models.read(record.parent))
        except DamagedError as error:
            yield str(error)
    for folder in (place.cache / "faces").glob("*"):
        if (folder / "manifest.jsonl").exists() and not folder.name.endswith((".part", ".old")):
            try:
                Store.open(folder).pixels[0]  # reading one checks them all
            except DamagedError as error:
                yield str(error)


class Killer:
    """Starts a command and kills it, until it was killed often enough; then lets it end."""

    def __init__(self, name: str, base: Path, work: Path, seed: int) -> None:
        self.subject, self.base, self.work = SUBJECTS[name], base, work
        self.outcome, self._chance = Outcome(name), random.Random(f"{name} {seed}")

    def run(self, kills: int) -> Outcome:
        """Disturb one, leave another in peace, compare."""
        began = time.monotonic()
        calm, place = self._new("calm"), self._new("disturbed")
        since = time.monotonic()
        calm.finish(self.subject.words)
        took = time.monotonic() - since
        while self.outcome.kills < kills:
            if not self._kill(place, self._chance.uniform(0.1, 0.75) * took):
                print(f"{self.outcome.name}: ended before it was killed: from nothing again", flush=True)
                place = self._new("disturbed")
        place.finish(self.subject.words)
        self._compare(digests(calm, self.subject), digests(place, self.subject))
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _new(self, name: str) -> Place:
        place = Place(self.work / name)
        place.renew(self.base, faces=self.subject.faces, finished=self.subject.finished)
        return place

    def _kill(self, place: Place, after: float) -> bool:
        token = uuid.uuid4().hex
        process = place.start(self.subject.words, token)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            victim = self._worker(token) if self.subject.worker else process.pid
            if victim is None:  # none of its runs has begun, or all have ended
                process.wait()
                return False
            os.kill(victim, signal.SIGKILL)
            process.wait()
            self.outcome.kills += 1
            self._look(place, token)
            print(f"{self.outcome.name}: kill {self.outcome.kills} after {after:.1f} s", flush=True)
            return True
        if process.returncode:
            raise RuntimeError(f"{self.outcome.name} failed: {(place.folder / 'err').read_text()[-2000:]}")
        return False

    def _worker(self, token: str) -> int | None:
        runs = []
        for pid in with_token(token):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"run" in words and not words[-1].endswith(b"guard.py") and not any(b"guard.py" in w for w in words):
                runs.append(pid)
        return self._chance.choice(sorted(runs)) if runs else None

    def _look(self, place: Place, token: str) -> None:
        until = time.monotonic() + GRACE
        while (alive := with_token(token)) and time.monotonic() < until:
            time.sleep(0.1)
        for pid in alive:
            self.outcome.orphans += 1
            os.kill(pid, signal.SIGKILL)
        self.outcome.taken += not_whole(place)

    def _compare(self, calm: Mapping[str, str], disturbed: Mapping[str, str]) -> None:
        names = sorted({*calm, *disturbed})
        self.outcome.files = len(names)
        self.outcome.differing = [name for name in names if not calm.get(name) or calm[name] != disturbed.get(name)]


def make_base(folder: Path) -> None:
    """The demo's releases, their faces and one finished run, made once; a video to decide on and a sweep."""
    base = Place(folder / "base")
    (base.cache / "methods").mkdir(parents=True, exist_ok=True)
    base.finish(("prepare", "--quiet"))
    base.finish(BASE)
    video = sorted(base.cache.glob("demo-*/siw-mv2/**/Live/*"))[0]
    shutil.copyfile(video, folder / "clip.mov")
    blocks = (f'[[runs]]\nmethod = "{name}"\nprotocol = "surf2siw"\n' for name in ("ms-lbp", "colour-texture"))
    (folder / "work.toml").write_text("".join(blocks) + '[resources.demo."*"]\nmemory_gb = 0.5\n')


def run(names: list[str], kills: int, folder: Path, seed: int = 5) -> list[Outcome]:
    """The outcome of every command, printed as they come."""
    make_base(folder)
    outcomes = []
    for name in names:
        outcomes.append(Killer(name, folder / "base", folder, seed).run(kills))
        print(outcomes[-1].text(), flush=True)
    return outcomes


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subject", nargs="*", help=", ".join(SUBJECTS), metavar="SUBJECT")
    parser.add_argument("--kills", type=int, default=KILLS, help="of each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--work", type=Path, help="a folder that is kept (default: a temporary one)")
    args = parser.parse_args()
    if unknown := [name for name in args.subject if name not in SUBJECTS]:
        parser.error(f"unknown: {unknown[0]}; one of {', '.join(SUBJECTS)}")
    with tempfile.TemporaryDirectory() as temporary:
        outcomes = run(args.subject or list(SUBJECTS), args.kills, (args.work or Path(temporary)).resolve(), args.seed)
    print("\n".join(["", *(one.text() for one in outcomes)]))
    return 0 if all(one.good for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
