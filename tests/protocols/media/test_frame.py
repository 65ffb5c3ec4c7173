from __future__ import annotations

import numpy as np

from protocols.media.frame import spread


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
