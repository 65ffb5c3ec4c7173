from __future__ import annotations

import json
import struct
import zlib

import h5py
import numpy as np
import pytest
from PIL import Image

from protocols.media import decode
from protocols.media.decode import Undecodable, read_frames, read_image, spread
from protocols.presentation import Media
from tests.protocols.media_factory import moving, write_images


def hdf5(path, frames=6, times=None, **options):
    pixels = np.random.default_rng(0).integers(0, 256, (frames, 3, 20, 12), np.uint8)
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("BASLER_BGR", data=pixels, **options)
        if times is not None:
            dataset.attrs["timestamps"] = json.dumps(times)
    return pixels


def reason(root, kind, *files, k=8):
    with pytest.raises(Undecodable) as caught:
        read_frames(root, Media(kind, files), k)
    assert "\n" not in str(caught.value)
    assert str(root) not in str(caught.value)
    return str(caught.value)


def test_spread_takes_midpoints_of_equal_intervals():
    assert spread(np.arange(80.0), 8) == [5, 15, 25, 35, 45, 55, 65, 75]
    assert spread(np.arange(3.0), 8) == [0, 1, 2]
    assert spread([0.0], 8) == [0]
    assert spread(np.arange(100.0), 1) == [50]


def test_spread_follows_time_and_not_position():
    """A phone that records slowly in the dark: half of the time holds a tenth of the frames."""
    times = np.concatenate([np.arange(10) * 1.0, 10 + np.arange(90) / 9])
    chosen = spread(times, 4)
    assert np.allclose(times[chosen], [2.5, 7.5, 12.5, 17.5], atol=1.0)
    assert chosen[1] < 10 < chosen[2]


def test_images_are_spread_by_position(tmp_path):
    names = write_images(tmp_path, moving(20))
    frames = read_frames(tmp_path, Media("images", tuple(names)), 4)
    assert [frame.index for frame in frames] == [2, 7, 12, 17]
    assert np.array_equal(frames[0].pixels, np.asarray(Image.open(tmp_path / "0003.jpg")))


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


def test_broken_pictures_are_undecodable(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.jpg")
    content = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "folder.jpg").mkdir()
    assert reason(tmp_path, "images", "cut.jpg") == "image file breaks off"
    assert reason(tmp_path, "images", "empty.jpg") == "file is empty (0 bytes)"
    assert reason(tmp_path, "images", "text.jpg") == "not a readable image file"
    assert reason(tmp_path, "images", "folder.jpg") == "not an ordinary file"
    assert reason(tmp_path, "images", "absent.jpg") == "file is missing"
    assert reason(tmp_path, "images") == "no media file"


@pytest.mark.parametrize("side", [9000, 30_000])
def test_picture_bomb_is_refused_by_its_header(tmp_path, side):
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = b""
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")):
        chunks += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    assert "over the limit of 64 megapixels" in reason(tmp_path, "images", "bomb.png")


def test_frames_too_large_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "MAX_KEPT", 10_000)
    names = write_images(tmp_path, moving(6))
    assert "together" in reason(tmp_path, "images", *names)


@pytest.mark.parametrize("chunks", [None, True, (1, 3, 20, 12), (6, 3, 10, 12)])
def test_hdf5_bgr_becomes_rgb(tmp_path, chunks):
    pixels = hdf5(tmp_path / "a.h5", chunks=chunks)
    frames = read_frames(tmp_path, Media("hdf5", ("a.h5",)), 3)
    assert [frame.index for frame in frames] == [1, 3, 5]
    for frame in frames:
        assert np.array_equal(frame.pixels, pixels[frame.index, ::-1].transpose(1, 2, 0))


def test_hdf5_frames_are_spread_over_their_timestamps(tmp_path):
    hdf5(tmp_path / "a.h5", times=[0, 1000, 2000, 3000, 10_000, 10_100])
    frames = read_frames(tmp_path, Media("hdf5", ("a.h5",)), 2)
    assert [(frame.index, frame.time) for frame in frames] == [(2, 2.0), (3, 3.0)]


def test_unusable_hdf5_timestamps_give_way_to_positions(tmp_path):
    hdf5(tmp_path / "a.h5", times=[5, 4, 3, 2, 1, 0])
    frames = read_frames(tmp_path, Media("hdf5", ("a.h5",)), 2)
    assert [frame.index for frame in frames] == [1, 4]


def test_hostile_hdf5_is_refused(tmp_path):
    hdf5(tmp_path / "target.h5")
    with h5py.File(tmp_path / "external.h5", "w") as file:
        file["BASLER_BGR"] = h5py.ExternalLink("target.h5", "BASLER_BGR")
    with h5py.File(tmp_path / "soft.h5", "w") as file:
        file["BASLER_BGR"] = h5py.SoftLink("/elsewhere")
    with h5py.File(tmp_path / "raw.h5", "w") as file:
        file.create_dataset("BASLER_BGR", (1, 3, 4, 4), "u1", external=[(str(tmp_path / "target.h5"), 0, 48)])
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((6, 3, 20, 12), "u1")
        layout[:] = h5py.VirtualSource(str(tmp_path / "target.h5"), "BASLER_BGR", (6, 3, 20, 12))
        file.create_virtual_dataset("BASLER_BGR", layout)
    for name in ("external.h5", "soft.h5", "raw.h5", "virtual.h5"):
        assert "refused" in reason(tmp_path, "hdf5", name)


def test_oversized_hdf5_is_refused_before_it_is_read(tmp_path):
    shapes = {"frames": (1_000_000, 3, 8, 8), "sides": (1, 3, 30_000, 30_000), "chunk": (500, 3, 1000, 1000)}
    for name, shape in shapes.items():
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            chunks = (400, 3, 1000, 1000) if name == "chunk" else (1, 1, 8, 8)
            file.create_dataset("BASLER_BGR", shape, "u1", chunks=chunks)
    assert "1000000 frames" in reason(tmp_path, "hdf5", "frames.h5")
    assert "megapixels" in reason(tmp_path, "hdf5", "sides.h5")
    assert "chunks over the limit" in reason(tmp_path, "hdf5", "chunk.h5")


def test_hdf5_without_colour_is_refused(tmp_path):
    with h5py.File(tmp_path / "grey.h5", "w") as file:
        file["frames"] = np.zeros((2, 43, 8, 8), np.uint8)
    with h5py.File(tmp_path / "deep.h5", "w") as file:
        file["BASLER_BGR"] = np.zeros((2, 3, 8, 8), np.uint16)
    (tmp_path / "text.h5").write_text("nothing")
    assert "no colour stream" in reason(tmp_path, "hdf5", "grey.h5")
    assert "uint8" in reason(tmp_path, "hdf5", "deep.h5")
    assert "not a readable HDF5 file" in reason(tmp_path, "hdf5", "text.h5")
