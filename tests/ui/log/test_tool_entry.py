"""Tool calls with their results, as they stand in the log."""

from __future__ import annotations

import pytest

from tui.chat.chunk import ToolCall
from tui.chat.message import ChatMessage
from tui.chat.tool_outcome import ToolOutcome
from tui.chat.tool_servers import Elicitation
from tui.ui.log.tool_card import elicitation_lines
from tui.ui.log.tool_entry import ToolEntry


def texts(content: str, argument: str = "", links: tuple[str, ...] = ()) -> list[str]:
    outcome = ToolOutcome("c1", "look", "test.look", approval="once", links=links)
    message = ChatMessage("t", "tool", content, tool=outcome)
    entry = ToolEntry(message, ToolCall("look", {"a": argument}, "c1"))
    folded = entry.make_parts(100)[0]
    entry.unfolded = True
    return [line.text for line in [*folded, *entry.make_parts(100)[0]]]


def test_nothing_of_a_result_is_hidden() -> None:
    hidden = "".join(chr(0xE0000 + ord(each)) for each in "rm")

    assert any(
        line.endswith("ok⟨U+E0072⟩⟨U+E006D⟩, ⟨U+202E⟩gpj ␛[2J") for line in texts(f"ok{hidden}, \u202egpj \x1b[2J")
    )


def test_nothing_of_an_address_is_hidden() -> None:
    assert any(
        line.endswith("↗ https://a.example/⟨U+202E⟩gpj") for line in texts("", links=("https://a.example/\u202egpj",))
    )


def test_nothing_of_the_first_argument_is_hidden() -> None:
    assert "rm⟨U+200B⟩x" in texts("ok", argument="rm\u200bx")[0]


@pytest.mark.parametrize(("n_calls", "during"), [(1, ""), (2, ", during one of its 2 calls")])
def test_question_of_a_server_is_about_any_of_its_calls(n_calls: int, during: str) -> None:
    lines = elicitation_lines(Elicitation("test", "Your name?", n_calls=n_calls), 60, ())
    assert lines[0].text == f"ƒ test  asks you{during}"
