from __future__ import annotations

import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from protocols.errors import UnreadableError
from protocols.media import findings, video
from protocols.media import frame as frames_module
from protocols.media.decode import read_frames
from protocols.media.frame import Undecodable
from protocols.presentation import Media
from tests.protocols.media_factory import every_frame, moving, turn_display, write_video


def read(path, k=8):
    return decoded(path, k).frames


def decoded(path, k=8):
    return read_frames(path.parent, Media("video", (path.name,)), k)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mov", "libx264"), ("a.mp4", "mpeg4"), ("a.avi", "mjpeg"), ("b.avi", "mpeg4"), ("c.avi", "libx264")],
)
@pytest.mark.parametrize("gop", [1, 12, 250])
def test_same_pixels_as_decoding_everything(tmp_path, name, codec, gop):
    path = write_video(tmp_path / name, codec, moving(50), gop)
    frames, reference = read(path), every_frame(path)
    assert [frame.index for frame in frames] == [3, 9, 15, 21, 28, 34, 40, 46]
    assert [round(frame.time * 30) for frame in frames] == [frame.index for frame in frames]
    for frame in frames:
        assert np.array_equal(frame.pixels, reference[frame.index])


def test_seeking_is_what_happens(tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.mov", "libx264", moving(60))
    expected = read(path)
    monkeypatch.setattr(video, "_decode_all", None)
    assert [frame.index for frame in read(path)] == [frame.index for frame in expected]


def test_both_ways_give_the_same(tmp_path):
    path = write_video(tmp_path / "a.mov", "libx264", moving(60))
    for quick, slow in zip(read(path, 5), video._decode_all(path, 5).frames, strict=True):
        assert quick.index == slow.index
        assert quick.time == pytest.approx(slow.time)
        assert np.array_equal(quick.pixels, slow.pixels)


def test_frames_follow_time_where_the_rate_varies(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        at = 0
        for i, picture in enumerate(moving(40)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, at = at, at + (8 if i < 10 else 2)  # the first ten frames last four times as long
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert [frame.index for frame in read(path, 4)] == [2, 6, 13, 30]


def test_phone_video_is_turned_upright(tmp_path):
    path = write_video(tmp_path / "a.mov", "libx264", moving(10))
    flat = read(path, 1)[0].pixels
    turn_display(path)
    assert np.array_equal(read(path, 1)[0].pixels, np.rot90(flat, -1))


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.avi", "mjpeg"), ("b.avi", "mpeg4")])
def test_a_video_that_breaks_off_is_spread_over_what_is_there(tmp_path, name, codec):
    noise = np.random.default_rng(0)
    pictures = [noise.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(60)]
    options = {"movflags": "faststart"} if name.endswith("mp4") else {}
    path = write_video(tmp_path / name, codec, pictures, **options)
    whole = every_frame(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    frames = read(path)
    assert len(frames) == 8
    assert 20 < frames[-1].index < 40
    steps = np.diff([frame.index for frame in frames])
    assert steps.max() - steps.min() <= 1
    assert all(np.array_equal(frame.pixels, whole[frame.index]) for frame in frames)


def test_declared_length_is_not_believed(tmp_path):
    """The index of an .avi promises 10^6 frames; 20 are there."""
    path = write_video(tmp_path / "a.avi", "mjpeg", moving(20))
    content = bytearray(path.read_bytes())
    for tag, offset in ((b"avih", 8 + 16), (b"strh", 8 + 32)):
        at = content.index(tag) + offset
        content[at : at + 4] = (1_000_000).to_bytes(4, "little")
    path.write_bytes(content)
    assert [frame.index for frame in read(path, 4)] == [2, 7, 12, 17]


def test_bombs_are_refused(tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.mov", "libx264", moving(60))
    with monkeypatch.context() as patch:
        patch.setattr(video, "MAX_FRAMES", 40)
        with pytest.raises(Undecodable, match="longer than any presentation"):
            read(path)
    with monkeypatch.context() as patch:
        patch.setattr(video, "MAX_DECODED", 20 * 64 * 48)
        with pytest.raises(Undecodable, match="longer than any presentation"):
            read(path)
    with monkeypatch.context() as patch:
        patch.setattr(frames_module, "MAX_PIXELS", 1000)
        with pytest.raises(Undecodable, match="64 x 48 pixels is over the limit"):
            read(path)


def test_the_size_in_the_container_is_not_believed(tmp_path):
    path = write_video(tmp_path / "a.mov", "libx264", moving(10))
    content = bytearray(path.read_bytes())
    at = content.index(b"avc1") + 4 + 24
    content[at : at + 4] = (30_000).to_bytes(2, "big") * 2
    path.write_bytes(content)
    assert read(path, 1)[0].pixels.shape == (48, 85, 3)  # a square shown as 4:3 would be stretched so


def test_files_that_are_no_video(tmp_path):
    whole = write_video(tmp_path / "a.mov", "libx264", moving(30)).read_bytes()
    (tmp_path / "cut.mov").write_bytes(whole[: len(whole) // 2])  # the index at its end is lost
    (tmp_path / "zero.mov").write_bytes(b"")
    (tmp_path / "junk.mov").write_bytes(b"junk" * 100)
    (tmp_path / "list.mov").write_text(f"#EXTM3U\n#EXTINF:1,\n{tmp_path / 'a.mov'}\n")  # a playlist reads other files
    for name in ("cut.mov", "junk.mov", "list.mov"):
        with pytest.raises(Undecodable, match="^not a readable video file$"):
            read(tmp_path / name)
    with pytest.raises(Undecodable, match="empty"):
        read(tmp_path / "zero.mov")


def test_sound_alone_is_no_video(tmp_path):
    with av.open(str(tmp_path / "a.mov"), "w") as container:
        stream = container.add_stream("aac", rate=16_000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 16_000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(Undecodable, match="without a video stream"):
        read(tmp_path / "a.mov")


def set_matrix(path, a, b, c, d):
    """The track header's display matrix."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 44
    numbers = [round(n * 65536) for n in (a, b, 0, c, d, 0, 0, 0)]
    content[at : at + 36] = struct.pack(">9i", *numbers, 1 << 30)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("matrix", "stored"),
    [
        ((-1, 0, 0, 1), lambda p: p[:, ::-1]),
        ((1, 0, 0, -1), lambda p: p[::-1]),
        ((-1, 0, 0, -1), lambda p: p[::-1, ::-1]),
        ((0, 1, -1, 0), lambda p: np.rot90(p, 1)),
        ((0, -1, 1, 0), lambda p: np.rot90(p, -1)),
        ((0, 1, 1, 0), lambda p: p.transpose(1, 0, 2)),
        ((0, -1, -1, 0), lambda p: np.rot90(p, 2).transpose(1, 0, 2)),
    ],
)
def test_a_video_is_shown_by_its_whole_display_matrix(tmp_path, matrix, stored):
    """Each is stored turned or mirrored, as front cameras do, with the matrix that rights it."""
    pictures = list(moving(8, 48, 64))
    upright = read(write_video(tmp_path / "upright.mov", "mjpeg", pictures), 1)[0].pixels
    path = write_video(tmp_path / "a.mov", "mjpeg", [np.ascontiguousarray(stored(p)) for p in pictures])
    set_matrix(path, *matrix)
    got = read(path, 1)[0].pixels
    assert got.shape == upright.shape
    assert np.abs(got.astype(int) - upright.astype(int)).mean() < 3


def test_a_video_at_an_odd_angle_is_refused_by_name(tmp_path):
    path = write_video(tmp_path / "a.mov", "libx264", moving(4))
    set_matrix(path, 0.7, 0.7, -0.7, 0.7)
    with pytest.raises(Undecodable, match="odd angle"):
        read(path)


def wide(path, codec="libx264", aspect=None, pix_fmt="yuv420p", colour_range=None, pictures=None):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.height, stream.width, stream.pix_fmt = 48, 64, pix_fmt
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if colour_range:
            stream.codec_context.color_range = colour_range
        for picture in pictures or moving(4):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            container.mux(stream.encode(frame.reformat(format=pix_fmt, dst_color_range=colour_range)))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("name", ["a.mov", "a.mp4", "a.mkv"])
@pytest.mark.parametrize(("aspect", "shape"), [((2, 1), (48, 128)), ((3, 4), (64, 64)), ((1, 1), (48, 64))])
def test_pixels_that_are_not_square_are_stretched(tmp_path, name, aspect, shape):
    path = wide(tmp_path / name, aspect=Fraction(*aspect))
    assert read(path, 1)[0].pixels.shape[:2] == shape


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "colour_range"),
    [
        ("a.mp4", "libx264", "yuv420p", 1),
        ("a.mp4", "libx264", "yuv420p", 2),
        ("a.mkv", "libvpx-vp9", "yuv420p", 1),
        ("a.mkv", "libvpx-vp9", "yuv420p", 2),
        ("a.mp4", "libx264", "yuv420p10le", 1),
        ("a.mp4", "libx264", "yuv420p10le", 2),
        ("a.mkv", "ffv1", "yuv444p16le", None),
        ("a.mkv", "ffv1", "gbrp10le", None),
        ("a.mov", "png", "rgb48be", None),
        ("a.mov", "png", "rgba", None),
        ("a.mov", "prores_ks", "yuva444p10le", None),
        ("a.mov", "qtrle", "rgb24", None),
        ("a.avi", "rawvideo", "bgr24", None),
    ],
)
def test_every_depth_and_range_becomes_eight_bits_of_full_range(tmp_path, name, codec, pix_fmt, colour_range):
    pictures = [np.full((48, 64, 3), level, np.uint8) for level in (0, 128, 255)]
    path = wide(tmp_path / name, codec, None, pix_fmt, colour_range, pictures)
    levels = [round(float(frame.pixels.mean())) for frame in read(path, 3)]
    assert levels == pytest.approx([0, 128, 255], abs=3)


def test_grey_of_sixteen_bits_is_not_white(tmp_path):
    path = wide(tmp_path / "a.mkv", "ffv1", None, "gray16le", None, [np.full((48, 64, 3), 100, np.uint8)] * 2)
    assert abs(float(read(path, 1)[0].pixels.mean()) - 100) < 3


@pytest.mark.parametrize("tag", [b"\xe9t\xe9", b"\xff\xfe\x00", b"\x80" * 40])
def test_tags_that_are_no_text_cost_nothing(tmp_path, tag):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "T" * len(tag)
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for picture in moving(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
    content = path.read_bytes()
    path.write_bytes(content.replace(b"T" * len(tag), tag))
    assert len(read(path)) == 4


@pytest.mark.parametrize("name", ["a.mov", "b.mp4", "c.avi", "d.mkv", "e.webm"])
def test_a_whole_video_has_lost_nothing(tmp_path, name):
    path = write_video(tmp_path / name, "libvpx-vp9" if name == "e.webm" else "mpeg4", moving(20))
    found = decoded(path)
    assert (found.named, found.losses, found.tried) == (20, (), (0,))


@pytest.mark.parametrize("share", [0.4, 0.6, 0.97])
@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx264"), ("a.avi", "mjpeg"), ("b.avi", "mpeg4"), ("a.mkv", "libx264"), ("a.webm", "libvpx-vp9")],
)
def test_a_video_that_breaks_off_says_after_which_frame(tmp_path, name, codec, share):
    noise = np.random.default_rng(0)
    pictures = [noise.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(60)]
    path = write_video(tmp_path / name, codec, pictures, **({"movflags": "faststart"} if name == "a.mp4" else {}))
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])
    found = decoded(path)
    (loss,) = found.losses
    assert loss.kind == "breaks off"
    there = 60 - loss.frames
    assert loss.reason == f"breaks off after {there} of 60 frames"
    assert share - 0.25 < there / 60 < share + 0.1
    assert found.frames[-1].index < there
    assert found.named == 60


def test_a_header_that_names_too_many_frames_says_so(tmp_path):
    path = write_video(tmp_path / "a.avi", "mjpeg", moving(20))
    content = bytearray(path.read_bytes())
    at = content.index(b"strh") + 8 + 32
    content[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    assert [loss.reason for loss in decoded(path).losses] == ["breaks off after 20 of 100 frames"]


def test_a_damaged_frame_in_the_middle_says_how_far_the_video_was_used(tmp_path):
    noise = np.random.default_rng(0)
    pictures = [noise.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(20)]
    path = wide(tmp_path / "a.mov", "png", None, "rgb24", None, pictures)
    content = bytearray(path.read_bytes())
    at = len(content) // 2
    content[at : at + 4000] = bytes(4000)
    path.write_bytes(content)
    (loss,) = decoded(path, 20).losses
    assert loss.kind == "breaks off"
    assert 5 < 20 - loss.frames < 15


def test_an_input_output_error_while_a_video_is_read_is_the_systems_fault(tmp_path, monkeypatch):
    noise = np.random.default_rng(0)
    path = write_video(tmp_path / "a.mov", "mjpeg", [noise.integers(0, 256, (96, 128, 3), np.uint8) for _ in range(60)])
    whole, size = findings.Source._piece, path.stat().st_size

    for share in (0.0, 0.3, 0.9):

        def failing(self, wanted, share=share):
            if self.tell() <= share * size < self.tell() + wanted:
                raise OSError(5, "Input/output error")
            return whole(self, wanted)

        monkeypatch.setattr(findings.Source, "_piece", failing)
        with pytest.raises(UnreadableError, match="Input/output error"):
            read(path)
