"""`llm-tui ask`: streams one answer to standard output."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui.chat.chunk import JSONValue
from tui.chat.conversation import Conversation
from tui.chat.image import Image
from tui.chat.json_schema import unsupported_keyword
from tui.chat.message import ChatMessage
from tui.chat.options import checked_option, parse_option, thinking_value
from tui.chat.turn import ChunkReceived, ToolCallWaiting, TurnEnded
from tui.commands.bootstrap import command_runtime, configure_logging, load_settings
from tui.commands.output import Output, print_error
from tui.commands.termination import Termination
from tui.commands.tool_approval import CommandApprover, can_ask
from tui.commands.turn_output import JSONOutput, TextOutput, TurnOutput
from tui.config.paths import data_folder
from tui.errors import ProviderError, StoreError, TurnCancelled, UsageError
from tui.files.mentions import attach_named
from tui.files.reading import read_image, read_json
from tui.runtime import Runtime
from tui.session.approvals import KnownTools
from tui.session.session import SendOptions, Session
from tui.session.tool_box import Tools


def run_ask(arguments: argparse.Namespace) -> int:
    """Print the answer. Returns the exit code."""
    loaded = load_settings(arguments)
    configure_logging(arguments)
    prompt, attached = attach_named(_typed_prompt(arguments.prompt), arguments.attach)
    if not prompt.strip():
        raise UsageError("No prompt.", hint='Give one, as in `llm-tui ask "Why is the sky blue?"`, or pipe it in.')
    images = (*(read_image(name) for name in arguments.image), *attached)
    options = dict(parse_option(text) for text in arguments.option)
    if arguments.think is not None:
        options["think"] = checked_option("think", arguments.think)
    schema = None if arguments.schema is None else _schema(arguments.schema)
    folder = data_folder(os.environ, arguments.data_dir)
    runtime = command_runtime(loaded, folder)
    servers = chosen_servers(runtime, arguments)
    return asyncio.run(_ask(runtime, arguments, prompt, images, options, schema, servers))


async def _ask(
    runtime: Runtime,
    arguments: argparse.Namespace,
    prompt: str,
    images: tuple[Image, ...],
    options: dict[str, JSONValue],
    schema: Mapping[str, Any] | None,
    servers: tuple[str, ...],
) -> int:
    output = Output()
    termination = Termination()
    termination.watch()
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
        turn_output = TextOutput(
            output, show_thinking=show_thinking, show_stats=arguments.stats, runs_tools=bool(servers)
        )
    try:
        async with _known_tools(runtime, is_needed=bool(servers)) as known:
            approver = CommandApprover(arguments.allow_tool, runtime.allowed_tools, known, can_ask=can_ask())
            await _check_allowed_tools(runtime, arguments.allow_tool)
            tools = runtime.tools(servers, approver, arguments.max_tool_rounds) if servers else None
            session = await _session(runtime, arguments, options, schema, tools)
            await _report_thinking_problem(session, is_explicit="think" in options)
            has_text = False
            async with contextlib.aclosing(session.send(prompt, images)) as turn:
                async for update in turn:
                    has_text = has_text or (isinstance(update, ChunkReceived) and update.chunk.has_text)
                    await turn_output.show(update)
                    if isinstance(update, ToolCallWaiting):
                        await output.flush()
                        approver.mark_shown(update.result.id)
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
        return termination.exit_code
    finally:
        await runtime.aclose()
    return 0 if turn_output.error is None and was_saved else 1


@contextlib.asynccontextmanager
async def _known_tools(runtime: Runtime, *, is_needed: bool) -> AsyncGenerator[KnownTools, None]:
    """The tools that the config allows, as they were when they were first called. New ones are saved at the end."""
    learned: dict[str, str] = {}
    known = KnownTools(learned.__setitem__)
    # An answer does not need the store.
    with contextlib.suppress(StoreError):
        if is_needed and runtime.allowed_tools:
            known.add_saved(await runtime.conversations.call(lambda store: store.allowed_tools()))
    try:
        yield known
    finally:
        with contextlib.suppress(StoreError):
            for name, fingerprint in learned.items():
                await runtime.conversations.call(lambda store, *tool: store.set_allowed_tool(*tool), name, fingerprint)


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


async def _session(
    runtime: Runtime,
    arguments: argparse.Namespace,
    options: dict[str, JSONValue],
    schema: Mapping[str, Any] | None,
    tools: Tools | None,
) -> Session:
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
        schema=schema,
        remember=arguments.save or arguments.resume or schema is not None,
    )
    recorder = runtime.conversations if arguments.save or arguments.resume else None
    return Session(
        await runtime.provider(name), model, conversation, send_options=send_options, recorder=recorder, tools=tools
    )


def chosen_servers(runtime: Runtime, arguments: argparse.Namespace) -> tuple[str, ...]:
    """The tool servers of `--tools`, in the order of the config. Empty without the option.

    Raises:
        UsageError: If one is not in the config, or another option needs `--tools` or excludes it.
    """
    configured = runtime.settings.mcp
    enabled = [name for name, server in configured.items() if server.enabled]
    if arguments.tools is None:
        if arguments.allow_tool or arguments.max_tool_rounds is not None:
            raise UsageError("--allow-tool and --max-tool-rounds need --tools.", hint="For example --tools all.")
        return ()
    if arguments.endpoint == "generate":
        raise UsageError("The endpoint `generate` has no tools.", hint="Omit --endpoint or --tools.")
    wanted = [name.strip() for name in arguments.tools.split(",") if name.strip()]
    known = f"The config has {', '.join(enabled)}." if enabled else "Add a table such as [mcp.files] to the config."
    if wanted == ["all"] and "all" not in configured:
        wanted = enabled
    if not wanted:
        raise UsageError("There is no tool server to use.", hint=known)
    names = [*wanted, *(name.partition(".")[0] for name in arguments.allow_tool)]
    for name in names:
        if name not in configured:
            raise UsageError(f"There is no tool server {name!r}.", hint=known)
        if name not in enabled:
            raise UsageError(f"The tool server {name!r} is disabled.", hint=f"Remove enabled from [mcp.{name}].")
    for name in arguments.allow_tool:
        server, _, tool = name.partition(".")
        if server not in wanted:
            raise UsageError(f"The tool server {server!r} is not among --tools.", hint=f"Add it: --tools {server},…")
        if not tool:
            raise UsageError(f"--allow-tool {name} names no tool.", hint=f"For example --allow-tool {name}.read_file.")
    return tuple(name for name in enabled if name in wanted)


async def _check_allowed_tools(runtime: Runtime, allowed: Sequence[str]) -> None:
    """Check that the servers have the tools of `--allow-tool`. One that cannot be started is reported later.

    Raises:
        UsageError: If a server does not have one.
    """
    for server in dict.fromkeys(name.partition(".")[0] for name in allowed):
        known = {spec.full_name: spec.name for spec in await runtime.tool_servers.specs([server])}
        for name in allowed:
            if name.partition(".")[0] != server or name in known or runtime.tool_servers.state(server).reason:
                continue
            listed = f"It has {', '.join(known.values())}." if known else "It has none."
            tool = name.partition(".")[2]
            raise UsageError(f"The tool server {server!r} has no tool {tool!r}.", hint=listed)


def _schema(name: str) -> Mapping[str, Any]:
    """The JSON schema in a file.

    Raises:
        UsageError: If the file has no schema, or one that cannot be checked.
    """
    schema = read_json(name)
    if not isinstance(schema, dict):
        raise UsageError(f"{name} is not a JSON schema.", hint="A schema is a JSON object.")
    if keyword := unsupported_keyword(schema):
        raise UsageError(f"llm-tui cannot check {keyword} in {name}.", hint="Remove it from the schema.")
    return schema


async def _report_thinking_problem(session: Session, *, is_explicit: bool) -> None:
    """Print why the option `think` will have no effect, if the server knows that.

    Args:
        session: The conversation.
        is_explicit: Whether the command line has the value.

    Raises:
        UsageError: If the command line has a value that the model does not know.
    """
    value = thinking_value(session.options.get("think"))
    if not value:
        return
    # The answer may come all the same, and reports what is wrong with the server.
    with contextlib.suppress(ProviderError):
        problem = await session.provider.thinking_problem(session.model, value)
        if problem and is_explicit and await _has_other_values(session, value):
            raise UsageError(problem)
        if problem:
            print_error(problem)


async def _has_other_values(session: Session, value: str) -> bool:
    """Whether the model reports values for `think`, and this is none of them: the server would refuse it."""
    values = (await session.provider.describe_model(session.model)).thinking
    return bool(values) and value not in (values or ())


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
    if any(message.outcome == "streaming" for message in conversation.path):
        raise UsageError("Another llm-tui is still streaming its last answer.", hint="Wait for it, or stop it there.")
    system_prompt = conversation.system_prompt if arguments.system is None else arguments.system
    return replace(conversation, system_prompt=system_prompt, options={**conversation.options, **options})


def _typed_prompt(argument: str | None) -> str:
    """The argument, then a blank line and the piped input. Empty if both are."""
    piped = ""
    if sys.stdin is not None and not sys.stdin.isatty():
        piped = _read_stdin().decode("utf-8", "replace")
    return "\n\n".join(part for part in (argument or "", piped.rstrip("\n")) if part.strip())


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
