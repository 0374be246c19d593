"""JSON answers that fit a schema, in turns whose model may call tools.

Servers make a model write JSON by allowing it no other tokens, and so no tool calls: Ollama, llama.cpp and vLLM alike.
The schema is therefore sent in a request without tools. In a turn with tools, that is one more request after the last
call, unless the answer fits the schema already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.chat.chunk import StreamingChunk
from tui.chat.json_schema import text_problem
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived
from tui.errors import ProtocolBroken
from tui.session.tool_loop import ToolLoop


class StructuredOutput:
    """Decides which answers of a turn are shown, and whether another one is asked for."""

    def __init__(self, schema: Mapping[str, Any] | None, loop: ToolLoop | None) -> None:
        """Args:
        schema: The schema that the last answer must fit. None for text.
        loop: The tool calls of the turn. None without tools.
        """
        self._schema = schema
        self._loop = loop

    @property
    def _is_drafting(self) -> bool:
        """Whether the running request could not have the schema, because it has tools."""
        return self._schema is not None and self._loop is not None and bool(self._loop.offered)

    def shown(self, update: ChunkReceived) -> ChunkReceived:
        """What to show of a chunk: not the text of an answer that may be replaced."""
        return update._replace(chunk=update.chunk._replace(content="")) if self._is_drafting else update

    def asks_again(self, answer: ChatMessage) -> bool:
        """Whether the last answer has to be asked for again, with the schema. No tools are offered for that."""
        if self._loop is None or not self._is_drafting or not self._problem(answer):
            return False
        self._loop.withdraw_tools()
        return True

    def held(self, answer: ChatMessage) -> ChunkReceived | None:
        """The text of the last answer, if it was not shown while it arrived."""
        return ChunkReceived(StreamingChunk(content=answer.content)) if self._is_drafting and answer.content else None

    def error(self, answer: ChatMessage) -> ProtocolBroken | None:
        """The error of an answer that does not fit the schema. None if it does, or there is no schema."""
        problem = self._problem(answer)
        if not problem:
            return None
        return ProtocolBroken(
            f"The answer does not fit the schema: {problem}",
            hint="Try again, or another model. Not all servers support it.",
        )

    def _problem(self, answer: ChatMessage) -> str:
        return "" if self._schema is None else text_problem(self._schema, answer.text)
