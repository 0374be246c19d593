"""Decides about tool calls of `llm-tui ask`: by the config and the command line, else by the user on the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from tui.chat.formatting import format_count, format_json
from tui.chat.safe_text import safe_text
from tui.chat.tools import ToolSpec
from tui.commands.output import print_error
from tui.session.approvals import Approvals, KnownTools
from tui.session.tool_box import Decision, LimitDecision, ToolRequest

_TERMINAL: Final = Path("/dev/tty")
_LINE_BYTES: Final = 4096


class CommandApprover:
    """Asks one question at a time, if there is a terminal. Implements `tui.session.tool_box.Approver`."""

    def __init__(
        self, allowed: Collection[str], in_config: Collection[str], known: KnownTools, *, can_ask: bool
    ) -> None:
        """Args:
        allowed: The tools that the command line allows, by their full names. They run as they are.
        in_config: The tools that the config allows.
        known: The same tools, as they were when they were first called.
        can_ask: Whether the user can be asked. If not, what is not allowed is denied.
        """
        self._allowed = frozenset(allowed)
        self._in_run: Mapping[str, str] = {}
        self._approvals = Approvals(lambda: in_config, known, lambda: self._in_run, self._save)
        self._can_ask = can_ask
        self._asking = asyncio.Lock()
        self._shown: dict[str, asyncio.Event] = {}
        self._hinted: set[str] = set()

    def standing_decision(self, request: ToolRequest) -> Decision | None:
        """What the config and the command line allow, and what cannot be asked."""
        if request.spec.full_name in self._allowed:
            return Decision("config")
        approval = self._approvals.approval(request.spec)
        if approval is not None:
            return Decision(approval)
        if self._can_ask:
            return None
        self._hint(request.spec)
        return Decision("denied")

    async def decide(self, request: ToolRequest) -> Decision:
        """Ask on the terminal. Only a typed `y` or `a` allows; any other text is the reason why not."""
        # What was printed of the answer must not follow the question.
        await self._shown.setdefault(request.result.id, asyncio.Event()).wait()
        async with self._asking:
            approval = self._approvals.approval(request.spec)
            if approval is not None:
                return Decision(approval)
            call = describe(request, has_changed=self._approvals.has_changed(request.spec))
            answer = await _ask(f"{call}\nRun it? [y]es, [a]ll calls of this tool, [N]o or why not: ")
        match answer.strip().lower():
            case "y" | "yes":
                return Decision("once")
            case "a" | "all":
                self._approvals.allow_in_conversation(request.spec)
                return Decision("conversation")
            case "" | "n" | "no":
                return Decision("denied")
        return Decision("denied", answer.strip())

    def mark_shown(self, message_id: str) -> None:
        """Everything before a call is printed: the user can be asked about it."""
        self._shown.setdefault(message_id, asyncio.Event()).set()

    async def decide_at_limit(self, rounds: int) -> LimitDecision:
        """Ask on the terminal; without one, the model answers with what it has."""
        called = f"The model called tools in {format_count(rounds, 'answer')}."
        if not self._can_ask:
            print_error(called, "Raise --max-tool-rounds to let it go on.")
            return "answer"
        async with self._asking:
            question = f"{called} [g]o on, [A]nswer now, [s]top: "
            answer = (await _ask(question)).strip().lower()
        return "continue" if answer in ("g", "go") else "stop" if answer in ("s", "stop") else "answer"

    def _save(self, allowed: Mapping[str, str]) -> None:
        self._in_run = allowed

    def _hint(self, spec: ToolSpec) -> None:
        if spec.full_name in self._hinted:
            return
        self._hinted.add(spec.full_name)
        problem = f"{spec.full_name} is not allowed to run."
        if self._approvals.has_changed(spec):
            problem = f"The config allows {spec.full_name}, but its server has changed it since it was first called."
        print_error(problem, f"Allow it with --allow-tool {spec.full_name}.")


def can_ask() -> bool:
    """Whether there is a terminal on which the user can be asked."""
    is_terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    return is_terminal and _TERMINAL.exists()


def describe(request: ToolRequest, *, has_changed: bool = False) -> str:
    """A call for the user: the tool, the server's claims about it, and the arguments exactly as they will be sent.

    Args:
        request: The call.
        has_changed: Whether the tool was allowed before, and is another one now.
    """
    spec = request.spec
    claims = ["reads only"] if spec.read_only else []
    if spec.destructive:
        claims.append("may destroy something")
    said = f" (its server says: {', '.join(claims)})" if claims else ""
    lines = [f"Tool call: {safe_text(spec.full_name)}{said}"]
    if has_changed:
        lines.append("Its server has changed this tool since you allowed it.")
    text = format_json(request.arguments, 2)
    lines.append(safe_text(text))
    if not text.isascii():
        # Letters that look alike, and invisible characters, are told apart here.
        escaped = format_json(request.arguments, 2).encode("ascii", "backslashreplace").decode()
        lines.append(f"The same with all other characters escaped:\n{escaped}")
    return "\n".join(lines)


async def _ask(question: str) -> str:
    """The line that the user types on the terminal. Empty if there is none."""
    import termios

    terminal = os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY)
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not typed.done():
            typed.set_result(os.read(terminal, _LINE_BYTES).decode("utf-8", "replace"))

    try:
        # What was typed before the question is not an answer to it.
        with contextlib.suppress(termios.error):
            termios.tcflush(terminal, termios.TCIFLUSH)
        os.write(terminal, question.encode("utf-8", "replace"))
        loop.add_reader(terminal, read)
        return await typed
    finally:
        loop.remove_reader(terminal)
        os.close(terminal)
