"""`llm-tui doctor`: one row a check, and what to do about each that fails."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

from tui.chat.safe_text import safe_line
from tui.commands.bootstrap import configure_logging, load_settings
from tui.commands.output import Output
from tui.config.paths import config_location, data_folder
from tui.errors import LlmTuiError
from tui.runtime import Runtime
from tui.store.conversations import ConversationStore


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check."""

    check: str
    ok: bool
    detail: str
    hint: str = ""
    """What to do. Empty where nothing is wrong."""


def run_doctor(arguments: argparse.Namespace) -> int:
    """Check everything; give 1 when something is wrong."""
    configure_logging(arguments)
    return asyncio.run(_doctor(arguments))


async def _doctor(arguments: argparse.Namespace) -> int:
    output = Output()
    found = []
    async for finding in _findings(arguments):
        found.append(finding)
        if not arguments.json:
            await output.write(_row(finding))
    if arguments.json:
        await output.write(json.dumps([asdict(finding) for finding in found]) + "\n")
    await output.flush()
    return 0 if all(finding.ok for finding in found) else 1


async def _findings(arguments: argparse.Namespace) -> AsyncIterator[Finding]:
    """The checks, each as soon as it is done."""
    yield _terminal()
    path = config_location(os.environ, arguments.config).path
    try:
        loaded = load_settings(arguments)
    except LlmTuiError as error:
        yield Finding("config", ok=False, detail=str(error), hint=error.hint)
        return
    yield Finding(
        "config",
        ok=not loaded.warnings,
        detail=str(path) if loaded.exists else f"{path}, which is not there: the defaults hold",
        hint=" ".join(loaded.warnings),
    )
    runtime = Runtime(loaded, os.environ, data_folder(os.environ, arguments.data_dir))
    try:
        yield await _conversations(runtime)
        for name in runtime.provider_names:
            yield await _provider(runtime, name)
    finally:
        await runtime.aclose()


def _terminal() -> Finding:
    """What the terminal can do. The chat needs one; everything else does without."""
    size = shutil.get_terminal_size()
    colours = "true colour" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else "fewer colours"
    encoding = sys.stdout.encoding or "unknown"
    detail = f"{os.environ.get('TERM', 'unknown')}, {size.columns}x{size.lines}, {colours}, {encoding}"
    if not sys.stdout.isatty():
        return Finding("terminal", ok=True, detail=f"none here, so only `llm-tui ask` and the like work; {detail}")
    if encoding.lower().replace("-", "") != "utf8":
        return Finding("terminal", ok=False, detail=detail, hint="Set LANG to one that ends in UTF-8.")
    return Finding("terminal", ok=True, detail=detail)


async def _conversations(runtime: Runtime) -> Finding:
    try:
        kept = await runtime.conversations.call(ConversationStore.recent, 1)
    except LlmTuiError as error:
        return Finding("conversations", ok=False, detail=str(error), hint=error.hint)
    return Finding("conversations", ok=True, detail=f"kept in {runtime.data_folder}{'' if kept else ', none yet'}")


async def _provider(runtime: Runtime, name: str) -> Finding:
    """Whether a provider answers, how fast, and what it offers."""
    checked = await runtime.check(name)
    if checked.status is None:
        error = checked.error
        return Finding(name, ok=False, detail=str(error), hint=error.hint if error else "")
    try:
        models = await runtime.list_models(name)
    except LlmTuiError as error:
        return Finding(name, ok=False, detail=str(error), hint=error.hint)
    version = f"version {checked.status.version}, " if checked.status.version else ""
    loaded = sum(1 for model in models if model.loaded)
    detail = f"{version}{checked.status.latency_s * 1000:.0f} ms, {len(models)} models, {loaded} loaded"
    if not models:
        return Finding(name, ok=False, detail=detail, hint="It has no model yet: get one there.")
    return Finding(name, ok=True, detail=detail)


def _row(finding: Finding) -> str:
    mark = "ok  " if finding.ok else "FAIL"
    hint = f"\n      → {safe_line(finding.hint)}" if finding.hint else ""
    return f"{mark}  {safe_line(finding.check):<14} {safe_line(finding.detail)}{hint}\n"
