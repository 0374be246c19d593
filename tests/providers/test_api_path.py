"""The API path for an address as users paste it."""

from __future__ import annotations

import pytest

from tui.providers.api_path import openai_api_path
from tui.providers.network.address import parse_address


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("", "/v1"),
        ("/", "/v1"),
        ("/?key=1", "/v1"),
        ("/openai", "/openai/v1"),
        ("/api", "/api/v1"),
        ("/v", "/v/v1"),
        ("/video", "/video/v1"),
        ("/vllm/v", "/vllm/v/v1"),
    ],
)
def test_version_is_added_to_a_path_without_one(written: str, path: str) -> None:
    assert openai_api_path(parse_address(f"http://nas{written}")) == path


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/V1",
        "/v1;x=1",
        "/v1beta;a=1;b=2/openai",
        "/api/paas/v4",
        "/v1.2",
        "/v1beta",
        "/v1alpha1",
        "/v1beta/openai",
        "/api/v2/ai/openai",
        "/v1/account/gateway/chat",
        "/openai/deployments/o3-mini",
        "/openai/deployments/chat",
        "/openai/deployments/models",
        "/engines/llama.cpp/v1",
    ],
)
@pytest.mark.parametrize("end", ["", "/", "//", "?api-version=2025-01-01-preview", "/?a=1"])
def test_path_with_a_version_or_deployment_is_not_changed(path: str, end: str) -> None:
    assert openai_api_path(parse_address(f"http://nas{path}{end}")) == path


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("/v1/chat/completions", "/v1"),
        ("/v1/chat/completions/", "/v1"),
        ("/v1/chat/completions?a=1", "/v1"),
        ("/V1/Chat/Completions", "/V1"),
        ("/v1/completions", "/v1"),
        ("/v1/embeddings", "/v1"),
        ("/v1/responses", "/v1"),
        ("/v1/messages", "/v1"),
        ("/v1/chat", "/v1"),
        ("/v1/models", "/v1"),
        ("/v1/models/", "/v1"),
        ("/v1/models/llama3.2", "/v1"),
        ("/v1beta/openai/models", "/v1beta/openai"),
        ("/v1beta/openai/chat/completions", "/v1beta/openai"),
        ("/api/chat/completions", "/api"),
        ("/api/models", "/api"),
        ("/models", ""),
        ("/chat/completions", ""),
        ("/openai/deployments/o3/chat/completions?api-version=1", "/openai/deployments/o3"),
    ],
)
def test_endpoint_at_the_end_is_removed(written: str, path: str) -> None:
    assert openai_api_path(parse_address(f"http://nas{written}")) == path


def test_azure_version_in_the_query_counts_as_a_version() -> None:
    assert openai_api_path(parse_address("https://x.azure.com/models?Api-Version=2024-05-01")) == "/models"


def test_docker_model_runner_has_its_api_below_engines() -> None:
    assert openai_api_path(parse_address("http://localhost:12434")) == "/engines/v1"
    assert openai_api_path(parse_address("http://localhost:12434/engines/llama.cpp/v1")) == "/engines/llama.cpp/v1"
