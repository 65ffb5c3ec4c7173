from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from protocols.demo.video import write_video


@pytest.mark.parametrize("suffix", [".mov", ".avi", ".mp4"])
def test_equal_pictures_make_equal_files_close_to_the_pictures(tmp_path: Path, suffix: str) -> None:
    import av

    ramp = np.tile(np.arange(96, dtype=np.uint8)[None, :, None] * 2, (64, 1, 3))
    pictures = [np.roll(ramp, 4 * i, axis=1) for i in range(5)]
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    write_video(one, pictures, 5)
    write_video(two, iter(pictures), 5)
    assert one.read_bytes() == two.read_bytes()
    with av.open(str(one)) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 5
    assert len(shown) == 5
    assert np.abs(shown[2].astype(int) - pictures[2]).mean() < 6
