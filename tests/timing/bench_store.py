"""Random reads of crops: JPEG folder, PIL + ToTensor; the face store. Run: `python -m tests.timing.bench_store`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from protocols.store.journal import Journal
from protocols.store.store import FORMAT, Store, hash_pixels
from tests.timing.cpu_time import Row, compare, show

N, SIDE, BATCH = 1500, 224, 64


def build(folder: Path) -> Store:
    """The demo's faces, shifted so that all differ, as a folder of JPEGs and as a store of what these hold."""
    import cv2
    from PIL import Image

    import protocols

    files = sorted((Path(protocols.__file__).parent / "demo" / "faces").glob("*.webp"))
    faces = [cv2.cvtColor(cv2.resize(cv2.imread(str(f)), (256, 256)), cv2.COLOR_BGR2RGB) for f in files]
    head = {"format": FORMAT, "release": "bench", "release_digest": "", "recipe_digest": "", "recipe": {"size": SIDE}}
    (folder / "jpeg").mkdir()
    with Journal(folder / "store", head) as journal:
        for i in range(N):
            shift = i // len(faces) % 32
            Image.fromarray(faces[i % len(faces)][shift : shift + SIDE, :SIDE]).save(
                folder / f"jpeg/{i}.jpg", quality=95
            )
            with Image.open(folder / f"jpeg/{i}.jpg") as picture:
                pixels = np.asarray(picture)[None]
            row = {"id": str(i), "frames": 1, "context": 1.0, "sizes": [[SIDE, SIDE]], "near": [], "failure": None}
            row["sha256"] = hash_pixels(pixels)
            journal.append(row, pixels)
        journal.finish()
    return Store.open(folder / "store")


def rows() -> list[Row]:
    import torch
    from PIL import Image
    from torchvision.transforms.functional import to_tensor

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = build(folder)
        faces = store.faces(list(store.entries))
        order = np.random.default_rng(0).permutation(N)

        def usual(indices):
            pictures = []
            for i in indices:
                with Image.open(folder / f"jpeg/{i}.jpg") as picture:
                    pictures.append(to_tensor(picture.convert("RGB")))
            return torch.stack(pictures)

        def read(way, times):
            for _ in range(times):
                for start in range(0, N, BATCH):
                    way(order[start : start + BATCH].tolist())

        theirs = (usual(order[:BATCH].tolist()) * 255).round().byte().permute(0, 2, 3, 1).numpy()
        assert np.array_equal(theirs, faces.crops(order[:BATCH])), "pixels differ"
        many = 20  # the clock counts in hundredths of a second
        a, b = compare(lambda: read(usual, 1), lambda: read(faces.crops, many), rounds=3)
    a, b = N / a, N * many / b
    name = "random reads of 224 px crops: PIL + ToTensor from a folder; face store (same pixels)"
    return [(name, f"{a:.0f} crops/s", f"{b:.0f} crops/s", b / a, ">= 20")]


if __name__ == "__main__":
    show(rows())
