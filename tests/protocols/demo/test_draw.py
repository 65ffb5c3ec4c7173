from __future__ import annotations

from collections import Counter
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from protocols.demo import cefa, hq_wmca, siw_mv2, surf
from protocols.demo.plan import frame_files
from protocols.demo.releases import plans
from protocols.releases.registry import discover

SMALL = {plan.name: plan for plan in plans(size="small")}
CANONICAL = {"cut photo": "print", "cloth print": "print"}


def test_lists_name_files_that_exist_with_their_labels(roots: dict[str, Path]) -> None:
    for name in ("casia-surf", "cefa"):
        live = {item.path: item.species == "bona fide" for item in SMALL[name].items}
        for path, text in SMALL[name].texts.items():
            assert (roots[name] / path).read_text() == text
            for row in text.splitlines():
                file, label = row.split()
                assert (roots[name] / file).exists()
                folder = file if "_video_" in path else file.rsplit("/", 1)[0]
                assert (label == "0") == live[folder]


@pytest.mark.parametrize("name", SMALL)
def test_the_adapters_read_what_was_planned(roots: dict[str, Path], name: str) -> None:
    release = discover(name, roots[name])
    planned = Counter(CANONICAL.get(item.species, item.species) for item in SMALL[name].items)
    assert Counter(p.species for p in release.presentations) == planned
    if name in ("casia-surf", "cefa"):
        split_of: dict[str, set[str]] = {}
        for p in release.presentations:
            assert p.subject is not None
            assert p.split is not None
            split_of.setdefault(p.subject, set()).add(p.split)
        assert all(len(splits) == 1 for splits in split_of.values())
        assert {p.split for p in release.presentations} == {"train", "dev", "test"}


def test_cut_out_faces_lie_on_black_and_vary_in_size(roots: dict[str, Path]) -> None:
    sizes = set()
    for name in ("casia-surf", "cefa"):
        for item in SMALL[name].items:
            picture = cv2.imread(str(roots[name] / frame_files(item)[0]))
            assert picture is not None
            h, w = picture.shape[:2]
            sizes.add(w)
            corners = picture[[0, 0, -1, -1], [0, -1, 0, -1]]
            assert corners.max() < 16
            assert picture[h // 2, w // 2].max() > 30
            assert 0.5 < (picture.max(2) > 24).mean() < 0.85
    assert min(sizes) >= 100
    assert max(sizes) <= 180
    assert len(sizes) > 10


def frames(file: Path) -> list[np.ndarray]:
    with av.open(str(file)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_videos_decode_to_their_frames(roots: dict[str, Path]) -> None:
    for name, count in (("hq-wmca", 3), ("siw-mv2", 3)):
        for item in SMALL[name].items:
            if item.fault == "cut short":
                with pytest.raises(av.error.FFmpegError):
                    frames(roots[name] / item.path)
                continue
            shown = frames(roots[name] / item.path)
            assert len(shown) == count == item.frames
            suffix = item.path.rsplit(".", 1)[1]
            assert shown[0].shape[1::-1] == (siw_mv2.SIZES[suffix] if name == "siw-mv2" else (300, 480))


def test_identical_replays_and_the_codecs_of_the_containers(roots: dict[str, Path]) -> None:
    first, twin = (next(roots["siw-mv2"].rglob(f"{stem}.*")) for stem in siw_mv2.IDENTICAL)
    assert first.read_bytes() == twin.read_bytes()
    for suffix, codec in ((".mov", "h264"), (".avi", "mpeg4")):
        with av.open(str(next(roots["siw-mv2"].rglob(f"Live_*{suffix}")))) as container:
            assert container.streams.video[0].codec_context.name == codec


def test_mtcnn_finds_the_faces_that_are_there(roots: dict[str, Path]) -> None:
    from protocols.media.detect import Mtcnn
    from protocols.recipe import Recipe

    detect = Mtcnn(Recipe.preset("demo"))
    missed = []
    for name in ("hq-wmca", "siw-mv2"):
        for item in SMALL[name].items:
            if item.fault != "cut short" and detect(frames(roots[name] / item.path)[0]) is None:
                missed.append(item.path.rsplit("/", 1)[1].rsplit(".", 1)[0])
    hidden = {stem for stem, why in siw_mv2.NON_RESPONSES.items() if why == "no face"}
    assert hidden <= set(missed)
    assert len(missed) <= len(hidden) + 1


def test_releases_are_cameras_of_their_own(roots: dict[str, Path]) -> None:
    assert {m.PEOPLE for m in (surf, cefa, hq_wmca, siw_mv2)} == {
        range(56), range(56, 112), range(112, 160), range(160, 208),
    }  # fmt: skip
    colour = {}
    for name in ("hq-wmca", "siw-mv2"):
        live = [item for item in SMALL[name].items if item.species == "bona fide" and not item.fault]
        pixels = np.concatenate([frames(roots[name] / item.path)[0][150:250, 140:180].reshape(-1, 3) for item in live])
        colour[name] = pixels.mean(0)
    warmth = {name: tone[0] - tone[2] for name, tone in colour.items()}
    assert warmth["hq-wmca"] > warmth["siw-mv2"]
