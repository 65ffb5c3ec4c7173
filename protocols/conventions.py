"""What a "standard" benchmark really counts: three conventions that papers compare without a word, by name.

    flip-lists   FLIP's lists (ICCV 2023; the same in InstructFLIP and MVP-FAS)
    all-videos   CASIA-FAS-Dataset's lists: nothing is left out of the target
    honest-dev   FLIP's videos, with thresholds that never come from the target

Of MSU-MFSD, CASIA-FASD, Replay-Attack and OULU-NPU a source is every video of its train and test splits: 70 / 210,
150 / 450, 140 / 700, 720 / 2,880 bona fide / attack. A target is the same less ten few-shot videos of each class: 60 /
200, 140 / 440, 130 / 690, 710 / 2,870; by `all-videos` it is all of them. Neither list has a dev part: there threshold
and epoch are the target's. Here the first two take them from the dev splits that Replay-Attack and OULU-NPU have and
the lists leave unused, so that what is trained on is theirs to the video; `honest-dev` cuts a part of the subjects from
sources without such a split, so that every source has a say in the threshold. Prepared frames hold no dev split: there
the first two cut one, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Convention:
    """Texts of settings of `protocols.choices`, and what a caption says."""

    choices: Mapping[str, str]
    note: str


_WHOLE = {"source_splits": "train+test", "target_splits": "train+test"}
CONVENTIONS: Mapping[str, Convention] = MappingProxyType(
    {
        "flip-lists": Convention(
            {**_WHOLE, "few_shot": "0", "dev": "held"},
            "convention flip-lists: trained on all videos of train and test; ten of each class are left out of the "
            "target; thresholds from dev splits that sources have (cut by subject where none has one)",
        ),
        "all-videos": Convention(
            {**_WHOLE, "few_shot": "none", "dev": "held"},
            "convention all-videos: trained on and decided on all videos of train and test; thresholds from dev "
            "splits that sources have (cut by subject where none has one)",
        ),
        "honest-dev": Convention(
            {**_WHOLE, "few_shot": "0", "dev": "own"},
            "convention honest-dev: FLIP's videos, less the subjects of each source that set thresholds",
        ),
    }
)
