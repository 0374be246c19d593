"""A scripted provider with another script for each answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.scripted_provider import ScriptedProvider, Step
from tui.chat.chunk import JSONObject, StreamingChunk, ToolCall
from tui.chat.model_info import ChatRequest
from tui.chat.turn import ServerActivity
from tui.providers.base import AnswerStream, ignore_stage


def calling(*calls: ToolCall | str, text: str = "") -> tuple[Step, ...]:
    """The script of an answer with tool calls; a name calls that tool without arguments."""
    made = tuple(call if isinstance(call, ToolCall) else ToolCall(call, {}) for call in calls)
    return (StreamingChunk(content=text, tool_calls=made), StreamingChunk(finish_reason="tool_calls"))


def call(name: str, arguments: JSONObject | str | None = None, id: str | None = None) -> ToolCall:  # noqa: A002
    return ToolCall(name, {} if arguments is None else arguments, id)


class AnswersProvider(ScriptedProvider):
    """Runs the next script for each answer; the last one is repeated."""

    def __init__(self, *answers: Sequence[Step]) -> None:
        super().__init__()
        self.answers = list(answers)

    def stream_chat(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
    ) -> AnswerStream:
        self._script = tuple(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        return super().stream_chat(request, on_stage)
