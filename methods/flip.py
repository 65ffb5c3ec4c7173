"""FLIP (Srivatsan, Naseer, Nandakumar: Cross-domain Face Anti-spoofing with Language Guidance, ICCV 2023).

Three rows: FLIP-V trains the image tower alone, FLIP-IT both towers against class prompts, FLIP-MCL adds two losses
between augmented views and prompts; the paper's table calls the last one Flip. Constants are the released code's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from methods import Job, Settings, register, setting
from methods.clip.method import ClipMethod
from protocols.errors import InputError
from protocols.store.faces import Faces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from methods.clip.encoder import Tower
    from methods.clip.flip_models import Batch
    from methods.clip.parallel import Group

_CODE = "FLIP's released code"


@dataclass(frozen=True)
class FlipSettings(Settings):
    """Constants of FLIP-V and FLIP-IT."""

    backbone: str = setting("ViT-B-16-quickgelu", f"paper section 4.1, {_CODE} fas.py: CLIP ViT-B/16 of OpenAI")
    train_frames: int | None = setting(
        1, f"{_CODE} config.py: src1_train_num_frames; its lists for CeFA hold 10 of a video, for SURF all", demo=4
    )
    target_frames: int | None = setting(2, f"{_CODE} config.py: tgt_test_num_frames; the mean over them", demo=4)
    scale: float = setting(1.0, f"{_CODE}: aligned or border-trimmed faces, no margin; in face-box sides", above=0)
    normalisation: Literal["imagenet", "clip"] = setting(
        "imagenet", f"{_CODE} utils/dataset.py: ImageNet's, not CLIP's"
    )
    interpolation: Literal["area", "bilinear", "bicubic", "lanczos"] = setting(
        "bicubic", f"{_CODE} utils/dataset.py: Pillow's resize, whose default it is, from the picture on disk"
    )
    saturation: Literal["as-released", "clipped"] = setting(
        "as-released", f"{_CODE} utils/dataset.py: values out of range wrap round as uint8"
    )
    per_domain_batch: int = setting(
        8, f"{_CODE} utils/dataset.py, its three large sources: pictures of each (domain, class) in a step", demo=12
    )
    iterations: int = setting(4001, f"{_CODE} train_flip.py: 0 to 4000", demo=80)
    learning_rate: float = setting(1e-6, f"{_CODE} train_flip.py: Adam, constant", demo=2e-4)
    weight_decay: float = setting(1e-6, f"{_CODE} train_flip.py: L2 term of Adam")
    evaluate_every: int = setting(100, f"{_CODE} train_flip.py", demo=20)
    selection: Literal["last", "source-dev", "oracle-target"] = setting(
        "last", f"ours: {_CODE} picks the best of 40 checkpoints on the target (oracle-target), which no user could"
    )
    aggregate: Literal["probability", "logit", "frame-wise"] = setting(
        "probability",
        f"{_CODE} utils/evaluate.py: the mean over a video's frames. Its lists for WCS are scored frame-wise, each "
        "frame a decision of its own, as the rule that reads their file names is commented out",
    )
    precision: Literal["auto", "float32", "bfloat16"] = setting(
        "float32", f"{_CODE}: trains and tests in float32; auto: bfloat16 products on CUDA, ours, faster"
    )
    predict_batch: int = setting(32, "ours: no effect on scores")
    checkpoint_every: int = setting(500, "ours: no effect on scores", demo=20)


@dataclass(frozen=True)
class FlipMclSettings(FlipSettings):
    """Constants of FLIP-MCL."""

    per_domain_batch: int = setting(
        3,
        f"{_CODE} utils/dataset.py, get_dataset_ssl_clip: pictures of each (domain, class), there of 3 or 4 domains; "
        "on one source they are 6 a step, and NT-Xent has 10 negatives. Released runs have 18 to 24 pictures and 34 to "
        "46 negatives: set 9 to 12 here, or 5 to 6 with extra_source",
        demo=6,
    )
    iterations: int = setting(4001, f"{_CODE} train_flip_mcl.py: 0 to 4000", demo=40)


class Flip(ClipMethod):
    """What the three have in common; `kind` names the network in `methods.clip.flip_models`."""

    settings_class = FlipSettings
    kind: ClassVar[str] = ""
    views: ClassVar[int] = 0

    shared_batch: ClassVar[bool] = True
    """Whether processes may share a step's pictures; not where the loss compares all of them with each other."""

    @classmethod
    def contract_settings(cls) -> Settings:
        """Settings for the tests that every method must pass: few steps."""
        return cls.settings_class.preset("demo").override({"iterations": "2", "per_domain_batch": "2"})

    def fit(self, train: Faces, dev: Faces, job: Job) -> None:
        """Train on balanced batches of `train`; `dev` is used by `selection=source-dev` only."""
        import torch

        from methods.clip import source, training
        from methods.clip.sampling import BalancedBatches

        s, group = self.settings, self.group(job)
        chosen_by = self.selection(dev, job)
        clip = source.load(job, s.backbone)
        self.facts = {
            "method": self.name,
            "config": clip.config,
            "side": clip.size,
            "weights": clip.digest,
            "weights_name": clip.name,
            "selection_policy": s.selection,
        }
        torch.manual_seed(training.mix(job.seed))
        self.model = self._network(clip.model, group)
        optimiser = torch.optim.Adam(self.model.parameters(), lr=s.learning_rate, weight_decay=s.weight_decay)
        batches = BalancedBatches(train, s.per_domain_batch, job.seed)

        def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
            frames = batches(step)
            batch, share = self._batch(train, frames, (job.seed, step), group)
            value, parts = self.model.loss(batch)
            return value * share, parts

        recipe = training.Training(
            module=self.model,
            optimisers=[optimiser],
            loss=loss,
            steps=s.iterations,
            max_norm=None,
            checkpoint_every=s.checkpoint_every,
            identity=repr((self.name, s, job.seed, clip.digest, train.digest, group.processes.size)),
            evaluate_every=s.evaluate_every if chosen_by is not None else None,
            figure=None if chosen_by is None else lambda: self.figure(chosen_by, job, group),
        )
        self.facts |= training.fit(recipe, job, group)
        step = len(batches(0))
        self.facts |= {"pictures": train.frames, "pictures_per_step": step, "updates": s.iterations}
        self.facts["pictures_seen"] = s.iterations * step
        self.facts["trainable"] = sum(p.numel() for p in self.model.parameters() if p.requires_grad)

    def frame_logits(self, faces: Faces, job: Job, group: Group) -> NDArray[np.float32]:
        """(frames, 2), spoof and real; prompts are encoded once for all frames."""
        import torch

        from methods.clip import features
        from methods.clip.flip_models import FlipIT

        network: Tower = self.model.to(group.device)
        if isinstance(self.model, FlipIT):
            with torch.inference_mode():
                templates = self.model.templates()
            network = lambda pictures: self.model.logits(pictures, templates)  # noqa: E731
        return features.run(network, faces, self.view(), group)

    def save(self, folder: Path) -> None:
        """`model.safetensors` with every weight, and `method.json`."""
        from methods.tensors import save_tensors

        save_tensors(self.model.state_dict(), folder / "model.safetensors")
        self.write_facts(folder)

    def load(self, folder: Path, job: Job) -> None:
        """No CLIP file is needed: all weights were trained and saved."""
        from methods.clip import weights
        from methods.tensors import load_tensors

        self.read_facts(folder)
        file = folder / "model.safetensors"
        state, _ = load_tensors(file)
        self.model = self._network(weights.build(self.facts["config"]), self.group(job))
        try:
            self.model.load_state_dict(state, strict=True)
        except RuntimeError as error:
            raise InputError(
                f"{file}: does not fit this method ({str(error).splitlines()[0]}); run it again"
            ) from error
        self.model.eval()

    def _network(self, clip: Tower, group: Group) -> Tower:
        from functools import partial

        from methods.clip import training
        from methods.clip.flip_models import MODELS

        cast = partial(training.autocast, group.device, self.settings.precision)
        return MODELS[self.kind](clip, cast).to(group.device)

    def _batch(
        self, train: Faces, frames: NDArray[np.int64], seed: tuple[int, int], group: Group
    ) -> tuple[Batch, float]:
        """This process' pictures of one step, and the weight of their mean loss in the sum over all processes."""
        import numpy as np
        import torch

        from methods.clip import augment
        from methods.clip.flip_models import Batch
        from methods.clip.pictures import normalise, to_tensor

        s = self.settings
        rows = group.share(len(frames)) if self.shared_batch else slice(None)
        mine = frames[rows]
        draws = augment.Draws((*seed, 1), len(frames), rows, group.device)
        pictures = to_tensor(train.crops(mine, self.facts["side"], s.scale, s.interpolation), group.device)
        pictures = augment.saturation_jitter(pictures, draws, s.saturation == "as-released")
        batch = Batch(
            normalise(augment.flip(pictures, draws), s.normalisation),
            torch.from_numpy(train.frame_labels[mine].astype(np.int64)).to(group.device),
            tuple(normalise(augment.flip_ssl_view(pictures, draws), s.normalisation) for _ in range(self.views)),
            np.random.default_rng([*seed, 2]),
        )
        return batch, len(mine) / len(frames) if self.shared_batch else 1 / group.processes.size


@register("flip-v", title="FLIP-V")
class FlipV(Flip):
    """FLIP-V: image tower and a small classifier."""

    kind = "v"


@register("flip-it", title="FLIP-IT")
class FlipIT(Flip):
    """FLIP-IT: image and text tower, class prompts."""

    kind = "it"


@register("flip-mcl", title="Flip")
class FlipMCL(Flip):
    """FLIP-MCL: FLIP-IT with contrastive and consistency losses; the paper's row."""

    settings_class = FlipMclSettings
    kind = "mcl"
    views = 2
    shared_batch = False
