"""`llm-tui models show|pull|rm|copy|load|unload`: shows and manages one model."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Final

from tui.chat.dates import MINUTE, format_time
from tui.chat.formatting import format_size
from tui.chat.model_info import ModelAction, ModelInfo, with_details
from tui.chat.safe_text import safe_line
from tui.commands.action_output import ActionOutput, JSONActionOutput, TextActionOutput
from tui.commands.asking import confirm, has_terminal
from tui.commands.bootstrap import PATIENCE_S, command_runtime, configure_logging, load_settings
from tui.commands.model_target import Target, find_target
from tui.commands.models import model_fields, model_notes
from tui.commands.output import Output, print_error
from tui.commands.termination import Termination
from tui.config.load import LoadedSettings
from tui.errors import ProviderError, TurnCancelled, UsageError
from tui.light_dataclass import dataclass
from tui.on_demand import shlex
from tui.providers.base import ModelManager, ProgressStream
from tui.runtime import Runtime

_MANAGED: Final[dict[str, ModelAction]] = {
    "pull": "pull",
    "rm": "delete",
    "copy": "copy",
    "load": "load",
    "unload": "unload",
}
"""The action of a manager for each action of the command line."""


@dataclass(frozen=True, slots=True)
class _Confirmed:
    """What the user agreed to remove."""

    provider: str
    model: str


def run_model_action(arguments: argparse.Namespace) -> int:
    """Show or manage a model. Returns the exit code."""
    loaded = load_settings(arguments)
    configure_logging(arguments)
    if arguments.action == "show":
        return asyncio.run(_show(command_runtime(loaded, lookup_s=PATIENCE_S), arguments))
    if arguments.action == "rm" and not arguments.yes:
        # Outside of the event loop: Ctrl+C could not interrupt the question there.
        confirmed = _confirm(loaded, arguments)
        if confirmed is None:
            print_error("Nothing was removed.")
            return 1
        arguments.provider, arguments.model = confirmed.provider, confirmed.model
    return asyncio.run(_manage(command_runtime(loaded), arguments))


async def _show(runtime: Runtime, arguments: argparse.Namespace) -> int:
    output = Output()
    async with _closing(runtime):
        target = await find_target(runtime, arguments.model, None, arguments.provider)
        assert target.model is not None
        info = with_details(target.model, await target.provider.describe_model(target.model.name))
    if arguments.json:
        await output.write(json.dumps(model_fields(target.name, info)) + "\n")
    else:
        await output.write("".join(f"{label:<14}{value}\n" for label, value in _details(target.name, info)))
    await output.flush()
    return 0


async def _manage(runtime: Runtime, arguments: argparse.Namespace) -> int:
    output = Output()
    shown: ActionOutput = JSONActionOutput(output) if arguments.json else TextActionOutput(output)
    target: Target | None = None
    termination = Termination()
    termination.watch()
    try:
        async with _closing(runtime):
            target = await find_target(runtime, arguments.model, _MANAGED[arguments.action], arguments.provider)
            assert target.manager is not None
            await shown.start(arguments.action, target.name, target.model_name)
            has_acted = await _run(target.manager, target, runtime.context_length(target.name), arguments, shown)
        await shown.done(_done_text(arguments, target) if has_acted else _nothing_to_do_text(target))
        await output.flush()
    except ProviderError as error:
        await shown.failed(error)
        await output.flush()
        return 1
    except asyncio.CancelledError:
        # If the reader does not read, a write would block forever.
        if not output.is_blocked:
            await shown.failed(TurnCancelled("Interrupted.", hint=_interrupted_hint(arguments, target)))
            await output.flush()
        return termination.exit_code
    return 0


async def _run(
    manager: ModelManager,
    target: Target,
    context_length: int,
    arguments: argparse.Namespace,
    shown: ActionOutput,
) -> bool:
    """Do what the command line asks for. Returns False if there was nothing to do."""
    name = target.model_name
    match arguments.action:
        case "rm":
            await manager.delete(name)
        case "copy":
            await manager.copy(name, arguments.new_name)
        case "unload":
            return await manager.unload(name)
        case "load":
            await _follow(manager.load(name, arguments.context_length or context_length), shown)
        case "pull":
            await _follow(manager.pull(name), shown)
    return True


async def _follow(stream: ProgressStream, shown: ActionOutput) -> None:
    async with contextlib.aclosing(stream) as reports:
        async for progress in reports:
            await shown.progress(progress)


def _confirm(loaded: LoadedSettings, arguments: argparse.Namespace) -> _Confirmed | None:
    """Ask whether to remove a model. None if the user does not agree.

    Raises:
        UsageError: If there is no terminal to ask on.
    """
    if not has_terminal() or arguments.json:
        raise UsageError("Removing a model needs a confirmation.", hint="Add --yes to remove it without one.")

    async def find() -> Target:
        runtime = command_runtime(loaded, lookup_s=PATIENCE_S)
        async with _closing(runtime):
            return await find_target(runtime, arguments.model, "delete", arguments.provider)

    target = asyncio.run(find())
    size = "" if target.model is None or not target.model.size_bytes else f" ({format_size(target.model.size_bytes)})"
    if not confirm(f"Remove {safe_line(target.model_name)}{size} from {safe_line(target.name)}?"):
        return None
    return _Confirmed(target.name, target.model_name)


@contextlib.asynccontextmanager
async def _closing(runtime: Runtime) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await runtime.aclose()


def _done_text(arguments: argparse.Namespace, target: Target) -> str:
    name, provider = safe_line(target.model_name), safe_line(target.name)
    return {
        "pull": f"Pulled {name} to {provider}.",
        "rm": f"Removed {name} from {provider}.",
        "copy": f"Copied {name} to {safe_line(getattr(arguments, 'new_name', ''))} on {provider}.",
        "load": f"Loaded {name} on {provider}.",
        "unload": f"Unloaded {name} on {provider}.",
    }[arguments.action]


def _nothing_to_do_text(target: Target) -> str:
    """What the user is told instead of `Unloaded`."""
    return f"{safe_line(target.model_name)} was not loaded on {safe_line(target.name)}."


def _interrupted_hint(arguments: argparse.Namespace, target: Target | None) -> str:
    """What happens to the download. Empty if none was started.

    Args:
        arguments: The arguments of the command.
        target: The model, and what manages it. None if it was not found yet.
    """
    if arguments.action != "pull" or target is None or target.manager is None:
        return ""
    command = shlex.join(["llm-tui", "models", "pull", arguments.model])
    if arguments.provider:
        command += f" --provider {shlex.quote(arguments.provider)}"
    if target.manager.can_stop_pulls:
        return f"`{command}` continues the download."
    return f"The server continues the download by itself, and cannot be stopped. `{command}` shows its progress."


def _details(provider: str, model: ModelInfo) -> list[tuple[str, str]]:
    """Label and text of each known detail."""
    loaded = [{True: "yes", False: "no", None: ""}[model.loaded]]
    if model.loaded_context_length is not None:
        loaded.append(f"context {model.loaded_context_length:,} tokens")
    if model.gpu_fraction is not None:
        loaded.append(f"{model.gpu_fraction:.0%} on the GPU")
    if model.expires_at is not None and (until := format_time(model.expires_at, MINUTE)):
        loaded.append(f"until {until}")
    state = " ".join(part for part in (model.state or "", model.state_note) if part)
    thinking = ""
    if model.thinking is not None:
        thinking = ", ".join(model.thinking) or "cannot be switched"
    if model.thinking_default:
        thinking += f" (default: {model.thinking_default})"
    rows = [
        ("model", model.name),
        ("name", model.display_name),
        ("provider", provider),
        ("notes", model_notes(model)),
        ("size", format_size(model.size_bytes) if model.size_bytes else ""),
        ("parameters", model.parameters),
        ("quantization", model.quantization),
        ("context", f"{model.context_length:,} tokens" if model.context_length else ""),
        ("loaded", ", ".join(filter(None, loaded))),
        ("state", state),
        ("capabilities", ", ".join(sorted(model.capabilities))),
        ("thinking", thinking),
    ]
    return [(label, safe_line(text)) for label, text in rows if text]
