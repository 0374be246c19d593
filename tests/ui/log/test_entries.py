"""The lines that the log shows for each message."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import FEW, markdown, strange_text
from tui.chat.chunk import StreamingChunk, ToolCall, Usage
from tui.chat.image import Image
from tui.chat.message import AnswerStats, ChatMessage, Failure, Outcome, Role
from tui.chat.turn import StageName
from tui.ui.log.entries import AnswerEntry, Entry, PromptEntry, WelcomeEntry, entry_for
from tui.ui.log.line_stack import LayoutBudget
from tui.ui.markdown import code
from tui.ui.markdown.lines import BLANK, Line, Look, Run
from tui.workspace.turn_stats import TurnProgress

LIVE = ChatMessage("a", "assistant", "", outcome="streaming", model="demo")
CALL = ToolCall("weather", {"city": "Köln"})


def texts(entry: Entry, width: int = 40) -> list[str]:
    """The lines, each with the mark or bar in its gutter."""
    while not entry.lay_out(width, 1.0):
        pass
    lines = (entry.line(at, width) for at in range(entry.height(width)))
    return [f"{line.lead.text if line.lead else ''}{line.text}".rstrip() for line in lines]


def answer(content: str = "", **fields: object) -> AnswerEntry:
    return AnswerEntry(replace(ChatMessage("a", "assistant", content, model="demo"), **fields))  # type: ignore[arg-type]  # accepts any field


def code_texts(entry: AnswerEntry) -> list[str]:
    return [block.code for block in entry.code_blocks()]


def prompt(content: str) -> PromptEntry:
    return PromptEntry(ChatMessage("p", "user", content))


def test_prompt_has_bar_and_role_line_and_is_markdown() -> None:
    entry = prompt("# a\n\n**b** and\n- c")
    assert texts(entry) == ["▌ You", "▌ a", "▌", "▌ b and", "▌ • c", ""]
    assert entry.message.text == "# a\n\n**b** and\n- c"


@pytest.mark.parametrize("content", ["one\n\n  two\n\n\nthree", "  *p = x * y;\n\treturn *p;", "\n#include <a>\n"])
def test_prompt_that_is_not_markdown_is_shown_as_typed(content: str) -> None:
    shown = content.removesuffix("\n").expandtabs(4).split("\n")
    assert texts(prompt(content)) == ["▌ You", *(f"▌ {line}".rstrip() for line in shown), ""]


def test_long_texts_in_prompts_stay_as_typed() -> None:
    entry = prompt("\n".join(["**a**"] * 40))
    assert texts(entry) == ["▌ You", *["▌ a"] * 3, "▌ ▸ text · 37 lines", ""]
    entry.fold()
    assert texts(entry)[-3:] == ["▌ **a**", "▌ **a**", ""]
    assert "▌ **a**" in texts(prompt(f"**a**\n{'word ' * 2_000}"))


def test_code_in_prompt_is_drawn_as_code_on_the_card() -> None:
    entry = PromptEntry(ChatMessage("p", "user", "Why?\n\n```make\nall:\n\techo\n```\n\nThanks"))

    assert texts(entry) == ["▌ You", "▌ Why?", "▌", "▌   make", "▌   all:", "▌       echo", "▌", "▌ Thanks", ""]
    code = [line for line in entry.lines(40) if line.ground]
    assert {(line.fill, line.ground.cells) for line in code if line.ground} == {("you", 40)}
    assert entry.code_of(code[0]) == "all:\n\techo"
    assert not entry.foldable


ATTACHED = "Look at a.csv and b.py\n\na.csv:\n\n```csv\n1,2\n3,4\n```\n\nb.py:\n\n```py\nx = 1\n```"


def test_attached_files_are_folded_until_unfolded() -> None:
    entry = PromptEntry(ChatMessage("p", "user", ATTACHED))
    folded = ["▌ You", "▌ Look at a.csv and b.py", "▌ ▸ a.csv · 2 lines", "▌ ▸ b.py · 1 line", ""]
    assert texts(entry) == folded
    assert entry.foldable
    assert entry.message.text == ATTACHED

    entry.fold()

    assert texts(entry)[2:] == [
        *("▌ ▾ a.csv · 2 lines", "▌   csv", "▌   1,2", "▌   3,4"),
        *("▌ ▾ b.py · 1 line", "▌   py", "▌   x = 1", ""),
    ]
    entry.fold()
    assert texts(entry) == folded


def test_long_paste_is_folded_and_its_question_is_not() -> None:
    paste = "\n".join(f"line {at}\n" for at in range(40))
    entry = PromptEntry(ChatMessage("p", "user", f"What is this?\n\n{paste}\nIn short, please."))

    shown = ["▌ You", "▌ What is this?", "▌", "▌ ▸ text · 79 lines", "▌", "▌ In short, please.", ""]
    assert texts(entry) == shown
    assert entry.estimate(40) < 15
    entry.fold()
    assert entry.height(40) == len(shown) + 79


def test_prompt_wraps_beside_its_bar() -> None:
    assert texts(PromptEntry(ChatMessage("p", "user", "one two three")), 7) == ["▌ You", "▌ one two", "▌ three", ""]


def test_very_long_prompt_is_truncated() -> None:
    lines = texts(PromptEntry(ChatMessage("p", "user", "word " * 10_000)), 80)

    assert len(lines) < 600
    assert lines[-2] == "▌ … and 10,000 more characters"


def test_images_are_listed_below_prompt() -> None:
    prompt = ChatMessage("p", "user", "look", images=(Image("image/png", b"x" * 2000, "cat.png"),))

    assert texts(PromptEntry(prompt)) == ["▌ You", "▌ look", "▌ ▸ cat.png · image/png · 2 kB", ""]


def test_answer_shows_model_and_stats() -> None:
    stats = AnswerStats(Usage(completion_tokens=12), total_s=3)

    assert texts(answer("**Yes.**", stats=stats)) == ["◆ demo", "Yes.", "", "12 tokens · 3.0 s", ""]
    assert texts(answer("Yes.", model="", provider="mine")) == ["◆ mine", "Yes.", ""]
    assert texts(answer("Yes.", model="")) == ["◆ Answer", "Yes.", ""]


def test_streamed_answer_equals_complete_answer() -> None:
    entry = AnswerEntry(LIVE)
    for piece in ("# He", "llo\n", "\n- a\n- `b", "`\n"):
        entry.append(StreamingChunk(piece))
        entry.height(40)
    assert texts(entry) == ["◆ demo", "Hello", "", "• a", "• b▍", ""]

    entry.finish(replace(LIVE, content="# Hello\n\n- a\n- `b`\n", outcome="complete"))

    assert texts(entry) == texts(answer("# Hello\n\n- a\n- `b`\n"))


def test_waiting_answer_shows_activity_until_first_chunk() -> None:
    entry = AnswerEntry(LIVE)
    assert texts(entry) == ["◆ demo", "∙ ∙ ∙", ""]
    entry.waiting_for = "Loading the model…"
    entry.changed()
    assert texts(entry) == ["◆ demo", "∙ ∙ ∙  Loading the model…", ""]
    entry.append(StreamingChunk("Hi"))
    assert texts(entry) == ["◆ demo", "Hi▍", ""]


def test_activity_and_note_are_shown_without_control_characters() -> None:
    entry = AnswerEntry(LIVE)
    entry.waiting_for = "Busy \x1b[5m\u202e\nnow"
    assert texts(entry) == ["◆ demo", "∙ ∙ ∙  Busy ␛[5m now", ""]
    entry.finish(replace(LIVE, content="Hi", outcome="complete"))
    entry.note = "\x1b[5m"
    entry.changed()

    assert texts(entry)[-2] == "▲ ␛[5m"


def test_thinking_is_folded_with_word_count() -> None:
    entry = AnswerEntry(LIVE)
    entry.append(StreamingChunk(thinking="Let me thi"))
    assert entry.is_thinking
    assert texts(entry) == ["◆ demo", "▸ ∴ Thinking · 3 words", ""]
    entry.thinking_s = 2
    entry.append(StreamingChunk(thinking="nk about it."))
    assert texts(entry) == ["◆ demo", "▸ ∴ Thinking · 5 words", ""]

    entry.append(StreamingChunk("Yes."))

    assert not entry.is_thinking
    assert texts(entry) == ["◆ demo", "▸ ∴ Thought for 2.0 s · 5 words", "", "Yes.▍", ""]


@pytest.mark.parametrize(
    "pieces", [["one two three"], ["one ", "two ", "three"], ["one", " two", " thr", "ee"], list("one two three")]
)
def test_word_count_does_not_depend_on_chunking(pieces: list[str]) -> None:
    entry = AnswerEntry(LIVE)
    for piece in pieces:
        entry.append(StreamingChunk(thinking=piece))

    assert texts(entry)[1] == "▸ ∴ Thinking · 3 words"


def test_think_tag_in_content_is_folded() -> None:
    assert texts(answer("<think>Hm, hm.</think>\n\nYes.")) == ["◆ demo", "▸ ∴ Thought · 2 words", "", "Yes.", ""]


@pytest.mark.parametrize(
    "content",
    [
        "[THINK]Hm, hm.[/THINK]Yes.",
        "<|channel>thought\nHm, hm.\n<channel|>Yes.",
        "<|channel|>analysis<|message|>Hm, hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>",
        "Hm, hm.\n</think>\n\nYes.",
    ],
)
def test_thinking_marks_are_folded_however_they_arrive(content: str) -> None:
    expected = ["◆ demo", "▸ ∴ Thought · 2 words", "", "Yes.", ""]
    entry = AnswerEntry(LIVE)
    for character in content:
        entry.append(StreamingChunk(character))
        entry.height(40)
    assert texts(entry) == [*expected[:-2], "Yes.▍", ""]
    entry.finish(replace(LIVE, content=content, outcome="complete"))

    assert texts(entry) == texts(answer(content)) == expected


def test_prose_before_a_lone_closing_tag_becomes_thinking() -> None:
    entry = AnswerEntry(LIVE)
    entry.append(StreamingChunk("So.\n", thinking="Hm. "))
    assert texts(entry) == ["◆ demo", "▸ ∴ Thought · 1 word", "", "So.▍", ""]
    entry.append(StreamingChunk("</think>\n\nYes", thinking="Well. "))
    entry.append(StreamingChunk(".\n</think>\nNo."))
    assert texts(entry)[:4] == ["◆ demo", "▸ ∴ Thought · 3 words", "", "Yes. </think> No.▍"]
    entry.fold()

    assert texts(entry)[2] == "Hm. Well. So."


def test_unfolded_thinking_is_plain_text() -> None:
    entry = answer("Yes.", thinking="# Hm\n**so**")
    assert entry.foldable
    entry.fold()
    assert texts(entry) == ["◆ demo", "▾ ∴ Thought · 3 words", "# Hm", "**so**", "", "Yes.", ""]
    entry.fold()
    assert texts(entry) == ["◆ demo", "▸ ∴ Thought · 3 words", "", "Yes.", ""]


def test_answer_without_thinking_or_calls_is_not_foldable() -> None:
    assert not answer("Yes.").foldable


def test_folded_tool_call_is_one_line() -> None:
    entry = answer("", tool_calls=(CALL,))
    assert entry.foldable
    assert texts(entry) == ["◆ demo", '▸ ƒ weather({"city": "Köln"})', ""]
    assert texts(entry, 12) == ["◆ demo", "▸ ƒ weather…", ""]
    entry.fold()
    assert texts(entry) == ["◆ demo", "▾ ƒ weather", "{", '  "city": "Köln"', "}", ""]


def test_invalid_json_arguments_are_shown_unchanged() -> None:
    entry = answer("", tool_calls=(ToolCall("f", '{"ci\x1b'),))
    assert texts(entry)[1] == '▸ ƒ f({"ci␛)'
    entry.fold()
    assert texts(entry)[1:3] == ["▾ ƒ f", '{"ci␛']


@pytest.mark.parametrize("width", range(2, 24))
def test_folded_call_with_wide_characters_is_one_line(width: int) -> None:
    entry = answer("", model="m", tool_calls=(ToolCall("名前", "日本語の文字"),))

    assert entry.height(width) == 3  # the model, the call and a blank line
    assert entry.line(1, width).width <= width
    assert width >= 22 or entry.line(1, width).text.endswith("…")


def test_blank_line_between_thinking_and_tool_call() -> None:
    assert texts(answer("", thinking="Hm.", tool_calls=(CALL,)))[1:3] == ["▸ ∴ Thought · 1 word", ""]


def test_stopped_answer_shows_label_below_text() -> None:
    stopped = answer("Ye", outcome="cancelled", failure=Failure("cancelled", "You stopped it."))

    assert texts(stopped) == ["◆ demo", "Ye", "", "◦ Stopped", ""]
    assert stopped.line(3, 40).runs[1].look == Look("stopped")


def test_failed_answer_shows_error_and_hint() -> None:
    failed = answer("Ye", outcome="failed", failure=Failure("connect", "Cannot reach\x1b it.", "Is it running?"))

    assert texts(failed, 60) == ["◆ demo", "Ye", "", "▌ ✗ Connection failed  Cannot reach␛ it.", "▌ Is it running?", ""]
    assert failed.line(3, 60).runs[0].look == Look("failed", bold=True)


def test_failure_without_hint_has_no_hint_line() -> None:
    assert texts(answer("", outcome="failed", failure=Failure("server", "It broke.")))[1:] == [
        "",
        "▌ ✗ Server error  It broke.",
        "",
    ]


def test_unusual_answer_has_finish_note() -> None:
    assert texts(answer(""), 60) == ["◆ demo", "", "The server sent an empty answer.", ""]
    assert texts(answer("x", finish_reason="length"), 80)[3].startswith("Token limit reached")


def test_failed_answer_without_text_has_no_stats() -> None:
    assert "total" not in "".join(texts(answer("", outcome="failed", stats=AnswerStats(total_s=3))))


def progress(stage: StageName = "answering", **fields: Any) -> TurnProgress:
    return TurnProgress(stage, stage_s=3.0, total_s=4.0, **fields)


def test_progress_is_the_last_line_while_text_arrives() -> None:
    entry = AnswerEntry(LIVE)
    entry.progress = progress(chunks_per_second=60.0)
    entry.append(StreamingChunk("Hi"))
    assert texts(entry) == ["◆ demo", "Hi▍", "", "» streaming · 60 tok/s · 3.0 s", ""]

    entry.finish(replace(LIVE, content="Hi", outcome="complete"))

    assert texts(entry) == ["◆ demo", "Hi", ""]


def test_progress_stands_where_text_will_be_before_it_arrives() -> None:
    entry = AnswerEntry(LIVE)
    entry.progress = progress("loading", fraction=0.5)
    assert texts(entry) == ["◆ demo", "∙      loading the model 50% · 3.0 s", ""]


@pytest.mark.parametrize("width", range(2, 40, 3))
def test_progress_is_one_line_at_any_width(width: int) -> None:
    entry = AnswerEntry(replace(LIVE, model="m"))
    entry.progress = progress(chunks_per_second=60.0)
    entry.append(StreamingChunk("Hi"))
    # The mark for arriving text may stand one cell beyond.
    assert all(line.width <= width + (line.text == "Hi▍") for line in entry.lines(width))
    assert width < 12 or entry.height(width) == 5


@pytest.mark.parametrize(("role", "name"), [("user", "You"), ("system", "System")])
def test_role_line_has_the_time_at_its_end(role: Role, name: str) -> None:
    now = ChatMessage("p", role, "hi", created_at=datetime.now().astimezone().replace(hour=9, minute=5).timestamp())
    line = PromptEntry(now).line(0, 40)
    assert line.text == name
    assert line.tail == Run("9:05", Look("time"), copyable=False)
    old = PromptEntry(replace(now, created_at=datetime(2024, 5, 1, 14, 2).astimezone().timestamp())).line(0, 40)
    assert old.tail is not None
    assert old.tail.text == "1 May 2024 14:02"


@pytest.mark.parametrize("created_at", [0.0, -1.0, float("nan"), float("inf"), 1e300])
def test_message_of_an_unknown_time_shows_none(created_at: float) -> None:
    assert PromptEntry(ChatMessage("p", "user", "hi", created_at=created_at)).line(0, 40).tail is None
    assert answer("hi", created_at=created_at).line(0, 40).tail is None


def test_airy_cards_have_half_a_line_above_and_below() -> None:
    prompt = PromptEntry(ChatMessage("p", "user", "hi"))
    failed = answer("Ye", outcome="failed", failure=Failure("server", "It broke."))
    for entry, card in ((prompt, "you"), (failed, "card")):
        low = entry.height(40)
        entry.set_airy(True)
        fills = [line.fill for line in entry.lines(40) if line.fill]
        assert fills[0] == f"{card}-above"
        assert set(fills[1:-1]) == {card}
        assert fills[-1] == f"{card}-below"
        # The lower half stands in place of the blank line.
        assert entry.height(40) == low + 1
        entry.set_airy(False)
        assert entry.height(40) == low


def test_actions_of_a_failure_are_links_to_commands() -> None:
    for outcome, kind in (("failed", "interrupted"), ("cancelled", "cancelled")):
        entry = answer("Ye", outcome=outcome, failure=Failure(kind, "Cut off."))  # type: ignore[arg-type]  # an ErrorKind
        entry.actions = (("F7", "Continue", "continue_answer"), ("F5", "Again", "regenerate"))
        entry.changed()
        assert "F7 Continue   F5 Again" in "\n".join(texts(entry, 60))
        links = {run.text: run.look.link for line in entry.lines(60) for run in line.runs if run.look.link}
        assert links == {
            "F7 ": "command:continue_answer",
            "Continue": "command:continue_answer",
            "F5 ": "command:regenerate",
            "Again": "command:regenerate",
        }


def test_code_blocks_exclude_fences() -> None:
    source = "```py\nx = 1\n\n  y\n```\n\ntext\n\n~~~\nz\n~~~\n\n  ```\n  a\n    b\n c\n  ```\n\n```\nopen"

    assert code_texts(answer(source)) == ["x = 1\n\n  y", "z", "a\n  b\nc", "open"]
    assert code_texts(answer("```")) == [""]
    assert code_texts(answer("text")) == []


def test_code_blocks_in_lists_and_quotes_have_languages() -> None:
    source = "1. so\n\n   ```sh\n   ls\n     -l\n   ```\n2. and\n   ~~~ {.Py}\n   x\n   ~~~\n\n> ```\n> q\n> ```"

    assert answer(source).code_blocks() == [("sh", "ls\n  -l"), ("py", "x"), ("", "q")]


@pytest.mark.parametrize(
    ("source", "code"),
    [("````\n```\na\n```\n````", "```\na\n```"), ("````\n```\na\n```", "```\na\n```"), ("~~~\na\n```", "a\n```")],
)
def test_nested_fence_is_code(source: str, code: str) -> None:
    assert code_texts(answer(source)) == [code]


def test_welcome_entry_shows_given_lines() -> None:
    entry = WelcomeEntry(lambda width: [Line((Run("=" * width),))])

    assert texts(entry, 7) == ["======="]


def test_line_beyond_the_end_is_blank() -> None:
    assert answer("x").line(99, 40) is BLANK


def test_dropped_lines_are_rendered_again() -> None:
    for entry in (answer("# x\n\ny", thinking="z"), PromptEntry(ChatMessage("p", "user", "a\nb"))):
        before = texts(entry)
        entry.drop_lines()
        assert texts(entry) == before


def test_entry_type_follows_role() -> None:
    assert isinstance(entry_for(ChatMessage("a", "assistant", "x")), AnswerEntry)
    assert isinstance(entry_for(ChatMessage("p", "user", "x")), PromptEntry)
    assert isinstance(entry_for(ChatMessage("s", "system", "x")), PromptEntry)


def test_height_estimate_is_positive_and_scales() -> None:
    assert answer("x\n" * 100).estimate(40) > 100
    assert answer("x" * 4000).estimate(40) > 100
    assert answer("").estimate(1) > 0


def test_base_entry_has_no_layout() -> None:
    with pytest.raises(NotImplementedError):
        Entry(LIVE).height(40)


@FEW
@given(st.lists(st.one_of(markdown, strange_text), max_size=4), st.lists(strange_text, max_size=3), st.integers(3, 60))
def test_answers_never_exceed_width(contents: list[str], thoughts: list[str], width: int) -> None:
    entry = AnswerEntry(replace(LIVE, model="名前" * 20))
    entry.fold()
    for content in contents:
        entry.append(StreamingChunk(content))
    for thinking in thoughts:
        entry.append(StreamingChunk(thinking=thinking, tool_calls=(ToolCall("名" * 30, thinking),)))
    entry.finish(replace(LIVE, outcome="failed", failure=Failure("server", "日本 " * 20, "hint " * 20)))

    assert all(entry.line(at, width).width <= width for at in range(entry.height(width)))


LONG_ANSWER = "\n\n".join(f"Paragraph {number} with **bold** text.\n\n- item\n- item" for number in range(1_000))


def sliced(entry: Entry, width: int) -> list[int]:
    """The heights after each call of `lay_out` that lays out as little as possible."""
    heights = []
    while True:
        is_complete = entry.lay_out(width, 0)
        heights.append(entry.height(width))
        if is_complete:
            return heights


def test_long_answer_is_laid_out_in_slices() -> None:
    entry = answer(LONG_ANSWER)
    heights = sliced(entry, 40)

    assert len(heights) > 10
    assert heights[-1] == len(texts(entry))
    assert texts(entry) == texts(answer(LONG_ANSWER))


def test_end_of_long_answer_is_shown_before_its_beginning_was_read() -> None:
    entry = answer(LONG_ANSWER)
    height = entry.lay_out_near(40, None, 30, 0, LayoutBudget(0))
    shown = [entry.line(at, 40).text for at in range(height - 30, height)]

    assert shown == texts(answer(LONG_ANSWER))[-30:]
    assert not entry.lay_out(40, 0)


@pytest.mark.parametrize(
    "content",
    ["some words in one paragraph " * 3_000, "> a **quote** that goes on\n" * 3_000, "> ```\n> code\n> ```\n" * 2_000],
)
def test_beginning_of_one_huge_block_is_shown_before_it_was_read_to_its_end(content: str) -> None:
    entry = answer(content)
    entry.lay_out_near(40, None, 30, 0, LayoutBudget(0))
    entry.lay_out_near(40, 0, 0, 30, LayoutBudget(0))
    shown = [entry.line(at, 40).text.rstrip() for at in range(1, 20)]

    assert shown == texts(answer(content))[1:20]
    assert not entry.lay_out(40, 0)


def test_line_in_the_preview_stays_while_the_rest_is_read() -> None:
    entry = answer(LONG_ANSWER)
    height = entry.lay_out_near(40, None, 30, 0, LayoutBudget(0))
    at = height - 20
    before = entry.line(at, 40)
    is_complete = False
    while not is_complete:
        budget = LayoutBudget(0)
        at = entry.lay_out_near(40, at, 10, 20, budget)
        assert entry.line(at, 40) == before
        is_complete = not budget.is_exhausted


def test_lines_near_one_in_the_middle_are_those_of_a_full_layout() -> None:
    entry, full = answer(LONG_ANSWER), texts(answer(LONG_ANSWER))
    sliced(entry, 40)
    entry.height(60)
    at = entry.lay_out_near(40, 2_000, 20, 20, LayoutBudget(10))

    assert [entry.line(each, 40).text.rstrip() for each in range(at - 20, at + 20)] == full[at - 20 : at + 20]


def test_slices_at_another_width_begin_again() -> None:
    entry = answer(LONG_ANSWER)
    sliced(entry, 40)

    assert len(sliced(entry, 20)) > 10
    assert texts(entry, 20) == texts(answer(LONG_ANSWER), 20)


def test_short_answer_is_laid_out_at_once() -> None:
    assert answer("short").lay_out(40, 0)
    assert Entry.lay_out(entry_for(ChatMessage("1", "user", "a")), 40, 0)


def test_flood_of_text_is_laid_out_in_slices() -> None:
    entry = AnswerEntry(LIVE)
    entry.append(StreamingChunk(LONG_ANSWER))
    assert not entry.lay_out(40, 0)
    entry.finish(answer(LONG_ANSWER).message)

    assert len(sliced(entry, 40)) > 10
    assert texts(entry) == texts(answer(LONG_ANSWER))


@pytest.mark.parametrize(
    "content", [LONG_ANSWER, "**bold** `code` [l](u) " * 2_000, f"<think>\nx\n</think>{LONG_ANSWER}"]
)
def test_streaming_answer_is_laid_out_in_slices_at_another_width(content: str) -> None:
    entry = AnswerEntry(LIVE)
    cut = len(content) - 1_000
    for at in range(0, cut, 1_000):
        entry.append(StreamingChunk(content[at : min(cut, at + 1_000)], "thought "))
        entry.lay_out(40, 0)
    entry.append(StreamingChunk(tool_calls=(ToolCall("f", {}),)))
    sliced(entry, 40)
    assert len(sliced(entry, 20)) > 5
    entry.append(StreamingChunk(content[cut:]))
    thinking = "thought " * -(-cut // 1_000)
    complete = answer(content, thinking=thinking, tool_calls=(ToolCall("f", {}),))
    entry.finish(complete.message)
    assert texts(entry, 20) == texts(complete, 20)


def test_many_tool_calls_are_laid_out_in_slices() -> None:
    calls = tuple(ToolCall(f"f{number}", {}) for number in range(2_000))
    entry = answer(tool_calls=calls)
    heights = sliced(entry, 40)

    assert len(heights) > 10
    assert len([line for line in texts(entry) if line.startswith("▸ ƒ")]) == 2_000


def test_copied_code_is_complete_before_all_is_laid_out() -> None:
    entry = answer(LONG_ANSWER + "\n\n```py\nx\n```")
    entry.lay_out(40, 0)

    assert code_texts(entry) == ["x"]


def test_dropped_partial_layout_is_complete_afterwards() -> None:
    entry = answer(LONG_ANSWER)
    entry.lay_out(40, 0)
    entry.drop_lines()

    assert texts(entry) == texts(answer(LONG_ANSWER))


def arriving(entry: AnswerEntry) -> list[str]:
    """The lines with the mark for arriving text."""
    return [text for text in texts(entry) if "▍" in text]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("one\n\ntwo", "  two▍"),
        ("- one", "  • one▍"),
        ("> one", "  ▎ one▍"),
        ("```py\nx = 1\n", "    x = 1▍"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "  1   2▍"),
        ("one **two", "  one two▍"),
        ("x" * 40, "  " + "x" * 40 + "▍"),
    ],
)
def test_mark_stands_where_text_arrives_until_the_answer_ends(source: str, shown: str) -> None:
    entry = AnswerEntry(LIVE)
    assert arriving(entry) == []
    entry.append(StreamingChunk(source))
    assert [line.strip() for line in arriving(entry)] == [shown.strip()]
    assert "▍" not in "".join(run.text for line in entry.lines(40) for run in line.runs if run.copyable)
    entry.finish(replace(LIVE, content=source, outcome="complete"))
    assert arriving(entry) == []


def test_mark_stands_after_unfolded_thinking_while_the_model_thinks() -> None:
    entry = AnswerEntry(LIVE)
    entry.append(StreamingChunk("", "hm"))
    assert arriving(entry) == []
    entry.fold()
    assert [line.strip() for line in arriving(entry)] == ["hm▍"]
    entry.append(StreamingChunk("Yes"))
    assert [line.strip() for line in arriving(entry)] == ["Yes▍"]
    entry.append(StreamingChunk("", "", (CALL,)))
    assert arriving(entry) == []


SCRIPT = "all:\n\techo 1\n\n\techo 2  "


@pytest.mark.parametrize("outcome", ["complete", "streaming"])
@pytest.mark.parametrize(
    "source",
    [
        f"```make\n{SCRIPT}\n```\n\n```\nother\n```\n",
        "- x\n\n  ```make\n" + "".join(f"  {line}\n" for line in SCRIPT.split("\n")) + "  ```\n\nend\n",
        "> ```\n" + "".join(f"> {line}\n" for line in SCRIPT.split("\n")) + "> ```\n\n",
    ],
)
def test_copied_code_is_the_source_with_its_tabs(source: str, outcome: Outcome) -> None:
    entry = AnswerEntry(ChatMessage("a", "assistant", source, outcome=outcome))
    entry.height(20)
    title = next(line for line in entry.lines(20) if line.tail and line.tail.look.name == "copy")

    assert entry.code_of(title) == SCRIPT


def test_copied_code_of_an_open_or_indented_block_is_what_is_shown() -> None:
    entry = AnswerEntry(ChatMessage("a", "assistant", "    one\n\n    two\n\n```py\nx = 1\ny", outcome="streaming"))
    titles = [line for line in entry.lines(40) if line.tail and line.tail.look.name == "copy"]

    assert [entry.code_of(title) for title in titles] == ["one\n\ntwo", "x = 1\ny"]


@pytest.mark.parametrize("after", ["", "\n\n" + LONG_ANSWER])
@pytest.mark.parametrize("is_live", [False, True])
def test_code_is_highlighted_once_its_lexer_is_loaded(
    after: str, is_live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = f"```Racket\n(define x 1)\n```{after}"
    entry = AnswerEntry(LIVE) if is_live else answer(content)
    if is_live:
        entry.append(StreamingChunk(content))
    with monkeypatch.context() as patch:
        patch.setattr(code, "lexer_of", lambda _language: None)
        sliced(entry, 40)
        assert "keyword" not in looks(entry)
    assert not entry.highlight({"scala"})
    assert entry.highlight({"scala", "racket"})

    assert "keyword" in looks(entry)


def test_code_in_prompt_is_highlighted_once_its_lexer_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = PromptEntry(ChatMessage("p", "user", "```racket\n(define x 1)\n```"))
    assert not entry.highlight({"racket"})
    with monkeypatch.context() as patch:
        patch.setattr(code, "lexer_of", lambda _language: None)
        assert "keyword" not in looks(entry)
    assert entry.highlight({"racket"})

    assert "keyword" in looks(entry)


def looks(entry: Entry) -> set[str]:
    return {run.look.name for line in entry.lines(40) for run in line.runs}


def test_figures_break_between_each_other_only() -> None:
    entry = answer("Yes.", stats=AnswerStats(Usage(3, 2_000), total_s=0.03, tokens_per_second=40.0))
    assert texts(entry, 24)[-4:] == ["", "2,000 tokens · 40 tok/s", "0.03 s", ""]
    assert texts(entry, 22)[-3:] == ["2,000 tokens", "40 tok/s · 0.03 s", ""]
