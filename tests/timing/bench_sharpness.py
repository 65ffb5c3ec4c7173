"""Does the face store blur anybody? Detail of the picture that a method is shown, over that of a direct resize.

Run: `python -m tests.timing.bench_sharpness`. For the media of all four releases' layouts (cut-out pictures of
CASIA-SURF and CeFA, clips and raw HDF5 of HQ-WMCA, clips of SiW-Mv2), faces of 150 to 800 px, at 224 and 280 px, the
worst of the methods' three filters; "usual" is the store of format 1, which kept crops of 288 px. Then disk and time.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocols.media.crop import around, resize, trim
from protocols.media.decode import read_frames
from protocols.media.detect import Box
from protocols.presentation import BONA_FIDE, Media, Presentation, Release
from protocols.recipe import Recipe
from protocols.store.prepare import prepare
from protocols.store.store import Store
from tests.protocols.sharpness import FILTERS, SIZES, detail, ratios, texture
from tests.timing.cpu_time import Row, compare, show

SIDES = (150, 250, 400, 600, 700, 800)
OLD_SIDE, OLD_FRAMES = 288, 8
"""Format 1: every crop had this side, of which a detected face with its context of 1.8 had 160; frames of each."""


@dataclass(frozen=True)
class Layout:
    """How a release distributes a face: `write(folder, side)` gives the medium and the face's box in its frame."""

    title: str
    cropped: bool
    write: Callable[[Path, int], tuple[Media, Box]]


def cut_out(folder: Path, side: int, quality: int) -> tuple[Media, Box]:
    from PIL import Image

    picture = np.zeros((side + 60, side + 40, 3), np.uint8)
    picture[30 : 30 + side, 20 : 20 + side] = texture(side, side)
    Image.fromarray(picture).save(folder / f"{side}.jpg", quality=quality, subsampling=0)
    return Media("images", (f"{side}.jpg",)), Box(20, 30, side, side)


def clip(folder: Path, side: int, width: int, height: int, suffix: str) -> tuple[Media, Box]:
    import av

    path = folder / f"{side}{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "12", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(2):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(texture(height, width), "rgb24")))
        container.mux(stream.encode())
    return Media("video", (path.name,)), Box((width - side) // 2, (height - side) // 2, side, side)


def raw(folder: Path, side: int) -> tuple[Media, Box]:
    import h5py

    picture = texture(1920, 1200)[..., ::-1].transpose(2, 0, 1)
    with h5py.File(folder / f"{side}.h5", "w") as file:
        file.create_dataset("BASLER_BGR", data=np.stack([picture] * 2))
    return Media("hdf5", (f"{side}.h5",)), Box((1200 - side) // 2, (1920 - side) // 2, side, side)


LAYOUTS = (
    Layout("CASIA-SURF, cut-out JPEG", True, lambda folder, side: cut_out(folder, side, 95)),
    Layout("CeFA, cut-out JPEG", True, lambda folder, side: cut_out(folder, side, 90)),
    Layout("HQ-WMCA, RGB clip", False, lambda folder, side: clip(folder, side, 1200, 1920, ".mp4")),
    Layout("HQ-WMCA, raw HDF5", False, raw),
    Layout("SiW-Mv2, clip", False, lambda folder, side: clip(folder, side, 1920, 1080, ".mov")),
)


def one_frame(folder: Path, layout: Layout, side: int) -> tuple[Store, NDArray[np.uint8], NDArray[np.uint8], Box]:
    """The store of one face of `side` pixels, its frame, the face in the frame and the face's box."""
    media, box = layout.write(folder, side)
    boxes = folder / "boxes.csv"
    boxes.write_text(f"presentation,frame,x,y,w,h\na,0,{box.x},{box.y},{box.w},{box.h}\n")
    recipe = Recipe(frames=1) if layout.cropped else Recipe(frames=1, detector="boxes", detector_file=boxes)
    only = Presentation("a", BONA_FIDE, BONA_FIDE, "Live", None, "a", None, media)
    release = Release("bench", "bench", layout.title, folder, (only,), cropped=layout.cropped)
    store = prepare(release, recipe, folder / f"cache-{side}", workers=1, progress=False)
    frame = read_frames(folder, media, 1).frames[0].pixels
    face = frame[int(box.y) : int(box.y) + side, int(box.x) : int(box.x) + side]
    if layout.cropped:
        face = trim(frame, recipe.border, recipe.fit, 9999)
    assert face is not None
    return store, frame, face, box


def before(face: NDArray[np.uint8], cropped: bool) -> float:
    """The worst ratio of format 1: one crop of 288 px, by area or bicubic."""
    kept = OLD_SIDE if cropped else round(OLD_SIDE / 1.8)
    stored = resize(face, kept, kept)
    return min(
        detail(resize(stored, size, size, how)) / detail(resize(face, size, size, how))
        for size, how in itertools.product(SIZES, FILTERS)
    )


def sharpness(folder: Path) -> Iterator[Row]:
    for layout in LAYOUTS:
        for side in SIDES:
            store, _, face, _ = one_frame(folder, layout, side)
            old, new = before(face, layout.cropped), min(ratios(store.faces(["a"]), face).values())
            name = f"detail at 224 and 280 px, {layout.title}, face of {side} px: format 1; now"
            yield name, f"{old:.2f}", f"{new:.2f}", new, ">= 0.95"


def disk(folder: Path) -> Iterator[Row]:
    """Of one frame, and of a presentation with as many frames as the recipe keeps."""
    old = OLD_SIDE**2 * 3
    for layout in (LAYOUTS[0], LAYOUTS[2]):
        kind = "cut out" if layout.cropped else "detected"
        for side in SIDES:
            new = one_frame(folder, layout, side)[0].pixels.bytes
            name = f"disk, a face of {side} px, {kind}: format 1; now"
            yield f"{name}, a frame", f"{old / 1e3:.0f} kB", f"{new / 1e3:.0f} kB", old / new, "-"
            a, b = old * OLD_FRAMES, new * Recipe().frames
            yield f"{name}, a presentation", f"{a / 1e6:.1f} MB", f"{b / 1e6:.1f} MB", a / b, "-"


def time(folder: Path) -> Iterator[Row]:
    """To cut one frame, without decoding and detecting, which cost many times that."""
    import cv2

    cv2.setNumThreads(1)
    n = 20
    for side in SIDES:
        _, frame, _, box = one_frame(folder, LAYOUTS[4], side)
        whole = round(side * 1.8)
        square = np.ascontiguousarray(np.resize(frame, (whole, whole, 3)))
        a, b = compare(
            lambda x=square: [resize(x, OLD_SIDE, OLD_SIDE) for _ in range(n)],
            lambda x=frame, y=box: [around(x, y, Recipe()) for _ in range(n)],
            rounds=3,
        )
        name = f"cutting a face of {side} px out of a frame: format 1; now"
        yield name, f"{a / n * 1e3:.1f} ms", f"{b / n * 1e3:.1f} ms", a / b, "-"


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*sharpness(folder), *disk(folder), *time(folder)]


if __name__ == "__main__":
    show(rows())
