"""Recognizing the kind of an OpenAI-compatible server."""

from __future__ import annotations

from typing import Any

import pytest

from tui.providers.server_kind import ServerKind, kind_of_host, kind_of_rows


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([{"id": "m", "owned_by": "llamacpp"}], "llamacpp"),
        ([{"id": "m", "owned_by": "vllm"}], "vllm"),
        ([{"id": "m", "owned_by": "SGLang"}], "sglang"),
        ([{"id": "m", "owned_by": "llama-swap"}], "llama-swap"),
        ([{"id": "m", "owned_by": "vllm"}, {"id": "n", "owned_by": "vllm"}], "vllm"),
        ([{"id": "m", "owned_by": "llamacpp"}, {"id": "n", "owned_by": "vllm"}], ""),
        ([{"id": "m", "owned_by": "vllm"}, {"id": "n"}], ""),
        ([{"id": "m", "owned_by": 5}, {"id": "n"}], ""),
        ([], ""),
    ],
)
def test_server_is_recognized_by_the_owner_of_its_models(rows: list[dict[str, Any]], kind: ServerKind) -> None:
    assert kind_of_rows(rows) == kind


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("api.openai.com", "openai"),
        ("OpenRouter.ai", "openrouter"),
        ("api.deepseek.com", "deepseek"),
        ("openai.com.example.org", ""),
        ("127.0.0.1", ""),
    ],
)
def test_public_service_is_recognized_by_its_whole_host_name(host: str, kind: ServerKind) -> None:
    assert kind_of_host(host) == kind
