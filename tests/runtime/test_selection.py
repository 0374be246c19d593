"""The choice of the initial provider and model from given probe results."""

from __future__ import annotations

import pytest

from tui.chat.model_info import ModelInfo
from tui.runtime.selection import (
    DEMO,
    PREFERRED_PROVIDER_TIMEOUT_S,
    ProviderChoice,
    choose_configured_provider,
    choose_first_provider,
    choose_model,
    no_model_error,
)

NAMES = ("first", "second", "third")
BRIEFLY = PREFERRED_PROVIDER_TIMEOUT_S
EMBEDDING = ModelInfo("embeds", capabilities=frozenset({"embedding"}))


@pytest.mark.parametrize(
    ("has_answered", "choice"),
    [
        ({}, ProviderChoice(DEMO, None)),
        ({"first": True}, ProviderChoice("first")),
        ({"second": True}, ProviderChoice("second", BRIEFLY)),
        ({"first": False, "second": True}, ProviderChoice("second")),
        ({"first": False, "third": True}, ProviderChoice("third", BRIEFLY)),
        ({"second": True, "third": True}, ProviderChoice("second", BRIEFLY)),
        ({"first": False, "second": False}, ProviderChoice(DEMO, None)),
        ({"second": False, "third": False}, ProviderChoice(DEMO, None)),
        ({"first": False, "second": False, "third": False}, ProviderChoice(DEMO)),
    ],
)
def test_first_answering_provider_is_chosen(has_answered: dict[str, bool], choice: ProviderChoice) -> None:
    assert choose_first_provider(NAMES, has_answered) == choice


def test_demo_is_chosen_immediately_if_no_provider_is_probed() -> None:
    assert choose_first_provider((), {}) == ProviderChoice(DEMO)


@pytest.mark.parametrize(
    ("has_answered", "choice"),
    [
        ({}, ProviderChoice("second", BRIEFLY)),
        ({"first": True}, ProviderChoice("second", BRIEFLY)),
        ({"first": False, "third": False}, ProviderChoice("second", BRIEFLY)),
        ({"second": True}, ProviderChoice("second")),
        ({"second": False, "third": True}, ProviderChoice("second")),
        ({"first": False, "second": False}, ProviderChoice(DEMO, None)),
        ({"first": False, "second": False, "third": False}, ProviderChoice(DEMO)),
    ],
)
def test_configured_provider_is_kept_unless_none_answers(has_answered: dict[str, bool], choice: ProviderChoice) -> None:
    assert choose_configured_provider("second", NAMES, has_answered) == choice


@pytest.mark.parametrize(
    ("last_used", "chosen"), [("", "large"), ("small", "small"), ("removed", "large"), ("embeds", "large")]
)
def test_last_used_model_is_chosen_if_it_can_answer(last_used: str, chosen: str) -> None:
    assert choose_model([EMBEDDING, ModelInfo("large"), ModelInfo("small")], last_used) == chosen


def test_model_that_also_embeds_is_chosen() -> None:
    both = ModelInfo("both", capabilities=frozenset({"embedding", "completion"}))
    assert choose_model([EMBEDDING, both], "") == "both"


def test_model_with_the_name_of_another_kind_is_chosen_last() -> None:
    whisper, tts = ModelInfo("whisper-1"), ModelInfo("tts-1")
    assert choose_model([whisper, tts, ModelInfo("real")], "") == "real"
    assert choose_model([EMBEDDING, whisper, tts], "") == "whisper-1"
    assert choose_model([whisper, ModelInfo("real")], "whisper-1") == "whisper-1"


def test_no_model_is_chosen_if_all_only_embed() -> None:
    assert choose_model([EMBEDDING], "embeds") == ""
    assert choose_model([], "large") == ""


@pytest.mark.parametrize(
    ("provider_type", "hint"), [("ollama", "ollama pull"), ("lmstudio", "lms get"), ("openai", "on that server")]
)
def test_missing_model_error_tells_how_to_get_one(provider_type: str, hint: str) -> None:
    error = no_model_error("mine", provider_type)
    assert str(error) == "mine has no model yet."
    assert hint in error.hint
    assert str(no_model_error("mine", provider_type, has_others=True)) == "mine has no model that can chat."


def test_model_that_failed_to_load_is_chosen_only_if_there_is_no_other() -> None:
    broken = ModelInfo("broken", state="failed")
    assert choose_model([broken, ModelInfo("works")], "broken") == "works"
    assert choose_model([broken], "") == "broken"
