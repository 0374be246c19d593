"""What Ollama reports about models."""

from __future__ import annotations

from typing import Any

import pytest

from tui.chat.model_info import ModelInfo
from tui.providers.ollama_info import described_model, is_cloud_model, listed_model


@pytest.mark.parametrize(
    ("reported", "values", "default"),
    [
        ({"values": ["low", "medium", "high"], "default": "medium"}, ("low", "medium", "high"), "medium"),
        ({"values": [True, False], "default": True}, ("off", "on"), "on"),
        ({"values": [False, "low", "max"], "default": False}, ("off", "low", "max"), "off"),
        ({"values": ["max", True, "max", 5, None, ""], "default": None}, ("on", "max"), ""),
        ({"values": [False], "default": False}, (), "off"),
        ({"values": []}, (), ""),
    ],
)
def test_thinking_values_are_those_of_the_model(reported: object, values: tuple[str, ...], default: str) -> None:
    described = described_model("m", {"thinking": reported, "capabilities": ["thinking"]})

    assert (described.thinking, described.thinking_default) == (values, default)


@pytest.mark.parametrize(
    ("shown", "values"),
    [
        ({"capabilities": ["completion", "thinking"]}, ("off", "on")),
        ({"capabilities": ["thinking"], "thinking": {"values": "high"}}, ("off", "on")),
        ({"capabilities": ["thinking"], "details": {"family": "gptoss"}}, ("low", "medium", "high")),
        ({"capabilities": ["completion"]}, ()),
        ({}, None),
    ],
)
def test_older_servers_report_only_whether_a_model_thinks(
    shown: dict[str, Any], values: tuple[str, ...] | None
) -> None:
    assert described_model("m", shown).thinking == values


@pytest.mark.parametrize(
    ("name", "reported", "is_cloud"),
    [
        ("glm-5:cloud", {}, True),
        ("gpt-oss:120b-cloud", {}, True),
        ("me/mine:cloud", {}, True),
        ("mine", {"remote_model": "glm-5"}, True),
        ("mine", {"remote_host": "https://ollama.com:443"}, True),
        ("mine", {"remote_host": None, "remote_model": ""}, False),
        ("my-cloud", {}, False),
        ("nas:5000/cloud", {}, False),
        ("llama3:8b", {}, False),
    ],
)
def test_cloud_models_are_known_by_tag_or_remote_host(name: str, reported: dict[str, Any], is_cloud: bool) -> None:
    assert is_cloud_model(name, reported) is is_cloud
    assert described_model(name, reported).is_remote is is_cloud


def test_cloud_model_has_no_size_and_is_not_waiting_to_be_loaded() -> None:
    row = {"id": "glm-5:cloud", "size": 384, "remote_model": "glm-5", "details": {"context_length": 1_048_576}}

    assert listed_model(row, {}) == ModelInfo("glm-5:cloud", context_length=1_048_576, is_remote=True)


@pytest.mark.parametrize(
    ("running", "fraction", "expires_at"),
    [
        ({"size": 400, "size_vram": 100, "expires_at": "1970-01-01T00:02:00.123456789Z"}, 0.25, 120.123456),
        ({"size": 400, "size_vram": 500, "expires_at": "1970-01-01T01:02:00+01:00"}, 1.0, 120.0),
        ({"size": 400, "size_vram": 0, "expires_at": "0001-01-01T00:00:00Z"}, 0.0, None),
        ({"size": 0, "size_vram": 0, "expires_at": "soon"}, None, None),
        ({"size_vram": 5, "expires_at": 5}, None, None),
        ({"size": 5, "size_vram": -1}, None, None),
    ],
)
def test_loaded_model_has_its_gpu_share_and_expiry(
    running: dict[str, Any], fraction: float | None, expires_at: float | None
) -> None:
    listed = listed_model({"id": "m"}, {"m": running})

    assert (listed.loaded, listed.gpu_fraction, listed.expires_at) == (True, fraction, expires_at)
