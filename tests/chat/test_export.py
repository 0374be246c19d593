"""Exporting conversations as Markdown, HTML and JSON."""

from __future__ import annotations

import base64
import html
import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tui.chat.chunk import ToolCall, Usage
from tui.chat.conversation import Conversation
from tui.chat.export import ExportFormat, format_conversation
from tui.chat.image import Image
from tui.chat.message import AnswerStats, ChatMessage, Failure
from tui.chat.tool_outcome import ToolOutcome

HOSTILE = '<script>alert(1)</script> & "quotes" \x1b[2J </code></pre></style>'


def conversation_of(*messages: ChatMessage, title: str = "A talk") -> Conversation:
    return Conversation("c", title=title, created_at=5.0, provider="p", model="m").append(*messages)


def answer(content: str, **fields: object) -> ChatMessage:
    return ChatMessage("a", "assistant", content, "q", provider="p", model="m", **fields)  # type: ignore[arg-type]  # any fields


QUESTION = ChatMessage("q", "user", "Why?", images=(Image("image/png", b"\x89PNG", "cat.png"),))


def test_markdown_has_title_and_speakers() -> None:
    text = format_conversation(
        conversation_of(ChatMessage("q", "user", "Why?", created_at=0.0), answer("**So**\n", created_at=3600.0)), "md"
    )

    assert text == "# A talk\n\n## You\n\nWhy?\n\n## m · p (1970-01-01 01:00 UTC)\n\n**So**\n"


def test_markdown_separates_thinking_calls_images_failures() -> None:
    call = ToolCall("look", {"where": "``` here"})
    failure = Failure("interrupted", "It ended.")
    text = format_conversation(
        conversation_of(QUESTION, answer("<think>Hm\n\nso</think>\nSo", tool_calls=(call,), failure=failure)), "md"
    )

    assert "![cat.png](data:image/png;base64,iVBORw==)" in text
    assert "> *Thinking*\n>\n> Hm\n>\n> so\n\nSo" in text
    assert '````json\n{\n  "where": "``` here"\n}\n````' in text
    assert text.endswith("*It ended.*\n")


@pytest.mark.parametrize("wanted", ["md", "html"])
@pytest.mark.parametrize(
    "content",
    [
        "<|channel>thought\nHm.\n<channel|>So.",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>So.<|return|>",
        "Hm.\n</think>\nSo.",
    ],
)
def test_export_for_reading_has_no_thinking_marks(content: str, wanted: ExportFormat) -> None:
    text = format_conversation(conversation_of(QUESTION, answer(content)), wanted)

    assert "So." in text
    assert not any(mark in text for mark in ("channel", "/think", "message|", "return"))


def test_html_escapes_every_text() -> None:
    call = ToolCall(HOSTILE, HOSTILE)
    prompt = ChatMessage("q", "user", HOSTILE, images=(Image("image/png", b"x", f'">{HOSTILE}'),))
    hostile_answer = answer(f"{HOSTILE}\n```{HOSTILE}\n{HOSTILE}\n```\n{HOSTILE}", thinking=HOSTILE, tool_calls=(call,))
    text = format_conversation(conversation_of(prompt, hostile_answer, title=HOSTILE), "html")

    assert "<script" not in text
    assert text.count("</style>") == 1
    assert text.count("<pre>") == text.count("</pre>") == 2
    assert html.escape(HOSTILE) in text


def test_html_shows_closed_and_open_fences_as_code() -> None:
    text = format_conversation(conversation_of(QUESTION, answer("Do\n```sh\nls <x>\n```\nand\n~~~\nopen")), "html")

    assert "<pre><code>ls &lt;x&gt;\n</code></pre>" in text
    assert "<pre><code>open</code></pre>" in text
    assert '<div class="text">and</div>' in text


@given(st.text())
def test_html_contains_every_word(content: str) -> None:
    text = format_conversation(
        conversation_of(ChatMessage("q", "user", content.replace("```", "").replace("~~~", ""))), "html"
    )

    for word in content.replace("```", "").replace("~~~", "").split():
        assert html.escape(word) in text


@pytest.mark.parametrize(
    ("outcome", "note"),
    [
        (ToolOutcome("c", "look", "lab.look", "once", seconds=0.5), "allowed once · 0.50 s"),
        (ToolOutcome("c", "lok", is_error=True), "not run · error"),
        (None, "tool call"),
    ],
)
def test_tool_results_are_code_with_a_note(outcome: ToolOutcome | None, note: str) -> None:
    result = ChatMessage("t", "tool", "<think>``` **x**", "q", tool=outcome)
    markdown = format_conversation(conversation_of(QUESTION, result), "md")
    page = format_conversation(conversation_of(QUESTION, result), "html")

    name = "a tool" if outcome is None else outcome.full_name or outcome.name
    assert f"## Result of {name}\n\n*{note}*\n\n````\n<think>``` **x**\n````\n" in markdown
    assert f'<p class="note">{note}</p>\n<pre>&lt;think&gt;``` **x**</pre>' in page


def test_json_contains_all_fields_and_branches() -> None:
    stats = AnswerStats(Usage(3, 4), 0.5, 2.0, 2.0)
    other = ChatMessage("b", "assistant", "Because", "q", outcome="failed", failure=Failure("auth", "No.", "Key?", 401))
    conversation = conversation_of(QUESTION, other).append(
        answer("So", stats=stats, thinking="hm", finish_reason="stop")
    )
    value = json.loads(format_conversation(conversation, "json"))

    assert (value["format"], value["version"], value["head_id"]) == ("llm-tui conversation", 1, "a")
    assert [message["id"] for message in value["messages"]] == ["q", "b", "a"]
    assert base64.b64decode(value["messages"][0]["images"][0]["data"]) == b"\x89PNG"
    assert value["messages"][1]["failure"] == {"kind": "auth", "message": "No.", "hint": "Key?", "status": 401}
    assert value["messages"][2]["figures"]["usage"] == {"prompt_tokens": 3, "completion_tokens": 4}
    assert value["messages"][2]["thinking"] == "hm"


@given(st.lists(st.sampled_from(["```python", "~~~", "<!-- x", "- ```", "text", "", "> ```"]), max_size=5))
def test_no_message_swallows_the_next_one_in_markdown(lines: list[str]) -> None:
    content = "\n".join(lines)
    stopped = answer(content, outcome="cancelled", failure=Failure("cancelled", "You stopped this answer."))
    next_prompt = ChatMessage("q2", "user", content, "a")
    text = format_conversation(
        conversation_of(QUESTION, stopped, next_prompt, ChatMessage("z", "assistant", "", "q2")), "md"
    )
    headings = [token for token in MarkdownIt().parse(text) if token.type == "heading_open" and token.level == 0]
    assert len(headings) == 5


def test_deeply_nested_arguments_are_left_out() -> None:
    deep: dict[str, object] = {}
    for _ in range(5_000):
        deep = {"a": deep}
    conversation = conversation_of(QUESTION, answer("So", tool_calls=(ToolCall("x", deep),), options={"o": deep}))  # type: ignore[arg-type]
    for wanted in get_args(ExportFormat):
        assert "nested too deeply" in format_conversation(conversation, wanted)
