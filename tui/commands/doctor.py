"""`llm-tui doctor`: checks the setup, one row per check, with a hint for each failure."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

from tui.chat.formatting import format_count
from tui.chat.safe_text import safe_line
from tui.commands.bootstrap import configure_logging, load_settings
from tui.commands.output import Output
from tui.config.paths import config_location, data_folder
from tui.errors import LlmTuiError
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


def run_doctor(arguments: argparse.Namespace) -> int:
    """Run all checks. Returns exit code 1 if one fails."""
    configure_logging(arguments)
    return asyncio.run(_doctor(arguments))


async def _doctor(arguments: argparse.Namespace) -> int:
    output = Output()
    results = []
    async for result in _check_all(arguments):
        results.append(result)
        if not arguments.json:
            await output.write(_row(result))
    if arguments.json:
        await output.write(json.dumps([asdict(result) for result in results]) + "\n")
    await output.flush()
    return 0 if all(result.ok for result in results) else 1


async def _check_all(arguments: argparse.Namespace) -> AsyncIterator[CheckResult]:
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
    runtime = Runtime(loaded, os.environ, data_folder(os.environ, arguments.data_dir))
    try:
        yield await _check_conversations(runtime)
        for name in runtime.provider_names:
            yield await _check_provider(runtime, name)
    finally:
        await runtime.aclose()


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
        latest = await runtime.conversations.call(ConversationStore.recent, 1)
    except LlmTuiError as error:
        return CheckResult("conversations", ok=False, detail=str(error), hint=error.hint)
    return CheckResult(
        "conversations", ok=True, detail=f"{runtime.data_folder}{'' if latest else ' (no conversations yet)'}"
    )


async def _check_provider(runtime: Runtime, name: str) -> CheckResult:
    """Whether a provider responds, how fast, and its models."""
    probe = await runtime.check(name)
    if probe.status is None:
        error = probe.error
        return CheckResult(name, ok=False, detail=str(error), hint=error.hint if error else "")
    try:
        models = await runtime.list_models(name)
    except LlmTuiError as error:
        return CheckResult(name, ok=False, detail=str(error), hint=error.hint)
    version = f"version {probe.status.version}, " if probe.status.version else ""
    loaded = sum(1 for model in models if model.loaded)
    detail = f"{version}{probe.status.latency_s * 1000:.0f} ms, {format_count(len(models), 'model')}, {loaded} loaded"
    if not models:
        return CheckResult(name, ok=False, detail=detail, hint="Download a model on that server.")
    return CheckResult(name, ok=True, detail=detail)


def _row(result: CheckResult) -> str:
    mark = "ok  " if result.ok else "FAIL"
    hint = f"\n      → {safe_line(result.hint)}" if result.hint else ""
    return f"{mark}  {safe_line(result.check):<14} {safe_line(result.detail)}{hint}\n"
