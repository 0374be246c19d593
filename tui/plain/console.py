"""What the others speak through: lines for the user, questions, and choices by number.

Nothing is written while the user types: what happens meanwhile is noted, and said when the line is sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from tui.chat.safe_text import safe_line, safe_text
from tui.commands.output import Output
from tui.errors import LlmTuiError
from tui.plain.keyboard import Keyboard, Request, Typed

_MAX_TRIES: Final = 20
"""How often a question is repeated on a terminal, which a program may write to."""


class Console:
    """Standard output, and the keyboard. Every text is cleaned: no control character is written."""

    def __init__(self, output: Output, keyboard: Keyboard) -> None:
        """Args:
        output: Standard output.
        keyboard: Standard input.
        """
        self._output = output
        self._keyboard = keyboard
        self._notes: deque[str] = deque()
        self._is_at_line_start = True
        self._is_free = asyncio.Event()
        """Cleared while the user types: nothing may be written then."""
        self._is_free.set()
        self._command = ""
        """A command that was typed at a question. It is read next. Empty for none."""
        self.is_at_end = False
        """Whether the input has ended."""

    @property
    def can_edit(self) -> bool:
        """Whether a line can start with a text that the user edits."""
        return self._keyboard.can_edit

    # Saying.

    async def write(self, text: str) -> None:
        """Write text that may end in the middle of a line. Waits while the user types."""
        if text:
            while not self._is_free.is_set():
                await self._is_free.wait()
            await self._output.write(safe_text(text))
            self._is_at_line_start = text.endswith("\n")

    async def say(self, *lines: str) -> None:
        """Write lines, each on a line of its own."""
        await self.end_line()
        await self.write("".join(f"{line}\n" for line in lines))

    async def end_line(self) -> None:
        """Go to the start of a line, unless it is there."""
        if not self._is_at_line_start:
            await self.write("\n")

    def note(self, text: str) -> None:
        """Say something as soon as the user is not typing. One line."""
        self._notes.append(safe_line(text))

    def note_error(self, error: LlmTuiError) -> None:
        """Note what went wrong, and what to do next."""
        self.note(error_line(error))

    @property
    def has_notes(self) -> bool:
        """Whether something was noted and not said yet."""
        return bool(self._notes)

    async def say_notes(self) -> None:
        """Say what was noted."""
        while self._notes:
            await self.say(self._notes.popleft())

    @property
    def is_blocked(self) -> bool:
        """Whether the reader of the output does not read."""
        return self._output.is_blocked

    async def flush(self) -> None:
        """Wait until everything is written."""
        await self._output.flush()

    @property
    def has_command(self) -> bool:
        """Whether a command was typed at a question, which waits to be run."""
        return bool(self._command)

    # Asking.

    async def read(self, request: Request) -> Typed:
        """Read a line. A command that was typed at a question comes first."""
        if request.is_message and self._command:
            command, self._command = self._command, ""
            return Typed(command)
        if self.is_at_end:
            return Typed("", "end")
        await self.say_notes()
        await self.end_line()
        if not self._keyboard.echoes:
            # The prompt is followed by the line, so that what is written can be read by itself.
            await self.write(request.prompt)
        await self.flush()
        self._is_free.clear()
        try:
            typed = await self._keyboard.read(request)
        finally:
            self._is_free.set()
        self.is_at_end = typed.how == "end"
        if not self._keyboard.echoes:
            await self.write(f"{safe_line(typed.text)}\n")
        self._is_at_line_start = True
        return typed

    async def ask(self, prompt: str, text: str = "", *, is_decision: bool = False) -> str | None:
        """Ask for a line. None if the user pressed Ctrl+C, or the input has ended.

        Args:
            prompt: The question. A blank follows it.
            text: The text to start with.
            is_decision: Whether what was typed before the question does not count.
        """
        typed = await self.read(Request(f"{prompt} ", text, is_decision=is_decision))
        return typed.text.strip() if typed.how == "line" else None

    async def choose(
        self, choices: Sequence[str], prompt: str = "", *, can_leave: bool = True, is_decision: bool = False
    ) -> int | None:
        """Ask for one of several things, which are said with their numbers.

        Args:
            choices: What can be chosen, each in a line.
            prompt: The question. Empty for the usual one.
            can_leave: Whether Enter chooses nothing.
            is_decision: Whether what was typed before the question does not count.

        Returns:
            The index of the choice. None if nothing was chosen: a command that is typed leaves the question and is
            run behind it, and so does the first wrong line of a file or another program, without being run.
        """
        await self.say(*(f"{number}. {safe_line(choice)}" for number, choice in enumerate(choices, 1)))
        numbers = f"1 to {len(choices)}" if len(choices) > 1 else "1"
        asked = prompt if prompt.endswith("?") else f"{prompt or 'Number'},"
        question = f"{asked} {numbers}{', or Enter for none' if can_leave else ''}:"
        for _ in range(_MAX_TRIES):
            typed = await self.ask(question, is_decision=is_decision)
            if typed is None or (not typed and can_leave):
                return None
            # What was typed ahead of the first try was discarded; now it is meant.
            is_decision = False
            if typed.isascii() and typed.isdigit() and 0 < int(typed[:9]) <= len(choices):
                return int(typed[:9]) - 1
            if typed.startswith("/"):
                self._command = typed
                return None
            wrong = f"That is not a number from {numbers}." if len(choices) > 1 else "That is not 1."
            if not self._keyboard.is_terminal:
                # The lines that follow were written for something else.
                await self.say(f"{wrong} Nothing is chosen.")
                return None
            await self.say(wrong)
        return None

    async def confirm(self, question: str) -> bool:
        """Whether the user answers yes. Anything else is no."""
        answer = await self.ask(f"{question} yes or no:", is_decision=True)
        return answer is not None and answer.casefold() in ("y", "yes")


def error_line(error: LlmTuiError) -> str:
    """An error in one line: what went wrong, and what to do next."""
    return safe_line(" ".join(filter(None, ("Error:", str(error), error.hint))))
