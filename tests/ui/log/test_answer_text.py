"""The text of an answer, before it is laid out."""

from __future__ import annotations

import tracemalloc

import pytest

from tui.chat.chunk import StreamingChunk
from tui.ui.log.answer_text import AnswerText


@pytest.mark.parametrize(
    "pieces", [["so a\x1cb\n"], ["so ", "a\x1cb", "\n"], ["so a\x1c", "b\n"], ["s\r", "o a\x1cb\n"]]
)
def test_prose_that_turns_out_to_be_thinking_is_counted_as_it_was_sent(pieces: list[str]) -> None:
    text = AnswerText()
    for piece in [*pieces, "</think>\n\nYes"]:
        text.append(StreamingChunk(piece))

    sent = "".join(pieces)
    assert text.thinking_words == len(sent.split())
    assert text.answer.source == ""
    assert [line.text for line in text.answer_lines] == []
    text.finish()
    assert text.answer.source == "Yes"


def test_finished_answer_takes_no_memory_beside_its_message() -> None:
    content = "some words in a row " * 50_000
    text = AnswerText()
    tracemalloc.start()
    try:
        for at in range(0, len(content), 4_000):
            text.append(StreamingChunk(content[at : at + 4_000]))
        text.finish()
        before = tracemalloc.get_traced_memory()[0]
        text.share_content(content)
        freed = before - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert freed > 0.9 * len(content)
    assert text.answer.source == content


def test_answer_behind_thinking_is_the_end_of_its_message() -> None:
    content = "<think>\nHm.\n</think>\n\n" + "some words\n\n" * 10
    text = AnswerText()
    text.append(StreamingChunk(content))
    text.finish()
    text.share_content(content)

    assert text.answer.source == "some words\n\n" * 10
    assert [closed.source for closed in text.answer.closed_blocks] == ["some words"] * 10


def test_waiting_content_is_estimated_without_reading_it() -> None:
    text = AnswerText()
    text.append(StreamingChunk("word\n" * 2_000))
    assert text.waiting_lines(50) == 2_000 + 10_000 // 50
    text.feed(5_000)
    assert text.waiting_lines(50) == 1_000 + 5_000 // 50
    text.append(StreamingChunk("more\n"))
    assert text.waiting_lines(50) == 1_001 + 5_005 // 50
    text.feed()
    assert not text.is_waiting
    assert text.waiting_lines(50) == 0
