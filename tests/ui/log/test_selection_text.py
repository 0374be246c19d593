"""The text copied from selected lines."""

from __future__ import annotations

import pytest

from tui.chat.chunk import StreamingChunk
from tui.chat.conversation import Version
from tui.chat.image import Image
from tui.chat.message import ChatMessage, Failure
from tui.ui.log.entries import AnswerEntry, Entry, PromptEntry
from tui.ui.log.selection_text import copied_spans, text_between
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Line, Run
from tui.workspace.turn_stats import TurnProgress

MARGIN = 2
ALL = (0, 0), (99, 99)


def copied(source: str, width: int, start: tuple[int, int] = ALL[0], end: tuple[int, int] = ALL[1]) -> str:
    """The text copied from a document.

    Args:
        source: The Markdown source.
        width: The width to render at.
        start: The line and column where the selection starts.
        end: The line and column where the selection ends.
    """
    lines = list(enumerate(MarkdownDocument(source).lines(width)))
    return text_between(lines[start[0] : end[0] + 1], start, end, MARGIN)


@pytest.mark.parametrize("width", [4, 9, 40])
@pytest.mark.parametrize("text", ["one two three four", "日本語の文字", "abcdefghijklmnop", "one\n\ntwo"])
def test_wrapped_text_is_copied_unwrapped(text: str, width: int) -> None:
    assert copied(text, width) == text


def test_code_is_copied_without_margin_and_language() -> None:
    assert copied("```py\nx = 1\n\n  y\n```", 40, (1, 0)) == "x = 1\n\n  y"


def test_chopped_code_line_is_copied_as_one_line() -> None:
    assert copied("```\n" + "x" * 30 + "\n```", 16) == "x" * 30


def test_bullets_are_copied_but_bars_and_indents_are_not() -> None:
    assert copied("- a\n- b\n  - c", 40) == "• a\n• b\n◦ c"
    assert copied("> a\n>\n> b", 40) == "a\n\nb"


def test_table_cells_are_copied_with_blank_between() -> None:
    assert copied("| a | b |\n|---|---|\n| 1 | 2 |", 40, (2, 0)) == "1 2"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ((0, 2), (0, 5), "one"),
        ((0, 6), (0, 9), "two"),
        ((0, 0), (0, 4), "on"),
        ((0, 0), (0, 1), ""),
        ((0, 6), (2, 3), "two\n\nt"),
        ((1, 0), (1, 9), ""),
        ((2, 4), (2, 99), "ree"),
        ((0, 5), (0, 5), ""),
    ],
)
def test_only_selected_range_is_copied(start: tuple[int, int], end: tuple[int, int], text: str) -> None:
    assert copied("one two\n\nthree", 40, start, end) == text


def test_selection_inside_decoration_begins_after_it() -> None:
    assert copied("> one", 40, (0, 3), (0, 99)) == "one"
    assert copied("> one", 40, (0, 5), (0, 6)) == "n"


def test_empty_selection_copies_nothing() -> None:
    assert text_between([], (0, 0), (0, 0), MARGIN) == ""


def copied_entries(*entries: Entry) -> str:
    """All text of some messages."""
    lines = [line for entry in entries for line in entry.lines(40)]
    return text_between(enumerate(lines), *ALL, MARGIN)


@pytest.mark.parametrize("is_airy", [False, True])
def test_names_times_bars_and_half_lines_are_not_copied(is_airy: bool) -> None:
    picture = Image("image/png", b"x", "cat.png")
    prompt = PromptEntry(ChatMessage("p", "user", "one\n\ntwo", created_at=1.0, images=(picture,)))
    answer = AnswerEntry(ChatMessage("a", "assistant", "three", thinking="hm", model="demo", created_at=1.0))
    for entry in (prompt, answer):
        entry.version = Version(2, 2)
        entry.set_airy(is_airy)
    assert copied_entries(prompt, answer) == "one\n\ntwo\n\n\nthree\n"


@pytest.mark.parametrize("is_airy", [False, True])
def test_failure_is_copied_without_its_actions(is_airy: bool) -> None:
    entry = AnswerEntry(ChatMessage("a", "assistant", "Ye", outcome="failed", failure=Failure("server", "It broke.")))
    entry.actions = (("F7", "Continue", "continue_answer"), ("F5", "Again", "regenerate"))
    entry.set_airy(is_airy)
    assert copied_entries(entry) == "Ye\n\nServer error  It broke.\n"


def test_progress_of_a_running_answer_is_not_copied() -> None:
    entry = AnswerEntry(ChatMessage("a", "assistant", "", model="demo", outcome="streaming"))
    entry.progress = TurnProgress("answering", stage_s=1.0, total_s=1.0)
    assert copied_entries(entry) == ""
    entry.append(StreamingChunk("Hi"))
    assert copied_entries(entry) == "Hi\n\n"


def test_decoration_lines_leave_no_blank_lines() -> None:
    assert copied("| a | b |\n|---|---|\n| 1 | 2 |", 40) == "a b\n1 2"
    assert copied("so\n\n```py\nx = 1\n```", 40) == "so\n\nx = 1"


@pytest.mark.parametrize(
    ("first", "last", "spans"),
    [(0, None, [(2, 5), (6, 8)]), (3, 7, [(3, 5), (6, 7)]), (0, 2, []), (8, None, []), (-4, 3, [(2, 3)])],
)
def test_only_what_is_copied_is_highlighted(first: int, last: int | None, spans: list[tuple[int, int]]) -> None:
    line = Line((Run("> ", copyable=False), Run("one"), Run("|", copyable=False), Run("22")))
    assert list(copied_spans(line, first, last)) == spans
