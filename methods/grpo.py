"""Reinforcement fine-tuning with verifiable rewards: the paper's method ("Ours") and its ablations (Table 3).

Equation 1 with the advantages of equation 2 and the sum of the rewards of equations 3 to 5, by trl's `GRPOTrainer`, or
by our subclass of it that computes what a group has in common once. Of the objective the paper leaves open the clipping
range, the weight of the KL term, the sampling temperature and the number of steps; each setting says what fills it.

With `rollout_prompts` = K above the groups of a step, the completions of K prompts are sampled at once, by one policy,
and then used for K updates of one prompt each (of a batch of one group). What changes in the objective: pi_old of
equation 1 is then the policy before the first of the K updates, no longer the one that is updated. In the first update
the ratio pi / pi_old is 1, as ever; in the last it compares with a policy K - 1 updates back, so it differs from 1 and
the clip at 1 +- epsilon takes effect. The expectation is over samples of pi_old, as equation 1 writes it; advantages,
rewards and the KL term are unchanged. It is another training than K = 1, with as many updates on the same prompts in
the same number of passes, and its curve logs the share that was clipped. What it saves is decoding: a decoding step
reads all weights once, whatever the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import methods
from methods.method import Job, Settings, setting
from methods.mllm import model as models
from methods.mllm import reward, training
from methods.mllm.policy import MllmMethod, use_threads
from methods.mllm.settings import OURS, MllmSettings
from methods.mllm.trained import trained
from protocols.errors import InputError
from protocols.store.faces import Faces


@dataclass(frozen=True)
class GrpoSettings(MllmSettings):
    """Constants of reinforcement fine-tuning. `max_new_tokens` limits a completion in training, too."""

    generations: int = setting(6, "paper, 'Implementation details': N = 6", least=2)
    batch_size: int = setting(6, "paper, 'Implementation details'; per process", demo=8)
    batch_unit: Literal["completions", "prompts"] = setting(
        "completions",
        "the paper does not say what its batch of 6 counts. `completions`: one group of 6, as trl's "
        "per_device_train_batch_size counts; `prompts`: six groups, 36 completions",
        demo="prompts",
    )
    groups_per_pass: int = setting(1, OURS + "groups that go through the model at once; the others accumulate", demo=8)
    learning_rate: float = setting(5e-6, "paper, 'Implementation details'", demo=3e-4)
    schedule: Literal["linear", "constant", "cosine"] = setting("linear", OURS + "the default of transformers")
    max_grad_norm: float = setting(1.0, OURS + "the default of transformers")
    epochs: float = setting(1.0, OURS + "one pass over the training part", above=0)
    max_steps: int = setting(-1, OURS + "-1: the epochs decide", demo=55)
    epsilon: float = setting(
        0.2,
        "in equation 1 without a value; PPO's and trl's. Without effect while completions are new at each update: see "
        "rollout_prompts and iterations",
    )
    beta: float = setting(
        0.04, "in equation 1 without a value; DeepSeekMath, section 4.2, and the open GRPO code for such models"
    )
    iterations: int = setting(1, OURS + "updates per completion: on-policy, as DeepSeekMath")
    rollout_prompts: int = setting(
        1,
        OURS + "prompts of a process that are decoded at once and then used for as many updates as they are steps; 1: "
        "those of one step, on-policy. More is faster, and lets equation 1's ratio and clip act on older samples",
        later=True,
    )
    engine: Literal["transformers", "vllm"] = setting(
        "transformers",
        OURS + "what decodes the completions; vllm: another package, on a GPU (methods/mllm/engine.py)",
        later=True,
    )
    engine_correction: Literal["token", "off"] = setting(
        "token",
        OURS + "with vllm: each token weighted by the trainer's over the sampler's probability, cut at 3",
        later=True,
    )
    engine_memory: float = setting(
        0.3, OURS + "with vllm: its share of the GPU's memory; trl's", above=0, below=1, later=True
    )
    temperature: float = setting(
        1.0, OURS + "samples come from the policy itself, as the expectation of equation 1", above=0
    )
    rewards: tuple[str, ...] = setting(reward.NAMES, "paper, equations 3 to 6: the sum of these three", later=True)
    length_limit: int = setting(reward.LIMIT, "paper, 'Implementation details': L = 1200", demo=180)
    length_unit: Literal["chars", "tokens"] = setting(
        "chars", "the paper names no unit; 1200 characters are about 300 tokens of a plausible response"
    )
    trainer: Literal["shared", "stock"] = setting(
        "shared", OURS + "the same gradients for less work (methods/mllm/fast_grpo.py); `stock`: trl's own passes"
    )
    balance: bool = setting(
        False, OURS + "the rarer class repeated until both are equal; the paper says nothing of it", demo=True
    )
    gradient_checkpointing: bool = setting(True, OURS + "same gradients for less memory", demo=False)
    save_every: int = setting(50, OURS + "steps between checkpoints, from which a killed run goes on", demo=20)
    log_every: int = setting(1, OURS + "steps between rows of the training curve")
    report_to: str = setting(
        "none", OURS + "a tracker that transformers supports: tensorboard, wandb, ...; a+b for two"
    )

    @property
    def groups(self) -> int:
        """Groups of completions in a step of one process."""
        return self.batch_size if self.batch_unit == "prompts" else self.batch_size // self.generations

    @property
    def updates(self) -> int:
        """Steps that use the completions of one rollout, each its share of them."""
        return max(1, self.rollout_prompts // self.groups)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "rewards", reward.chosen(self.rewards))  # as registered, whatever their capitals
        if self.batch_unit == "completions" and self.batch_size % self.generations:
            raise InputError(
                f"setting batch_size: {self.batch_size} completions hold no whole groups of generations="
                f"{self.generations}"
            )
        if self.groups % self.groups_per_pass:
            raise InputError(
                f"setting groups_per_pass: {self.groups_per_pass} has to divide the {self.groups} groups of a step"
            )
        if self.engine == "vllm" and self.side % 28:
            raise InputError(
                f"setting engine: vllm must not resize pictures again: side={self.side} has to be a multiple of 28"
            )
        if self.rollout_prompts > 1 and self.rollout_prompts % self.groups:
            raise InputError(
                f"setting rollout_prompts: {self.rollout_prompts} prompts do not divide into steps of {self.groups}: "
                "take a multiple, or 1 for those of one step"
            )
        if self.max_steps > 0 and self.max_steps % self.updates:
            raise InputError(
                f"setting rollout_prompts: {self.rollout_prompts} prompts make {self.updates} updates, which do not "
                f"divide max_steps={self.max_steps}: the last rollout would be used in part"
            )


@dataclass(frozen=True)
class GrpoLoraSettings(GrpoSettings):
    """The same with low-rank adapters on the language model (the paper's stated future work)."""

    learning_rate: float = setting(1e-5, OURS + "VLM-R1's LoRA script", demo=2e-3)
    rank: int = setting(64, OURS + "VLM-R1's LoRA script", demo=16)
    alpha: int = setting(128, OURS + "VLM-R1's LoRA script", demo=32)


@dataclass(frozen=True)
class NoClassSettings(GrpoSettings):
    """Without the class consistent reward."""

    rewards: tuple[str, ...] = setting(("format", "reasoning"), "paper, Table 3, without R_cls", later=True)


@dataclass(frozen=True)
class NoReasoningSettings(GrpoSettings):
    """Without the reasoning consistent reward."""

    rewards: tuple[str, ...] = setting(("format", "class"), "paper, Table 3, without R_res", later=True)


@dataclass(frozen=True)
class NoFormatSettings(GrpoSettings):
    """Without the format reward."""

    rewards: tuple[str, ...] = setting(("class", "reasoning"), "paper, Table 3, without R_format", later=True)


@methods.register("grpo", title="Ours (GRPO)")
class Grpo(MllmMethod):
    """The paper's method: full fine-tuning by group relative policy optimization with three verifiable rewards.

    Weights are float32 (bfloat16 autocast on a GPU), because bfloat16 weights lose updates of this learning rate.
    """

    settings_class: ClassVar[type[Settings]] = GrpoSettings
    _weights: ClassVar[str] = "full"

    def fit(self, train: Faces, dev: Faces, job: Job) -> None:
        """Learn from `train` by trial and reward; goes on from the last whole checkpoint in the scratch folder."""
        s, name = self.settings, str(self._find_base(job))
        if s.engine == "vllm":
            from methods.mllm import engine

            engine.require(job.device)
        full = self._weights == "full"
        models.require_memory(name, s, job.device, "full" if full else "lora", self._memory_plan())
        use_threads(job)
        from methods.mllm import grpo_trainer

        frames = training.training_frames(train, s.train_frames)
        frames = training.balanced(train, frames) if s.balance else frames
        folder = job.scratch / "training"
        trainer = grpo_trainer.build(
            name,
            s,
            training.dataset(train, frames, s),
            job,
            folder,
            full=full,
        )
        with grpo_trainer.known_warnings():
            training.train(trainer, job, folder, self._less_memory())
        seen = training.seen(trainer, len(frames))
        self._training = {**grpo_trainer.facts(trainer), **seen, "rewards": list(s.rewards)}
        self._keep(trained(trainer, s.dtype if full else None), trainer.processing_class)

    @classmethod
    def contract_settings(cls) -> Settings:
        """Settings for the test of what every method must do: two steps of two small groups."""
        small = {"batch_size": "2", "groups_per_pass": "2", "generations": "3", "max_new_tokens": "16"}
        return super().contract_settings().override(small)

    def _less_memory(self) -> str:
        s = self.settings
        if s.groups_per_pass > 1:
            return f"lower groups_per_pass (now {s.groups_per_pass}), which changes no result"
        return f"lower max_new_tokens (now {s.max_new_tokens}), cut the model over more processes, or take grpo-lora"

    def _memory_plan(self) -> dict[str, int | bool]:
        s = self.settings
        tokens = s.groups_per_pass * ((s.side // 28) ** 2 + 160 + s.generations * s.max_new_tokens)
        rows = max(s.groups, s.rollout_prompts) * s.generations
        cached = rows * ((s.side // 28) ** 2 + 160 + s.max_new_tokens)
        plan = {"tokens": tokens, "reference": s.beta > 0, "generates": True, "cached": cached}
        plan["engine"] = s.engine == "vllm"
        return plan if self._weights == "full" else {**plan, "rank": s.rank}


@methods.register("grpo-lora", title="Ours (GRPO, LoRA)")
class GrpoLora(Grpo):
    """The same with a frozen base model and low-rank adapters, which one GPU holds at 7 billion parameters."""

    settings_class: ClassVar[type[Settings]] = GrpoLoraSettings
    _weights: ClassVar[str] = "lora"


@methods.register("grpo-no-cls", title="w/o R_cls")
class GrpoNoCls(Grpo):
    """Ablation (Table 3): without the class consistent reward; the sign of R_res still depends on the class."""

    settings_class: ClassVar[type[Settings]] = NoClassSettings


@methods.register("grpo-no-res", title="w/o R_res")
class GrpoNoRes(Grpo):
    """Ablation (Table 3): without the reasoning consistent reward."""

    settings_class: ClassVar[type[Settings]] = NoReasoningSettings


@methods.register("grpo-no-format", title="w/o R_format")
class GrpoNoFormat(Grpo):
    """Ablation (Table 3): without the format reward."""

    settings_class: ClassVar[type[Settings]] = NoFormatSettings
