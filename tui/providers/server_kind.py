"""Which program answers behind an OpenAI-compatible address, judged by what it says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from tui.providers.json_values import text_in

ServerKind = Literal["", "llamacpp", "lmstudio", "vllm", "sglang", "llama-swap", "openai", "openrouter", "deepseek"]
"""A server that differs from others in something that we use. Empty for any other server."""

_OWNERS: Final[Mapping[str, ServerKind]] = {
    "llamacpp": "llamacpp",
    "vllm": "vllm",
    "sglang": "sglang",
    "llama-swap": "llama-swap",
}
"""Kinds by the `owned_by` of the listed models."""

_HOSTS: Final[Mapping[str, ServerKind]] = {
    "api.openai.com": "openai",
    "openrouter.ai": "openrouter",
    "api.deepseek.com": "deepseek",
}

CONTINUES_BY_FLAG: Final[frozenset[ServerKind]] = frozenset({"llamacpp", "vllm", "sglang"})
"""Kinds that continue an answer if `continue_final_message` asks for it, and else may begin a new one."""


def kind_of_host(host: str) -> ServerKind:
    """The kind of server at a public host name."""
    return _HOSTS.get(host.lower(), "")


def kind_of_rows(rows: Iterable[Mapping[str, Any]]) -> ServerKind:
    """The kind of server that sent a list of models. A gateway in front of several servers names several owners.

    Args:
        rows: The rows of the list: `{"id": str, "owned_by"?: str, …}`.
    """
    owners = {text_in(row, "owned_by").lower() for row in rows}
    return _OWNERS.get(owners.pop(), "") if len(owners) == 1 else ""
