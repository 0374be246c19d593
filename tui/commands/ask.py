"""`llm-tui ask`: one answer, streamed to standard output."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
from dataclasses import replace
from typing import Protocol, assert_never

from tui.chat.chunk import JSONValue, StreamingChunk, ToolCall, Usage
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage, Image
from tui.chat.options import parse_option
from tui.chat.turn import ChunkReceived, TurnEnded, TurnRetried, TurnStarted, TurnUpdate
from tui.commands.bootstrap import configure_logging, load_settings
from tui.commands.output import Output, print_error
from tui.config.paths import data_folder
from tui.errors import ProviderError, TurnCancelled, UsageError
from tui.files.reading import read_image
from tui.runtime import Runtime
from tui.session.session import SendOptions, Session

INTERRUPTED = 130


def run_ask(arguments: argparse.Namespace) -> int:
    """Ask, and give the exit code."""
    loaded = load_settings(arguments)
    configure_logging(arguments)
    prompt = _prompt(arguments.prompt)
    images = tuple(read_image(name) for name in arguments.image)
    options = dict(parse_option(text) for text in arguments.option)
    folder = data_folder(os.environ, arguments.data_dir)
    return asyncio.run(_ask(Runtime(loaded, os.environ, folder), arguments, prompt, images, options))


async def _ask(
    runtime: Runtime,
    arguments: argparse.Namespace,
    prompt: str,
    images: tuple[Image, ...],
    options: dict[str, JSONValue],
) -> int:
    output = Output()
    runtime.on_store_error = lambda error: print_error(str(error), error.hint)
    voice: _Voice = _JSONLines(output, arguments.endpoint) if arguments.json else _PlainText(output, arguments)
    try:
        session = await _session(runtime, arguments, options)
        async with contextlib.aclosing(session.send(prompt, images)) as turn:
            async for update in turn:
                await voice.tell(update)
        await output.flush()
        if session.was_cut_to(session.send_options.options.get("num_ctx")):
            print_error(
                "The server cut the prompt: it is longer than num_ctx.", "A larger --option num_ctx makes room."
            )
    except ProviderError as error:
        # Before anything was sent: no model to be had, or nobody there to say which.
        await voice.tell(TurnEnded(ChatMessage("", "assistant", ""), error))
        await output.flush()
    except asyncio.CancelledError:
        # Whoever reads nothing is told nothing.
        if not output.is_stuck:
            await voice.tell(TurnEnded(ChatMessage("", "assistant", ""), TurnCancelled("Interrupted.")))
            await output.flush()
        return INTERRUPTED
    finally:
        await runtime.aclose()
    return 1 if voice.error is not None else 0


async def _session(runtime: Runtime, arguments: argparse.Namespace, options: dict[str, JSONValue]) -> Session:
    conversation = await _latest(runtime, arguments, options) if arguments.resume else None
    if conversation is not None and not arguments.provider and conversation.provider in runtime.provider_names:
        name = conversation.provider
    else:
        # A script is told when its provider is not there. Only "" asks for whichever is.
        name = runtime.settings.provider or await runtime.choose_provider()
    settings = runtime.settings_of(name)
    if arguments.endpoint == "generate" and settings.type not in ("ollama", "demo"):
        raise UsageError(f"{name} has no endpoint `generate`.", hint="Only Ollama has; leave --endpoint away.")
    model = arguments.model or (conversation.model if conversation and conversation.provider == name else "")
    model = await runtime.choose_model(name, model)
    send_options = SendOptions(
        system_prompt=settings.system_prompt if arguments.system is None else arguments.system,
        options={**settings.options, **options},
        stream=not arguments.no_stream,
        endpoint=arguments.endpoint,
        remember=arguments.save or arguments.resume,
    )
    recorder = runtime.conversations if send_options.remember else None
    return Session(await runtime.provider(name), model, conversation, send_options=send_options, recorder=recorder)


async def _latest(runtime: Runtime, arguments: argparse.Namespace, options: dict[str, JSONValue]) -> Conversation:
    """The conversation in which something was said last, with what is asked for on the command line chosen in it.

    Raises:
        UsageError: When there is none, or it cannot be gone on with now.
    """
    conversation = await runtime.conversations.call(lambda kept: kept.latest())
    if conversation is None:
        raise UsageError("There is no conversation to go on with.", hint="`--save` begins one.")
    if arguments.endpoint == "generate":
        raise UsageError("The endpoint `generate` knows no conversations.", hint="Leave --endpoint or --continue away.")
    if conversation.path and conversation.path[-1].outcome == "streaming":
        raise UsageError("Its last answer is still arriving in another llm-tui.", hint="Wait for it, or stop it there.")
    own = conversation.system_prompt if arguments.system is None else arguments.system
    return replace(conversation, system_prompt=own, options={**conversation.options, **options})


class _Voice(Protocol):
    """How a turn is told."""

    error: ProviderError | None
    """Why it is not whole. None as long as it may be."""

    async def tell(self, update: TurnUpdate) -> None:
        """Tell what has happened."""
        ...


class _PlainText:
    """The answer as it is, and nothing else, on stdout; what is to say about it on stderr."""

    def __init__(self, output: Output, arguments: argparse.Namespace) -> None:
        self.error: ProviderError | None = None
        self._output = output
        shown_by_default = "show" if output.is_terminal else "hide"
        self._shows_thinking = (arguments.thinking or shown_by_default) == "show"
        self._shows_stats = arguments.stats
        self._thinks = False
        self._has_said = False
        self._last = "\n"

    async def tell(self, update: TurnUpdate) -> None:
        """Tell what has happened."""
        match update:
            case TurnStarted():
                pass
            case ChunkReceived(chunk):
                await self._grow(chunk)
            case TurnRetried():
                print_error(f"{update.message} Trying again in {update.wait_s:.1f} s (retry {update.attempt}).")
            case TurnEnded(answer, error):
                await self._end_thinking()
                # Into a pipe goes what came, unchanged. A terminal wants its prompt on a line of its own.
                is_stopped = error is not None and error.kind == "cancelled"
                if self._output.is_terminal and (is_stopped or not self._last.endswith("\n")):
                    await self._output.write("\n")
                await self._output.flush()
                self._end(answer, error)
            case _:
                assert_never(update)

    async def _grow(self, chunk: StreamingChunk) -> None:
        if chunk.thinking and self._shows_thinking:
            await self._begin_thinking()
            await self._write(chunk.thinking)
        if chunk.content:
            await self._end_thinking()
            await self._write(chunk.content)
        for call in chunk.tool_calls:
            await self._output.flush()
            self._has_said = True
            print_error(f"The model asks for a tool: {_call_words(call)}")

    async def _begin_thinking(self) -> None:
        if not self._thinks:
            self._thinks = True
            await self._mark("\x1b[2m", "<think>\n")

    async def _end_thinking(self) -> None:
        if self._thinks:
            self._thinks = False
            if not self._last.endswith("\n"):
                await self._write("\n")
            await self._mark("\x1b[0m\n", "</think>\n\n")

    async def _mark(self, on_terminal: str, in_pipe: str) -> None:
        if self._output.is_terminal:
            await self._output.write_control(on_terminal)
        else:
            await self._output.write(in_pipe)

    async def _write(self, text: str) -> None:
        self._last = text[-1:]
        self._has_said = True
        await self._output.write(text)

    def _end(self, answer: ChatMessage, error: ProviderError | None) -> None:
        self.error = error
        if error is not None and error.kind != "cancelled":
            print_error(str(error), error.hint)
        elif error is None and not self._has_said:
            print_error("The server sent no answer.", f"It ended with {answer.finish_reason!r}.")
        if self._shows_stats:
            print_error(_stats(answer))


class _JSONLines:
    """Everything that happens, one JSON object a line, on stdout."""

    def __init__(self, output: Output, endpoint: str) -> None:
        self.error: ProviderError | None = None
        self._output = output
        self._endpoint = endpoint
        self._partial = False

    async def tell(self, update: TurnUpdate) -> None:
        """Tell what has happened."""
        match update:
            case TurnStarted(_, answer):
                provider = answer.provider
                await self._line("start", provider=provider, model=answer.model, endpoint=self._endpoint)
            case ChunkReceived(chunk):
                await self._grow(chunk)
            case TurnRetried(attempt, wait_s, kind, message):
                await self._line("retry", attempt=attempt, wait_s=round(wait_s, 3), kind=kind, message=message)
            case TurnEnded(answer, None):
                await self._done(answer)
            case TurnEnded(_, error):
                assert error is not None
                self.error = error
                status, hint = error.status, error.hint
                await self._line(
                    "error", kind=error.kind, message=str(error), status=status, hint=hint, partial=self._partial
                )
            case _:
                assert_never(update)

    async def _grow(self, chunk: StreamingChunk) -> None:
        self._partial = self._partial or chunk.has_text
        if chunk.model:
            await self._line("model", name=chunk.model)
        if chunk.thinking:
            await self._line("thinking", text=chunk.thinking)
        if chunk.content:
            await self._line("content", text=chunk.content)
        for call in chunk.tool_calls:
            await self._line("tool_call", name=call.name, arguments=call.arguments, id=call.id)

    async def _done(self, answer: ChatMessage) -> None:
        figures = answer.stats
        timing = {
            "first_token_s": _rounded(figures.first_token_s),
            "total_s": _rounded(figures.total_s),
            "tokens_per_s": _rounded(figures.tokens_per_second),
        }
        await self._line("done", finish_reason=answer.finish_reason, usage=_usage(figures.usage), timing=timing)

    async def _line(self, event_type: str, **fields: object) -> None:
        await self._output.write_json({"type": event_type, **fields})


def _prompt(argument: str | None) -> str:
    """The prompt: the argument, and after a blank line what is piped in.

    Raises:
        UsageError: When that is nothing.
    """
    piped = ""
    if sys.stdin is not None and not sys.stdin.isatty():
        piped = sys.stdin.buffer.read().decode("utf-8", "replace")
    prompt = "\n\n".join(part for part in (argument or "", piped.rstrip("\n")) if part.strip())
    if not prompt:
        raise UsageError(
            "There is nothing to ask.", hint='Say it like `llm-tui ask "Why is the sky blue?"`, or pipe it in.'
        )
    return prompt


def _usage(usage: Usage | None) -> dict[str, int | None] | None:
    if usage is None:
        return None
    return {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _call_words(call: ToolCall) -> str:
    arguments = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments, ensure_ascii=False)
    return f"{call.name}({arguments})"


def _stats(answer: ChatMessage) -> str:
    figures = answer.stats
    usage = figures.usage or Usage()
    parts = [
        f"finish {answer.finish_reason or 'unknown'}",
        f"prompt {'?' if usage.prompt_tokens is None else usage.prompt_tokens} tokens",
        f"answer {'?' if usage.completion_tokens is None else usage.completion_tokens} tokens",
    ]
    if figures.first_token_s is not None:
        parts.append(f"first after {figures.first_token_s:.2f} s")
    if figures.total_s is not None:
        parts.append(f"{figures.total_s:.2f} s in all")
    if figures.tokens_per_second is not None:
        parts.append(f"{figures.tokens_per_second:.1f} tokens/s")
    return ", ".join(parts)
