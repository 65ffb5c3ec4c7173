from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from protocols.media.frame import Undecodable
from protocols.media.picture import _rgb, read_image
from tests.protocols.media_factory import moving, why


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    picture = next(iter(moving(1)))
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").shape == (64, 48, 3)


def test_grey_and_transparent_pictures_become_rgb(tmp_path):
    Image.new("L", (5, 4), 7).save(tmp_path / "grey.png")
    Image.new("RGBA", (5, 4), (1, 2, 3, 200)).save(tmp_path / "clear.png")
    assert read_image(tmp_path / "grey.png").tolist() == [[[7, 7, 7]] * 5] * 4
    assert read_image(tmp_path / "clear.png")[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("side", [9000, 30_000])
def test_picture_bomb_is_refused_by_its_header(tmp_path, side):
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = b""
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")):
        chunks += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    assert "over the limit of 64 megapixels" in why(tmp_path, "images", "bomb.png")


GREY = np.asarray(Image.fromarray(next(iter(moving(1)))).convert("L"))


def test_sixteen_bits_become_eight(tmp_path):
    Image.fromarray(GREY.astype(np.uint16) * 257).save(tmp_path / "grey16.png")
    assert np.array_equal(read_image(tmp_path / "grey16.png"), np.repeat(GREY[..., None], 3, 2))
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    Image.fromarray(every).save(tmp_path / "ramp.png")
    assert np.array_equal(read_image(tmp_path / "ramp.png")[..., 0], np.rint(every / 257).astype(np.uint8))


def test_sixteen_bit_colour_becomes_eight(tmp_path):
    rgb = np.stack([GREY, GREY[::-1], 255 - GREY], 2)
    cv2.imwrite(str(tmp_path / "rgb16.png"), rgb[..., ::-1].astype(np.uint16) * 257)
    assert np.array_equal(read_image(tmp_path / "rgb16.png"), rgb)


def test_depths_whose_white_is_not_known_are_refused_by_name(tmp_path):
    for mode in ("I", "F"):
        with pytest.raises(Undecodable, match=rf"32 bits a pixel \(mode {mode}\): refused"):
            _rgb(Image.fromarray(GREY).convert(mode))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"])
@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "webp"])
def test_every_mode_that_a_format_can_hold_shows_the_picture(tmp_path, mode, suffix):
    picture = Image.fromarray(np.where(GREY[..., None] > 127, np.uint8(255), np.uint8(0)).repeat(3, 2))
    try:
        picture.convert(mode).save(tmp_path / f"a.{suffix}", quality=95)
    except (OSError, ValueError):
        return  # the format does not hold that mode
    got = read_image(tmp_path / f"a.{suffix}").astype(int)
    assert got.shape == (*GREY.shape, 3)
    assert np.abs(got - np.asarray(picture).astype(int)).mean() < 4


def tiff(*entries):
    """An EXIF block of crafted entries: (tag, type, count, four bytes of value)."""
    body = b"".join(struct.pack(">HHI4s", *entry) for entry in entries)
    return b"Exif\0\0MM\0\x2a\0\0\0\x08" + struct.pack(">H", len(entries)) + body + b"\0\0\0\0"


TURNED = (0x0112, 3, 1, b"\0\x06\0\0")
EXIF = {
    "wrong type": ((0x0112, 2, 4, b"six\0"),),
    "text where a ratio belongs": (TURNED, (0x011A, 2, 4, b"72\0\0")),
    "a ratio beyond the end": (TURNED, (0x011A, 5, 1, b"\xff\xff\xff\xf0")),
    "a count beyond the end": (TURNED, (0x010F, 2, 0xFFFFFFF0, b"\0\0\0\x10")),
    "no such type": (TURNED, (0x0131, 99, 1, b"\0\0\0\0")),
    "ratios by nought": (TURNED, (0x011A, 5, 1, b"\0\0\0\x00")),
    "a block inside itself": (TURNED, (0x8769, 4, 1, b"\0\0\0\x08")),
    "a float": (TURNED, (0x0110, 11, 1, b"\x7f\xc0\0\0")),
    "signed": (TURNED, (0x0111, 6, 4, b"\xff\xff\xff\xff")),
    "orientation twice": (TURNED, (0x0112, 3, 1, b"\0\x01\0\0")),
    "orientation of 4 bytes": ((0x0112, 4, 1, b"\0\0\0\x06"),),
    "orientation 200": ((0x0112, 3, 1, b"\0\xc8\0\0"),),
}


@pytest.mark.parametrize("kind", EXIF)
def test_a_crafted_exif_block_costs_no_pixel(tmp_path, kind):
    picture = next(iter(moving(1)))
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=tiff(*EXIF[kind]), quality=100)
    got = read_image(tmp_path / "a.jpg")
    assert sorted(got.shape) == sorted(picture.shape)
    assert abs(int(got.mean()) - int(picture.mean())) <= 2


def test_the_orientation_beside_a_wrongly_typed_tag_is_applied(tmp_path):
    for kind in ("text where a ratio belongs", "a ratio beyond the end", "no such type"):
        Image.fromarray(next(iter(moving(1)))).save(tmp_path / "a.jpg", exif=tiff(*EXIF[kind]))
        assert read_image(tmp_path / "a.jpg").shape == (64, 48, 3), kind
