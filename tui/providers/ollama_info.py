"""Reads what Ollama reports about models. No I/O.

Source: https://docs.ollama.com/api
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.chat.dates import known_time, parse_iso_time
from tui.chat.model_info import ModelInfo
from tui.providers.json_values import count_in, label_in, mapping_in, strings_in, text_in

_LEVELS_BY_FAMILY: Final = {"gptoss": ("low", "medium", "high"), "gpt-oss": ("low", "medium", "high")}
"""The levels of models that ignore true and false, for servers that do not report them.

Source: https://docs.ollama.com/capabilities/thinking
"""


def listed_model(row: Mapping[str, Any], running: Mapping[str, Mapping[str, Any]] | None) -> ModelInfo:
    """One model of `/api/tags`.

    Args:
        row: Its row of the list, with its name under `id`.
        running: The rows of `/api/ps` by name. None if they are unknown.
    """
    details = mapping_in(row, "details")
    name = text_in(row, "id")
    is_remote = is_cloud_model(name, row)
    loaded = None if running is None else running.get(name)
    # A cloud model is neither on disk nor in memory: its size is that of a note where it runs.
    return ModelInfo(
        name=name,
        loaded=None if running is None or is_remote else loaded is not None,
        size_bytes=None if is_remote else count_in(row, "size"),
        context_length=count_in(details, "context_length"),
        loaded_context_length=None if loaded is None else count_in(loaded, "context_length"),
        parameters=label_in(details, "parameter_size"),
        quantization=label_in(details, "quantization_level"),
        capabilities=strings_in(row, "capabilities"),
        is_remote=is_remote,
        gpu_fraction=None if loaded is None else _gpu_fraction(loaded),
        expires_at=None if loaded is None else _time_in(loaded, "expires_at"),
    )


def described_model(model: str, shown: Mapping[str, Any]) -> ModelInfo:
    """A model as `/api/show` describes it.

    Args:
        model: Its name.
        shown: The response.
    """
    info = mapping_in(shown, "model_info")
    details = mapping_in(shown, "details")
    thinking, default = _thinking(shown)
    return ModelInfo(
        name=model,
        context_length=count_in(info, f"{text_in(info, 'general.architecture')}.context_length"),
        parameters=label_in(details, "parameter_size"),
        quantization=label_in(details, "quantization_level"),
        capabilities=strings_in(shown, "capabilities"),
        thinking=thinking,
        thinking_default=default,
        is_remote=is_cloud_model(model, shown),
    )


def is_cloud_model(name: str, reported: Mapping[str, Any]) -> bool:
    """Whether the server passes requests for a model on to another one.

    Args:
        name: The model's name.
        reported: What the server reports about it; may be empty.
    """
    if text_in(reported, "remote_model") or text_in(reported, "remote_host"):
        return True
    tag = name.rpartition("/")[2].partition(":")[2]
    return tag == "cloud" or tag.endswith("-cloud")


def full_name(model: str) -> str:
    """A model's name with its tag. The default tag is `latest`."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def _thinking(shown: Mapping[str, Any]) -> tuple[tuple[str, ...] | None, str]:
    """The values that switch a model's thinking, `off` and `on` first, and the default among them."""
    reported = mapping_in(shown, "thinking")
    values = reported.get("values")
    if isinstance(values, list):
        words = dict.fromkeys(word for value in values if (word := _thinking_word(value)))
        ordered = tuple(sorted(words, key=lambda word: ("off", "on").index(word) if word in ("off", "on") else 2))
        # Only `false`: the model does not think.
        return () if ordered == ("off",) else ordered, _thinking_word(reported.get("default"))
    capabilities = strings_in(shown, "capabilities")
    if "thinking" in capabilities:
        return _LEVELS_BY_FAMILY.get(text_in(mapping_in(shown, "details"), "family"), ("off", "on")), ""
    # Older servers do not report any capabilities.
    return (() if capabilities else None), ""


def _thinking_word(value: object) -> str:
    """A value of `think`, true, false or a level, as a word. Empty for anything else."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else ""


def _gpu_fraction(row: Mapping[str, Any]) -> float | None:
    """How much of a loaded model is in the memory of a GPU."""
    size, on_gpu = count_in(row, "size"), count_in(row, "size_vram")
    return None if not size or on_gpu is None else min(1.0, on_gpu / size)


def _time_in(row: Mapping[str, Any], key: str) -> float | None:
    return known_time(parse_iso_time(text_in(row, key)))
