"""`python -m tests.faults.media`: mutated pictures, videos, EXIF blocks and HDF5 files go through a preparation.

Every file is decoded and cropped as `prepare` does it, in processes that are watched: whatever ends one (an exception
that is no finding, a signal, silence) is named with the number that makes the same file again:
`python -m tests.faults.media --only NUMBER --keep FOLDER`. Exits with 1 if there was any. A file on which a decoder
crashes or hangs is a finding like others, and is named, too.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import select
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from protocols.media.findings import described
from protocols.recipe import Recipe
from protocols.store.prepare import attempt
from tests.protocols.media_factory import moving, portrait, presentation, release, write_hdf5, write_video

COUNT = 20_000
CHUNK = 500
PATIENCE = {"images": 15.0, "video": 15.0, "hdf5": 15.0}
"""CPU seconds for one of these small files."""
SILENCE = 600.0
"""Seconds without a word after which the watched process is taken to hang."""
TOGETHER = 8
"""Pictures that a worker gets at a time: one of them is what ended it."""
ENOUGH = 50
"""Endings after which no more files are tried."""
RECIPE = Recipe(frames=3, size=32, detect_side=64)
KINDS = ("picture", "exif", "picture", "video", "exif", "hdf5", "picture", "exif")
"""What the numbers stand for, in turn."""


def pictures() -> dict[str, bytes]:
    """One small file of every kind of picture that is read."""
    face = Image.fromarray(next(iter(portrait(1)))).resize((50, 60))
    deep = Image.fromarray(np.asarray(face.convert("L")).astype(np.uint16) * 257)
    made = {
        "jpg": (face, "JPEG", {"quality": 90}),
        "progressive.jpg": (face, "JPEG", {"progressive": True}),
        "ink.jpg": (face.convert("CMYK"), "JPEG", {}),
        "grey.jpg": (face.convert("L"), "JPEG", {"restart_marker_rows": 1}),
        "png": (face, "PNG", {}),
        "palette.png": (face.convert("P"), "PNG", {"transparency": 3}),
        "grey16.png": (deep, "PNG", {}),
        "clear.png": (face.convert("RGBA"), "PNG", {"exif": exif(random.Random(1))}),
        "bmp": (face, "BMP", {}),
        "palette.bmp": (face.convert("P"), "BMP", {}),
        "webp": (face, "WEBP", {}),
        "lossless.webp": (face, "WEBP", {"lossless": True, "exif": exif(random.Random(2))}),
    }
    files = {}
    for name, (image, kind, options) in made.items():
        out = io.BytesIO()
        image.save(out, kind, **options)
        files[name] = out.getvalue()
    return files


def videos(folder: Path) -> dict[str, bytes]:
    """One small file of every kind of video that is read."""
    made = {
        "mov": ("libx264", {}),
        "first.mp4": ("libx264", {"movflags": "faststart"}),
        "pieces.mp4": ("mpeg4", {"movflags": "frag_keyframe+empty_moov"}),
        "avi": ("mjpeg", {}),
        "mpeg4.avi": ("mpeg4", {}),
        "mkv": ("libx264", {}),
        "webm": ("libvpx-vp9", {}),
    }
    return {
        name: write_video(folder / f"seed.{name}", codec, moving(9), 4, **options).read_bytes()
        for name, (codec, options) in made.items()
    }


def hdf5s(folder: Path) -> dict[str, bytes]:
    """Contiguous, chunked and compressed ones."""
    options: dict[str, dict[str, object]] = {
        "plain.h5": {},
        "chunks.h5": {"chunks": (1, 3, 20, 12)},
        "gzip.h5": {"chunks": (2, 3, 20, 12), "compression": "gzip"},
        "check.h5": {"chunks": (1, 3, 20, 12), "fletcher32": True, "shuffle": True},
    }
    for name, more in options.items():
        write_hdf5(folder / name, times=list(range(0, 60, 10)), **more)
    return {name: (folder / name).read_bytes() for name in options}


@cache
def seeds() -> dict[str, dict[str, bytes]]:
    """kind -> name -> bytes of whole files."""
    with tempfile.TemporaryDirectory() as folder:
        return {"picture": pictures(), "video": videos(Path(folder)), "hdf5": hdf5s(Path(folder))}


def exif(chance: random.Random) -> bytes:
    """An EXIF block with an orientation and entries of every type, count and place, right and wrong."""
    order = chance.choice("<>")
    tags = (0x0112, 0x010F, 0x0110, 0x011A, 0x0131, 0x0132, 0x8769, 0x8825, 0x9286, 0xA005, 0x927C, 0x0201, 0x0202)
    entries = [(0x0112, 3, 1, struct.pack(order + "HH", chance.randint(0, 10), 0))]
    for _ in range(chance.randint(0, 8)):
        value = struct.pack(order + "I", chance.choice((0, 1, 8, 26, 60, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFF0)))
        count = chance.choice((0, 1, 2, 3, 4, 5, 100, 0xFFFF, 0xFFFFFFFF))
        entries.append((chance.choice(tags), chance.randint(0, 15), count, chance.choice((value, chance.randbytes(4)))))
    if chance.random() < 0.5:
        chance.shuffle(entries)
    body = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in entries)
    head = {"<": b"II\x2a\0", ">": b"MM\0\x2a"}[order] + struct.pack(
        order + "I", chance.choice((8, 8, 8, 8, 0, 12, 999))
    )
    block = head + struct.pack(order + "H", len(entries)) + body + struct.pack(order + "I", chance.choice((0, 0, 8)))
    block += chance.randbytes(chance.randint(0, 80))
    return b"Exif\0\0" + (mutated(block, chance) if chance.random() < 0.3 else block)


def with_exif(chance: random.Random) -> tuple[str, bytes]:
    """A picture with such a block."""
    name = chance.choice(("jpg", "progressive.jpg", "png", "webp"))
    whole, block = seeds()["picture"][name], exif(chance)
    if name.endswith("jpg"):
        return name, whole[:2] + b"\xff\xe1" + struct.pack(">H", min(0xFFFF, len(block) + 2)) + block + whole[2:]
    out = io.BytesIO()
    Image.open(io.BytesIO(whole)).save(out, {"png": "PNG", "webp": "WEBP"}[name], exif=block)
    return name, out.getvalue()


def mutated(data: bytes, chance: random.Random, other: bytes = b"") -> bytes:
    """One to eight changes: bits, bytes, numbers at their limits, runs, cuts, doublings, pieces of another file."""
    content = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        if not content:
            break
        at = chance.randrange(len(content))
        if chance.random() < 0.5:
            at = min(at, chance.randrange(min(len(content), 400)))  # headers decide most
        length = min(chance.choice((1, 2, 4, 8, 40, 400)), len(content) - at)
        match chance.randrange(8):
            case 0:
                content[at] ^= 1 << chance.randrange(8)
            case 1:
                content[at] = chance.randrange(256)
            case 2:
                number = chance.choice((0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000))
                content[at : at + 4] = struct.pack(chance.choice(("<I", ">I")), number)
            case 3:
                content[at : at + length] = bytes([chance.choice((0, 255))]) * length
            case 4:
                del content[at : at + length]
            case 5:
                content[at:at] = content[at : at + length]
            case 6:
                del content[at:]
            case 7:
                content[at : at + length] = other[at : at + length] or chance.randbytes(length)
    return bytes(content)


def file_of(number: int, seed: int) -> tuple[str, str, bytes]:
    """(kind, name, bytes) of one mutated file."""
    chance = random.Random(f"{seed}/{number}")
    kind = KINDS[number % len(KINDS)]
    if kind == "exif":
        return kind, *with_exif(chance)
    names = sorted(seeds()[kind])
    name, other = chance.choice(names), chance.choice(names)
    return kind, name, mutated(seeds()[kind][name], chance, seeds()[kind][other])


def outcomes(numbers: Sequence[int], seed: int, folder: Path) -> Iterator[str]:
    """What a preparation makes of each file: `frames`, `part` or `finding`; what ends it is `ENDS` and its words."""
    files = [file_of(number, seed) for number in numbers]
    rows = []
    for number, (kind, name, content) in zip(numbers, files, strict=True):
        (folder / f"{number}.{name}").write_bytes(content)
        media = {"exif": "images", "picture": "images"}.get(kind, kind)
        rows.append(presentation(str(number), media, f"{number}.{name}"))
    data = release(folder, *rows, name="casia-surf", cropped=True)
    try:
        for made in attempt(data, RECIPE, data.presentations, patience=PATIENCE):
            yield "finding" if made.row["failure"] else "part" if made.row["losses"] else "frames"
            given_up = str(made.row["failure"]).startswith("its decoder")
            if given_up:
                print(f"file {made.row['id']}: {made.row['failure']}", file=sys.stderr, flush=True)
    except Exception as error:  # this is what is looked for
        yield f"ENDS {described(error)}"


@dataclass
class Watched:
    """Counts of what became of the files, and what ended a preparation."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)

    def chunk(self, start: int, stop: int, seed: int, until: float) -> None:
        """Files `start` .. `stop` in a process of their own; after one that ends it, another goes on behind it."""
        while start < stop and time.monotonic() < until and len(self.bad) < ENOUGH:
            words = [sys.executable, "-m", "tests.faults.media", "--chunk", f"{start}:{stop}", "--seed", str(seed)]
            with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
                start, why = self._listen(process, start, until)
            if start < stop and time.monotonic() < until:
                self._ended(start, why or f"process ended with {process.returncode}")
                start += TOGETHER

    def _listen(self, process: subprocess.Popen[str], start: int, until: float) -> tuple[int, str]:
        """Reads one line a file; the number of the file that is being worked on at the end, and what was said last."""
        assert process.stdout is not None
        while time.monotonic() < until:
            if not select.select([process.stdout], [], [], SILENCE)[0]:
                process.kill()
                return start, f"no word in {SILENCE:.0f} s"
            said = process.stdout.readline().strip()
            if not said or said.startswith("ENDS"):
                return start, said
            self.counts[KINDS[start % len(KINDS)], said] += 1
            start += 1
        process.kill()
        return start, ""

    def _ended(self, number: int, why: str) -> None:
        self.bad.append(f"file {number} ({KINDS[number % len(KINDS)]}): {why}")
        print(self.bad[-1], flush=True)


