"""Translating the option `think` for each kind of server."""

from __future__ import annotations

from typing import Any

import pytest

from tui.providers.server_kind import ServerKind
from tui.providers.thinking_switch import merged_fields, thinking_fields

OFF = {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}}
ON = {"chat_template_kwargs": {"enable_thinking": True, "thinking": True}}


@pytest.mark.parametrize("kind", ["llamacpp", "vllm", "sglang", "llama-swap"])
def test_chat_template_is_switched_in_both_directions(kind: ServerKind) -> None:
    assert thinking_fields(kind, "off") == OFF
    assert thinking_fields(kind, "on") == ON
    assert thinking_fields(kind, "low") == {**ON, "reasoning_effort": "low"}


@pytest.mark.parametrize(
    ("kind", "value", "fields"),
    [
        ("deepseek", "off", {"thinking": {"type": "disabled"}}),
        ("deepseek", "max", {"thinking": {"type": "enabled"}, "reasoning_effort": "max"}),
        ("openrouter", "off", {"reasoning": {"enabled": False}}),
        ("openrouter", "on", {"reasoning": {"enabled": True}}),
        ("openrouter", "high", {"reasoning": {"effort": "high"}}),
        ("lmstudio", "off", {"reasoning_effort": "none"}),
        ("lmstudio", "on", {"reasoning_effort": "high"}),
        ("lmstudio", "xhigh", {"reasoning_effort": "xhigh"}),
        ("openai", "off", {"reasoning_effort": "none"}),
        ("openai", "on", {}),
        ("openai", "minimal", {"reasoning_effort": "minimal"}),
        ("", "off", {}),
        ("", "on", {}),
        ("", "medium", {"reasoning_effort": "medium"}),
    ],
)
def test_value_is_translated_to_the_fields_that_a_server_documents(
    kind: ServerKind, value: str, fields: dict[str, Any]
) -> None:
    assert thinking_fields(kind, value) == fields


def test_options_of_the_user_override_the_translation_key_by_key() -> None:
    own = {"chat_template_kwargs": {"thinking": "x", "date": 1}, "reasoning_effort": "low", "seed": 1}

    assert merged_fields({**OFF, "reasoning_effort": "high"}, own) == {
        "chat_template_kwargs": {"enable_thinking": False, "thinking": "x", "date": 1},
        "reasoning_effort": "low",
        "seed": 1,
    }
    assert merged_fields(OFF, {"chat_template_kwargs": None}) == {"chat_template_kwargs": None}
