"""Preparation: its cost over bare decoding and detecting, a worker's memory, a second scan of a release.

Run: `python -m tests.timing.bench_prepare`.
"""

from __future__ import annotations

import io
import itertools
import pickle
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from protocols.media.decode import read_frames
from protocols.media.detect import load_detector
from protocols.presentation import BONA_FIDE, Media, Presentation, Release
from protocols.recipe import Recipe
from protocols.releases.scan import scan
from protocols.store.prepare import prepare
from tests.timing.bench_decode import write
from tests.timing.cpu_time import Row, compare, seconds, show

LIMIT_MB = 600
CHILD = """
import pickle, resource, sys
from pathlib import Path
from protocols.store.prepare import prepare
release, recipe = pickle.loads(Path(sys.argv[1]).read_bytes())
prepare(release, recipe, Path(sys.argv[2]), workers=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def release_of(root: Path, kind: str, *names: str) -> Release:
    rows = (Presentation(n, BONA_FIDE, BONA_FIDE, "Live", None, n, None, Media(kind, (n,))) for n in names)
    return Release("bench", "bench", "bench", root, tuple(rows))


def write_hdf5(path: Path) -> None:
    """As the raw HQ-WMCA release: 60 frames of 1200 x 1920, BGR, in chunks that span several frames."""
    import cv2
    import h5py
    from skimage import data

    picture = cv2.resize(data.astronaut(), (1200, 1920))[..., ::-1].transpose(2, 0, 1)
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("BASLER_BGR", (60, 3, 1920, 1200), "u1", chunks=(8, 3, 240, 150), compression=1)
        for start in range(0, 60, 8):
            dataset[start : start + 8] = np.broadcast_to(picture, (min(8, 60 - start), *picture.shape))


def memory(folder: Path, release: Release) -> int:
    """Peak memory in MB of a process that prepares `release`."""
    job = folder / "job.pickle"
    job.write_bytes(pickle.dumps((release, Recipe())))
    shutil.rmtree(folder / "memory", ignore_errors=True)
    command = [sys.executable, "-c", CHILD, str(job), str(folder / "memory")]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def write_surf(root: Path, subjects: int) -> None:
    """A CASIA-SURF tree of layout C, one-pixel pictures, 21 frames a video as in the release."""
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (1, 1)).save(picture, "JPEG")
    types = ("real_part/{}/real", "fake_part/{}/04_en_b", "fake_part/{}/05_enm_s", "fake_part/{}/06_enm_b")
    for subject, kind in itertools.product(range(subjects), types):
        folder = root / "Data" / "Training" / f"{kind.format(f'CLKJ_AS{subject:04}')}.rssdk" / "color"
        folder.mkdir(parents=True)
        (folder / "0001.jpg").write_bytes(picture.getvalue())
        for frame in range(2, 22):
            (folder / f"{frame:04}.jpg").hardlink_to(folder / "0001.jpg")


def overhead(folder: Path) -> Row:
    recipe = Recipe()
    for name in ("a.mov", "b.mov"):
        write(folder / name, seconds=6)
    release = release_of(folder, "video", "a.mov", "b.mov")
    detector = load_detector(recipe)
    calls = itertools.count()

    def bare() -> None:
        for p in release.presentations:
            for frame in read_frames(folder, p.media, recipe.frames).frames:
                detector(frame.pixels)

    a, b = compare(bare, lambda: prepare(release, recipe, folder / f"cache{next(calls)}", workers=1), rounds=3)
    name = "preparing 1080p videos, one core: bare decoding + detecting; prepare"
    return name, f"{a:.2f} s", f"{b:.2f} s", a / b, ">= 0.8"


def second_scan(folder: Path) -> Row:
    write_surf(folder / "CASIA_SURF", 1000)
    root, cache = folder / "CASIA_SURF", folder / "cache"
    first = seconds(lambda: scan("casia-surf", root, cache, refresh=True))
    times = 5
    again = seconds(lambda: [scan("casia-surf", root, cache) for _ in range(times)]) / times
    name = "listing CASIA-SURF (4,000 videos, 84,000 pictures): first; again"
    return name, f"{first:.2f} s", f"{again * 1000:.0f} ms", first / again, ">= 50"


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = [overhead(folder)]
        write_hdf5(folder / "a.h5")
        for title, release in (
            ("1080p video", release_of(folder, "video", "a.mov")),
            ("raw HDF5, 60 x 1920 x 1200", release_of(folder, "hdf5", "a.h5")),
        ):
            used = memory(folder, release)
            row = (
                f"peak memory of a worker, {title}: limit; ours",
                f"{LIMIT_MB} MB",
                f"{used} MB",
                LIMIT_MB / used,
                ">= 1",
            )
            found.append(row)
        found.append(second_scan(folder))
    return found


if __name__ == "__main__":
    show(rows())
