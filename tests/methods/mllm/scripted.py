"""A small real language model that says what it is told to, and has opinions about everything else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from transformers import BatchEncoding, GenerationConfig, LlamaConfig, LlamaForCausalLM

PROMPT = (7, 8, 9)


class Scripted(LlamaForCausalLM):
    """Greedy decoding after `PROMPT` says the tokens `script`, each by `margin` before the next best, then the end.

    The opinions depend on all that was said before. `liked` tokens are nearly as probable as those of the script, so
    that other spellings matter.
    """

    script: tuple[int, ...] = ()
    margin: float = 0.3

    def like(self, liked: Any, much: float) -> Scripted:
        """Make some tokens more probable, everywhere."""
        self._liked = torch.zeros(self.config.vocab_size)
        self._liked[torch.as_tensor(liked, dtype=torch.long)] = much
        return self

    def forward(self, input_ids: Any = None, past_key_values: Any = None, logits_to_keep: int = 0, **rest: Any) -> Any:
        """As Llama's, with the script's logits raised."""
        before = 0 if past_key_values is None else past_key_values.get_seq_length()
        out = super().forward(
            input_ids=input_ids, past_key_values=past_key_values, logits_to_keep=logits_to_keep, **rest
        )
        logits = out.logits * 40 + self._liked
        first = before + input_ids.shape[1] - logits.shape[1] - (len(PROMPT) - 1)
        for i in range(logits.shape[1]):
            if 0 <= first + i <= len(self.script):
                token = [*self.script, self.config.eos_token_id][first + i]
                logits[:, i, token] = logits[:, i].max(-1).values + self.margin
        out.logits = logits
        return out


def model(tokenizer: Any, liked: Any = (), much: float = 0.0) -> Scripted:
    """A scripted model for a vocabulary; its end token is one that the vocabulary does not have."""
    end = len(tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = LlamaConfig(
            vocab_size=end + 1,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            eos_token_id=end,
            bos_token_id=None,
            pad_token_id=end,
            tie_word_embeddings=True,
        )
        made = Scripted(config).eval()
    made.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=end)
    return made.like(liked, much)


def processor(tokenizer: Any) -> Any:
    """What `generate` needs of a processor: every question is `PROMPT`."""

    def question(messages: list[Any], **_: Any) -> BatchEncoding:
        ids = torch.tensor([PROMPT] * len(messages))
        return BatchEncoding({"input_ids": ids, "attention_mask": torch.ones_like(ids)})

    return SimpleNamespace(tokenizer=tokenizer, chat_template="a template", apply_chat_template=question)
