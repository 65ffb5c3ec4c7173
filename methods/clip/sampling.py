"""Which frames a training step sees, as a pure function of the step: a resumed run draws what it would have drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from protocols.errors import InputError
from protocols.store.faces import Faces


class BalancedBatches:
    """The same number of frames of every (domain, class) in each batch, as FLIP's loaders give them.

    One endless stream per (domain, class): shuffled anew each time round, an incomplete last batch left out
    (FLIP `train_flip.py`, `utils/dataset.py`). A stream with fewer frames than a batch repeats them.
    Order in a batch: first domain bona fide, first domain attack, second domain bona fide ...
    """

    def __init__(self, faces: Faces, per_group: int, seed: int) -> None:
        labels = faces.frame_labels
        names = faces.domains if faces.domains is not None else ("",) * len(faces)
        domains = np.array(names)[faces.owner]
        self.per_group, self.seed = per_group, seed
        self.groups = [
            np.flatnonzero((domains == domain) & (labels == label))
            for domain in dict.fromkeys(names)
            for label in (1, 0)
        ]
        if any(len(group) == 0 for group in self.groups):
            raise InputError("training faces: a source without bona fide or without attack frames; both are needed")

    def __call__(self, step: int) -> NDArray[np.int64]:
        """Frames of one step, int64, (per_group * number of groups,)."""
        return np.concatenate([self._draw(step, number) for number in range(len(self.groups))])

    def _draw(self, step: int, number: int) -> NDArray[np.int64]:
        frames = self.groups[number]
        rounds = max(1, len(frames) // self.per_group)
        order = np.random.default_rng([self.seed, number, step // rounds]).permutation(frames)
        order = np.resize(order, rounds * self.per_group)
        place = step % rounds * self.per_group
        return order[place : place + self.per_group]


class ClassBalancedEpochs:
    """N draws with replacement per epoch, each class with the same probability (FoundPAD `src/data/loaders.py`)."""

    def __init__(self, labels: Sequence[int] | NDArray[np.int8], batch: int, seed: int) -> None:
        labels = np.asarray(labels)
        if len(set(labels.tolist())) < 2:
            raise InputError("training faces: only one class among them; bona fide and attack frames are both needed")
        self.classes = [np.flatnonzero(labels == label) for label in (0, 1)]
        self.draws, self.batch, self.seed = len(labels), min(batch, len(labels)), seed

    @property
    def steps_per_epoch(self) -> int:
        """Batches per epoch; the last may be smaller."""
        return -(-self.draws // self.batch)

    def __call__(self, step: int) -> NDArray[np.int64]:
        """Samples of one step, int64, (batch,) or less in an epoch's last step."""
        epoch, place = divmod(step, self.steps_per_epoch)
        rng = np.random.default_rng([self.seed, epoch])
        label = rng.integers(0, 2, self.draws)
        within = rng.random(self.draws)
        picked = [np.minimum((within * len(c)).astype(np.int64), len(c) - 1) for c in self.classes]
        chosen = np.where(label == 1, self.classes[1][picked[1]], self.classes[0][picked[0]])
        return chosen[place * self.batch : (place + 1) * self.batch]
