from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from protocols.media.frame import Undecodable
from protocols.media.jpeg import continuations
from protocols.media.picture import read_image
from tests.protocols.media_factory import portrait

FACE = Image.fromarray(next(iter(portrait(1))))
KINDS = {
    "sequential": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
    "grey": {"mode": "L"},
    "ink": {"mode": "CMYK"},
}


def jpeg(mode="RGB", **options):
    out = io.BytesIO()
    FACE.convert(mode).save(out, "JPEG", quality=90, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_end_marker_alone_is_no_missing_picture(kind, tmp_path):
    data = jpeg(**KINDS[kind])
    (tmp_path / "whole.jpg").write_bytes(data)
    right = read_image(tmp_path / "whole.jpg")
    for name, content in (("none", data[:-2]), ("half", data[:-1]), ("zeros", data[:-2] + bytes(4096))):
        (tmp_path / f"{name}.jpg").write_bytes(content)
        assert np.array_equal(read_image(tmp_path / f"{name}.jpg"), right), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_breaks_off_is_refused_wherever_it_does(kind, tmp_path):
    data = jpeg(**KINDS[kind])
    for lost in (8, 30, 100, 400, len(data) // 2, len(data) * 9 // 10):
        for end in (b"", bytes(5000)):  # downloads are often cut to a full length of zeros
            (tmp_path / "cut.jpg").write_bytes(data[:-lost] + end)
            with pytest.raises(Undecodable, match="^(image file breaks off|not a readable image file)$"):
                read_image(tmp_path / "cut.jpg")


def test_a_progressive_file_that_lacks_a_whole_scan_is_refused():
    """Cut between two scans, every pixel can be decoded, only coarser than the camera took it."""
    data = jpeg(progressive=True)
    scans = [i for i in range(len(data) - 1) if data[i : i + 2] == b"\xff\xda"]
    assert len(scans) > 3
    assert continuations(data[:-2])
    assert continuations(data[: scans[-1]]) == []
    assert continuations(b"\x89PNG\r\n\x1a\n") == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_the_end_marker_is_passed_over(kind, tmp_path):
    """A film behind the picture, as phones write it: its bytes look like markers now and then."""
    data = jpeg(**KINDS[kind])
    (tmp_path / "whole.jpg").write_bytes(data)
    film = np.random.default_rng(0).integers(0, 256, 200_000, np.uint8).tobytes() + b"\xff\xda\x00\x08"
    (tmp_path / "live.jpg").write_bytes(data + film)
    assert np.array_equal(read_image(tmp_path / "live.jpg"), read_image(tmp_path / "whole.jpg"))
