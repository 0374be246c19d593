"""What each message looks like in the log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import FEW, markdown, strange_text
from tui.chat.chunk import StreamingChunk, ToolCall, Usage
from tui.chat.message import AnswerStats, ChatMessage, Failure, Image
from tui.ui.log.entries import AnswerEntry, Entry, PromptEntry, WelcomeEntry, entry_for
from tui.ui.markdown.lines import BLANK, Line, Look, Run

LIVE = ChatMessage("a", "assistant", "", outcome="streaming", model="demo")
CALL = ToolCall("weather", {"city": "Köln"})


def said(entry: Entry, width: int = 40) -> list[str]:
    return [entry.line(at, width).text.rstrip() for at in range(entry.height(width))]


def answer(content: str = "", **fields: object) -> AnswerEntry:
    return AnswerEntry(replace(ChatMessage("a", "assistant", content, model="demo"), **fields))  # type: ignore[arg-type]  # any fields


def codes(entry: AnswerEntry) -> list[str]:
    return [block.code for block in entry.code_blocks()]


def test_a_prompt_has_a_bar_and_means_nothing_but_itself() -> None:
    assert said(PromptEntry(ChatMessage("p", "user", "# a\n**b**"))) == ["▌ # a", "▌ **b**", ""]


def test_a_prompt_wraps_beside_its_bar() -> None:
    assert said(PromptEntry(ChatMessage("p", "user", "one two three")), 9) == ["▌ one two", "▌ three", ""]


def test_of_a_prompt_as_long_as_a_book_the_beginning_is_shown() -> None:
    lines = said(PromptEntry(ChatMessage("p", "user", "word " * 10_000)), 80)

    assert len(lines) < 600
    assert lines[-2] == "▌ … and 10,000 more characters"


def test_images_stand_below_their_prompt() -> None:
    prompt = ChatMessage("p", "user", "look", images=(Image("image/png", b"x" * 2000, "cat.png"),))

    assert said(PromptEntry(prompt)) == ["▌ look", "▌ ▣ cat.png · image/png · 2 kB", ""]


def test_an_answer_says_who_gives_it_and_how_it_went() -> None:
    figures = AnswerStats(Usage(completion_tokens=12), total_s=3)

    assert said(answer("**Yes.**", stats=figures)) == ["demo", "Yes.", "", "12 tokens · total 3.0 s", ""]
    assert said(answer("Yes.", model="", provider="mine")) == ["mine", "Yes.", ""]
    assert said(answer("Yes.", model="")) == ["Yes.", ""]


def test_an_answer_grows_and_is_in_the_end_as_if_it_had_come_at_once() -> None:
    entry = AnswerEntry(LIVE)
    for piece in ("# He", "llo\n", "\n- a\n- `b", "`\n"):
        entry.append(StreamingChunk(piece))
        entry.height(40)
    assert said(entry) == ["demo", "Hello", "", "• a", "• b", ""]

    entry.finish(replace(LIVE, content="# Hello\n\n- a\n- `b`\n", outcome="complete"))

    assert said(entry) == said(answer("# Hello\n\n- a\n- `b`\n"))


def test_an_answer_that_waits_says_for_what_until_something_comes() -> None:
    entry = AnswerEntry(LIVE)
    assert said(entry) == ["demo", ""]
    entry.waiting_for = "Loading the model…"
    entry.changed()
    assert said(entry) == ["demo", "Loading the model…", ""]
    entry.append(StreamingChunk("Hi"))
    assert said(entry) == ["demo", "Hi", ""]


def test_thinking_is_folded_and_counted() -> None:
    entry = AnswerEntry(LIVE)
    entry.append(StreamingChunk(thinking="Let me thi"))
    assert entry.is_thinking
    assert said(entry) == ["demo", "▸ thinking… 3 words", ""]
    entry.thinking_s = 2
    entry.append(StreamingChunk(thinking="nk about it."))
    assert said(entry) == ["demo", "▸ thinking… 2.0 s, 5 words", ""]

    entry.append(StreamingChunk("Yes."))

    assert not entry.is_thinking
    assert said(entry) == ["demo", "▸ thought for 2.0 s, 5 words", "", "Yes.", ""]


@pytest.mark.parametrize(
    "pieces", [["one two three"], ["one ", "two ", "three"], ["one", " two", " thr", "ee"], list("one two three")]
)
def test_words_are_counted_right_wherever_they_were_cut(pieces: list[str]) -> None:
    entry = AnswerEntry(LIVE)
    for piece in pieces:
        entry.append(StreamingChunk(thinking=piece))

    assert said(entry)[1] == "▸ thinking… 3 words"


def test_thinking_in_the_content_is_told_apart() -> None:
    assert said(answer("<think>Hm, hm.</think>\n\nYes.")) == ["demo", "▸ thought 2 words", "", "Yes.", ""]


def test_what_is_unfolded_shows_the_thinking_as_it_was_written() -> None:
    entry = answer("Yes.", thinking="# Hm\n**so**")
    assert entry.foldable
    entry.fold()
    assert said(entry) == ["demo", "▾ thought 3 words", "# Hm", "**so**", "", "Yes.", ""]
    entry.fold()
    assert said(entry) == ["demo", "▸ thought 3 words", "", "Yes.", ""]


def test_what_has_no_thinking_and_no_calls_cannot_be_folded() -> None:
    assert not answer("Yes.").foldable


def test_a_tool_call_is_one_line_until_it_is_unfolded() -> None:
    entry = answer("", tool_calls=(CALL,))
    assert entry.foldable
    assert said(entry) == ["demo", '⚙ weather({"city": "Köln"})', ""]
    assert said(entry, 12) == ["demo", "⚙ weather({…", ""]
    entry.fold()
    assert said(entry) == ["demo", "⚙ weather", "{", '  "city": "Köln"', "}", ""]


def test_arguments_that_are_no_json_are_shown_as_they_came() -> None:
    entry = answer("", tool_calls=(ToolCall("f", '{"ci\x1b'),))
    assert said(entry)[1] == '⚙ f({"ci␛)'
    entry.fold()
    assert said(entry)[1:3] == ["⚙ f", '{"ci␛']


@pytest.mark.parametrize("width", range(2, 24))
def test_a_folded_call_is_one_line_however_wide_its_characters_are(width: int) -> None:
    entry = answer("", model="", tool_calls=(ToolCall("名前", "日本語の文字"),))

    assert entry.height(width) == len(["the call", "a blank line"])
    assert entry.line(0, width).width <= width
    assert width >= 20 or entry.line(0, width).text.endswith("…")


def test_a_call_stands_apart_from_the_thinking_before_it() -> None:
    assert said(answer("", thinking="Hm.", tool_calls=(CALL,)))[1:3] == ["▸ thought 1 word", ""]


def test_an_answer_that_was_stopped_says_so_below_what_came() -> None:
    stopped = answer("Ye", outcome="cancelled", failure=Failure("cancelled", "You stopped it."))

    assert said(stopped) == ["demo", "Ye", "", "■ Stopped", ""]
    assert stopped.line(3, 40).runs[0].look == Look("stopped", bold=True)


def test_an_answer_that_failed_says_why_and_what_to_try() -> None:
    failed = answer("Ye", outcome="failed", failure=Failure("connect", "Cannot reach\x1b it.", "Is it running?"))

    assert said(failed, 60) == ["demo", "Ye", "", "✗ Connection failed  Cannot reach␛ it.", "→ Is it running?", ""]
    assert failed.line(3, 60).runs[0].look == Look("failed", bold=True)


def test_a_failure_without_a_hint_gives_none() -> None:
    assert said(answer("", outcome="failed", failure=Failure("server", "It broke.")))[1:] == [
        "",
        "✗ Server error  It broke.",
        "",
    ]


def test_an_answer_that_is_not_what_one_expects_says_so() -> None:
    assert said(answer(""), 60) == ["demo", "", "The server sent an empty answer.", ""]
    assert said(answer("x", finish_reason="length"), 80)[3].startswith("Token limit reached")


def test_an_answer_that_never_came_has_no_figures() -> None:
    assert "total" not in "".join(said(answer("", outcome="failed", stats=AnswerStats(total_s=3))))


def test_code_is_given_without_its_fences() -> None:
    source = "```py\nx = 1\n\n  y\n```\n\ntext\n\n~~~\nz\n~~~\n\n  ```\n  a\n    b\n c\n  ```\n\n```\nopen"

    assert codes(answer(source)) == ["x = 1\n\n  y", "z", "a\n  b\nc", "open"]
    assert codes(answer("```")) == [""]
    assert codes(answer("text")) == []


def test_code_in_lists_and_quotes_is_code_too_and_each_tells_its_language() -> None:
    source = "1. so\n\n   ```sh\n   ls\n     -l\n   ```\n2. and\n   ~~~ {.Py}\n   x\n   ~~~\n\n> ```\n> q\n> ```"

    assert answer(source).code_blocks() == [("sh", "ls\n  -l"), ("py", "x"), ("", "q")]


@pytest.mark.parametrize(
    ("source", "code"),
    [("````\n```\na\n```\n````", "```\na\n```"), ("````\n```\na\n```", "```\na\n```"), ("~~~\na\n```", "a\n```")],
)
def test_a_fence_in_a_fence_is_code(source: str, code: str) -> None:
    assert codes(answer(source)) == [code]


def test_a_welcome_is_what_it_was_given() -> None:
    entry = WelcomeEntry(lambda width: [Line((Run("=" * width),))])

    assert said(entry, 7) == ["======="]


def test_a_line_beyond_the_end_is_blank() -> None:
    assert answer("x").line(99, 40) is BLANK


def test_lines_that_were_dropped_are_made_again() -> None:
    for entry in (answer("# x\n\ny", thinking="z"), PromptEntry(ChatMessage("p", "user", "a\nb"))):
        before = said(entry)
        entry.drop_lines()
        assert said(entry) == before


def test_each_role_has_its_entry() -> None:
    assert isinstance(entry_for(ChatMessage("a", "assistant", "x")), AnswerEntry)
    assert isinstance(entry_for(ChatMessage("p", "user", "x")), PromptEntry)
    assert isinstance(entry_for(ChatMessage("s", "system", "x")), PromptEntry)


def test_a_height_can_be_estimated_without_making_lines() -> None:
    assert answer("x\n" * 100).estimate(40) > 100
    assert answer("x" * 4000).estimate(40) > 100
    assert answer("").estimate(1) > 0


def test_what_an_entry_looks_like_is_made_by_each_kind_for_itself() -> None:
    with pytest.raises(NotImplementedError):
        Entry(LIVE).height(40)


@FEW
@given(st.lists(st.one_of(markdown, strange_text), max_size=4), st.lists(strange_text, max_size=3), st.integers(3, 60))
def test_any_answer_fits_at_any_width(contents: list[str], thoughts: list[str], width: int) -> None:
    entry = AnswerEntry(replace(LIVE, model="名前" * 20))
    entry.fold()
    for content in contents:
        entry.append(StreamingChunk(content))
    for thinking in thoughts:
        entry.append(StreamingChunk(thinking=thinking, tool_calls=(ToolCall("名" * 30, thinking),)))
    entry.finish(replace(LIVE, outcome="failed", failure=Failure("server", "日本 " * 20, "hint " * 20)))

    assert all(entry.line(at, width).width <= width for at in range(entry.height(width)))
