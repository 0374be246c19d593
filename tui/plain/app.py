"""Runs the plain chat: the keyboard in the main thread, the event loop in another one."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.commands.output import Output
from tui.plain.console import Console
from tui.plain.keyboard import Keyboard

if TYPE_CHECKING:
    from tui.runtime import Runtime


def run_plain(open_runtime: Callable[[], Runtime], *, model: str = "", resume: bool = False, reason: str = "") -> int:
    """Chat until the user quits. Returns the exit code.

    Args:
        open_runtime: Makes the runtime. Called in the thread of the event loop.
        model: The model to start with. Empty for the usual one.
        resume: Whether to reopen the latest conversation.
        reason: Why it is the plain chat, if the user did not ask for it.

    Raises:
        LlmTuiError: If the output cannot be written, or the program cannot start.
    """
    if sys.stdin is not None and hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    keyboard = Keyboard()
    keyboard.prepare()
    failures: list[BaseException] = []
    codes: list[int] = []

    def chat() -> None:
        try:
            codes.append(asyncio.run(_chat(open_runtime, keyboard, model, resume, reason)))
        # Raised again in the main thread.
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            keyboard.release()

    thread = threading.Thread(target=chat, name="chat")
    thread.start()
    keyboard.serve()
    thread.join()
    if keyboard.signal:
        return 128 + keyboard.signal
    if failures:
        raise failures[0]
    return codes[0]


async def _chat(open_runtime: Callable[[], Runtime], keyboard: Keyboard, model: str, resume: bool, reason: str) -> int:
    # Imported in the loop's thread, so that Ctrl+C is heard at once.
    from tui.plain.chat import PlainChat

    keyboard.attach()
    runtime = open_runtime()
    try:
        chat = PlainChat(runtime, Console(Output(), keyboard), keyboard)
        await chat.run(model=model, resume=resume, reason=reason)
    finally:
        await runtime.aclose()
    # For scripts. A person has heard what failed.
    return 1 if chat.last_failed and not keyboard.is_terminal else 0
