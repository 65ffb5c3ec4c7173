"""Opening a multimodal language model by folder or name, with every choice that changes its answers made explicit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from methods.method import Job
from methods.mllm import memory, prompt, sharding, weights
from methods.mllm.answer import CLASSES, parse
from methods.mllm.border import Keywords, Model, Processor
from methods.mllm.quiet import quiet
from methods.mllm.rendering import require_harmless
from methods.mllm.settings import DEFAULT_MODEL, MllmSettings
from protocols.errors import InputError
from protocols.json_values import Json

MAX_EDGE = 16_384


def base_model(settings: MllmSettings, job: Job) -> str:
    """Which model a job starts from: the setting's, the world's (`mllm`), or the demo's tiny one or the paper's."""
    if settings.base_model:
        return settings.base_model
    if job.models.get("mllm"):
        return job.models["mllm"]
    if job.demo:
        from methods.mllm.demo import shipped

        return str(shipped.folder(job.cache))
    return DEFAULT_MODEL


@contextmanager
def opening(name: str, what: str) -> Iterator[None]:
    """One line for whatever a folder of somebody else's raises: damaged and hostile ones raise nearly anything."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"base model {name}: {what} ({type(error).__name__}: {_first_line(error)})") from error


def load(name: str, settings: MllmSettings, device: str, dtype: str | None = None) -> tuple[Model, Processor]:
    """The model, in evaluation mode on `device`, and its processor, padding on the left.

    `name` is a folder or hub name; `dtype` is `settings.dtype` unless given (full fine-tuning trains in float32).
    Raises `InputError`, one line, for missing files or weights and for a device that is not there. No remote code runs.
    """
    quiet()
    import torch
    from transformers import AutoModelForImageTextToText

    check_device(device)
    processor = load_processor(name, settings)  # first: it is small, and may be of no use
    folder = weights.resolve(name)
    options: Keywords = {"device_map": device} if device != "cpu" else {}
    with opening(name, "cannot be opened"):
        opened: Model = AutoModelForImageTextToText.from_pretrained(
            folder,
            dtype=getattr(torch, dtype or settings.dtype),
            attn_implementation=settings.attention,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
            **options,
        )
    model, report = opened
    missing = sorted(report["missing_keys"]) + sorted(str(m) for m in report["mismatched_keys"])
    if missing:
        raise InputError(
            f"base model {name}: {len(missing)} weights are missing or of another shape ({missing[0]} ...); "
            "fetch it again"
        )
    return model.eval(), processor


def load_processor(name: str, settings: MllmSettings) -> Processor:
    """The processor with our backend and pixel limits, padding on the left. Raises `InputError` as `load`.

    Limits are set where the processor counts pixels (the Qwen-VL family); others keep their own sizes, which `facts`
    records.
    """
    quiet()
    from transformers import AutoImageProcessor, AutoProcessor

    folder = weights.resolve(name)
    local: Keywords = {"local_files_only": True, "trust_remote_code": False}
    with opening(name, "its processor cannot be opened"):
        processor = AutoProcessor.from_pretrained(folder, padding_side="left", **local)
        pictures = AutoImageProcessor.from_pretrained(folder, backend=settings.image_backend, **local)
        if type(pictures).__name__.startswith("Qwen2VL"):
            pictures.size = type(pictures.size)(shortest_edge=settings.min_pixels, longest_edge=settings.max_pixels)
        else:
            require_size(dict(pictures.size), name)
        processor.image_processor = pictures
        require_harmless(left_padded(processor, name).chat_template, name)
        return answerable(processor, name)


def left_padded(processor: Processor, name: str = "in memory") -> Processor:
    """The processor, if it pads on the left and has a chat template; `InputError` otherwise.

    Right padding puts padding between prompt and response and misplaces the picture's positions without an error.
    """
    tokenizer = getattr(processor, "tokenizer", None)
    if tokenizer is None or tokenizer.padding_side != "left":
        raise InputError(f"base model {name}: its processor pads on the right; open it with padding_side='left'")
    if not getattr(processor, "chat_template", None):
        raise InputError(f"base model {name}: no chat template; set base_model to an instruction-tuned model")
    return processor


