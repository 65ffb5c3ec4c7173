"""Supervised fine-tuning on the bare answer (Table 2, row "SFT"): same base model, same question, cross-entropy.

The paper gives its learning rate and batch size for both kinds of fine-tuning and nothing else of this one; the target
is what its evaluation extracts, the class between the answer tags.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import methods
from methods.method import Job, Settings, setting
from methods.mllm import model as models
from methods.mllm import training
from methods.mllm.border import Trainer
from methods.mllm.policy import MllmMethod, use_threads
from methods.mllm.settings import OURS, MllmSettings
from methods.mllm.trained import trained
from protocols.store.faces import Faces

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class SftSettings(MllmSettings):
    """Constants of supervised fine-tuning."""

    target: Literal["answer", "tagged"] = setting(
        "answer", OURS + "`<answer>real</answer>`; `tagged` puts an empty reasoning before it, the whole format"
    )
    learning_rate: float = setting(5e-6, "paper, 'Implementation details'", demo=1e-3)
    batch: int = setting(6, "paper, 'Implementation details'; pictures", demo=20)
    accumulation: int = setting(1, OURS + "batches per optimizer step")
    epochs: float = setting(1.0, OURS + "one pass over the training part", above=0)
    max_steps: int = setting(-1, OURS + "-1: the epochs decide", demo=45)
    schedule: Literal["linear", "constant", "cosine"] = setting("linear", OURS + "the default of transformers")
    warmup_steps: int = setting(0, OURS + "the default of transformers", demo=5)
    max_grad_norm: float = setting(1.0, OURS + "the default of transformers")
    train_frames: int | None = setting(
        1, OURS + "one picture per presentation, the middle one, as in inference", demo=4
    )
    balance: bool = setting(
        False, OURS + "the rarer class repeated until both are equal; the paper says nothing of it", demo=True
    )
    gradient_checkpointing: bool = setting(True, OURS + "same gradients for less memory", demo=False)
    save_every: int = setting(200, OURS + "steps between checkpoints, from which a killed run goes on", demo=25)
    log_every: int = setting(10, OURS + "steps between rows of the training curve", demo=5)
    report_to: str = setting(
        "none", OURS + "a tracker that transformers supports: tensorboard, wandb, ...; a+b for two"
    )


@dataclass(frozen=True)
class SftLoraSettings(SftSettings):
    """The same with low-rank adapters on the language model (the paper's stated future work)."""

    learning_rate: float = setting(1e-5, OURS + "VLM-R1's LoRA script", demo=3e-3)
    rank: int = setting(64, OURS + "VLM-R1's LoRA script", demo=16)
    alpha: int = setting(128, OURS + "VLM-R1's LoRA script", demo=32)
    dropout: float = setting(0.05, OURS + "VLM-R1's LoRA script", below=1)


def target(label: str, kind: str) -> str:
    """What the model learns to say for a class word."""
    answer = f"<answer>{label}</answer>"
    return answer if kind == "answer" else f"<thinking></thinking>{answer}"


@methods.register("sft", title="Qwen2.5-VL-7B-Instruct SFT")
class Sft(MllmMethod):
    """Full supervised fine-tuning: float32 weights (bfloat16 autocast on a GPU), loss on the response only."""

    settings_class: ClassVar[type[Settings]] = SftSettings
    _weights: ClassVar[str] = "full"

    def fit(self, train: Faces, dev: Faces, job: Job) -> None:
        """Learn from `train`; goes on from the last whole checkpoint in the job's scratch folder."""
        s, name = self.settings, str(self._find_base(job))
        full = self._weights == "full"
        tokens = s.batch * (s.side // 28) ** 2 + s.batch * 160
        rank = {} if full else {"rank": s.rank}
        models.require_memory(name, s, job.device, "full" if full else "lora", {"tokens": tokens, **rank})
        use_threads(job)
        frames = training.training_frames(train, s.train_frames)
        frames = training.balanced(train, frames) if s.balance else frames
        rows = training.dataset(train, frames, s, lambda label: target(label, s.target))
        folder = job.scratch / "training"
        trainer = self._trainer(name, rows, job, folder)
        training.train(trainer, job, folder, f"lower batch (now {s.batch}) and raise accumulation by as much")
        self._training = {**training.seen(trainer, len(frames)), "steps": trainer.state.global_step}
        self._keep(trained(trainer, s.dtype if full else None), self._processor)

    def _trainer(self, name: str, rows: Dataset, job: Job, folder: Path) -> Trainer:
        from trl.trainer.sft_config import SFTConfig

        from methods.mllm import lora
        from methods.mllm.sft_trainer import OurSFTTrainer, WholeCompletions

        s = self.settings
        full = self._weights == "full"
        config = SFTConfig(
            **training.arguments(
                job,
                folder,
                report_to=s.report_to,
                float32=s.dtype == "float32",
                recompute=s.gradient_checkpointing,
            ),
            max_length=None,
            completion_only_loss=True,
            packing=False,
            learning_rate=s.learning_rate,
            lr_scheduler_type=s.schedule,
            warmup_steps=s.warmup_steps,
            weight_decay=0.0,
            max_grad_norm=s.max_grad_norm,
            per_device_train_batch_size=s.batch,
            gradient_accumulation_steps=s.accumulation,
            num_train_epochs=s.epochs,
            max_steps=s.max_steps,
            save_steps=s.save_every,
            logging_steps=s.log_every,
        )
        # Only now: the configuration tells transformers of ZeRO-3, under which no process opens a whole model.
        model, self._processor = models.load(name, s, training.opening_device(job), "float32" if full else s.dtype)
        return OurSFTTrainer(
            model=model,
            args=config,
            train_dataset=rows,
            processing_class=self._processor,
            data_collator=WholeCompletions(self._processor),
            peft_config=None if full else lora.config(s.rank, s.alpha, s.dropout),
        )


@methods.register("sft-lora", title="Qwen2.5-VL-7B-Instruct SFT (LoRA)")
class SftLora(Sft):
    """The same with a frozen base model and low-rank adapters, which one GPU holds at 7 billion parameters."""

    settings_class: ClassVar[type[Settings]] = SftLoraSettings
    _weights: ClassVar[str] = "lora"
