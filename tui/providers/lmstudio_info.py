"""Reads LM Studio's own lists of models. No I/O.

Source: https://lmstudio.ai/docs/developer/rest
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tui.chat.model_info import ModelInfo
from tui.chat.options import thinking_value
from tui.providers.json_values import count_in, label_in, mapping_in, rows_in, strings_in, text_in
from tui.providers.model_rows import model_rows


def models_of_v1(listed: object) -> list[ModelInfo] | None:
    """The models in the response of `/api/v1/models`, since LM Studio 0.4. None if it is another response.

    A model is followed by its loaded instances that have another name, each with its own context.
    """
    if not isinstance(listed, dict) or not isinstance(listed.get("models"), list):
        return None
    rows = [row for row in rows_in(listed, "models") if text_in(row, "key")]
    if not rows and listed["models"]:
        return None
    # Versions that know about thinking report it for each model that has it.
    reports_thinking = any(mapping_in(mapping_in(row, "capabilities"), "reasoning") for row in rows)
    return [info for row in rows for info in _infos(row, reports_thinking=reports_thinking)]


def instances_of(listed: object, model: str) -> list[tuple[str, int | None]] | None:
    """The loaded instances of a model in the response of `/api/v1/models`: the id and the context length of each.

    Args:
        listed: The response.
        model: The key of the model, or the id of one of its instances.

    Returns:
        None if no model has that name.
    """
    for row in rows_in(listed, "models") if isinstance(listed, dict) else []:
        instances = _instances(row)
        if text_in(row, "key") == model:
            return instances
        if named := [instance for instance in instances if instance[0] == model]:
            return named
    return None


def models_of_v0(listed: object) -> list[ModelInfo] | None:
    """The models in the response of `/api/v0/models`, since LM Studio 0.3.6. None if it is another response."""
    rows = model_rows(listed) or []
    return [_v0_info(row) for row in rows] if any("state" in row for row in rows) else None


def _infos(row: Mapping[str, Any], *, reports_thinking: bool) -> Iterator[ModelInfo]:
    """One row of `/api/v1/models`: the model, and its instances with other names."""
    key = text_in(row, "key")
    capabilities = mapping_in(row, "capabilities")
    reasoning = mapping_in(capabilities, "reasoning")
    instances = _instances(row)
    contexts = dict(instances)
    options = reasoning.get("allowed_options")
    values = _thinking(options) if isinstance(options, list) else () if reports_thinking and capabilities else None

    def info(name: str, *, loaded: bool, context: int | None) -> ModelInfo:
        return ModelInfo(
            name=name,
            loaded=loaded,
            size_bytes=count_in(row, "size_bytes"),
            context_length=count_in(row, "max_context_length"),
            loaded_context_length=context,
            parameters=label_in(row, "params_string"),
            quantization=label_in(mapping_in(row, "quantization"), "name"),
            capabilities=_capabilities(row),
            display_name=text_in(row, "display_name"),
            thinking=values,
            thinking_default=thinking_value(reasoning.get("default")),
        )

    # A request for the key is answered by any of its instances.
    first = instances[0][1] if instances else None
    yield info(key, loaded=bool(instances), context=contexts.get(key, first))
    for name, context in contexts.items():
        if name != key:
            yield info(name, loaded=True, context=context)


def _instances(row: Mapping[str, Any]) -> list[tuple[str, int | None]]:
    """The loaded instances of a row: id and context length."""
    return [
        (name, count_in(mapping_in(instance, "config"), "context_length"))
        for instance in rows_in(row, "loaded_instances")
        if (name := text_in(instance, "id"))
    ]


def _thinking(options: Sequence[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(thinking_value(option) for option in options if isinstance(option, str) and option))


def _capabilities(row: Mapping[str, Any]) -> frozenset[str]:
    """The capabilities by the names that other servers use. Only an `llm` can chat."""
    kind = text_in(row, "type")
    if kind != "llm":
        return frozenset({kind}) if kind else frozenset()
    flags = mapping_in(row, "capabilities")
    names = {
        "vision": flags.get("vision"),
        "tools": flags.get("trained_for_tool_use"),
        "thinking": flags.get("reasoning"),
    }
    return frozenset({"completion", *(name for name, value in names.items() if value)})


def _v0_info(row: Mapping[str, Any]) -> ModelInfo:
    """One row of `/api/v0/models`."""
    kind, state = text_in(row, "type"), text_in(row, "state")
    # Other types, such as decision models, cannot chat.
    also = {"": set(), "llm": set(), "vlm": {"vision"}, "embeddings": {"embedding"}}.get(kind, {kind})
    capabilities = strings_in(row, "capabilities")
    return ModelInfo(
        name=text_in(row, "id"),
        loaded=state == "loaded" if state else None,
        context_length=count_in(row, "max_context_length"),
        loaded_context_length=count_in(row, "loaded_context_length"),
        quantization=label_in(row, "quantization"),
        capabilities=capabilities | also | ({"tools"} if "tool_use" in capabilities else set()),
    )
