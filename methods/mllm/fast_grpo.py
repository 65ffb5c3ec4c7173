"""The same gradients for less work: trl's GRPO trainer with each image and each prompt computed once per group.

GRPO samples N completions of every prompt, and trl carries N copies of it through each stage: N decoded pictures, N
runs of the processor (twice), N runs of the vision tower and N prompt prefixes in generation, reference and policy
passes. Here a group has one copy of each:

- the processor sees the first prompt of a group; its tensors are used again where trl asks a second time;
- generation prefills one prompt per group and then copies the key-value cache N times;
- the log-probabilities of a group come from one packed row, `prompt | completion 1 | ... | completion N`, in which a
  completion attends to the prompt and to itself, at the positions that it has in a row of its own.

Not done, because it would not be exact or would cost this: merging adapters for decoding (halves the launches, but in
bfloat16 the base is not what it was after it is unmerged, and a kept copy is 13 GB at 7 billion parameters), and a
static cache with compiled steps (1.8 times as fast by transformers' own figures; compiled kernels round otherwise, and
the copied cache of a group is a dynamic one). With vLLM for completions (`methods.mllm.engine`) the first and third
points stay as they are.

The objective is trl's own, term for term; only the order of floating-point sums differs (the tests hold the gradients
to 1e-5 of trl's). Where an assumption does not hold, trl's own path is taken and the reason is logged once: see
`SharedGRPOTrainer.stock_reason`. trl and transformers are held to the minor versions that this was tested with, because
it overrides private methods.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
import transformers
import trl
from torch import Tensor
from trl.trainer.grpo_trainer import GRPOTrainer

from methods.mllm.border import Batch, Model, Processor
from methods.mllm.packing import pack, split_groups

if TYPE_CHECKING:
    from trl.trainer.grpo_config import GRPOConfig

# `Any` below: what the private methods of trl and transformers hand to each other, which these pass on as it came.
logger = logging.getLogger(__name__)

TESTED = {"trl": ("1.16",), "transformers": ("5.23",)}
"""Minor versions whose private methods are known to fit; with others the trainer is trl's own."""
VISION = ("pixel_values", "image_grid_thw")


class GroupProcessor:
    """Stands in for the processor during one generation step: a group's prompt is tokenised and its image resized once.

    Every token list is handed out N times, the vision tensors once per group. trl's second call, for the tensors of the
    reference and policy passes, is answered from the first. Anything else is the processor's own.
    """

    def __init__(self, processor: Processor, n: int) -> None:
        self._processor, self._n = processor, n
        self._fields: Batch = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._processor, name)

    def apply_chat_template(self, conversation: list[Any], tokenize: bool = False, **kwargs: Any) -> Any:
        if not tokenize:  # only `__call__` would read the text
            return ""
        fields = self._processor.apply_chat_template(conversation[:: self._n], tokenize=True, **kwargs)
        fields = dict(fields)
        fields["pixel_values"] = torch.as_tensor(fields["pixel_values"])
        fields["image_grid_thw"] = torch.as_tensor(fields["image_grid_thw"])
        self._fields = {name: fields[name] for name in VISION}
        types = [row for row in fields["mm_token_type_ids"] for _ in range(self._n)]
        width = max(map(len, types))
        self._fields["mm_token_type_ids"] = torch.tensor([[0] * (width - len(row)) + list(row) for row in types])
        return {**fields, "input_ids": [row for row in fields["input_ids"] for _ in range(self._n)]}

    def __call__(self, *, images: Any, text: Any, padding: bool, return_tensors: str) -> dict[str, Tensor]:
        return dict(self._fields)


