"""Which provider and which model to start with. Pure: the caller does the asking and the waiting.

The provider is chosen while the probes of all providers still run. Each time a probe finishes, the choice is made
again from all results so far, and says how long it is worth waiting for the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tui.errors import ModelNotFound
from tui.light_dataclass import dataclass

if TYPE_CHECKING:
    from tui.chat.model_info import ModelInfo

DEMO: Final = "demo"
"""The name of the built-in provider, which needs no server of the user's."""

PREFERRED_PROVIDER_TIMEOUT_S: Final = 1.0
"""How long to wait for the probe of a preferred provider before the choice is final, in seconds."""

_HINTS: Final = {
    "ollama": "Run `ollama pull llama3.2` to get one.",
    "lmstudio": "Download one in LM Studio, or with `lms get`.",
    "llamacpp": "Start llama-server with `-m FILE`, `-hf OWNER/NAME-GGUF` or `--models-dir FOLDER`.",
}


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """The provider to start with, judging by the probes that have finished."""

    name: str
    """The provider to use if no further probe finishes within `wait_s`."""

    wait_s: float | None = 0.0
    """Seconds to wait for another probe. 0 if the choice is final, None if it needs another result."""


def choose_configured_provider(
    configured: str, names: Sequence[str], has_answered: Mapping[str, bool]
) -> ProviderChoice:
    """Choose between the provider that the user configured and the demo.

    A configured provider that does not answer is kept if another one does: then
    the network works, and the user learns what is wrong with their choice. If no
    provider answers, the demo starts, because something must work with nothing installed.

    Args:
        configured: The configured provider; one of `names`.
        names: The providers that are probed.
        has_answered: The result of each finished probe.
    """
    if configured not in has_answered:
        # A slow provider may be busy. If none listens at the address, that is mostly known at once.
        return ProviderChoice(configured, PREFERRED_PROVIDER_TIMEOUT_S)
    if any(has_answered.values()):
        return ProviderChoice(configured)
    return ProviderChoice(DEMO, 0.0 if len(has_answered) == len(names) else None)


def choose_first_provider(names: Sequence[str], has_answered: Mapping[str, bool]) -> ProviderChoice:
    """Choose the first provider that answers, or the demo if none does.

    Args:
        names: The providers that are probed, in order of preference.
        has_answered: The result of each finished probe.
    """
    is_preferred_running = False
    for name in names:
        if has_answered.get(name):
            return ProviderChoice(name, PREFERRED_PROVIDER_TIMEOUT_S if is_preferred_running else 0.0)
        is_preferred_running = is_preferred_running or name not in has_answered
    return ProviderChoice(DEMO, None if is_preferred_running else 0.0)


def choose_model(models: Sequence[ModelInfo], last_used: str) -> str:
    """The name of the model to start with: the last used one if it is offered, else the first. Empty if there is none.

    Models that cannot chat are left out. One whose name suggests that it cannot, or that the server failed to load, is
    chosen only if there is no other.

    Args:
        models: The models of the provider, in its order.
        last_used: The model that the provider answered with last. Empty if none is known.
    """
    usable = [model for model in models if model.chat_support != "no"]
    usable = [model for model in usable if model.state != "failed"] or usable
    if any(model.name == last_used for model in usable):
        return last_used
    likely = [model for model in usable if model.chat_support == "yes"]
    return next((model.name for model in likely or usable), "")


def no_model_error(provider: str, provider_type: str, *, has_others: bool = False) -> ModelNotFound:
    """The error to raise when a provider has no model that can answer, with a hint how to get one.

    Args:
        provider: The provider's name.
        provider_type: Its type.
        has_others: Whether it has models that cannot chat.
    """
    hint = _HINTS.get(provider_type, "Download a model on that server.")
    return ModelNotFound(f"{provider} has no model {'that can chat' if has_others else 'yet'}.", hint=hint)
