"""From settings to a GRPO trainer: trl's options for equation 1, what is watched, and a data order that resumes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.utils import RepeatSampler

from methods.method import Job
from methods.mllm import engine, lora, training
from methods.mllm import model as models
from methods.mllm.answer import parse
from methods.mllm.border import GrpoSettings, Keywords, Processor, Trainer
from methods.mllm.fast_grpo import SharedGRPOTrainer
from methods.mllm.quiet import quiet
from methods.mllm.repetition import repetition_rate
from methods.mllm.resume import ExactResume
from methods.mllm.reward import OfBatch, of_batch, response_text
from protocols.errors import InputError
from protocols.json_values import Json

if TYPE_CHECKING:
    from datasets import Dataset
    from torch import Tensor

    from methods.mllm.reward import Completion


class EpochSampler(RepeatSampler):
    """trl's sampler with a shuffle that depends on the epoch alone.

    trl's draws one permutation after the other from one generator, so a run resumed in its second epoch would see the
    first epoch's order again.
    """

    epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by accelerate before each epoch."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        self.generator.manual_seed((self.seed or 0) + 1_000_003 * self.epoch)
        out: Iterator[int] = super().__iter__()  # type: ignore[no-untyped-call]  # trl has not annotated it
        return out


class PolicyTrainer(ExactResume):
    """Put before a GRPO trainer: resumes to the bit, in any epoch.

    `forbidden`: tokens that no completion may hold; `engine_check`: how the engine's answers compared, if there is one.
    """

    forbidden: list[int]
    engine_check: dict[str, int]

    def _get_train_sampler(self: Trainer, dataset: Dataset | None = None) -> EpochSampler:
        order = EpochSampler(
            data_source=self.train_dataset if dataset is None else dataset,
            mini_repeat_count=self.num_generations,
            batch_size=self.args.generation_batch_size // self.num_generations,
            repeat_count=self.num_iterations * self.args.steps_per_generation,
            shuffle=self.shuffle_dataset,
            seed=self.args.seed,
        )
        self._order = order
        return order

    def training_step(self: Trainer, *args: object, **kwargs: object) -> Tensor:
        """A step, in the order of its own epoch. Raises RuntimeError if nothing told the sampler which one it is."""
        epoch = math.floor(self.state.epoch or 0)
        if self._order.epoch != epoch:
            raise RuntimeError(
                f"the data are in the order of epoch {self._order.epoch} in epoch {epoch}: this version of accelerate "
                "does not pass epochs to samplers; hold it to the versions in pyproject.toml"
            )
        out: Tensor = super().training_step(*args, **kwargs)  # type: ignore[misc]
        return out


class StockTrainer(PolicyTrainer, GRPOTrainer):
    """trl's own passes."""


class SharedTrainer(PolicyTrainer, SharedGRPOTrainer):
    """The same gradients with what a group has in common computed once."""


def options(settings: GrpoSettings, opening: Keywords) -> Keywords:
    """trl's options for equation 1; every one that has another default in trl, or decides the objective, is named."""
    s = settings
    return {
        "loss_type": "grpo",  # the mean over tokens within each completion, then over completions
        "scale_rewards": "group",  # equation 2
        "multi_objective_aggregation": "sum_then_normalize",  # equation 6, then 2
        "importance_sampling_level": "token",
        "use_bias_correction_kl": False,  # the plain KL term; trl multiplies it by the ratio since 1.10
        "mask_truncated_completions": False,
        "num_generations": s.generations,
        "num_iterations": s.iterations,
        "epsilon": s.epsilon,
        "beta": s.beta,
        "temperature": s.temperature,
        "top_p": 1.0,
        "top_k": 0,
        "max_completion_length": s.max_new_tokens,
        "per_device_train_batch_size": s.groups_per_pass * s.generations,
        "gradient_accumulation_steps": s.groups // s.groups_per_pass,
        "steps_per_generation": s.updates * s.groups // s.groups_per_pass,
        "learning_rate": s.learning_rate,
        "lr_scheduler_type": s.schedule,
        "weight_decay": 0.0,
        "max_grad_norm": s.max_grad_norm,
        "num_train_epochs": s.epochs,
        "max_steps": s.max_steps,
        # completions that are used again, or later, are not in a checkpoint
        "save_steps": math.ceil(s.save_every / (s.iterations * s.updates)) * s.iterations * s.updates,
        "logging_steps": s.log_every,
        "model_init_kwargs": opening,
    }


