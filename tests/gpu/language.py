"""Parts of the language model: parity of CPU and GPU, decoding, zero-shot answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from methods.mllm import generate, lora
from methods.mllm import model as models
from methods.mllm.answer import parse
from methods.mllm.settings import MllmSettings
from tests.gpu import seven
from tests.gpu.bench import Bench, Figure, noise

FACES = Path(__file__).parents[2] / "protocols" / "demo" / "faces"


def parity(bench: Bench) -> None:
    """The demo's shipped model on faces: the same texts and log-odds on CPU and GPU in float32; how far bfloat16 is."""
    from methods.mllm.demo import shipped

    s = MllmSettings.preset("demo")
    pictures = faces(4 if bench.small else 160, s.side)

    def answers(device: str, dtype: str) -> list[generate.Response]:
        model, processor = models.load(str(shipped.PLACE), s, device, dtype)
        return generate.respond(model, processor, pictures, batch=32, max_new_tokens=s.max_new_tokens)

    base = answers("cpu", "float32")
    for dtype in ("float32", "bfloat16"):
        name = f"answers against the CPU's in float32, {dtype}"
        bench.measure(name, lambda dtype=dtype: compared(base, answers(bench.device, dtype)))


def faces(n: int, side: int) -> list[NDArray[np.uint8]]:
    """The demo's drawn faces, uint8, (side, side, 3)."""
    from PIL import Image

    files = sorted(FACES.glob("*.webp"))[:n]
    return [np.asarray(Image.open(file).convert("RGB").resize((side, side))) for file in files]


def compared(base: list[generate.Response], said: list[generate.Response]) -> Figure:
    """How many texts and answers differ, and the largest difference of log-odds of those that both have."""
    pairs = list(zip(base, said, strict=True))
    gaps = [abs(a.log_odds - b.log_odds) for a, b in pairs if np.isfinite(a.log_odds) and np.isfinite(b.log_odds)]
    return {
        "pictures": len(pairs),
        "texts_differ": sum(a.text != b.text for a, b in pairs),
        "answers_differ": sum(parse(a.text) != parse(b.text) for a, b in pairs),
        "largest_log_odds_gap": max(gaps, default=None),
    }


def _opened(bench: Bench) -> tuple[Any, Any]:
    s = dataclasses.replace(MllmSettings(), dtype=bench.dtype, side=bench.side)
    return models.load(str(seven.folder(bench)), s, bench.device)


def decode(bench: Bench) -> None:
    """Milliseconds of a decoding step by rows: the base, a static cache, adapters unmerged and merged."""
    from peft import get_peft_model

    model, processor = _opened(bench)
    picture = [noise(1, bench.side).pixels[0]]
    few, many = (1, 3) if bench.small else (4, 104)

    def step(net: Any, rows: int, **more: Any) -> Figure:
        inputs = generate.encode(processor, picture * rows).to(bench.device)
        sampling = {"do_sample": True, "temperature": 1.0, "top_k": 0, "top_p": 1.0, **more}
        sampling |= {"eos_token_id": None, "pad_token_id": 0}

        def seconds(new: int) -> float:
            return bench.seconds(lambda: net.generate(**inputs, max_new_tokens=new, **sampling), times=1)

        with torch.inference_mode():
            each = (seconds(many) - seconds(few)) / (many - few)
        return {"rows": rows, "ms_a_step": round(1e3 * each, 2), "tokens_a_s": round(rows / each)}

    for rows in (1, 6) if bench.small else (1, 6, 36, 48, 96):
        bench.measure(f"decode, base, {rows} rows", lambda rows=rows: step(model, rows))
    for rows in () if bench.small else (6, 48):
        name = f"decode, static cache and compiled, {rows} rows"
        bench.measure(name, lambda rows=rows: step(model, rows, cache_implementation="static"))
    adapted = get_peft_model(model, lora.config(64, 128)).eval()
    for rows in (6,) if bench.small else (6, 48):
        bench.measure(f"decode, adapters unmerged, {rows} rows", lambda rows=rows: step(adapted, rows))
    adapted.merge_adapter()
    bench.measure("decode, adapters merged, 6 rows", lambda: step(adapted, 6))


def zero_shot(bench: Bench) -> None:
    """Pictures a second with the question, an answer of full length and its score, by batch."""
    model, processor = _opened(bench)
    model.generation_config.eos_token_id = [0]  # which random weights hardly ever say

    def rate(batch: int) -> Figure:
        pictures = list(noise(batch, bench.side).pixels)
        asked = {"batch": batch, "max_new_tokens": bench.tokens}
        seconds = bench.seconds(lambda: generate.respond(model, processor, pictures, **asked), warm=0, times=1)
        return {"batch": batch, "pictures_a_s": round(batch / seconds, 2), "seconds": round(seconds, 2)}

    for batch in (2,) if bench.small else (8, 32, 64):
        bench.measure(f"zero-shot, {bench.tokens} tokens, batch {batch}", lambda batch=batch: rate(batch))
