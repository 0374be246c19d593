"""`llm-tui doctor`: checks the setup, one row per check, with a hint for each failure."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict
from typing import Final

from tui.chat.formatting import format_count, format_size
from tui.chat.safe_text import safe_line
from tui.commands.bootstrap import PATIENCE_S, command_runtime, configure_logging, load_settings
from tui.commands.output import Output
from tui.config.paths import config_location, data_folder
from tui.config.settings import Settings
from tui.errors import ABSENT_ERRORS, TIMEOUTS, LlmTuiError
from tui.light_dataclass import dataclass
from tui.runtime import Runtime
from tui.store.conversations import ConversationStore


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check."""

    check: str
    ok: bool
    detail: str
    hint: str = ""
    """What to do. Empty if the check succeeded."""

    counts: bool = True
    """False for a built-in provider that is neither configured nor running: that is not a failure."""

    tools: tuple[str, ...] = ()
    """The tools of a tool server."""


ScreenProblems = Callable[[Settings], Mapping[str, list[str]]]
"""Returns sentences about what is wrong with the settings of the screen, by setting. Empty lists if nothing is."""


def run_doctor(arguments: argparse.Namespace, screen_problems: ScreenProblems) -> int:
    """Run all checks. Returns exit code 1 if one fails."""
    configure_logging(arguments)
    return asyncio.run(_doctor(arguments, screen_problems))


async def _doctor(arguments: argparse.Namespace, screen_problems: ScreenProblems) -> int:
    output = Output()
    results = []
    async for result in _check_all(arguments, screen_problems):
        results.append(result)
        if not arguments.json:
            await output.write(_row(result))
    if arguments.json:
        await output.write(json.dumps([asdict(result) for result in results]) + "\n")
    await output.flush()
    return 0 if all(result.ok for result in results) else 1


async def _check_all(arguments: argparse.Namespace, screen_problems: ScreenProblems) -> AsyncIterator[CheckResult]:
    """Run the checks, and yield each result as soon as it is known."""
    yield _check_terminal()
    path = config_location(os.environ, arguments.config).path
    try:
        loaded = load_settings(arguments)
    except LlmTuiError as error:
        yield CheckResult("config", ok=False, detail=str(error), hint=error.hint)
        return
    yield CheckResult(
        "config",
        ok=not loaded.warnings,
        detail=str(path) if loaded.exists else f"{path} (not found; using defaults)",
        hint=" ".join(loaded.warnings),
    )
    for setting, problems in screen_problems(loaded.settings).items():
        detail = " ".join(problems) or _SCREEN_DETAILS[setting](loaded.settings)
        hint = f"Correct {setting} in {path}." if problems else ""
        yield CheckResult(setting, ok=not problems, detail=detail, hint=hint)
    runtime = command_runtime(loaded, data_folder(os.environ, arguments.data_dir), lookup_s=PATIENCE_S)
    # All at once, so that several servers that hang cost no more time than one.
    checks = {name: asyncio.create_task(_check_provider(runtime, name)) for name in runtime.provider_names}
    try:
        yield await _check_conversations(runtime)
        found_server = False
        for name, check in checks.items():
            result = await check
            found_server = found_server or (result.counts and not runtime.is_demo(name))
            yield result
        if not found_server:
            yield CheckResult(
                "providers",
                ok=False,
                detail="No model server was found, and none is configured: only the demo works.",
                hint="Start Ollama (`ollama serve`) or LM Studio (`lms server start`), or add a server to the config.",
            )
        async for result in _check_tool_servers(runtime):
            yield result
    finally:
        for check in checks.values():
            check.cancel()
        await runtime.aclose()


_SCREEN_DETAILS: Final[Mapping[str, Callable[[Settings], str]]] = {
    "theme": lambda settings: settings.theme,
    "keys": lambda settings: f"{format_count(len(settings.keys), 'action')} configured",
}


def _check_terminal() -> CheckResult:
    """The terminal's capabilities. Only the chat needs a terminal."""
    size = shutil.get_terminal_size()
    colours = "true colour" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else "limited colours"
    encoding = sys.stdout.encoding or "unknown"
    detail = f"{os.environ.get('TERM', 'unknown')}, {size.columns}x{size.lines}, {colours}, {encoding}"
    if not sys.stdout.isatty():
        return CheckResult("terminal", ok=True, detail=f"no terminal, so the chat cannot run here; {detail}")
    if encoding.lower().replace("-", "") != "utf8":
        return CheckResult("terminal", ok=False, detail=detail, hint="Set LANG to a locale that ends in UTF-8.")
    return CheckResult("terminal", ok=True, detail=detail)


