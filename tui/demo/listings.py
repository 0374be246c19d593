"""What the demo server tells of its models, in the shape of each protocol."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tui.demo.models import CONTEXT_LENGTH, MODELS, DemoModel
from tui.demo.responses import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable

_MADE_AT = 1_767_225_600
"""When the models were made, in seconds since the epoch: a plausible day."""

_KEPT_S = 300

_DETAILS = {
    "parent_model": "",
    "format": "script",
    "family": "demo",
    "families": ["demo"],
    "parameter_size": "0",
    "quantization_level": "none",
}


def tags(models: Iterable[DemoModel]) -> dict[str, Any]:
    """`GET /api/tags`."""
    return {"models": [{**_named(model), "modified_at": timestamp(_MADE_AT)} for model in models]}


def running(models: Iterable[DemoModel]) -> dict[str, Any]:
    """`GET /api/ps`."""
    memory = {
        "size_vram": 0,
        "expires_at": timestamp(time.time() + _KEPT_S),
        "context_length": CONTEXT_LENGTH,
    }
    return {"models": [{**_named(model), **memory} for model in models]}


def show(model: DemoModel) -> dict[str, Any]:
    """`POST /api/show`."""
    return {
        "modelfile": "",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": _DETAILS,
        "model_info": {"general.architecture": "demo", "demo.context_length": CONTEXT_LENGTH},
        "capabilities": _capabilities(model),
        "modified_at": timestamp(_MADE_AT),
    }


def openai_model(model: DemoModel) -> dict[str, Any]:
    """One of `GET /v1/models`."""
    return {"id": model.name, "object": "model", "created": _MADE_AT, "owned_by": "llm-tui"}


def lmstudio_model(model: DemoModel, *, loaded: bool) -> dict[str, Any]:
    """One of `GET /api/v0/models`."""
    told = {
        "id": model.name,
        "object": "model",
        "type": "vlm" if model.sees else "llm",
        "publisher": "llm-tui",
        "arch": "demo",
        "compatibility_type": "script",
        "quantization": "none",
        "state": "loaded" if loaded else "not-loaded",
        "max_context_length": CONTEXT_LENGTH,
    }
    return {**told, "loaded_context_length": CONTEXT_LENGTH} if loaded else told


def _named(model: DemoModel) -> dict[str, Any]:
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
    return ["completion", *(["vision"] if model.sees else []), *(["thinking"] if model.thinks else [])]
