"""Tests whether a provider can be used, and says which step fails: name, connection, TLS, key, path, API, or models."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import Final, Literal

from tui.chat.model_info import ModelInfo
from tui.errors import ConfigError, ProviderError
from tui.light_dataclass import dataclass
from tui.providers.discovery import START_COMMANDS, identify
from tui.providers.network.address import parse_address
from tui.providers.network.connection_errors import CertificateNotTrusted
from tui.providers.network.failures import failed_step
from tui.providers.options import ProviderOptions
from tui.providers.recognition import ServerIdentity
from tui.providers.registry import make_provider

Step = Literal["address", "name", "connection", "tls", "key", "path", "protocol", "answer", "models"]
"""A step of using a provider, in order. `protocol` is the kind of API; `answer` is how the server takes a request."""

Outcome = Literal["passed", "warning", "failed"]

_IDENTIFY_TIMEOUT_S: Final = 3.0
_MAX_NAMED: Final = 20
"""Models that are named."""

_TITLES: Final[dict[Step, str]] = {
    "address": "Invalid address",
    "name": "Unknown name",
    "connection": "No connection",
    "tls": "No secure connection",
    "key": "Key refused",
    "path": "Wrong path",
    "protocol": "Wrong kind of API",
    "answer": "No useful answer",
    "models": "No models",
}

_NOTHING_OVER_HTTP: Final = "No answer over http://"

_GET_MODELS: Final = {
    "ollama": "Get one with `ollama pull llama3.2`.",
    "lmstudio": "Get one in LM Studio, or with `lms get`.",
    "llamacpp": "Start it with `-m MODEL.gguf` or `--models-dir FOLDER`.",
}

TYPE_NAMES: Final = {
    "ollama": "Ollama",
    "lmstudio": "LM Studio",
    "llamacpp": "llama.cpp",
    "openai": "OpenAI-compatible",
}
"""What each provider type speaks to, as people write it."""

_START: Final = {kind: START_COMMANDS[name] for kind, name in TYPE_NAMES.items() if name in START_COMMANDS}


@dataclass(frozen=True, slots=True)
class CheckStep:
    """The result of one step."""

    step: Step
    outcome: Outcome
    title: str
    """The result in a few words: `Reached in 41 ms`."""

    detail: str = ""
    """What was found, or went wrong. May contain what the server sent."""

    hint: str = ""
    """What to do next. Empty if nothing needs to be done."""

    right_type: str = ""
    """The provider type that fits the server, where another one was tested. Empty otherwise."""

    right_address: str = ""
    """The address at which the server can be used, where another one was tested. Empty otherwise."""


async def check_connection(kind: str, options: ProviderOptions) -> AsyncGenerator[CheckStep, None]:
    """Test a provider; yields each result as soon as it is known. Nothing follows a step that failed.

    Only asks for what the server lists: no model is loaded.

    Args:
        kind: The provider's type.
        options: Its connection settings.
    """
    try:
        provider = make_provider(kind, options)
    except ConfigError as error:
        yield CheckStep("address", "failed", _TITLES["address"], str(error), error.hint)
        return
    began = time.monotonic()
    try:
        models = await provider.list_models()
    except ProviderError as error:
        yield await _failure(error, kind, options)
        return
    finally:
        await provider.aclose()
    latency_ms = (time.monotonic() - began) * 1000
    # What a service on the internet is need not be guessed: its name tells.
    identity = await _identify(options) if parse_address(options.base_url).is_near else None
    yield CheckStep("connection", "passed", f"Reached in {latency_ms:.0f} ms", identity.label if identity else "")
    if identity is not None and identity.needs_key:
        yield _key_failure(options)
        return
    if identity is not None and identity.type not in (kind, "openai", "demo"):
        hint = f"The type {identity.type} shows more of it."
        yield CheckStep("protocol", "warning", f"This is {identity.software}", "", hint, identity.type)
    yield _models(models, kind)


async def _failure(error: ProviderError, kind: str, options: ProviderOptions) -> CheckStep:
    step = _step_of(error)
    if step == "key":
        return _key_failure(options, error)
    # The form calls it so.
    hint = _connection_hint(step, error, kind, options).replace("base_url", "the address")
    if step in ("path", "protocol", "answer") and (identity := await _identify(options)) is not None:
        # All of them also speak OpenAI's API.
        if kind not in ("openai", "demo", identity.type) and identity.type != "demo":
            title = f"This is {identity.label}, not {TYPE_NAMES.get(kind, kind)}"
            return CheckStep(
                "protocol", "failed", title, str(error), f"Set the type to {identity.type}.", identity.type
            )
        if step != "answer":
            address = f"{parse_address(options.base_url).origin}{identity.api_path}"
            hint = f"{identity.software} answers at {address}: use that address."
            return CheckStep("path", "failed", _TITLES["path"], str(error), hint, right_address=address)
    # A server that answers nothing to plain HTTP may expect TLS, or not be a model server at all.
    is_plain = step == "tls" and parse_address(options.base_url).scheme == "http"
    return CheckStep(step, "failed", _NOTHING_OVER_HTTP if is_plain else _TITLES[step], str(error), hint)


def _connection_hint(step: Step, error: ProviderError, kind: str, options: ProviderOptions) -> str:
    """What to do about a failure, in the words of the form."""
    is_here = parse_address(options.base_url).is_loopback
    if step == "name":
        return "Check the spelling of the address, and the network."
    if step == "connection" and is_here:
        start = f"Start the server with `{_START[kind]}`" if kind in _START else "Start the server"
        return f"{start}, or correct the port."
    if step == "connection":
        return "Check the address, that the server runs, and that it listens on the network, not only on its machine."
    if isinstance(error.__cause__, CertificateNotTrusted):
        return "Give the path of its CA bundle as Certificate, or turn checking off if you trust the network."
    return error.hint


def _step_of(error: ProviderError) -> Step:
    if (connecting := failed_step(error)) is not None:
        return connecting
    if error.kind == "auth":
        return "key"
    # LM Studio answers an unknown path with status 200 and an error.
    if error.status in (404, 405) or error.kind == "stream_error" or (error.status or 200) in range(300, 400):
        return "path"
    return "protocol" if error.kind == "protocol" else "answer"


def _key_failure(options: ProviderOptions, error: ProviderError | None = None) -> CheckStep:
    detail = "The server answers only with an API key." if error is None else str(error)
    if options.key:
        hint = "Check the key: it may be wrong, expired, or of another service."
        return CheckStep("key", "failed", _TITLES["key"], detail, hint)
    hint = "Name the variable that holds it, or a command that prints it."
    return CheckStep("key", "failed", "A key is needed", detail, hint)


def _models(models: tuple[ModelInfo, ...], kind: str) -> CheckStep:
    usable = [model for model in models if model.chat_support != "no"]
    names = ", ".join(model.name for model in (usable or models)[:_MAX_NAMED])
    if not usable:
        title = "No model that can chat" if models else _TITLES["models"]
        hint = _GET_MODELS.get(kind, "Load or download one on the server.")
        return CheckStep("models", "warning", title, names, hint)
    return CheckStep("models", "passed", "1 model" if len(usable) == 1 else f"{len(usable)} models", names)


async def _identify(options: ProviderOptions) -> ServerIdentity | None:
    return await identify(options.base_url, key=options.key, verify=options.verify, deadline_s=_IDENTIFY_TIMEOUT_S)
