"""The output of `llm-tui ask`: plain text, or one JSON object per line."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, Protocol, assert_never

from tui.chat.chunk import StreamingChunk, ToolCall, Usage
from tui.chat.formatting import (
    format_count,
    format_json,
    format_prompt_tokens,
    format_seconds,
    format_timing,
    truncate,
)
from tui.chat.message import AnswerStats, ChatMessage
from tui.chat.safe_text import safe_line
from tui.chat.tool_outcome import APPROVAL_LABELS
from tui.chat.turn import (
    AnswerStarted,
    ChunkReceived,
    ToolCallEnded,
    ToolCallsReceived,
    ToolCallStarted,
    ToolCallWaiting,
    ToolsUnavailable,
    TurnEnded,
    TurnRetried,
    TurnStarted,
    TurnUpdate,
)
from tui.commands.output import Output, print_error
from tui.errors import ProviderError
from tui.lazy_pattern import lazy_pattern

_DECORATION: Final = lazy_pattern(r"(\.gguf|:latest|@main)$")
_MAX_QUOTED: Final = 200
"""Characters of an error of a tool that are printed."""

_DATE: Final = lazy_pattern(r"[-@](\d{4}-?\d{2}-?\d{2}|\d{4})")


class TurnOutput(Protocol):
    """Prints the updates of a turn."""

    error: ProviderError | None
    """The error that ended the turn. None while there is none."""

    async def show(self, update: TurnUpdate) -> None:
        """Print an update."""
        ...


class TextOutput:
    """Prints the bare answer on stdout, and everything else on stderr."""

    def __init__(self, output: Output, *, show_thinking: bool, show_stats: bool, runs_tools: bool = False) -> None:
        """Args:
        output: Standard output.
        show_thinking: Whether to print thinking.
        show_stats: Whether to print tokens and times.
        runs_tools: Whether tool calls are run. They are printed when they have a result then.
        """
        self.error: ProviderError | None = None
        self._output = output
        self._show_thinking = show_thinking
        self._show_stats = show_stats
        self._runs_tools = runs_tools
        self._calls: dict[str, ToolCall] = {}
        """The calls of the last answer by id."""
        self._stats: dict[str, AnswerStats] = {}
        """Times and tokens of the answers of the turn that have ended, by id."""
        self._requested_model = ""
        self._is_thinking = False
        self._is_empty = True
        self._last_character = "\n"

    async def show(self, update: TurnUpdate) -> None:
        """Print an update."""
        match update:
            case TurnStarted(_, answer):
                self._requested_model = answer.model
            case ChunkReceived(chunk):
                await self._show_chunk(chunk)
            case TurnRetried():
                print_error(f"{update.message} Retrying in {update.wait_s:.1f} s (retry {update.attempt}).")
            case ToolsUnavailable(reason):
                print_error(reason)
            case ToolCallsReceived(answer):
                self._calls = {call.id or "": call for call in answer.tool_calls}
                self._stats[answer.id] = answer.stats
            case ToolCallWaiting():
                await self._end_line()
            case ToolCallStarted():
                pass
            case ToolCallEnded(result):
                await self._end_line()
                self._show_result(result)
            case AnswerStarted():
                await self._end_line()
            case TurnEnded(answer, error):
                await self._end_thinking()
                # The last line of a text ends like the others. After Ctrl+C the terminal shows `^C` on the line.
                is_cancelled = error is not None and error.kind == "cancelled"
                if not self._last_character.endswith("\n") or (is_cancelled and self._output.is_terminal):
                    await self._output.write("\n")
                await self._output.flush()
                self._show_end(answer, error)
            case _:
                assert_never(update)

    async def _show_chunk(self, chunk: StreamingChunk) -> None:
        if chunk.model and is_other_model(self._requested_model, chunk.model):
            await self._output.flush()
            print_error(f"The model {chunk.model} answers instead of {self._requested_model}.")
        if chunk.thinking and self._show_thinking:
            await self._start_thinking()
            await self._write(chunk.thinking)
        if chunk.content:
            await self._end_thinking()
            await self._write(chunk.content)
        if chunk.images:
            self._is_empty = False
            await self._output.flush()
            count = format_count(len(chunk.images), "image")
            print_error(f"The answer has {count}.", "--json prints images; --save keeps them.")
        for call in chunk.tool_calls:
            self._is_empty = False
            if not self._runs_tools:
                await self._output.flush()
                print_error(f"Tool call: {_format_call(call)}")

    async def _end_line(self) -> None:
        """Print what follows on a line of its own."""
        await self._end_thinking()
        if not self._last_character.endswith("\n"):
            await self._write("\n")
        await self._output.flush()

    def _show_result(self, result: ChatMessage) -> None:
        """Print how a call went."""
        tool = result.tool
        assert tool is not None
        call = self._calls.get(tool.call_id) or ToolCall(tool.name, {})
        parts = [f"Tool call: {_format_call(call)}", APPROVAL_LABELS[tool.approval]]
        if tool.approval != "denied":
            parts.append(format_seconds(tool.seconds))
        if tool.is_error:
            parts.append(f"error: {truncate(safe_line(result.content), _MAX_QUOTED)}")
        print_error(" · ".join(parts))

    async def _start_thinking(self) -> None:
        if not self._is_thinking:
            self._is_thinking = True
            await self._write_marker(on_terminal="\x1b[2m", in_pipe="<think>\n")

    async def _end_thinking(self) -> None:
        if self._is_thinking:
            self._is_thinking = False
            if not self._last_character.endswith("\n"):
                await self._write("\n")
            await self._write_marker(on_terminal="\x1b[0m\n", in_pipe="</think>\n\n")

    async def _write_marker(self, *, on_terminal: str, in_pipe: str) -> None:
        if self._output.is_terminal:
            await self._output.write_control(on_terminal)
        else:
            await self._output.write(in_pipe)

    async def _write(self, text: str) -> None:
        self._last_character = text[-1:]
        self._is_empty = False
        await self._output.write(text)

    def _show_end(self, answer: ChatMessage, error: ProviderError | None) -> None:
        self.error = error
        if error is not None and error.kind != "cancelled":
            print_error(str(error), error.hint)
        elif error is None and self._is_empty:
            print_error("The server sent an empty answer.", f"Finish reason: {answer.finish_reason or 'unknown'}.")
        if self._show_stats:
            stats = total_stats([*({**self._stats, answer.id: answer.stats}).values()])
            print_error(_format_all_stats(replace(answer, stats=stats)))


class JSONOutput:
    """Prints every update as one JSON object per line on stdout."""

    def __init__(self, output: Output, endpoint: str) -> None:
        self.error: ProviderError | None = None
        self._output = output
        self._endpoint = endpoint
        self._has_text = False
        self._stats: dict[str, AnswerStats] = {}
        """Times and tokens of the answers of the turn that have ended, by id."""

    async def show(self, update: TurnUpdate) -> None:
        """Print an update."""
        match update:
            case TurnStarted(_, answer):
                provider = answer.provider
                await self._write("start", provider=provider, model=answer.model, endpoint=self._endpoint)
            case ChunkReceived(chunk):
                await self._show_chunk(chunk)
            case TurnRetried(attempt, wait_s, kind, message):
                await self._write("retry", attempt=attempt, wait_s=round(wait_s, 3), kind=kind, message=message)
            case ToolsUnavailable(reason):
                print_error(reason)
            case ToolCallsReceived(answer):
                self._stats[answer.id] = answer.stats
            case ToolCallWaiting() | ToolCallStarted() | AnswerStarted():
                pass
            case ToolCallEnded(result):
                await self._show_result(result)
            case TurnEnded(answer, None):
                await self._show_done(answer)
            case TurnEnded(_, error):
                assert error is not None
                self.error = error
                status, hint = error.status, error.hint
                await self._write(
                    "error", kind=error.kind, message=str(error), status=status, hint=hint, partial=self._has_text
                )
            case _:
                assert_never(update)

    async def _show_chunk(self, chunk: StreamingChunk) -> None:
        self._has_text = self._has_text or chunk.has_text
        if chunk.model:
            await self._write("model", name=chunk.model)
        if chunk.thinking:
            await self._write("thinking", text=chunk.thinking)
        if chunk.content:
            await self._write("content", text=chunk.content)
        for image in chunk.images:
            data = base64.b64encode(image.data).decode("ascii")
            await self._write("image", media_type=image.media_type, data=data)
        for call in chunk.tool_calls:
            await self._write("tool_call", name=call.name, arguments=call.arguments, id=call.id)

    async def _show_done(self, answer: ChatMessage) -> None:
        stats = total_stats([*({**self._stats, answer.id: answer.stats}).values()])
        timing = {
            "first_token_s": _rounded(stats.first_token_s),
            "total_s": _rounded(stats.total_s),
            "tokens_per_s": _rounded(stats.tokens_per_second),
        }
        await self._write("done", finish_reason=answer.finish_reason, usage=_usage_fields(stats.usage), timing=timing)

    async def _show_result(self, result: ChatMessage) -> None:
        tool = result.tool
        assert tool is not None
        await self._write(
            "tool_result",
            name=tool.name,
            id=tool.call_id,
            content=result.content,
            is_error=tool.is_error,
            approval=tool.approval,
            seconds=round(tool.seconds, 4),
            tool=tool.full_name,
        )

    async def _write(self, event_type: str, **fields: object) -> None:
        await self._output.write_json({"type": event_type, **fields})


def total_stats(answers: Sequence[AnswerStats]) -> AnswerStats:
    """Times and tokens of all answers of a turn. Those of one answer stay as they are.

    Args:
        answers: Those of each answer, in order; at least one.
    """
    *earlier, last = answers
    if not earlier:
        return last
    usages = [stats.usage or Usage() for stats in answers]
    usage = Usage(
        _sum(usage.prompt_tokens for usage in usages),
        _sum(usage.completion_tokens for usage in usages),
        _sum(usage.cached_prompt_tokens for usage in usages),
    )
    return AnswerStats(
        usage=None if usage == Usage() else usage,
        first_token_s=answers[0].first_token_s,
        total_s=sum(stats.total_s or 0.0 for stats in answers),
        tokens_per_second=last.tokens_per_second,
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum of the known counts. None if none is known."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def is_other_model(requested: str, answering: str) -> bool:
    """Whether another model than the requested one answers.

    The same model may be named with its version, its folder or its file: `gpt-4o` answers as `gpt-4o-2024-08-06`.
    """
    asked, got = _short_name(requested), _short_name(answering)
    return got != asked and not (got.startswith(asked) and _DATE.fullmatch(got, len(asked)))


def _short_name(model: str) -> str:
    return _DECORATION.sub("", model.lower().replace("\\", "/").rpartition("/")[2])


def _usage_fields(usage: Usage | None) -> dict[str, int | None] | None:
    return None if usage is None else usage.to_json()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _format_call(call: ToolCall) -> str:
    arguments = call.arguments if isinstance(call.arguments, str) else format_json(call.arguments)
    return f"{call.name}({arguments})"


def _format_all_stats(answer: ChatMessage) -> str:
    """The statistics of an answer with unknown token counts marked, as a script may look for them."""
    usage = answer.stats.usage or Usage()
    return " · ".join(
        [
            f"finish reason {safe_line(answer.finish_reason or 'unknown')}",
            f"prompt {format_prompt_tokens(usage)}",
            f"answer {format_count(usage.completion_tokens, 'token')}",
            *format_timing(answer.stats),
        ]
    )
