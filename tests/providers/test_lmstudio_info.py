"""LM Studio's own lists of models."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_lmstudio import instance, row
from tui.chat.model_info import ModelInfo
from tui.providers.lmstudio_info import instances_of, models_of_v0, models_of_v1


def models(*rows: Any) -> list[ModelInfo]:
    """The models in a response of `/api/v1/models` with these rows."""
    found = models_of_v1({"models": list(rows)})
    assert found is not None
    return found


def test_row_gives_all_that_it_reports() -> None:
    capabilities = {
        "vision": True,
        "trained_for_tool_use": True,
        "reasoning": {"allowed_options": ["off", "on"], "default": "on"},
    }
    assert models(row("qwen", instance("qwen", 4096), capabilities=capabilities)) == [
        ModelInfo(
            "qwen",
            loaded=True,
            size_bytes=2_500_000_000,
            context_length=40_960,
            loaded_context_length=4096,
            parameters="4B",
            quantization="Q4_K_M",
            capabilities=frozenset({"completion", "vision", "tools", "thinking"}),
            display_name="Qwen",
            thinking=("off", "on"),
            thinking_default="on",
        )
    ]


def test_instances_with_other_names_are_listed_with_their_context() -> None:
    listed = models(row("a", instance("a:2", 512), instance("a", 4096)), row("b", instance("mine", 1024)), row("c"))

    assert [(model.name, model.loaded, model.loaded_context_length) for model in listed] == [
        ("a", True, 4096),
        ("a:2", True, 512),
        ("b", True, 1024),
        ("mine", True, 1024),
        ("c", False, None),
    ]


@pytest.mark.parametrize(("kind", "support"), [("llm", "yes"), ("embedding", "no"), ("decision", "no"), (None, "yes")])
def test_only_an_llm_can_chat(kind: str | None, support: str) -> None:
    (model,) = models(row("a", type=kind, capabilities=None))

    assert model.chat_support == support


def test_thinking_is_unknown_if_no_model_reports_it() -> None:
    reasoning = {"reasoning": {"allowed_options": ["low", "high"], "default": "low"}}

    assert [model.thinking for model in models(row("a"), row("b"))] == [None, None]
    assert [
        (model.thinking, model.thinking_default)
        for model in models(row("a"), row("b", capabilities=reasoning), row("e", type="embedding", capabilities=None))
    ] == [((), ""), (("low", "high"), "low"), (None, "")]


def test_malformed_values_are_unknown() -> None:
    odd = row(
        "a",
        None,
        {"id": 5},
        {"id": "a", "config": None},
        display_name=None,
        quantization=None,
        size_bytes="big",
        params_string=None,
        max_context_length=-1,
        capabilities={"vision": None, "reasoning": {"allowed_options": [None, "on", "on", ""], "default": 5}},
    )
    assert models(odd, None, {"key": ""}, 5) == [
        ModelInfo("a", loaded=True, capabilities=frozenset({"completion", "thinking"}), thinking=("on",))
    ]


@pytest.mark.parametrize(
    "other", [None, [], {}, {"models": None}, {"data": []}, {"models": [{"name": "m"}]}, {"models": ["m"]}]
)
def test_other_responses_are_no_lists_of_models(other: object) -> None:
    assert models_of_v1(other) is None


def test_server_without_models_lists_none() -> None:
    assert models_of_v1({"models": []}) == []
    assert models_of_v0({"data": []}) is None


@pytest.mark.parametrize(
    ("name", "instances"),
    [
        ("a", [("a", 4096), ("a:2", None)]),
        ("a:2", [("a:2", None)]),
        ("b", []),
        ("gone", None),
    ],
)
def test_instances_are_found_by_model_or_by_their_id(name: str, instances: list[tuple[str, int | None]] | None) -> None:
    listed = {"models": [row("a", instance("a", 4096), {"id": "a:2"}), row("b")]}

    assert instances_of(listed, name) == instances
    assert instances_of(None, name) is None
