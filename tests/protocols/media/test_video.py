from __future__ import annotations

import av
import numpy as np
import pytest

from protocols.media import decode, video
from protocols.media.decode import Undecodable, read_frames
from protocols.presentation import Media
from tests.protocols.media_factory import every_frame, moving, turn_display, write_video


def read(path, k=8):
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
    for quick, slow in zip(read(path, 5), video._decode_all(path, 5), strict=True):
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
        patch.setattr(decode, "MAX_PIXELS", 1000)
        with pytest.raises(Undecodable, match="64 x 48 pixels is over the limit"):
            read(path)


def test_the_size_in_the_container_is_not_believed(tmp_path):
    path = write_video(tmp_path / "a.mov", "libx264", moving(10))
    content = bytearray(path.read_bytes())
    at = content.index(b"avc1") + 4 + 24
    content[at : at + 4] = (30_000).to_bytes(2, "big") * 2
    path.write_bytes(content)
    assert read(path, 1)[0].pixels.shape == (48, 64, 3)


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
