"""Asking the question: batched greedy generation, one response with its score for each picture."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from methods.mllm import prompt
from methods.mllm.border import Inputs, Keywords, Model, Processor
from protocols.decision import NON_RESPONSE, decision_of

if TYPE_CHECKING:
    from methods.mllm.scoring import Weighing


@dataclass(frozen=True)
class Response:
    """What the model said to one picture.

    Attributes:
        text: without special tokens.
        log_odds: of real against fake, float64 (`methods.mllm.scoring`), of the answer's own sign; NaN without one.
        tokens: generated, the end token included.
        truncated: True where the limit of new tokens cut it off.
    """

    text: str
    log_odds: float
    tokens: int
    truncated: bool


def generation_settings(max_new_tokens: int) -> Keywords:
    """Keyword arguments of `generate` that are part of the result, for `run.json`.

    Greedy, and no penalty or warping whatever the checkpoint's own generation settings ask for: the published ones ask
    for sampling and a repetition penalty, which would change the answer and its log-odds.
    """
    return {
        "max_new_tokens": max_new_tokens,
        "do_sample": False,
        "num_beams": 1,
        "repetition_penalty": 1.0,
        "temperature": None,
        "top_p": None,
        "top_k": None,
    }


def respond(
    model: Model, processor: Processor, pictures: Sequence[NDArray[np.uint8]], *, batch: int, max_new_tokens: int
) -> list[Response]:
    """The model's responses to pictures (uint8, (height, width, 3), RGB), in their order.

    Pictures are sorted by size before they are batched, so that a batch of equal pictures holds no padding at all;
    where sizes differ the padding is on the left. In float32 the responses do not depend on the neighbours in a batch
    but for ties below rounding; in bfloat16 they may, so the batch is a setting and is recorded.
    """
    from methods.mllm.model import left_padded

    left_padded(processor)
    order = sorted(range(len(pictures)), key=lambda i: (pictures[i].shape[0] * pictures[i].shape[1], i))
    responses: dict[int, Response] = {}
    for start in range(0, len(order), batch):
        few = order[start : start + batch]
        said = _respond(model, processor, [pictures[i] for i in few], max_new_tokens)
        responses.update(zip(few, said, strict=True))
    return [responses[i] for i in range(len(pictures))]


def encode(processor: Processor, pictures: Sequence[NDArray[np.uint8]]) -> Inputs:
    """The question about each picture as a batch of model inputs, ready for the response."""
    from PIL import Image

    return processor.apply_chat_template(
        [prompt.messages(Image.fromarray(picture)) for picture in pictures],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        processor_kwargs={"padding": True},
    )


def _respond(
    model: Model, processor: Processor, pictures: Sequence[NDArray[np.uint8]], max_new_tokens: int
) -> list[Response]:
    import torch
    from transformers import LogitsProcessorList

    from methods.mllm.scoring import AnswerScorer
    from methods.mllm.spelling import decode

    inputs = encode(processor, pictures).to(model.device)
    scorer = AnswerScorer(processor.tokenizer)
    with torch.inference_mode():
        generated = model.generate(
            **inputs, **generation_settings(max_new_tokens), logits_processor=LogitsProcessorList([scorer])
        )[:, inputs["input_ids"].shape[1] :].tolist()
    end = model.generation_config.eos_token_id
    ends = set(end if isinstance(end, list) else [end])
    responses = []
    for row, (picture, ids) in enumerate(zip(pictures, generated, strict=True)):
        stop = next((n for n, token in enumerate(ids, 1) if token in ends), None)
        said = ids[:stop]
        text = decode(processor.tokenizer, said)
        weighing = scorer.weigh(row, said, text)
        odds = math.nan if weighing is None else _log_odds(model, processor, picture, said, weighing)
        responses.append(Response(text, odds, len(said), truncated=stop is None))
    return responses


def _log_odds(
    model: Model, processor: Processor, picture: NDArray[np.uint8], ids: Sequence[int], weighing: Weighing
) -> float:
    """The score of an answer: as read during generation where that is enough, else with one more forward pass.

    A response that holds the mark of a picture, which a weak model may say, cannot be put in again as text: what was
    read has to do.
    """
    from methods.mllm import continuation

    marks = {getattr(model.config, f"{kind}_token_id", None) for kind in ("image", "video", "audio")}
    if not weighing.open or not marks.isdisjoint(ids):
        return dataclasses.replace(weighing, open=()).log_odds()
    count = len(continuation.paths(ids, weighing.open))
    inputs = encode(processor, [picture] * count).to(model.device)
    return weighing.log_odds(continuation.log_probabilities(model, inputs, ids, weighing.open))


def combine(responses: Sequence[Response], how: str) -> tuple[float, str, str | None]:
    """(score, decision, reason) of a presentation from the responses to its frames.

    `mean`: the mean log-odds of the frames with an answer decides. `majority`: their answers vote, the mean log-odds
    breaks a tie. `middle` has one frame, whose answer decides. No answer at all is a non-response. An answer counts
    whether or not its log-odds are known: `answer.signed` says what it counts for.
    """
    from methods.mllm.answer import parse, signed

    read = [(parse(r.text), r.log_odds) for r in responses]
    answered = [(word, signed(word, odds)) for word, odds in read if word is not None]
    if not answered:
        return math.nan, NON_RESPONSE, reason(responses)
    score = math.fsum(odds for _, odds in answered) / len(answered)
    votes = sum(1 if word == "real" else -1 for word, _ in answered)
    lean = score if how == "mean" or votes == 0 else votes
    return score, decision_of(lean), None


def reason(responses: Sequence[Response]) -> str:
    """Why no response holds an answer."""
    if not responses:
        return "no frames"
    cut = all(r.truncated for r in responses)
    return "unparsable answer (cut off at the token limit)" if cut else "unparsable answer"