def build(
    name: str, settings: GrpoSettings, rows: Dataset, job: Job, folder: Path, *, full: bool
) -> StockTrainer | SharedTrainer:
    """A trainer of the model in folder `name` on `rows` (see `training.dataset`), with checkpoints in `folder`.

    The model is given as a folder, never in memory: trl reads the reference of the KL term from where the model's
    configuration says that it came from, which for a model trained in memory is not what training starts from.
    Raises `InputError` for settings that do not fit together.
    """
    quiet()
    s = settings
    trl_options = options(s, model_options(s, job, full))
    groups = s.groups * s.updates * job.processes.size
    if len(rows) < groups:
        processes = f" ({job.processes.size} processes)" if job.processes.size > 1 else ""
        what = "a rollout" if s.updates > 1 else "a step"
        raise InputError(
            f"there are {len(rows)} pictures to train on, but {what} needs {groups}{processes}: lower "
            + ("rollout_prompts" if s.updates > 1 else "batch_size or the number of processes")
        )
    processor = models.load_processor(name, s)
    forbidden = vision_tokens(processor)
    suppressed = {"suppress_tokens": forbidden}
    with known_warnings():
        config = GRPOConfig(
            **training.arguments(
                job, folder, report_to=s.report_to, float32=s.dtype == "float32", recompute=s.gradient_checkpointing
            ),
            **trl_options,
            **(engine.options(s, forbidden) if s.engine == "vllm" else {"generation_kwargs": suppressed}),
        )
        functions = of_batch(s.rewards, s.length_limit, s.length_unit)
        trainer = (SharedTrainer if s.trainer == "shared" else StockTrainer)(
            model=name,
            args=config,
            reward_funcs=[watched(functions[0]), *functions[1:]],
            train_dataset=rows,
            processing_class=models.left_padded(processor),
            peft_config=None if full else lora.config(s.rank, s.alpha),
        )
    require_own_reference(trainer)
    trainer.forbidden = forbidden
    if s.engine == "vllm":
        engine.attach(trainer, rows)
    return trainer


def model_options(settings: GrpoSettings, job: Job, full: bool) -> Keywords:
    """How policy and reference are opened: full fine-tuning trains float32 weights, adapters a base as it is."""
    device = training.opening_device(job)
    return {
        "dtype": "float32" if full else settings.dtype,
        "attn_implementation": settings.attention,
        "local_files_only": True,
        "use_safetensors": True,
        "device_map": None if device == "cpu" or job.processes.size > 1 else device,
    }


def vision_tokens(processor: Processor) -> list[int]:
    """Tokens that stand for pictures and videos: one in a response would claim features that do not exist."""
    tokenizer = processor.tokenizer
    names = ("<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>")
    known = tokenizer.get_added_vocab()
    tokens = {known[name] for name in names if name in known}
    return sorted(tokens | {t for t in [getattr(processor, "image_token_id", None)] if t is not None})


def watched(reward: OfBatch) -> OfBatch:
    """The same reward function, which also logs the share of unparsable responses and their repetition rate."""

    def function(
        completions: Sequence[Completion], log_metric: Callable[[str, float], None] | None = None, **rest: object
    ) -> list[float | None]:
        texts = [response_text(c) for c in completions]
        if log_metric is not None:
            log_metric("unparsable", sum(parse(t) is None for t in texts) / len(texts))
            log_metric("repetition", sum(map(repetition_rate, texts)) / len(texts))
        return reward(completions, **rest)

    function.__name__ = reward.__name__
    return function


def require_own_reference(trainer: Trainer) -> None:
    """Raise RuntimeError unless the reference of the KL term is the model that training starts from."""
    if trainer.ref_model is None or trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled:
        return  # no KL term, or the base below the adapters, or weights that no process holds whole
    reference = trainer.accelerator.unwrap_model(trainer.ref_model).state_dict()
    policy = trainer.accelerator.unwrap_model(trainer.model).state_dict()
    other = [name for name, value in policy.items() if not torch.equal(value, reference[name].to(value.device))]
    if other or policy.keys() != reference.keys():
        raise RuntimeError(f"the reference model is not the one that training starts from ({(other or ['?'])[0]})")


def facts(trainer: Trainer) -> dict[str, Json]:
    """What a run records of its training."""
    args, state = trainer.args, trainer.state
    last: dict[str, float] = next((row for row in reversed(state.log_history) if "reward" in row), {})
    reason = getattr(trainer, "stock_reason", "asked for")
    return {
        "steps": state.global_step,
        "completions_per_step": args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size,
        "updates_per_rollout": args.steps_per_generation // args.gradient_accumulation_steps * trainer.num_iterations,
        "processes": args.world_size,
        "engine": {"name": "vllm", **trainer.engine_check} if args.use_vllm else {"name": "transformers"},
        "passes": "shared" if reason is None else f"trl's own ({reason})",
        "last_reward": last.get("reward"),
        "last_truncated_share": last.get("completions/clipped_ratio"),
    }


@contextmanager
def known_warnings() -> Iterator[None]:
    """Silence what trl 1.16 says of its own use of names that transformers 5.23 deprecates."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`(is_)?gradient_checkpointing.*` is deprecated", FutureWarning)
        yield
