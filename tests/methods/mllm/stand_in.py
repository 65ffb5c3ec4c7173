"""vLLM's place in trl's seam taken by transformers: the same constructor and methods, on the weights in training."""

from __future__ import annotations

import copy
from contextlib import nullcontext

import torch


class StandIn:
    """`VLLMGeneration` in trl's colocate mode. Samples as `generate` does, row by row in one batch.

    Its probabilities are those before tokens are forbidden. vLLM's are those after, which on an untrained model, where
    forbidden tokens have a share of a hundredth, is a difference of a hundredth.
    `reads` and `weights` change what it sees and which weights it runs, for tests of what must be noticed.
    """

    def __init__(self, model, accelerator, processing_class, **options):
        assert options["mode"] == "colocate"
        self.model, self.accelerator, self.processor = model, accelerator, processing_class
        for name in ("temperature", "top_p", "top_k", "max_completion_length", "generation_kwargs"):
            setattr(self, name, options[name])
        self.llm = self
        self.sent = self.forgotten = 0
        self.asked = []
        self.reads = lambda ids: ids
        self.weights = None

    def sync_weights(self):
        self.sent += 1

    def reset_encoder_cache(self):
        assert self.forgotten == self.sent - 1
        self.forgotten += 1

    def generate(self, prompts, images, num_generations, profiler=None):
        n = self.generation_kwargs.get("n", 1)
        self.asked.append((len(prompts), n))
        processor, model = self.processor, self.weights or self.model
        processor = getattr(processor, "_processor", processor)
        width = max(map(len, prompts))
        pad = processor.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (width - len(p)) + list(p) for p in prompts for _ in range(n)])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts for _ in range(n)])
        seen = processor.image_processor(
            images=[i for few in images for i in few for _ in range(n)], return_tensors="pt"
        )
        greedy = self.temperature == 0
        sampling = {} if greedy else {"temperature": self.temperature, "top_p": self.top_p, "top_k": self.top_k}
        bias = self.generation_kwargs["logit_bias"]
        training = model.training
        model.eval()
        with torch.no_grad(), profiler or nullcontext():
            out = model.generate(
                input_ids=ids,
                attention_mask=mask,
                mm_token_type_ids=(ids == processor.image_token_id).long(),
                **seen,
                do_sample=not greedy,
                max_new_tokens=self.max_completion_length,
                suppress_tokens=sorted(bias),
                pad_token_id=pad,
                return_dict_in_generate=True,
                output_logits=True,
                **sampling,
            )
        model.train(training)
        ends = set(model.generation_config.eos_token_id)
        completions, logprobs = [], []
        logps = torch.stack(out.logits, 1).log_softmax(-1)  # (rows, steps, vocabulary)
        for row, values in zip(out.sequences[:, width:].tolist(), logps, strict=True):
            length = next((i + 1 for i, token in enumerate(row) if token in ends), len(row))
            completions.append(row[:length])
            logprobs.append([[float(values[i, row[i]])] for i in range(length)])
        return [self.reads(copy.copy(p)) for p in prompts], completions, logprobs, None