def sample_after_shared_prefill(n: int, model: Model, input_ids: Tensor, **kwargs: Any) -> Any:
    """A `custom_generate` for transformers: sampling as usual, but the prompts of a group are prefilled once.

    `input_ids` and all of `kwargs` come expanded to (G * N, ...). All but the last prompt token go through the model
    for one row per group; the cache is then copied to all N rows and transformers' own loop goes on from there.
    """
    cache, positions, mask = kwargs["past_key_values"], kwargs["position_ids"], kwargs.get("attention_mask")
    images = kwargs.pop("mm_encoder_outputs")
    images["image"].pooler_output = images["image"].pooler_output[::n]
    model(
        input_ids=input_ids[::n, :-1],
        attention_mask=None if mask is None else mask[::n, :-1],
        position_ids=positions[:, ::n, :-1],
        mm_encoder_outputs=images,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    cache.batch_repeat_interleave(n)
    return type(model)._sample(model, input_ids, **kwargs)


class SharedGRPOTrainer(GRPOTrainer):
    """trl's `GRPOTrainer` with everything that a group has in common computed once. Takes the same arguments."""

    model: Model
    args: GRPOConfig
    processing_class: Processor
    num_generations_eval: int  # trl has set it
    _buffered_inputs: Any  # trl declares None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._whole_batch: Batch | None = None
        self._said: set[str] = set()

    @functools.cached_property
    def stock_reason(self) -> str | None:
        """Why trl's own path is taken whatever the batch, or None: versions, engine, architecture, attention, tools."""
        for package, module in (("trl", trl), ("transformers", transformers)):
            minor = ".".join(module.__version__.split(".")[:2])
            if minor not in TESTED[package]:
                return f"{package} {minor} is not among the versions tested with it ({', '.join(TESTED[package])})"
        config = self.accelerator.unwrap_model(self.model).config
        text = config.get_text_config()
        if config.model_type != "qwen2_5_vl":
            return f"the architecture is {config.model_type}, not qwen2_5_vl"
        if text._attn_implementation != "sdpa" or set(text.layer_types) != {"full_attention"}:
            return f"the attention is {text._attn_implementation}, not full attention by sdpa"
        if self.use_transformers_continuous_batching:
            return "completions come from another engine than generate()"
        if self.tools or self.environment_factories or self.rollout_func or self.aux_loss_enabled:
            return "tools, environments, rollout functions and auxiliary losses are not supported"
        if self.pad_to_multiple_of or self.args.cache_implementation:
            return "pad_to_multiple_of or cache_implementation is set"
        return None

    def _group_size(self) -> int:
        n = self.num_generations if self.model.training else self.num_generations_eval
        return n or 1

    def _batch_reason(self, inputs: list[Batch]) -> str | None:
        """Why this batch takes trl's own path: groups that are torn, or not one image per prompt."""
        n = self._group_size()
        args = self.args
        rows = args.per_device_train_batch_size if self.model.training else args.per_device_eval_batch_size
        if n == 1:
            return "there is one completion per prompt"
        if rows % n or len(inputs) % n:
            return f"a device's batch of {rows} completions does not hold whole groups of {n}"
        for i, row in enumerate(inputs):
            first = inputs[i - i % n]
            if row.get("image") is None:
                return "a prompt has no image, or more than one"
            same = row["image"] is first["image"] or row["image"] == first["image"]
            if not same or row["prompt"] != first["prompt"]:
                return "the completions of a group are not adjacent"
        return None

    def _generate_and_score_completions(self, inputs: list[Batch]) -> Batch:
        reason = self.stock_reason or self._batch_reason(inputs)
        if reason is not None:
            if reason not in self._said:
                logger.warning("shared passes are off, trl's own are used: %s", reason)
                self._said.add(reason)
            return super()._generate_and_score_completions(inputs)
        processor = self.processing_class
        self.processing_class = GroupProcessor(processor, self._group_size())
        try:
            batch = super()._generate_and_score_completions(inputs)
        finally:
            self.processing_class = processor
        del batch["num_images"]  # one image per group, not per row
        if not self.model.training:
            return batch
        self._whole_batch = batch
        return {name: value for name, value in batch.items() if name not in VISION}

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        """As trl's, but groups stay whole: trl shuffles completions before it splits them over accumulation steps.

        The mean of a step's gradients is the same; trl's own shuffle is let run, so that the random stream is, too.
        """
        inputs = super()._prepare_inputs(generation_batch)
        if self._whole_batch is not None:
            steps = self.args.steps_per_generation or 1  # trl has set it
            self._buffered_inputs = list(split_groups(self._whole_batch, steps))
            self._whole_batch = None
            inputs = self._buffered_inputs[self._step % steps]
        return inputs

    def _generate_single_turn(
        self, prompt_ids: Any, images: Any, multimodal_fields: Any, num_generations: int, has_tool_images: bool = False
    ) -> Any:
        turn: Callable[..., Any] = super()._generate_single_turn
        rest = (images, multimodal_fields, num_generations, has_tool_images)
        if len(multimodal_fields.get("image_grid_thw", prompt_ids)) == len(prompt_ids):
            return turn(prompt_ids, *rest)
        if self.use_vllm:
            with self._engine_sampling(num_generations):
                few = None if images is None else images[::num_generations]
                return turn(prompt_ids[::num_generations], few, *rest[1:])
        with self._sampling_in_groups(num_generations):
            return turn(prompt_ids[::num_generations], *rest)

    @contextmanager
    def _engine_sampling(self, n: int) -> Iterator[None]:
        """vLLM is handed one prompt and one picture per group and samples N times."""
        engine = self.vllm_generation
        before, engine.generation_kwargs = engine.generation_kwargs, {**engine.generation_kwargs, "n": n}
        try:
            yield
        finally:
            engine.generation_kwargs = before

    @contextmanager
    def _sampling_in_groups(self, n: int) -> Iterator[None]:
        """`generate` returns N completions per prompt; with sharded weights each row is prefilled as usual."""
        config, kwargs = self.generation_config, self.generation_kwargs
        self.generation_config = type(config)(**{**config.to_dict(), "num_return_sequences": n})
        self.generation_kwargs = {**kwargs, "num_return_sequences": n}
        model = self.accelerator.unwrap_model(self.model_wrapped)
        # transformers 5.23 drops `synced_gpus` for a custom loop, without which sharded ranks would wait for ever.
        sharded = self.is_deepspeed_enabled or self.is_fsdp_enabled
        if not sharded:
            loop = functools.partial(sample_after_shared_prefill, n)
            model.generate = functools.partial(model.generate, custom_generate=loop)
        try:
            yield
        finally:
            self.generation_config, self.generation_kwargs = config, kwargs
            if not sharded:  # under FSDP the `generate` there is not ours: it brings the weights together
                vars(model).pop("generate", None)

    def _get_per_token_logps_and_entropies(
        self,
        model: Model,
        input_ids: Tensor,
        attention_mask: Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        **fields: Any,
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        grid = fields.get("image_grid_thw")
        if grid is None or len(grid) == len(input_ids):
            out: tuple[Tensor, Tensor | None, Tensor | None] = super()._get_per_token_logps_and_entropies(
                model, input_ids, attention_mask, logits_to_keep, batch_size, compute_entropy, **fields
            )
            return out
        n = len(input_ids) // len(grid)
        rows = {"input_ids": input_ids, "attention_mask": attention_mask, "types": fields["mm_token_type_ids"]}
        rows |= {name: fields[name] for name in VISION}
        steps = max(1, len(input_ids) // max(n, batch_size or len(input_ids)))
        passes = [self._packed_pass(model, part, logits_to_keep) for part in split_groups(rows, steps)]
        logps = torch.cat([logps for logps, _ in passes])
        entropies = [entropy for _, entropy in passes if entropy is not None]
        return logps, torch.cat(entropies) if compute_entropy else None, None

    def _packed_pass(self, model: Model, rows: dict[str, Tensor], completion: int) -> tuple[Tensor, Tensor | None]:
        """Log-probabilities and entropies of the completions, (G * N, C), through the model as trl wrapped it."""
        bare = self.accelerator.unwrap_model(model)
        bare = bare.get_base_model() if hasattr(bare, "get_base_model") else bare
        ids, mask, grid = rows["input_ids"], rows["attention_mask"], rows["image_grid_thw"]
        n, columns = len(ids) // len(grid), ids.shape[1] - completion
        positions, _ = bare.model.get_rope_index(
            ids[::n, :columns],
            mm_token_type_ids=rows["types"][::n, :columns],
            image_grid_thw=grid,
            attention_mask=mask[::n, :columns],
        )
        packed = pack(ids, mask, completion, positions)
        with self.accelerator.autocast():
            out = model(
                input_ids=packed.ids,
                attention_mask={"full_attention": packed.mask},
                position_ids=packed.positions,
                pixel_values=rows["pixel_values"],
                image_grid_thw=grid,
                shift_labels=packed.targets,
                fused_lm_head=True,
            )
        return packed.unpack(out.log_probs), None if out.entropy is None else packed.unpack(out.entropy)
