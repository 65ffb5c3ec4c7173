"""A method that does nothing but take its time, for tests of what carries methods: installed as other people's are."""

from __future__ import annotations

from pathlib import Path

SOURCE = '''
import json, os, time
from dataclasses import dataclass
import numpy as np
from methods import Method, Predictions, Settings, register
from methods.method import setting

@dataclass(frozen=True)
class SteadySettings(Settings):
    steps: int = setting(3, "ours")
    pause: float = setting(0.0, "ours")
    busy: float = setting(0.0, "ours")
    fault: str = setting("", "ours")

@register("steady", title="Steady")
class Steady(Method):
    """One line in $PAD_JOURNAL for every step that it finishes; a resumed run goes on with the next one."""
    settings_class = SteadySettings

    def fit(self, train, dev, job):
        place = job.scratch / "steps"
        done = int(place.read_text()) if place.exists() else 0
        for step in range(done, self.settings.steps):
            if self.settings.fault == "raise" and step == 1:
                raise RuntimeError("the optics fell off")
            time.sleep(self.settings.pause)
            until = time.process_time() + self.settings.busy / self.settings.steps
            while time.process_time() < until:
                pass
            if "PAD_JOURNAL" in os.environ:
                with open(os.environ["PAD_JOURNAL"], "a") as journal:
                    journal.write(json.dumps([job.seed, step]) + "\\n")
            new = place.with_suffix(".new")
            new.write_text(str(step + 1))
            new.replace(place)
        self.shift = float(job.seed)

    def predict(self, faces, job):
        means = [faces.crops(np.flatnonzero(faces.owner == i), 64).mean() for i in range(len(faces))]
        return Predictions(np.asarray(means, np.float64) - 128 + self.shift)

    def save(self, folder):
        (folder / "model.json").write_text(json.dumps(self.shift))

    def load(self, folder, job):
        self.shift = json.loads((folder / "model.json").read_text())
'''


def install(folder: Path) -> Path:
    """Write the package into a folder and return that folder, to be put on PYTHONPATH."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "steadypad.py").write_text(SOURCE)
    info = folder / "steadypad-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: steadypad\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pad_benchmark.methods]\nsteady = steadypad\n")
    return folder
