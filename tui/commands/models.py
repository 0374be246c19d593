"""`llm-tui models`: lists the models of each provider."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tui.chat.chat_support import CHAT_NOTES
from tui.chat.formatting import format_size
from tui.chat.model_info import ModelInfo, chat_models_first, with_details
from tui.chat.safe_text import safe_line
from tui.commands.bootstrap import PATIENCE_S, command_runtime, configure_logging, load_settings
from tui.commands.output import Output, print_error
from tui.errors import ABSENT_ERRORS, LlmTuiError, ModelNotFound, ProviderError
from tui.providers.base import Provider
from tui.runtime import Runtime

_MAX_CONCURRENT_REQUESTS: Final = 8
"""Requests for model details to one provider at the same time."""

_MAX_DETAIL_REQUESTS: Final = 100
"""Requests for model details to one provider in all."""


def run_models(arguments: argparse.Namespace) -> int:
    """List the models. Returns exit code 1 if no provider answered."""
    loaded = load_settings(arguments)
    configure_logging(arguments)
    return asyncio.run(_models(command_runtime(loaded, lookup_s=PATIENCE_S), arguments))


async def _models(runtime: Runtime, arguments: argparse.Namespace) -> int:
    wanted = arguments.provider
    # The demo would be started to be asked: only where the user chose it.
    configured = runtime.settings.provider
    offered = [name for name in runtime.provider_names if name == configured or not runtime.is_demo(name)]
    names = [wanted] if wanted in runtime.provider_names else [] if wanted else offered
    if wanted:
        runtime.settings_for(wanted)
    try:
        results = await asyncio.gather(*(_models_of(runtime, name) for name in names))
    finally:
        await runtime.aclose()
    rows: list[tuple[str, ModelInfo]] = []
    any_answered = not all(isinstance(result, LlmTuiError) for result in results)
    for name, result in zip(names, results, strict=True):
        if not isinstance(result, LlmTuiError):
            rows.extend((name, model) for model in result)
        # A built-in provider that nothing mentions may well not be installed.
        elif not (any_answered and isinstance(result, ABSENT_ERRORS) and not runtime.is_configured(name)):
            print_error(str(result), result.hint)
    output = Output()
    if arguments.json:
        await output.write(json.dumps([model_fields(name, model) for name, model in rows]) + "\n")
    elif rows:
        await output.write("".join(line + "\n" for line in _table(rows)))
    elif any_answered:
        print_error("No models yet.", "Download a model on the server.")
    await output.flush()
    return 0 if any_answered else 1


async def _models_of(runtime: Runtime, name: str) -> tuple[ModelInfo, ...] | LlmTuiError:
    """The models of a provider with their context lengths, or the error of the provider."""
    try:
        provider = await runtime.provider(name)
        models = await provider.list_models()
    except LlmTuiError as error:
        return error
    if not provider.lists_details:
        models = await _with_details(provider, models)
    is_remote = runtime.is_remote(name)
    return tuple(replace(model, is_remote=model.is_remote or is_remote) for model in models)


async def _with_details(provider: Provider, models: tuple[ModelInfo, ...]) -> tuple[ModelInfo, ...]:
    """The models with the details that the list does not report. The details are optional: all models are returned."""
    # A server with one model may tell only this way that the model sleeps.
    missing = [model for model in models if model.context_length is None or len(models) == 1]
    if len(missing) > _MAX_DETAIL_REQUESTS:
        print_error(
            f"{provider.name} lists {len(models)} models: only the first {_MAX_DETAIL_REQUESTS} are shown with details."
        )
    described: dict[str, ModelInfo] = {}
    waiting = iter(missing[:_MAX_DETAIL_REQUESTS])
    failed = False

    async def describe_next() -> None:
        nonlocal failed
        for model in waiting:
            if failed:
                return
            try:
                details = await provider.describe_model(model.name)
            except ModelNotFound:
                continue
            except ProviderError:
                # A server that is too slow, or lacks the endpoint, would fail for each of the other models.
                failed = True
                return
            described[model.name] = with_details(model, details)

    await asyncio.gather(*(describe_next() for _ in range(_MAX_CONCURRENT_REQUESTS)))
    return chat_models_first(described.get(model.name, model) for model in models)


def model_fields(provider: str, model: ModelInfo) -> dict[str, object]:
    """A model as an object of JSON. Unknown values are null."""
    return {
        "provider": provider,
        "name": model.name,
        "loaded": model.loaded,
        "size_bytes": model.size_bytes,
        "context_length": model.context_length,
        "loaded_context_length": model.loaded_context_length,
        "parameters": model.parameters or None,
        "quantization": model.quantization or None,
        "capabilities": sorted(model.capabilities),
        "can_chat": {"yes": True, "unlikely": None, "no": False}[model.chat_support],
        "is_remote": model.is_remote,
        "display_name": model.display_name or None,
        "state": model.state,
        "state_note": model.state_note or None,
        "thinking": None if model.thinking is None else list(model.thinking),
        "thinking_default": model.thinking_default or None,
        "gpu_fraction": model.gpu_fraction,
        "expires_at": model.expires_at,
    }


def model_notes(model: ModelInfo) -> str:
    """What to know before a model is chosen: `cannot chat`, `cloud`. Usually empty."""
    return ", ".join(note for note in (CHAT_NOTES[model.chat_support], "cloud" if model.is_remote else "") if note)


def _table(rows: Sequence[tuple[str, ModelInfo]]) -> list[str]:
    """The table in aligned columns. Unknown values are empty. Notes have a column only if there are any."""
    header = ("PROVIDER", "MODEL", "LOADED", "SIZE", "CONTEXT", "PARAMETERS", "NOTES")
    cells = [_cells(name, model) for name, model in rows]
    has_notes = any(row[-1] for row in cells)
    cells.insert(0, header if has_notes else (*header[:-1], ""))
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _cells(provider: str, model: ModelInfo) -> tuple[str, ...]:
    size = "" if not model.size_bytes else format_size(model.size_bytes)
    context = model.loaded_context_length or model.context_length
    loaded = {True: "yes", False: "no", None: ""}[model.loaded]
    if model.state in ("loading", "sleeping", "downloading", "failed"):
        loaded = model.state
    return (
        safe_line(provider),
        safe_line(model.name),
        loaded,
        size,
        "" if context is None else f"{context:,}",
        safe_line(f"{model.parameters} {model.quantization}"),
        model_notes(model),
    )
