"""Gathering the text of an answer."""

from __future__ import annotations

import tracemalloc

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.session.answer_builder import AnswerBuilder
from tui.session.recorder import NullRecorder


async def test_answer_in_small_chunks_takes_about_the_memory_of_its_text() -> None:
    builder = AnswerBuilder(ChatMessage("a", "assistant", ""), NullRecorder(), lambda: 0.0, remember=True)
    chunks = [StreamingChunk(f"{at:4d}") for at in range(1_000)]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for at in range(200_000):
            # Each text is a string of its own, as those of a server are.
            builder.add(chunks[at % 1_000]._replace(content=f"{at % 1_000:4d}"))
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert taken < 1.5 * 800_000


async def test_partial_and_final_answer_share_their_text() -> None:
    builder = AnswerBuilder(ChatMessage("a", "assistant", "so "), NullRecorder(), lambda: 0.0, remember=True)
    for _ in range(10):
        builder.add(StreamingChunk("word ", "hm "))
    partial = builder.partial_answer
    final = builder.finish(None, None)

    assert partial.content == "so " + "word " * 10
    assert final.content is partial.content
    assert final.thinking is partial.thinking