async def _check_conversations(runtime: Runtime) -> CheckResult:
    try:
        size = await runtime.conversations.call(ConversationStore.size)
    except LlmTuiError as error:
        return CheckResult("conversations", ok=False, detail=str(error), hint=error.hint)
    days = runtime.settings.keep_days
    kept = f"deleted after {format_count(days, 'day')} without use" if days else "kept until you delete them"
    saved = f"{format_count(size.conversations, 'conversation')}, {format_size(size.size_bytes)}, {kept}"
    return CheckResult("conversations", ok=True, detail=f"{runtime.data_folder}: {saved}")


async def _check_provider(runtime: Runtime, name: str) -> CheckResult:
    """Whether a provider responds, how fast, and its models."""
    probe = await runtime.check(name)
    if probe.status is None:
        error = probe.error
        if isinstance(error, ABSENT_ERRORS) and not runtime.is_configured(name):
            where = runtime.settings_for(name).base_url
            return CheckResult(name, ok=True, detail=f"not configured, and not found at {where}", counts=False)
        hint = error.hint if error else ""
        # A server that is silent would not answer other questions either.
        if not isinstance(error, TIMEOUTS):
            hint = await _better_hint(runtime, name) or hint
        return CheckResult(name, ok=False, detail=str(error), hint=hint)
    try:
        models = await runtime.list_models(name)
    except LlmTuiError as error:
        return CheckResult(name, ok=False, detail=str(error), hint=error.hint)
    version = f"version {probe.status.version}, " if probe.status.version else ""
    detail = f"{version}{probe.status.latency_s * 1000:.0f} ms, {format_count(len(models), 'model')}"
    # Many servers do not report which models are loaded.
    if any(model.loaded is not None for model in models):
        detail = f"{detail}, {sum(model.loaded is True for model in models)} loaded"
    if models and all(model.chat_support == "no" for model in models):
        return CheckResult(name, ok=False, detail=f"{detail}, none of which can chat", hint="Download a chat model.")
    if not models:
        return CheckResult(name, ok=False, detail=detail, hint="Download a model on that server.")
    return CheckResult(name, ok=True, detail=detail)


async def _better_hint(runtime: Runtime, name: str) -> str:
    """What to change about a provider that fails, by what answers at its address. Empty if nothing known does."""
    async with aclosing(runtime.test_provider(runtime.settings_for(name))) as steps:
        async for step in steps:
            if step.right_type or step.right_address:
                return step.hint
    return ""


async def _check_tool_servers(runtime: Runtime) -> AsyncIterator[CheckResult]:
    """Start each configured tool server, and list its tools. They start together; the rows keep the config's order."""
    if not runtime.has_tool_servers:
        return
    servers = runtime.tool_servers
    listing = {name: asyncio.create_task(servers.specs([name])) for name in servers.names}
    for name, listed in listing.items():
        tools = await listed
        state = servers.state(name)
        check = f"mcp.{name}"
        if state.reason:
            hint = state.hint or f"Correct [{check}] in the config."
            log = f" Its stderr is in {state.log}." if state.log is not None and state.log_lines else ""
            detail = " ".join([state.reason, *(f"| {line}" for line in state.log_lines)])
            yield CheckResult(check, ok=False, detail=detail, hint=hint + log)
            continue
        allowed = runtime.settings.mcp[name].allow
        unknown = [tool for tool in allowed if tool not in {spec.name for spec in tools}]
        names = ", ".join(f"{spec.name} (allowed)" if spec.name in allowed else spec.name for spec in tools)
        detail = f"protocol {state.version}, {format_count(len(tools), 'tool')}{f': {names}' if names else ''}"
        hint = f"`allow` names tools that it does not have: {', '.join(unknown)}." if unknown else ""
        yield CheckResult(check, not unknown, detail, hint, tools=tuple(spec.name for spec in tools))


def _row(result: CheckResult) -> str:
    mark = "-   " if not result.counts else "ok  " if result.ok else "FAIL"
    hint = f"\n      → {safe_line(result.hint)}" if result.hint else ""
    return f"{mark}  {safe_line(result.check):<14} {safe_line(result.detail)}{hint}\n"
