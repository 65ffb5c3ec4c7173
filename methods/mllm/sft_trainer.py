"""trl's `SFTTrainer`, resumed exactly, with a collator that lets nothing be cut off unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling, SFTTrainer

from methods.mllm.border import Keywords, Processor
from methods.mllm.resume import ExactResume

if TYPE_CHECKING:
    from torch import Tensor


class OurSFTTrainer(ExactResume, SFTTrainer):
    """`SFTTrainer` whose resumed run ends with the weights of an undisturbed one."""


class WholeCompletions(DataCollatorForVisionLanguageModeling):
    """Loss on the response alone, and on all of it.

    trl cuts to `max_length`, 1024 unless told otherwise, without a word: a response behind the cut leaves nothing to
    learn from and training goes on. Raises RuntimeError where a row's labels are not its whole response.
    """

    def __init__(self, processor: Processor) -> None:
        super().__init__(processor=processor, max_length=None, completion_only_loss=True)

    def torch_call(self, examples: list[Keywords]) -> dict[str, Tensor]:
        """A batch of model inputs with `labels`, -100 outside of the response."""
        wanted = [example["completion"][-1]["content"] for example in examples]
        batch = super().torch_call(examples)
        for labels, text in zip(batch["labels"], wanted, strict=True):
            learnt = self.processor.tokenizer.decode(labels[labels >= 0])
            if not learnt.startswith(text):
                raise RuntimeError(f"the labels {learnt!r} are not the whole response {text!r}: it was cut off")
        return batch
