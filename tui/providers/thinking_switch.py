"""Translates the option `think` to what a server understands. Pure.

There is no common way: OpenAI has `reasoning_effort`; servers that render the model's own chat template pass
`chat_template_kwargs` to it, and model families name the variable there `enable_thinking` (Qwen, Gemma, GLM) or
`thinking` (DeepSeek, Granite). Templates ignore variables that they do not use, so both are sent. Both directions are
sent, too: some models think by default, others do not.

Sources:
    - https://docs.vllm.ai/en/stable/features/reasoning_outputs/
    - https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
    - https://api-docs.deepseek.com/guides/thinking_mode
    - https://openrouter.ai/docs/use-cases/reasoning-tokens
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.providers.server_kind import ServerKind
from tui.wire.objects import JSONObject


def thinking_fields(kind: ServerKind, value: str) -> JSONObject:
    """The fields of a request body that switch thinking. Empty if the server is not known to understand the value.

    Args:
        kind: The kind of server.
        value: `off`, `on` or a level.
    """
    thinks = value != "off"
    effort: JSONObject = {} if value in ("off", "on") else {"reasoning_effort": value}
    match kind:
        case "llamacpp" | "vllm" | "sglang" | "llama-swap":
            # llama.cpp also has `reasoning_effort: none`, but its own `--reasoning on` is stronger than that.
            return {"chat_template_kwargs": {"enable_thinking": thinks, "thinking": thinks}, **effort}
        case "deepseek":
            return {"thinking": {"type": "enabled" if thinks else "disabled"}, **effort}
        case "openrouter":
            return {"reasoning": {"effort": value} if effort else {"enabled": thinks}}
        case "lmstudio":
            # It has no value for `on`. Models that only know on and off take a level as on:
            # https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/2284
            return {"reasoning_effort": {"off": "none", "on": "high"}.get(value, value)}
        case "openai":
            return effort if thinks else {"reasoning_effort": "none"}
        case _:
            return effort


def merged_fields(fields: Mapping[str, Any], options: Mapping[str, Any]) -> JSONObject:
    """The options of a request with more fields. What the user set in the options stays, inside of objects too."""
    merged: JSONObject = {**fields, **options}
    for key, value in fields.items():
        own = options.get(key)
        if isinstance(value, dict) and isinstance(own, dict):
            merged[key] = {**value, **own}
    return merged
