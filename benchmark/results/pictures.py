"""Faces from the face store, for figures and reports that were asked to show them. Licences forbid most of this: the
flag is the user's own word that theirs allows it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.results.runs import Run
from protocols.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from protocols.store.store import Store


@dataclass
class Pictures:
    """The face stores of a world's cache, opened as they are needed."""

    cache: Path
    _open: dict[str, Store] = field(default_factory=dict)

    @classmethod
    def of_world(cls, config: Path | None, world: str) -> Pictures:
        """The face stores of a world; its configuration says where they lie."""
        from protocols import world as worlds

        return cls(worlds.load(config, name=world).cache)

    def crop(self, run: Run, release: str, name: str, side: int = 112) -> NDArray[np.uint8] | None:
        """The middle frame of a presentation of the run's target, uint8, (side, side, 3), RGB; None for one without
        frames. Raises `InputError` if the run's face store is not in this cache."""
        from protocols.media.crop import resize

        store = self._store(run, release)
        rows = store.frames_of(name.rpartition("#")[0] if run.unit == "frame" else name)
        return resize(store.pixels[int(rows[len(rows) // 2])], side, side) if len(rows) else None

    def data_url(self, run: Run, release: str, name: str, side: int = 96) -> str | None:
        """The same as a JPEG in a `data:` address."""
        import cv2

        crop = self.crop(run, release, name, side)
        if crop is None:
            return None
        done, jpeg = cv2.imencode(".jpg", crop[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
        if not done:
            raise InputError(f"{run.path}: the picture of {name!r} could not be encoded")
        return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()

    def _store(self, run: Run, release: str) -> Store:
        from protocols.store.store import MANIFEST, Store

        digest = str(run.faces.get(release) or run.digests.target)
        if digest not in self._open:
            for manifest in sorted((self.cache / "faces").glob(f"*/{MANIFEST}")):
                try:
                    store = Store.open(manifest.parent)
                except InputError:
                    continue  # half made or changed: it is not the one that the run was made from
                self._open[store.digest] = store
                if store.digest == digest:
                    break
        try:
            return self._open[digest]
        except KeyError:
            raise InputError(
                f"{self.cache / 'faces'}: the face store of {run.id} is not there; prepare the release again, or leave "
                "out --pictures"
            ) from None
