"""FoundPAD (Ozgur et al.: Foundation Models Reloaded for Face Presentation Attack Detection, 2025).

Three rows: FE trains a linear head on CLIP's frozen image features, FoundPAD adds low-rank adapters to the image tower,
ViT-FS trains the whole tower. Constants are the paper's, and the released code's where the paper is silent.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from methods import Job, Settings, register, setting
from methods.clip.method import ClipMethod
from methods.tensors import load_tensors, save_tensors
from protocols.errors import InputError
from protocols.json_values import Json
from protocols.store.faces import Faces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from methods.clip.encoder import Tower
    from methods.clip.features import Cache
    from methods.clip.parallel import Group
    from methods.clip.weights import Clip

_CODE = "FoundPAD's released code"

Draw: TypeAlias = "Callable[[int], NDArray[np.int64]]"
"""Step -> the frames that it learns from."""
Loss: TypeAlias = "Callable[[int], tuple[Tensor, dict[str, float]]]"
"""As `training.Training.loss`."""


@dataclass(frozen=True)
class FoundPadSettings(Settings):
    """Constants of all three; some rows do not use all of them."""

    backbone: str = setting("ViT-B-16-quickgelu", "paper section 4: CLIP ViT-B/16 of OpenAI")
    train_frames: int | None = setting(
        25, "paper section 4, by way of CF-PAD: 25 frames of each video; fewer mean fewer updates", demo=4
    )
    target_frames: int | None = setting(25, "paper section 4, by way of CF-PAD; the mean over them", demo=4)
    scale: float = setting(1.0, "paper section 4: MTCNN's face; in face-box sides", above=0)
    normalisation: Literal["imagenet", "clip"] = setting(
        "imagenet", f"{_CODE} src/data/loaders.py: ImageNet's, not CLIP's"
    )
    interpolation: Literal["area", "bilinear", "bicubic", "lanczos"] = setting(
        "bilinear",
        f"{_CODE} src/data/loaders.py: albumentations' Resize, OpenCV's bilinear from faces of 256 px to 224; Pillow's "
        "here, which does not alias, as faces of any size come in",
    )
    batch: int = setting(512, "paper section 4: over all processes", demo=64)
    epochs: int = setting(40, "paper section 4", demo=4)
    learning_rate: float = setting(
        1e-6, "paper section 4: backbone; constant, as its schedule's two ends are equal", demo=1e-3
    )
    head_learning_rate: float = setting(1e-3, "paper section 4: head", demo=1e-2)
    weight_decay: float = setting(0.05, "paper section 4: AdamW")
    max_norm: float = setting(5.0, f"{_CODE} src/config.py: gradients of backbone and head, each")
    evaluate_every: int = setting(2, f"{_CODE} src/config.py: epochs between evaluations")
    selection: Literal["last", "source-dev", "oracle-target"] = setting("last", "paper: the last epoch")
    aggregate: Literal["probability", "logit", "frame-wise"] = setting(
        "probability", f"{_CODE} src/utils/utils.py: mean over frames"
    )
    precision: Literal["auto", "float32", "bfloat16"] = setting(
        "float32", f"{_CODE}: trains and tests in float32; auto: bfloat16 products on CUDA, ours, faster"
    )
    predict_batch: int = setting(32, "ours: no effect on scores")
    checkpoint_every: int = setting(2, "ours: epochs, no effect on scores", demo=1)


@dataclass(frozen=True)
class LoraSettings(FoundPadSettings):
    """Constants of the low-rank adapters."""

    rank: int = setting(8, "paper section 4.2")
    alpha: int = setting(8, "paper section 4.2; scale alpha / sqrt(rank) = 2.828")
    dropout: float = setting(0.4, "paper section 4.2", below=1)


@dataclass(frozen=True)
class HeadSettings(FoundPadSettings):
    """Constants of the head on frozen features."""

    views: int = setting(
        10, "ours: augmented views of each frame, encoded once and kept; the original encodes anew in 40 epochs", demo=3
    )
    epochs: int = setting(40, "paper section 4", demo=40)


@dataclass(frozen=True)
class ScratchSettings(FoundPadSettings):
    """Constants of the tower trained as a whole."""

    init: Literal["random", "as_released"] = setting(
        "as_released",
        f"{_CODE}: its reset misses the image tower, so that CLIP is tuned; the published row nearly equals LoRA's. "
        "random: the paper's words, from scratch, which cannot learn at the paper's rate: no weight moves further than "
        "the rate times the updates, about .005, from weights of deviation .02; set learning_rate, too",
    )


class FoundPadBase(ClipMethod):
    """What the three have in common: batches, loss, two optimisers, scoring."""

    @classmethod
    def contract_settings(cls) -> Settings:
        """Settings for the tests that every method must pass: few steps."""
        return cls.settings_class.preset("demo").override({"epochs": "1", "batch": "16"})

    def fit(self, train: Faces, dev: Faces, job: Job) -> None:
        """Train on class-balanced draws from `train`; `dev` is used by `selection=source-dev` only."""
        import torch

        from methods.clip import training
        from methods.clip.sampling import ClassBalancedEpochs

        s, group = self.settings, self.group(job)
        chosen_by = self.selection(dev, job)
        clip = self._clip(job)
        self.facts = self._describe(clip)
        torch.manual_seed(training.mix(job.seed))
        self.model = self._network(clip, group)
        draws = ClassBalancedEpochs(train.frame_labels, s.batch, job.seed)
        loss = self._loss(train, draws, job, group)
        parts = [(self.model.visual, s.learning_rate), (self.model.head, s.head_learning_rate)]
        optimisers = [
            torch.optim.AdamW(trainable, lr=rate, weight_decay=s.weight_decay)
            for module, rate in parts
            if (trainable := [p for p in module.parameters() if p.requires_grad])
        ]
        epoch = draws.steps_per_epoch
        recipe = training.Training(
            module=self.model,
            optimisers=optimisers,
            loss=loss,
            steps=s.epochs * epoch,
            max_norm=s.max_norm,
            checkpoint_every=s.checkpoint_every * epoch,
            identity=repr((self.name, s, job.seed, clip.digest, train.digest, group.processes.size)),
            evaluate_every=s.evaluate_every * epoch if chosen_by is not None else None,
            figure=None if chosen_by is None else lambda: self.figure(chosen_by, job, group),
        )
        self.facts |= training.fit(recipe, job, group)
        self.facts |= {"pictures": train.frames, "pictures_per_step": draws.batch, "updates": recipe.steps}
        self.facts["pictures_seen"] = s.epochs * draws.draws
        self.facts["trainable"] = sum(p.numel() for p in self.model.parameters() if p.requires_grad)

    def frame_logits(self, faces: Faces, job: Job, group: Group) -> NDArray[np.float32]:
        """(frames, 2), spoof and real."""
        from methods.clip import features

        return features.run(self.model, faces, self.view(), group)

    def _clip(self, job: Job) -> Clip:
        from methods.clip import source

        return source.load(job, self.settings.backbone)

    def _describe(self, clip: Clip) -> dict[str, Json]:
        return {
            "method": self.name,
            "config": clip.config,
            "side": clip.size,
            "weights": clip.digest or None,
            "weights_name": clip.name,
            "selection_policy": self.settings.selection,
        }

    def _same_clip(self, job: Job) -> Clip:
        """CLIP as it was when this method was trained. `InputError` if the weights are others."""
        clip = self._clip(job)
        if clip.digest != self.facts["weights"]:
            raise InputError(
                f"CLIP weights {clip.name}: not those that this {self.name} was trained on "
                f"({self.facts['weights_name']}, SHA-256 {self.facts['weights'][:12]}); "
                "name them under [models] in benchmark.toml"
            )
        return clip

    @abstractmethod
    def _network(self, clip: Clip, group: Group) -> Tower:
        """Tower and head, with gradients where they are wanted."""

    def _assemble(self, visual: Tower, clip: Clip, group: Group) -> Tower:
        from methods.clip import training
        from methods.clip.foundpad_models import FoundPad

        cast = partial(training.autocast, group.device, self.settings.precision)
        return FoundPad(visual, int(clip.config["embed_dim"]), cast).to(group.device)

    def _loss(self, train: Faces, draws: Draw, job: Job, group: Group) -> Loss:
        import numpy as np
        import torch

        from methods.clip.augment import Draws
        from methods.clip.foundpad_models import one_hot_bce

        labels = torch.from_numpy(train.frame_labels.astype(np.int64))

        def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
            frames = draws(step)
            rows = group.share(len(frames))
            numbers = Draws((job.seed, step, 1), len(frames), rows, group.device)
            logits = self.model(self.view().augmented(train, frames[rows], numbers))
            return one_hot_bce(logits, labels[frames[rows]].to(group.device)) / len(frames), {}

        return loss

    def _save_head(self, folder: Path) -> None:
        save_tensors(self.model.head.state_dict(), folder / "head.safetensors")
        self.write_facts(folder)

    def _load_into(self, module: Tower, file: Path) -> None:
        state, _ = load_tensors(file)
        try:
            module.load_state_dict(state, strict=True)
        except RuntimeError as error:
            why = str(error).splitlines()[0]
            raise InputError(f"{file}: does not fit this method ({why}); run it again") from error


@register("foundpad-fe", title="FoundPAD FE")
class FoundPadFE(FoundPadBase):
    """FE: frozen image tower, linear head. The tower sees each frame `views` times in all, whatever the epochs."""

    settings_class = HeadSettings

    def frame_logits(self, faces: Faces, job: Job, group: Group) -> NDArray[np.float32]:
        """(frames, 2), from kept features."""
        import torch

        rows = self._cache(job).features(self.model.features, faces, self.view(), group)
        with torch.inference_mode():
            out: NDArray[np.float32] = self.model.classify(torch.from_numpy(rows).to(group.device)).cpu().numpy()
            return out

    def save(self, folder: Path) -> None:
        """`head.safetensors` and `method.json`; CLIP's own weights stay where they are."""
        self._save_head(folder)

    def load(self, folder: Path, job: Job) -> None:
        """Needs the CLIP weights of the training again."""
        self.read_facts(folder)
        self.model = self._network(self._same_clip(job), self.group(job))
        self._load_into(self.model.head, folder / "head.safetensors")
        self.model.eval()

    def _cache(self, job: Job) -> Cache:
        from methods.clip.features import Cache

        precision = self.settings.precision
        if precision == "auto":
            precision = f"auto-{job.device.split(':')[0]}"
        return Cache(job.cache, self.facts["weights"], precision, job.say)

    def _network(self, clip: Clip, group: Group) -> Tower:
        from methods.clip.foundpad_models import freeze

        return self._assemble(freeze(clip.model.visual), clip, group)

    def _loss(self, train: Faces, draws: Draw, job: Job, group: Group) -> Loss:
        import numpy as np
        import torch

        from methods.clip.foundpad_models import one_hot_bce

        cache, view = self._cache(job), self.view()
        numbers = job.progress(range(self.settings.views), "encoding", self.settings.views)
        stacked = [cache.features(self.model.features, train, view, group, number) for number in numbers]
        features = torch.from_numpy(np.stack(stacked)).to(group.device)
        labels = torch.from_numpy(train.frame_labels.astype(np.int64)).to(group.device)

        def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
            frames = draws(step)
            rows = group.share(len(frames))
            which = np.random.default_rng([job.seed, step, 1]).integers(0, len(features), len(frames))
            logits = self.model.classify(features[which[rows], frames[rows]])
            return one_hot_bce(logits, labels[frames[rows]]) / len(frames), {}

        return loss


