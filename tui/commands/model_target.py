"""Finds the provider whose model `llm-tui models ACTION` is about."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from tui.chat.model_info import ModelAction, ModelInfo
from tui.errors import LlmTuiError, ModelNotFound, RequestRefused, UsageError
from tui.providers.base import ModelManager, Provider
from tui.runtime import Runtime

_VERBS: Final[dict[ModelAction, str]] = {
    "pull": "pull",
    "delete": "remove",
    "copy": "copy",
    "load": "load",
    "unload": "unload",
}

_WHO_CAN: Final[dict[ModelAction, str]] = {
    "pull": "Ollama, LM Studio from 0.4 on and llama.cpp's router can.",
    "delete": "Ollama and llama.cpp's router can.",
    "copy": "Ollama can.",
    "load": "Ollama, LM Studio from 0.4 on and llama.cpp's router can.",
    "unload": "Ollama, LM Studio from 0.4 on and llama.cpp's router can.",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A model of a provider."""

    name: str
    """The provider's name."""

    provider: Provider

    model_name: str
    """The model's name on that server."""

    model: ModelInfo | None
    """The model in the server's list. None if it is not there, such as one to pull."""

    manager: ModelManager | None = None
    """What manages it. None if it is only shown."""


async def find_target(runtime: Runtime, model: str, action: ModelAction | None, provider: str | None) -> Target:
    """The provider that has a model and can do something with it.

    A model to pull need not be there: the configured provider is used, or else the first that answers and can pull.

    Args:
        runtime: Has the providers.
        model: The model's name.
        action: What to do with the model. None to show it.
        provider: The only provider to look at. Empty or None looks at all but the demo.

    Raises:
        UsageError: If no provider has that name, or several could delete the model.
        ModelNotFound: If no provider has the model.
        RequestRefused: If the providers that have the model cannot do that.
        LlmTuiError: If no provider answers.
    """
    names = [provider] if provider else _by_preference(runtime)
    results = await asyncio.gather(*(_look_at(runtime, name, model) for name in names))
    reachable = [result for result in results if isinstance(result, Target)]
    if not reachable:
        raise next(result for result in results if isinstance(result, LlmTuiError))
    holders = [target for target in reachable if target.model is not None]
    if action == "pull":
        holders += [target for target in reachable if target.model is None]
    if not holders:
        raise _not_found(model, reachable, only=provider)
    if action is None:
        return holders[0]
    able = []
    for target in holders:
        manager = await target.provider.model_manager()
        if manager is not None and action in manager.actions:
            able.append(replace(target, manager=manager))
    if not able:
        raise await _unable(holders[0], action)
    if action == "delete" and len(able) > 1:
        these = " and ".join(target.name for target in able)
        raise UsageError(f"{these} have a model {model}.", hint=f"Choose one with --provider {able[0].name}.")
    return able[0]


def _by_preference(runtime: Runtime) -> list[str]:
    """The providers, the configured one first. The demo's models cannot be managed."""
    names = [name for name in runtime.provider_names if not runtime.is_demo(name)]
    return sorted(names, key=lambda name: name != runtime.settings.provider)


async def _look_at(runtime: Runtime, name: str, model: str) -> Target | LlmTuiError:
    """A provider with its model of that name, if it has it, or the error of the provider."""
    try:
        provider = await runtime.provider(name)
        listed = {info.name: info for info in await provider.list_models()}
    except LlmTuiError as error:
        return error
    # Ollama adds a tag to names without one.
    found = listed.get(model) or listed.get(f"{model}:latest")
    if found is not None and runtime.is_remote(name):
        found = replace(found, is_remote=True)
    return Target(name, provider, found.name if found else model, found)


def _not_found(model: str, reachable: list[Target], *, only: str | None) -> ModelNotFound:
    if only:
        text, listing = f"{only} has no model {model}.", f"llm-tui models --provider {only}"
    else:
        names = ", ".join(target.name for target in reachable)
        text, listing = f"No provider that answers has a model {model}: {names}.", "llm-tui models"
    return ModelNotFound(text, hint=f"`{listing}` lists the available models.")


async def _unable(target: Target, action: ModelAction) -> RequestRefused:
    manager = await target.provider.model_manager()
    also = ""
    if manager is not None:
        *others, last = sorted(_VERBS[other] for other in manager.actions)
        verbs = f"{', '.join(others)} and {last}" if others else last
        also = f" {target.name} can {verbs} models."
    return RequestRefused(f"{target.name} cannot {_VERBS[action]} models.", hint=f"{_WHO_CAN[action]}{also}")
