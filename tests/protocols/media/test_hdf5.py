from __future__ import annotations

import subprocess
import sys

import h5py
import numpy as np
import pytest

from protocols.media.decode import read_frames
from protocols.presentation import Media
from tests.protocols.media_factory import why, write_hdf5


@pytest.mark.parametrize("chunks", [None, True, (1, 3, 20, 12), (6, 3, 10, 12)])
def test_hdf5_bgr_becomes_rgb(tmp_path, chunks):
    pixels = write_hdf5(tmp_path / "a.h5", chunks=chunks)
    frames = read_frames(tmp_path, Media("hdf5", ("a.h5",)), 3).frames
    assert [frame.index for frame in frames] == [1, 3, 5]
    for frame in frames:
        assert np.array_equal(frame.pixels, pixels[frame.index, ::-1].transpose(1, 2, 0))


def test_hdf5_frames_are_spread_over_their_timestamps(tmp_path):
    write_hdf5(tmp_path / "a.h5", times=[0, 1000, 2000, 3000, 10_000, 10_100])
    frames = read_frames(tmp_path, Media("hdf5", ("a.h5",)), 2).frames
    assert [(frame.index, frame.time) for frame in frames] == [(2, 2.0), (3, 3.0)]


def test_unusable_hdf5_timestamps_give_way_to_positions(tmp_path):
    write_hdf5(tmp_path / "a.h5", times=[5, 4, 3, 2, 1, 0])
    frames = read_frames(tmp_path, Media("hdf5", ("a.h5",)), 2).frames
    assert [frame.index for frame in frames] == [1, 4]


def test_hostile_hdf5_is_refused(tmp_path):
    write_hdf5(tmp_path / "target.h5")
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
        assert "refused" in why(tmp_path, "hdf5", name)


def test_oversized_hdf5_is_refused_before_it_is_read(tmp_path):
    shapes = {"frames": (1_000_000, 3, 8, 8), "sides": (1, 3, 30_000, 30_000), "chunk": (500, 3, 1000, 1000)}
    for name, shape in shapes.items():
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            chunks = (400, 3, 1000, 1000) if name == "chunk" else (1, 1, 8, 8)
            file.create_dataset("BASLER_BGR", shape, "u1", chunks=chunks)
    assert "1000000 frames" in why(tmp_path, "hdf5", "frames.h5")
    assert "megapixels" in why(tmp_path, "hdf5", "sides.h5")
    assert "chunks over the limit" in why(tmp_path, "hdf5", "chunk.h5")


def test_hdf5_without_colour_is_refused(tmp_path):
    with h5py.File(tmp_path / "grey.h5", "w") as file:
        file["frames"] = np.zeros((2, 43, 8, 8), np.uint8)
    with h5py.File(tmp_path / "deep.h5", "w") as file:
        file["BASLER_BGR"] = np.zeros((2, 3, 8, 8), np.uint16)
    (tmp_path / "text.h5").write_text("nothing")
    assert "no colour stream" in why(tmp_path, "hdf5", "grey.h5")
    assert "uint8" in why(tmp_path, "hdf5", "deep.h5")
    assert "not a readable HDF5 file" in why(tmp_path, "hdf5", "text.h5")


HOLDER = "import h5py, sys; f = h5py.File(sys.argv[1], sys.argv[2], libver=sys.argv[3]); print(1, flush=True); input()"


@pytest.fixture
def held(tmp_path):
    """Opens a file in another process, for writing, and keeps it so."""
    started = []

    def hold(mode: str, libver: str) -> None:
        words = [sys.executable, "-c", HOLDER, tmp_path / "a.h5", mode, libver]
        started.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout.readline() == "1\n"

    yield hold
    for process in started:
        process.communicate("\n")


def test_a_file_that_a_writer_holds_open_is_read_all_the_same(tmp_path, held):
    """Locks say nothing about the file, and some file systems have none."""
    pixels = write_hdf5(tmp_path / "a.h5")
    held("r+", "earliest")
    frames = read_frames(tmp_path, Media("hdf5", ("a.h5",)), 1).frames
    assert np.array_equal(frames[0].pixels, pixels[3, ::-1].transpose(1, 2, 0))


def test_a_file_marked_as_being_written_says_so(tmp_path, held):
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as file:
        file["BASLER_BGR"] = np.zeros((2, 3, 8, 8), np.uint8)
    held("r+", "latest")
    assert "open for writing" in why(tmp_path, "hdf5", "a.h5")


def test_a_frame_that_cannot_be_unpacked_costs_itself(tmp_path):
    pixels = write_hdf5(tmp_path / "a.h5", chunks=(1, 3, 20, 12), compression="gzip")
    with h5py.File(tmp_path / "a.h5") as file:
        chunk = file["BASLER_BGR"].id.get_chunk_info(3)
    with (tmp_path / "a.h5").open("r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(b"\xff" * 40)
    found = read_frames(tmp_path, Media("hdf5", ("a.h5",)), 3)
    assert [frame.index for frame in found.frames] == [1, 2, 5]
    assert (found.named, found.tried) == (6, (0,))
    assert [(loss.kind, loss.frames, loss.reason) for loss in found.losses] == [
        ("broken picture", 1, "frame 3 of 6: cannot be unpacked")
    ]
    assert all(np.array_equal(f.pixels, pixels[f.index, ::-1].transpose(1, 2, 0)) for f in found.frames)


def test_frames_in_groups_of_their_own_are_refused_where_they_lead_elsewhere_or_hold_no_colour(tmp_path):
    pixels = np.zeros((3, 4, 4), np.uint8)
    with h5py.File(tmp_path / "target.h5", "w") as file:
        file["Frame_0/array"] = pixels
    with h5py.File(tmp_path / "external.h5", "w") as file:
        file["Frame_0"] = h5py.ExternalLink("target.h5", "Frame_0")
    with h5py.File(tmp_path / "soft.h5", "w") as file:
        file["Frame_0/array"] = h5py.SoftLink("/elsewhere")
    with h5py.File(tmp_path / "four.h5", "w") as file:
        file["Frame_0/array"] = np.zeros((4, 4, 4), np.uint8)
    with h5py.File(tmp_path / "bare.h5", "w") as file:
        file["Frame_0/faces"] = pixels
    assert "is a link to elsewhere: refused" in why(tmp_path, "hdf5", "external.h5")
    assert "is a link to elsewhere: refused" in why(tmp_path, "hdf5", "soft.h5")
    assert "/Frame_0/array is not (3, height, width) of uint8" in why(tmp_path, "hdf5", "four.h5")
    assert "/Frame_0/array is not there" in why(tmp_path, "hdf5", "bare.h5")


def test_a_damaged_group_costs_its_frame_alone(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for k in (0, 2, 11):
            file[f"Frame_{k}/array"] = np.full((3, 4, 4), 10 * k, np.uint8)
        file["Frame_7/array"] = np.zeros(3, np.uint8)
        file["FrameIndexes"] = np.arange(4)
    found = read_frames(tmp_path, Media("hdf5", ("a.h5",)), 8)
    assert [int(frame.pixels[0, 0, 0]) for frame in found.frames] == [0, 20, 110]
    assert (found.named, [loss.reason.split(":")[0] for loss in found.losses]) == (4, ["Frame_7"])
