"""welcome_lines: who is there, and how to go on."""

from __future__ import annotations

import pytest

from tui.ui.welcome import welcome_lines


def welcome(
    width: int = 76, *, provider: str = "", model: str = "", is_demo: bool = False, unreachable: tuple[str, ...] = ()
) -> str:
    lines = welcome_lines(width, provider=provider, model=model, is_demo=is_demo, unreachable=unreachable)
    return "\n".join(line.text.rstrip() for line in lines)


def test_who_answers_is_named_with_the_model() -> None:
    assert "Talking to qwen3 at ollama" in welcome(provider="ollama", model="qwen3")


def test_a_model_that_is_not_known_yet_is_not_named() -> None:
    assert "Talking to ollama" in welcome(provider="ollama")


def test_names_reach_the_terminal_without_control_characters() -> None:
    said = welcome(provider="a\x1b[2J", model="m\nn") + welcome(
        provider="demo", is_demo=True, unreachable=("\x1b]0;x\x07",)
    )

    assert "Talking to m n at a␛[2J" in said
    assert said.replace("\n", "").isprintable()


def test_while_nobody_is_known_nobody_is_named() -> None:
    assert "Talking to" not in welcome()


def test_the_demo_says_what_it_is_and_what_to_start() -> None:
    said = welcome(provider="demo", model="guide", is_demo=True, unreachable=("ollama", "lmstudio"))

    assert "No answer from ollama and lmstudio" in said
    assert "not a language model" in said
    assert "ollama serve" in said
    assert "lms server start" in said


def test_a_demo_that_was_chosen_says_what_it_is_and_not_that_nobody_answers() -> None:
    said = welcome(provider="demo", model="guide", is_demo=True)

    assert "not a language model" in said
    assert "No answer from" not in said


@pytest.mark.parametrize("key", ["Enter", "F1", "F3", "F4", "Ctrl+P"])
def test_the_keys_to_begin_with_are_always_there(key: str) -> None:
    assert key in welcome().split()
    assert key in welcome(provider="demo", is_demo=True, unreachable=("ollama",)).split()


@pytest.mark.parametrize("width", [20, 30, 60])
def test_what_it_says_is_wrapped_to_the_width(width: int) -> None:
    lines = welcome_lines(width, provider="demo", model="guide", is_demo=True, unreachable=("ollama", "lmstudio"))

    assert max(line.width for line in lines) <= width
