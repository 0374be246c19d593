"""Labels and notes for messages."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from tui.chat.chunk import ToolCall, Usage
from tui.chat.formatting import (
    format_count,
    format_prompt_tokens,
    format_rate,
    format_seconds,
    format_size,
    format_stats,
    format_timing,
)
from tui.chat.image import Image
from tui.chat.message import AnswerStats, ChatMessage, Failure
from tui.errors import ErrorKind
from tui.workspace.labels import failure_title, finish_note, image_label, thinking_label, tool_call_label


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (0.417, "0.42 s"),
        (0.996, "1.0 s"),
        (1, "1.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (12.3, "12 s"),
        (119.4, "119 s"),
        (119.6, "2 min 0 s"),
        (200.7, "3 min 21 s"),
        (3600, "60 min 0 s"),
    ],
)
def test_format_seconds_rounds_by_magnitude(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(8.42, "8.4"), (19.94, "19.9"), (19.97, "20"), (120.4, "120"), (12345.6, "12,346")]
)
def test_format_rate_rounds_by_magnitude(rate: float, text: str) -> None:
    assert format_rate(rate) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (34_400, "34 kB"),
        (999_499, "999 kB"),
        (999_900, "1.0 MB"),
        (4_700_000_000, "4.7 GB"),
        (99_960_000_000, "100 GB"),
        (250_000_000_000, "250 GB"),
        (7_300_000_000_000, "7.3 TB"),
    ],
)
def test_format_size_uses_readable_units(size: int, text: str) -> None:
    assert format_size(size) == text


def test_format_stats_shows_known_values_only() -> None:
    assert format_stats(ChatMessage("a", "assistant", "x", finish_reason="stop")) == ""
    stats = AnswerStats(Usage(completion_tokens=1234), first_token_s=0.42, total_s=12, tokens_per_second=106.2)
    assert format_stats(ChatMessage("a", "assistant", "x", stats=stats)) == "1,234 tokens · 106 tok/s · 12 s"
    assert format_timing(stats) == ["106 tok/s", "first token 0.42 s", "total 12 s"]
    assert format_stats(ChatMessage("a", "assistant", "x", stats=AnswerStats(Usage(prompt_tokens=3)))) == ""


@pytest.mark.parametrize(
    ("count", "text"), [(None, "? tokens"), (0, "0 tokens"), (1, "1 token"), (2, "2 tokens"), (1234, "1,234 tokens")]
)
def test_format_count_uses_the_plural_except_for_one(count: int | None, text: str) -> None:
    assert format_count(count, "token") == text


@pytest.mark.parametrize(
    ("usage", "text"),
    [
        (Usage(), "? tokens"),
        (Usage(1), "1 token"),
        (Usage(2600, 5, 2000), "2,600 tokens, 2,000 cached"),
        (Usage(26, cached_prompt_tokens=0), "26 tokens, 0 cached"),
    ],
)
def test_prompt_tokens_name_the_cached_ones_if_known(usage: Usage, text: str) -> None:
    assert format_prompt_tokens(usage) == text


def test_format_stats_counts_one_token_in_the_singular() -> None:
    stats = AnswerStats(Usage(completion_tokens=1))
    assert format_stats(ChatMessage("a", "assistant", "x", stats=stats)) == "1 token"


def test_unusual_finish_reason_is_in_stats_and_escaped() -> None:
    assert format_stats(ChatMessage("a", "assistant", "x", finish_reason="leng\x1bth\n")) == "leng␛th"


def test_finish_reason_is_not_in_stats_where_calls_say_the_same() -> None:
    message = ChatMessage("a", "assistant", "x", finish_reason="tool_calls")

    assert format_stats(message) == "tool_calls"
    assert format_stats(replace(message, tool_calls=(ToolCall("f", {}),))) == ""


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (ChatMessage("a", "assistant", "x", finish_reason="stop"), ""),
        (ChatMessage("a", "assistant", ""), "empty answer"),
        (ChatMessage("a", "assistant", "x", finish_reason="length"), "Token limit"),
        (ChatMessage("a", "assistant", "x", finish_reason="content_filter"), "filter"),
        (ChatMessage("a", "assistant", "", thinking="hm"), "did not answer"),
        (ChatMessage("a", "assistant", "", thinking="hm", tool_calls=(ToolCall("f", {}),)), ""),
        (ChatMessage("a", "assistant", "", outcome="streaming"), ""),
        (ChatMessage("a", "assistant", "", outcome="failed"), ""),
    ],
)
def test_unusual_answer_has_finish_note(message: ChatMessage, text: str) -> None:
    assert text in finish_note(message)
    assert bool(text) == bool(finish_note(message))


@pytest.mark.parametrize(
    ("call", "label"),
    [
        (ToolCall("f", {}), "f({})"),
        (ToolCall("f", {"city": "Köln", "n": 1}), 'f({"city": "Köln", "n": 1})'),
        (ToolCall("f", '{"ci'), 'f({"ci)'),
        (ToolCall("", "x\ny\x1b"), "(no name)(x y␛)"),
    ],
)
def test_tool_call_label_is_one_safe_line(call: ToolCall, label: str) -> None:
    assert tool_call_label(call) == label


def test_image_label_is_one_safe_line() -> None:
    assert image_label(Image("image/png", b"x" * 34_000, "a\nb.png")) == "a b.png · image/png · 34 kB"
    assert image_label(Image("image/png", b"")) == "image · image/png · 0 B"


@pytest.mark.parametrize(
    ("words", "seconds", "live", "label"),
    [
        (1, None, False, "Thought · 1 word"),
        (1234, 3.21, False, "Thought for 3.2 s · 1,234 words"),
        (12, None, True, "Thinking · 12 words"),
        (12, 3.21, True, "Thinking · 12 words"),
    ],
)
def test_thinking_label_shows_duration_and_word_count(
    words: int, seconds: float | None, live: bool, label: str
) -> None:
    assert thinking_label(words, seconds, live=live) == label


@pytest.mark.parametrize("kind", get_args(ErrorKind))
def test_every_error_kind_has_a_title(kind: ErrorKind) -> None:
    title = failure_title(Failure(kind, "It failed."))

    assert title != kind
    assert title[0].isupper()