@register("foundpad", title="FoundPAD")
class FoundPadLora(FoundPadBase):
    """FoundPAD: rank-stabilised low-rank adapters on q and v of every block of the image tower, and the head."""

    settings_class = LoraSettings

    def save(self, folder: Path) -> None:
        """`adapter/` in PEFT's format, `head.safetensors` and `method.json`."""
        from methods.clip.foundpad_models import save_adapter

        save_adapter(self.model.visual, folder / "adapter")
        self._save_head(folder)

    def load(self, folder: Path, job: Job) -> None:
        """Needs the CLIP weights of the training again."""
        from methods.clip.foundpad_models import load_adapter

        self.read_facts(folder)
        clip = self._same_clip(job)
        self.model = self._assemble(load_adapter(clip.model.visual, folder / "adapter"), clip, self.group(job))
        self._load_into(self.model.head, folder / "head.safetensors")
        self.model.eval()

    def _network(self, clip: Clip, group: Group) -> Tower:
        from methods.clip.foundpad_models import adapt

        return self._assemble(adapt(clip.model.visual, self.settings), clip, group)


@register("foundpad-vit-fs", title="FoundPAD ViT-FS")
class FoundPadViTFS(FoundPadBase):
    """ViT-FS: the whole image tower and the head, from random weights or, as the released code does, from CLIP's."""

    settings_class = ScratchSettings

    def save(self, folder: Path) -> None:
        """`model.safetensors` with every weight, and `method.json`."""
        save_tensors(self.model.state_dict(), folder / "model.safetensors")
        self.write_facts(folder)

    def load(self, folder: Path, job: Job) -> None:
        """No CLIP file is needed: all weights were trained and saved."""
        from methods.clip.weights import blank

        self.read_facts(folder)
        self.model = self._network(blank(self.facts["config"], job.seed), self.group(job))
        self._load_into(self.model, folder / "model.safetensors")
        self.model.eval()

    def _clip(self, job: Job) -> Clip:
        from methods.clip import source

        begin = source.load if self.settings.init == "as_released" else source.untrained
        return begin(job, self.settings.backbone)

    def _network(self, clip: Clip, group: Group) -> Tower:
        return self._assemble(clip.model.visual, clip, group)
