"""The lists and descriptions of the demo models, in the format of each protocol."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from tui.demo.answer_formats import timestamp
from tui.demo.models import CONTEXT_LENGTH, MODELS, DemoModel

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATED_AT: Final = 1_767_225_600
"""The creation date of the models: 1 January 2026, in seconds since the epoch."""

_KEEP_ALIVE_S: Final = 300

_DETAILS: Final = {
    "parent_model": "",
    "format": "script",
    "family": "demo",
    "families": ["demo"],
    "parameter_size": "0",
    "quantization_level": "none",
}


def tags(models: Iterable[DemoModel]) -> dict[str, Any]:
    """`GET /api/tags`."""
    return {"models": [{**_model_entry(model), "modified_at": timestamp(_CREATED_AT)} for model in models]}


def running(models: Iterable[DemoModel]) -> dict[str, Any]:
    """`GET /api/ps`."""
    memory = {
        "size_vram": 0,
        "expires_at": timestamp(time.time() + _KEEP_ALIVE_S),
        "context_length": CONTEXT_LENGTH,
    }
    return {"models": [{**_model_entry(model), **memory} for model in models]}


def show(model: DemoModel) -> dict[str, Any]:
    """`POST /api/show`."""
    return {
        "modelfile": "",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": _DETAILS,
        "model_info": {"general.architecture": "demo", "demo.context_length": CONTEXT_LENGTH},
        "capabilities": _capabilities(model),
        "modified_at": timestamp(_CREATED_AT),
    }


def openai_model(model: DemoModel) -> dict[str, Any]:
    """One entry of `GET /v1/models`."""
    return {"id": model.name, "object": "model", "created": _CREATED_AT, "owned_by": "llm-tui"}


def lmstudio_model(model: DemoModel, *, loaded: bool) -> dict[str, Any]:
    """One entry of `GET /api/v0/models`."""
    entry = {
        "id": model.name,
        "object": "model",
        "type": "vlm" if model.has_vision else "llm",
        "publisher": "llm-tui",
        "arch": "demo",
        "compatibility_type": "script",
        "quantization": "none",
        "state": "loaded" if loaded else "not-loaded",
        "max_context_length": CONTEXT_LENGTH,
    }
    return {**entry, "loaded_context_length": CONTEXT_LENGTH} if loaded else entry


def _model_entry(model: DemoModel) -> dict[str, Any]:
    digest = f"{MODELS.index(model) if model in MODELS else len(MODELS):064x}"
    return {
        "name": model.name,
        "model": model.name,
        "size": 0,
        "digest": digest,
        "details": _DETAILS,
        "capabilities": _capabilities(model),
    }


def _capabilities(model: DemoModel) -> list[str]:
    return ["completion", *(["vision"] if model.has_vision else []), *(["thinking"] if model.thinks else [])]
