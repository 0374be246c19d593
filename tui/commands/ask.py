"""`llm-tui ask`: streams one answer to standard output."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from dataclasses import replace

from tui.chat.chunk import JSONValue
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage, Image
from tui.chat.options import checked_option, parse_option, thinking_value
from tui.chat.turn import ChunkReceived, TurnEnded
from tui.commands.bootstrap import command_runtime, configure_logging, load_settings
from tui.commands.output import Output, print_error
from tui.commands.turn_output import JSONOutput, TextOutput, TurnOutput
from tui.config.paths import data_folder
from tui.errors import INTERRUPTED_EXIT_CODE, ProviderError, StoreError, TurnCancelled, UsageError
from tui.files.reading import read_image
from tui.runtime import Runtime
from tui.session.session import SendOptions, Session


def run_ask(arguments: argparse.Namespace) -> int:
    """Print the answer. Returns the exit code."""
    loaded = load_settings(arguments)
    configure_logging(arguments)
    prompt = _prompt(arguments.prompt)
    images = tuple(read_image(name) for name in arguments.image)
    options = dict(parse_option(text) for text in arguments.option)
    if arguments.think is not None:
        options["think"] = checked_option("think", arguments.think)
    folder = data_folder(os.environ, arguments.data_dir)
    return asyncio.run(_ask(command_runtime(loaded, folder), arguments, prompt, images, options))


async def _ask(
    runtime: Runtime,
    arguments: argparse.Namespace,
    prompt: str,
    images: tuple[Image, ...],
    options: dict[str, JSONValue],
) -> int:
    output = Output()
    was_saved = True

    def report_not_saved(error: StoreError) -> None:
        nonlocal was_saved
        was_saved = False
        print_error(str(error), error.hint)

    runtime.on_store_error = report_not_saved
    turn_output: TurnOutput
    if arguments.json:
        turn_output = JSONOutput(output, arguments.endpoint)
    else:
        show_thinking = output.is_terminal if arguments.thinking is None else arguments.thinking == "show"
        turn_output = TextOutput(output, show_thinking=show_thinking, show_stats=arguments.stats)
    try:
        session = await _session(runtime, arguments, options)
        await _report_thinking_problem(session)
        has_text = False
        async with contextlib.aclosing(session.send(prompt, images)) as turn:
            async for update in turn:
                has_text = has_text or (isinstance(update, ChunkReceived) and update.chunk.has_text)
                await turn_output.show(update)
        await output.flush()
        await _note_full_context(session, is_empty=not has_text)
    except ProviderError as error:
        # Before the prompt was sent: no model is available, or the provider cannot be reached.
        await turn_output.show(TurnEnded(ChatMessage("", "assistant", ""), error))
        await output.flush()
    except asyncio.CancelledError:
        # If the reader does not read, this write would block forever.
        if not output.is_blocked:
            await turn_output.show(TurnEnded(ChatMessage("", "assistant", ""), TurnCancelled("Interrupted.")))
            await output.flush()
        return INTERRUPTED_EXIT_CODE
    finally:
        await runtime.aclose()
    return 0 if turn_output.error is None and was_saved else 1


async def _note_full_context(session: Session, *, is_empty: bool) -> None:
    """Print that the prompt did not fit into the model's context, if that is known.

    Args:
        session: The session after the answer.
        is_empty: Whether nothing was answered. Only then the server is asked for the size of the context.
    """
    if session.was_cut_to(session.send_options.options.get("num_ctx")):
        print_error("The server truncated the prompt to num_ctx tokens.", "Use a larger --option num_ctx.")
    elif is_empty:
        # LM Studio answers nothing to a prompt that is too long, without an error.
        await session.refresh_context_window()
        if session.was_cut and session.context is not None and session.context.window is not None:
            print_error(
                f"The prompt is longer than the {session.context.window:,} tokens of the model's context.",
                "Load the model with a larger context, or shorten the prompt.",
            )


async def _session(runtime: Runtime, arguments: argparse.Namespace, options: dict[str, JSONValue]) -> Session:
    conversation = await _latest(runtime, arguments, options) if arguments.resume else None
    if conversation is not None and not arguments.provider and conversation.provider in runtime.provider_names:
        name = conversation.provider
    else:
        # A script must get an error if its provider is unreachable, so only "" chooses one that answers.
        name = runtime.settings.provider or await runtime.choose_provider()
    settings = runtime.settings_for(name)
    if arguments.endpoint == "generate" and settings.type not in ("ollama", "demo"):
        raise UsageError(f"{name} has no endpoint `generate`.", hint="Only Ollama has it. Omit --endpoint.")
    model = arguments.model or (conversation.model if conversation and conversation.provider == name else "")
    model = await runtime.choose_model(name, model)
    send_options = SendOptions(
        system_prompt=settings.system_prompt if arguments.system is None else arguments.system,
        options={**runtime.send_options(name).options, **options},
        stream=not arguments.no_stream,
        endpoint=arguments.endpoint,
        remember=arguments.save or arguments.resume,
    )
    recorder = runtime.conversations if send_options.remember else None
    return Session(await runtime.provider(name), model, conversation, send_options=send_options, recorder=recorder)


async def _report_thinking_problem(session: Session) -> None:
    """Print why the option `think` will have no effect, if the server knows that."""
    value = thinking_value(session.options.get("think"))
    if not value:
        return
    # The answer may come all the same, and reports what is wrong with the server.
    with contextlib.suppress(ProviderError):
        if problem := await session.provider.thinking_problem(session.model, value):
            print_error(problem)


async def _latest(runtime: Runtime, arguments: argparse.Namespace, options: dict[str, JSONValue]) -> Conversation:
    """The latest conversation, with the system prompt and options of the command line.

    Raises:
        UsageError: If there is no conversation, or it cannot be continued now.
    """
    conversation = await runtime.conversations.call(lambda store: store.latest())
    if conversation is None:
        raise UsageError("No conversation to continue.", hint="Use --save to start one.")
    if arguments.endpoint == "generate":
        raise UsageError(
            "The endpoint `generate` cannot continue a conversation.", hint="Omit --endpoint or --continue."
        )
    if conversation.path and conversation.path[-1].outcome == "streaming":
        raise UsageError("Another llm-tui is still streaming its last answer.", hint="Wait for it, or stop it there.")
    system_prompt = conversation.system_prompt if arguments.system is None else arguments.system
    return replace(conversation, system_prompt=system_prompt, options={**conversation.options, **options})


def _prompt(argument: str | None) -> str:
    """The prompt: the argument, then a blank line and the piped input.

    Raises:
        UsageError: If both are empty.
    """
    piped = ""
    if sys.stdin is not None and not sys.stdin.isatty():
        piped = _read_stdin().decode("utf-8", "replace")
    prompt = "\n\n".join(part for part in (argument or "", piped.rstrip("\n")) if part.strip())
    if not prompt:
        raise UsageError("No prompt.", hint='Give one, as in `llm-tui ask "Why is the sky blue?"`, or pipe it in.')
    return prompt


def _read_stdin() -> bytes:
    """All of standard input.

    Raises:
        UsageError: If it cannot be read.
    """
    try:
        # None if it is in non-blocking mode and has no data.
        return sys.stdin.buffer.read() or b""
    except OSError as cause:
        raise UsageError(
            f"Cannot read standard input: {cause.strerror}.", hint="Redirect it from a file, or from /dev/null."
        ) from cause
