"""How the log words things."""

from __future__ import annotations

from typing import get_args

import pytest

from tui.chat.chunk import ToolCall, Usage
from tui.chat.formatting import format_rate, format_seconds, format_size, format_stats
from tui.chat.message import AnswerStats, ChatMessage, Failure, Image
from tui.errors import ErrorKind
from tui.ui.log.labels import failure_title, finish_note, image_label, thinking_label, tool_call_label


@pytest.mark.parametrize(
    ("seconds", "words"),
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
def test_a_span_of_time_is_as_exact_as_one_cares(seconds: float, words: str) -> None:
    assert format_seconds(seconds) == words


@pytest.mark.parametrize(
    ("rate", "words"), [(8.42, "8.4"), (19.94, "19.9"), (19.97, "20"), (120.4, "120"), (12345.6, "12,346")]
)
def test_a_rate_is_as_exact_as_one_cares(rate: float, words: str) -> None:
    assert format_rate(rate) == words


@pytest.mark.parametrize(
    ("size", "words"),
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
def test_a_size_has_the_unit_that_people_use(size: int, words: str) -> None:
    assert format_size(size) == words


def test_figures_say_only_what_is_known() -> None:
    assert format_stats(ChatMessage("a", "assistant", "x", finish_reason="stop")) == ""
    figures = AnswerStats(Usage(completion_tokens=1234), first_token_s=0.42, total_s=12, tokens_per_second=106.2)
    assert format_stats(ChatMessage("a", "assistant", "x", stats=figures)) == (
        "1,234 tokens · 106 tok/s · first token 0.42 s · total 12 s"
    )
    assert format_stats(ChatMessage("a", "assistant", "x", stats=AnswerStats(Usage(prompt_tokens=3)))) == ""


def test_an_unusual_end_is_among_the_figures_and_safe() -> None:
    assert format_stats(ChatMessage("a", "assistant", "x", finish_reason="leng\x1bth\n")) == "leng␛th"


@pytest.mark.parametrize(
    ("message", "said"),
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
def test_an_answer_that_is_not_what_one_expects_says_so(message: ChatMessage, said: str) -> None:
    assert said in finish_note(message)
    assert bool(said) == bool(finish_note(message))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (ToolCall("f", {}), "f({})"),
        (ToolCall("f", {"city": "Köln", "n": 1}), 'f({"city": "Köln", "n": 1})'),
        (ToolCall("f", '{"ci'), 'f({"ci)'),
        (ToolCall("", "x\ny\x1b"), "(no name)(x y␛)"),
    ],
)
def test_a_tool_call_is_one_safe_line(call: ToolCall, words: str) -> None:
    assert tool_call_label(call) == words


def test_an_image_is_one_safe_line() -> None:
    assert image_label(Image("image/png", b"x" * 34_000, "a\nb.png")) == "a b.png · image/png · 34 kB"
    assert image_label(Image("image/png", b"")) == "image · image/png · 0 B"


@pytest.mark.parametrize(
    ("words", "seconds", "live", "said"),
    [
        (1, None, False, "thought 1 word"),
        (1234, 3.21, False, "thought for 3.2 s, 1,234 words"),
        (12, None, True, "thinking… 12 words"),
        (12, 3.21, True, "thinking… 3.2 s, 12 words"),
    ],
)
def test_thinking_says_how_long_it_took_and_how_much_it_is(
    words: int, seconds: float | None, live: bool, said: str
) -> None:
    assert thinking_label(words, seconds, live=live) == said


@pytest.mark.parametrize("kind", get_args(ErrorKind))
def test_every_failure_has_a_title_for_people(kind: ErrorKind) -> None:
    title = failure_title(Failure(kind, "It failed."))

    assert title != kind
    assert title[0].isupper()
