"""Reads the rows of an OpenAI-compatible list of models, with what servers add to them. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final, get_args

from tui.chat.chat_support import other_uses
from tui.chat.model_info import ModelInfo, ModelState
from tui.providers.json_values import count_in, label_in, mapping_in, strings_in, text_in
from tui.providers.server_kind import ServerKind

_KIND_KEYS: Final = ("type", "task", "mode", "pipeline_tag")
_OTHER_KINDS: Final = frozenset({"image", "audio", "video", "score", "scoring", "classify", "reward", "pooling"})
"""Kinds of models that cannot chat. As capabilities, some of these words would only name what a model can read."""
_CHAT_WORDS: Final = frozenset({"chat", "completion", "text-generation", "image-text-to-text", "video-text-to-text"})
_CHAT_FLAGS: Final = ("completion_chat", "chat_completion", "chat_completions", "chat")
_INPUTS: Final = {"image": "vision", "audio": "audio", "video": "video"}
"""Capabilities by what a model reads besides text."""
_CONTEXT_ARGUMENTS: Final = ("-c", "--ctx-size")


def model_infos(rows: Sequence[Mapping[str, Any]], kind: ServerKind) -> list[ModelInfo]:
    """The models of a list, in its order.

    Args:
        rows: The rows, each with the name of its model under `id`.
        kind: The kind of server.
    """
    infos = [_model_info(row) for row in rows]
    # Versions of llama-swap call every model loaded: https://github.com/mostlygeek/llama-swap/issues/871.
    if kind == "llama-swap" and all(info.loaded for info in infos):
        return [replace(info, loaded=None, state=None) for info in infos]
    return infos


def _model_info(row: Mapping[str, Any]) -> ModelInfo:
    # vLLM, OpenRouter, llama-server and Lemonade each report the context length under a different key.
    meta = mapping_in(row, "meta")
    served = count_in(row, "max_model_len")
    limit = count_in(row, "max_context_window")
    context = served or limit or count_in(row, "context_length") or count_in(meta, "n_ctx_train")
    # Lemonade's other length is the configured one, with which it loads the model.
    configured = count_in(row, "context_length") if limit else None
    info = ModelInfo(
        name=text_in(row, "id"),
        capabilities=_uses_besides_chat(row) or _inputs(row),
        size_bytes=count_in(meta, "size"),
        context_length=context,
        loaded_context_length=count_in(meta, "n_ctx") or served or configured,
        parameters=_format_parameters(count_in(meta, "n_params")),
        quantization=label_in(meta, "ftype"),
    )
    return _with_state(info, mapping_in(row, "status"))


def listed_capabilities(row: Mapping[str, Any]) -> frozenset[str]:
    """What a model can do, as llama-server lists it beside OpenAI's list: `{"capabilities": ["multimodal"]}`."""
    capabilities = strings_in(row, "capabilities")
    return capabilities | {"vision"} if "multimodal" in capabilities else capabilities


def _with_state(info: ModelInfo, status: Mapping[str, Any]) -> ModelInfo:
    """The model with the state that llama.cpp's router reports for it.

    Args:
        info: The model.
        status: `{"value": "loading", "args": ["llama-server", "--ctx-size", "4096"], "failed"?: true, …}`.
    """
    word = text_in(status, "value")
    if not word:
        return info
    state: ModelState | None = next((known for known in get_args(ModelState) if known == word), None)
    note = ""
    if status.get("failed") is True:
        state = "failed"
        code = count_in(status, "exit_code")
        note = "" if code is None else f"exit code {code}"
    return replace(
        info,
        loaded=word == "loaded",
        state=state,
        state_note=note,
        # Before a model is loaded, only the arguments tell the size of its context.
        context_length=info.context_length or _context_argument(status.get("args")),
    )


def _context_argument(arguments: object) -> int | None:
    """The context size in the arguments of a llama-server. None if it is the model's own, which 0 means, too."""
    words = [word for word in arguments if isinstance(word, str)] if isinstance(arguments, list) else []
    sizes = (_number(value) for name, value in pairwise(words) if name in _CONTEXT_ARGUMENTS)
    return next(sizes, 0) or None


def _format_parameters(count: int | None) -> str:
    """A number of parameters as model names have it: `135M`, `8.0B`. Empty if it is unknown."""
    if not count:
        return ""
    return f"{count / 1e9:.1f}B" if count >= 1e9 else f"{count / 1e6:.0f}M"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _inputs(row: Mapping[str, Any]) -> frozenset[str]:
    """The capabilities of a model whose inputs the server lists. Empty if it does not.

    llama.cpp and OpenRouter do: `{"architecture": {"input_modalities": ["text", "image"]}}`.
    """
    read: Sequence[str] = sorted(map(str.lower, strings_in(mapping_in(row, "architecture"), "input_modalities")))
    if not read:
        return frozenset()
    return frozenset({"completion", *(_INPUTS[word] for word in read if word in _INPUTS)})


def _uses_besides_chat(row: Mapping[str, Any]) -> frozenset[str]:
    """What a gateway says a model is for, if that is not chat: `{"type": "embedding"}`, `{"labels": ["reranking"]}`.

    Mistral reports `{"capabilities": {"completion_chat": false}}`, and OpenRouter what a model writes:
    `{"architecture": {"output_modalities": ["image"]}}`.

    Other words are not used: without `vision` among them, the model would seem unable to see images.
    """
    flags = mapping_in(row, "capabilities")
    if any(flags.get(name) is True for name in _CHAT_FLAGS):
        return frozenset()
    if any(flags.get(name) is False for name in _CHAT_FLAGS):
        return frozenset(name for name, value in flags.items() if value is True) - {"vision"} or frozenset({"no chat"})
    written = _output_modalities(row)
    if written and "text" not in written:
        return written
    kinds = {text_in(row, key) for key in _KIND_KEYS} | {text_in(flags, "type")}
    words = kinds | strings_in(row, "labels") | strings_in(row, "capabilities")
    if words & _CHAT_WORDS:
        return frozenset()
    return other_uses(words) | {kind for kind in kinds if kind.lower() in _OTHER_KINDS}


def _output_modalities(row: Mapping[str, Any]) -> frozenset[str]:
    """What a model writes: `text`, `image`, … Empty if the server does not report it."""
    for place in (mapping_in(row, "architecture"), row):
        if written := strings_in(place, "output_modalities"):
            return frozenset(map(str.lower, written))
        if outputs := text_in(place, "modality").lower().partition("->")[2]:
            return frozenset(outputs.split("+"))
    return frozenset()
