"""CASIA-SURF, layout C, at its published size: is every presentation found, and in how many seconds?

The tree holds 29,266 + 9,608 + 57,710 one-pixel JPEGs (hard links to one file) in 300 + 900, 100 + 300 and 600 + 1,791
videos, with the attack types and the official image and video lists. Run: `python tests/timing/bench_discover.py`.
The usual way it is compared with is one `sorted(root.rglob("*.jpg"))` with a look at every path, which lists only.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from protocols.presentation import Release
from protocols.releases.registry import compare, discover, from_json, to_json
from tests.timing.cpu_time import Row, show
from tests.timing.cpu_time import compare as paired

# split -> folder, first subject, {session: (videos, pictures)}; pictures of the test types sum to the published 40,252
PLAN: dict[str, tuple[str, int, dict[str, tuple[int, int]]]] = {
    "train": (
        "Training",
        1,
        {"real": (300, 8942), "04_en_b": (300, 6518), "05_enm_s": (300, 6942), "06_enm_b": (300, 6864)},
    ),
    "dev": ("Val", 301, {"real": (100, 2994), "01_e_s": (100, 2243), "02_e_b": (100, 2118), "03_en_s": (100, 2253)}),
    "test": (
        "Testing",
        401,
        {"real": (600, 17458), "01_e_s": (599, 13462), "02_e_b": (594, 13350), "03_en_s": (598, 13440)},
    ),
}
ROUNDS = 3


def write(root: Path) -> int:
    """Write the tree below `root`; returns the number of pictures."""
    from PIL import Image

    pictures = 0
    for split, (place, first, sessions) in PLAN.items():
        images: list[str] = []
        clips: list[str] = []
        for session, (videos, total) in sessions.items():
            digit = "0" if session == "real" else "1"
            seed = None  # one file per session: file systems limit the links to a file
            for v in range(videos):
                side = "real_part" if session == "real" else "fake_part"
                where = f"Data/{place}/{side}/CLKJ_AS{first + v:04d}/{session}.rssdk/color"
                folder = root / where
                folder.mkdir(parents=True)
                clips.append(f"CASIA_SURF/{where} {digit}")
                for n in range(1, total // videos + (v < total % videos) + 1):
                    picture = folder / f"{n:04d}.jpg"
                    if seed:
                        os.link(seed, picture)
                    else:
                        Image.new("RGB", (1, 1)).save(picture, format="JPEG")
                        seed = picture
                    images.append(f"CASIA_SURF/{where}/{n:04d}.jpg {digit}")
                    pictures += 1
        (root / "protocol").mkdir(exist_ok=True)
        (root / f"protocol/CASIA_SURF@p1_image_{split}.txt").write_text("\n".join(images) + "\n")
        (root / f"protocol/CASIA_SURF@p1_video_{split}.txt").write_text("\n".join(clips) + "\n")
    return pictures


def check(release: Release) -> None:
    """Raise AssertionError unless presentations, types and pictures are exactly the published ones."""
    wrong = [line for line in compare(release) if line.endswith(")")]
    assert not wrong, wrong
    types: Counter[tuple[str, str]] = Counter((str(p.split), p.native_code) for p in release.presentations)
    planned = {(split, session): n for split, (_, _, plan) in PLAN.items() for session, (n, _) in plan.items()}
    assert dict(types) == planned
    assert sum(len(p.media.files) for p in release.presentations) == 29_266 + 9_608 + 57_710
    assert not release.warnings


def usual(root: Path) -> int:
    """What a loader usually does: every path, sorted, taken apart one by one."""
    pattern = re.compile(r"(Training|Val|Testing)/(real|fake)_part/([^/]+)/([^/]+)\.rssdk/color/(\d+)\.jpg$")
    videos: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for path in sorted(root.rglob("*.jpg")):
        match = pattern.search(path.as_posix())
        if match and path.is_file():
            videos[match.groups()[:4]].append(path)
    return sum(map(len, videos.values()))


def rows() -> list[Row]:
    """(what, usual, ours, ratio, target) of discovery and of reading the manifest again, CPU time, median of rounds."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "CASIA_SURF"
        pictures = write(root)
        assert pictures == 29_266 + 9_608 + 57_710
        release = discover("casia-surf", root)
        check(release)
        text = to_json(release)
        assert from_json(text, release.root) == release
        slow, ours = paired(lambda: usual(root), lambda: discover("casia-surf", root), ROUNDS)
        first, again = paired(lambda: discover("casia-surf", root), lambda: from_json(text, release.root), ROUNDS)
    what = f"list {len(release.presentations)} videos, {pictures} pictures"
    return [
        (f"{what}, lists compared", f"{slow:.2f} s", f"{ours:.2f} s", slow / ours, "-"),
        (f"{what}, from the manifest", f"{first:.2f} s", f"{again:.3f} s", first / again, "-"),
    ]


if __name__ == "__main__":
    show(rows())
    print("exactly the published counts")