def watch(count: int, seed: int, seconds: float, workers: int) -> Watched:
    """All files, or as many as the time allows."""
    watched = Watched()
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(workers) as pool:
        starts = range(0, count, CHUNK)
        list(pool.map(lambda start: watched.chunk(start, min(start + CHUNK, count), seed, until), starts))
    return watched


def _work(start: int, stop: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for said in outcomes(range(start, stop), seed, Path(folder)):
            print(said, flush=True)


def main() -> int:
    """Parse, watch, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=3600.0, help="stop after this time")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, help="make one file and say what becomes of it")
    parser.add_argument("--keep", type=Path, help="with --only: the folder to leave it in")
    parser.add_argument("--chunk", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.chunk:
        start, stop = map(int, args.chunk.split(":"))
        _work(start, stop, args.seed)
        return 0
    if args.only is not None:
        with tempfile.TemporaryDirectory() as folder:
            print(*outcomes([args.only], args.seed, args.keep or Path(folder)))
        return 0
    seeds()  # what is wrong with them is no finding
    began = time.monotonic()
    watched = watch(args.count, args.seed, args.seconds, args.workers)
    for (kind, said), n in sorted(watched.counts.items()):
        print(f"{kind:8} {said:8} {n:6}")
    total = watched.counts.total()
    print(f"{total} of {args.count} files in {time.monotonic() - began:.0f} s; {len(watched.bad)} ended a preparation")
    return 1 if watched.bad else 0


if __name__ == "__main__":
    sys.exit(main())