def answerable(processor: Processor, name: str) -> Processor:
    """The processor, if a response in the format that is asked for survives its tokenizer; `InputError` otherwise.

    A vocabulary that folds, drops or spaces out the tags, or has them as special tokens, which are no part of a text,
    would make every response unparsable: better to say so before hours of asking.
    """
    from methods.mllm.spelling import decode

    tokenizer = processor.tokenizer
    for said in CLASSES:
        text = f"<thinking>x</thinking><answer>{said}</answer>"
        back = decode(tokenizer, tokenizer(text, add_special_tokens=False)["input_ids"])
        if parse(back) != said:
            raise InputError(
                f"base model {name}: its tokenizer turns {text!r} into {back!r}, so that no answer could be read; "
                "take another base_model, or make the tags ordinary text in its tokenizer.json"
            )
    return processor


def require_size(size: Mapping[str, object], name: str) -> None:
    """Raise `InputError` for a processor that would make pictures which no memory holds."""
    largest = max((edge for edge in size.values() if isinstance(edge, int)), default=0)
    if largest > MAX_EDGE:
        raise InputError(f"base model {name}: its pictures would be {largest} pixels wide or high; fetch it again")


def check_device(device: str) -> None:
    """Raise `InputError` for a GPU that is not there."""
    import torch

    if device.startswith("cuda") and (
        not torch.cuda.is_available() or (torch.device(device).index or 0) >= torch.cuda.device_count()
    ):
        raise InputError(f"device {device}: PyTorch sees {torch.cuda.device_count()} GPUs here; use --device cpu")


def require_memory(name: str, settings: MllmSettings, device: str, use: memory.Use, plan: Keywords) -> None:
    """Refuse, before any work, what cannot fit. `plan`: keyword arguments of `memory.estimate` for training."""
    quiet()
    check_device(device)
    folder = weights.resolve(name)
    with opening(name, "its configuration makes no model"):
        shape = memory.shape_of(folder)
    memory.require_weights(folder, shape, sum(file.stat().st_size for file in weights.weight_files(folder)))
    answering = settings.eval_batch * (settings.max_new_tokens + 512)
    needs: dict[memory.Use, int] = {"inference": memory.estimate(shape, "inference", settings.dtype, answering)}
    in_main_memory = 0
    if use != "inference":
        cut = sharding.cut()
        plan = {"rank": 64, **plan}
        needs["lora"] = memory.estimate(shape, "lora", settings.dtype, **plan, cut=cut)
        needs["full"] = memory.estimate(shape, "full", settings.dtype, **plan, cut=cut)
        in_main_memory = memory.host(shape, use, rank=plan["rank"], cut=cut)
    memory.require(name, shape, device, needs, use, in_main_memory)


def facts(model: Model, processor: Processor, settings: MllmSettings) -> dict[str, Json]:
    """What a run records of how the model was asked, for `run.json`."""
    import hashlib

    import transformers

    pictures = processor.image_processor
    size = pictures.size
    return {
        "model_class": type(model).__name__,
        "parameters": sum(p.numel() for p in model.parameters()),
        "dtype": str(model.dtype).removeprefix("torch."),
        "attention": settings.attention,
        "image_processor": type(pictures).__name__,
        "image_size": {k: v for k, v in dict(size).items() if v is not None},
        "prompt_version": prompt.VERSION,
        "prompt_digest": prompt.digest(),
        "chat_template_digest": hashlib.sha256(str(processor.chat_template).encode()).hexdigest(),
        "transformers": transformers.__version__,
    }


def revision(folder: Path) -> str | None:
    """The commit of a model in the hub's cache (the name of its snapshot folder), or None for other folders."""
    return folder.name if folder.parent.name == "snapshots" else None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:300] or type(error).__name__
