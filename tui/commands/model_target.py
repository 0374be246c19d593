"""Finds the provider whose model `llm-tui models ACTION` is about."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final, Literal

from tui.chat.model_info import ModelAction, ModelInfo
from tui.errors import LlmTuiError, ModelNotFound, RequestRefused, UsageError
from tui.light_dataclass import dataclass
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


Match = Literal["exact", "implied", "absent"]
"""Whether a server has a model of exactly that name, only one with the tag `latest`, or none."""


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

    match: Match = "absent"
    """How the name that was asked for matches."""


async def find_target(runtime: Runtime, model: str, action: ModelAction | None, provider: str | None) -> Target:
    """The provider that has a model and can do something with it.

    An exact name comes before one to which Ollama adds a tag, whatever the server can do: otherwise another model than
    the one that was named would be changed. A model to pull need not be there: then the configured provider is used,
    or else the first that answers and can pull.

    Args:
        runtime: Has the providers.
        model: The model's name.
        action: What to do with the model. None to show it.
        provider: The only provider to look at. Empty or None looks at all but the demo.

    Raises:
        UsageError: If no provider has that name, or several have the model.
        ModelNotFound: If no provider has the model.
        RequestRefused: If the providers that have the model cannot do that.
        LlmTuiError: If no provider answers.
    """
    names = [provider] if provider else _by_preference(runtime)
    results = await asyncio.gather(*(_look_at(runtime, name, model) for name in names))
    reachable = [result for result in results if isinstance(result, Target)]
    if not reachable:
        raise next(result for result in results if isinstance(result, LlmTuiError))
    if action == "pull":
        return await _puller(reachable, model)
    holders = _with_match(reachable, "exact") or _with_match(reachable, "implied")
    if not holders:
        raise _not_found(model, reachable, only=provider)
    able = holders if action is None else await _able(holders, action)
    if action is not None and not able:
        raise await _unable(holders[0], action)
    return _only(able, model)


async def _puller(reachable: list[Target], model: str) -> Target:
    """The provider to download a model with: one that has it already, else the first that can."""
    able = await _able(reachable, "pull")
    if not able:
        raise await _unable(reachable[0], "pull")
    holders = _with_match(able, "exact") or _with_match(able, "implied")
    return _only(holders, model) if holders else able[0]


def _with_match(targets: list[Target], match: Match) -> list[Target]:
    return [target for target in targets if target.match == match]


async def _able(targets: list[Target], action: ModelAction) -> list[Target]:
    """The targets whose servers can do something, with what manages their models."""
    managers = [await target.provider.model_manager() for target in targets]
    return [
        replace(target, manager=manager)
        for target, manager in zip(targets, managers, strict=True)
        if manager is not None and action in manager.actions
    ]


def _only(targets: list[Target], model: str) -> Target:
    """The only target.

    Raises:
        UsageError: If there are several.
    """
    if len(targets) == 1:
        return targets[0]
    *others, last = (target.name for target in targets)
    raise UsageError(
        f"{', '.join(others)} and {last} have a model {model}.",
        hint=f"Choose one with --provider, as in `--provider {targets[0].name}`.",
    )


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
    match: Match = "absent" if found is None else "exact" if found.name == model else "implied"
    return Target(name, provider, found.name if found else model, found, match=match)


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
