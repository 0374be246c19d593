"""welcome_lines: the provider, the model, and the first keys."""

from __future__ import annotations

import pytest

from tui.ui.welcome import welcome_lines


def welcome(
    width: int = 76, *, provider: str = "", model: str = "", is_demo: bool = False, unreachable: tuple[str, ...] = ()
) -> str:
    lines = welcome_lines(width, provider=provider, model=model, is_demo=is_demo, unreachable=unreachable)
    return "\n".join(line.text.rstrip() for line in lines)


def test_provider_and_model_are_named() -> None:
    assert "Talking to qwen3 at ollama" in welcome(provider="ollama", model="qwen3")


def test_unknown_model_is_omitted() -> None:
    assert "Talking to ollama" in welcome(provider="ollama")


def test_control_characters_in_names_are_escaped() -> None:
    text = welcome(provider="a\x1b[2J", model="m\nn") + welcome(
        provider="demo", is_demo=True, unreachable=("\x1b]0;x\x07",)
    )

    assert "Talking to m n at a␛[2J" in text
    assert text.replace("\n", "").isprintable()


def test_unknown_provider_is_omitted() -> None:
    assert "Talking to" not in welcome()


def test_demo_explains_itself_and_how_to_start_a_server() -> None:
    text = welcome(provider="demo", model="guide", is_demo=True, unreachable=("ollama", "lmstudio"))

    assert "No answer from ollama and lmstudio" in text
    assert "not a language model" in text
    assert "ollama serve" in text
    assert "lms server start" in text


def test_configured_demo_does_not_mention_unreachable_servers() -> None:
    text = welcome(provider="demo", model="guide", is_demo=True)

    assert "not a language model" in text
    assert "No answer from" not in text


@pytest.mark.parametrize("key", ["Enter", "F1", "F3", "F4", "Ctrl+P"])
def test_first_keys_are_always_listed(key: str) -> None:
    assert key in welcome().split()
    assert key in welcome(provider="demo", is_demo=True, unreachable=("ollama",)).split()


@pytest.mark.parametrize("width", [20, 30, 60])
def test_text_is_wrapped_to_the_width(width: int) -> None:
    lines = welcome_lines(width, provider="demo", model="guide", is_demo=True, unreachable=("ollama", "lmstudio"))

    assert max(line.width for line in lines) <= width
