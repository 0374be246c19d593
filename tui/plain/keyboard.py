"""Reads lines in the main thread, and hands out signals. The event loop runs in another thread.

Only in the main thread does a signal interrupt `input`, and only `input` offers the line editing of `readline`.
A signal that arrives while no line is read belongs to the event loop: it stops an answer, or ends the program.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType, ModuleType
from typing import Any, Final, Literal, NamedTuple

from tui.light_dataclass import dataclass

try:
    import termios
except ImportError:
    # Windows.
    termios = None  # type: ignore[assignment]

_PASTE_S: Final = 0.03
"""How soon after Enter more input must be there to be part of a paste, in seconds. Nobody types that fast."""

_READLINE_OPTIONS: Final = (
    # Each of them would write escape sequences.
    "set enable-bracketed-paste off",
    "set enable-active-region off",
    "set show-mode-in-prompt off",
    "set colored-stats off",
    "set colored-completion-prefix off",
    "set visible-stats off",
    "set page-completions off",
    "set completion-query-items 0",
    "tab: complete",
)

_HANDLED_WITHIN_S: Final = 0.1
"""How soon a signal must have been handled, in seconds, or the main thread is woken for it."""

_END_SIGNALS: Final = tuple(
    number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)

Complete = Callable[[str], Sequence[str]]
"""Returns what a line may become, each as a whole line. Called in the main thread."""


class Typed(NamedTuple):
    """What came of reading a line."""

    text: str
    """The line without its end. What was typed so far, if it was interrupted."""

    how: Literal["line", "interrupt", "end"] = "line"
    """Whether it ended with Enter, with Ctrl+C, or with the end of the input or the program."""


@dataclass(frozen=True, slots=True)
class Request:
    """A line to read."""

    prompt: str

    text: str = ""
    """The text to start with, which the user edits. Only with line editing."""

    is_message: bool = False
    """Whether it is for the model: it can be recalled, completed, and pasted with several lines."""

    is_decision: bool = False
    """Whether what was typed before the question does not count."""


class _Resumed(Exception):
    """The program was stopped by Ctrl+Z while a line was read, and goes on: the shell has changed the terminal."""


class Keyboard:
    """Standard input. `serve` runs in the main thread, `read` in the event loop."""

    def __init__(self) -> None:
        self.is_terminal = sys.stdin is not None and sys.stdin.isatty()
        """Whether a person types. Otherwise lines come from a file or another program."""
        self.echoes = self.is_terminal and sys.stdout is not None and sys.stdout.isatty()
        """Whether the terminal shows the prompt and what is typed."""
        self.can_edit = False
        """Whether a line can start with a text that the user edits."""
        self.signal = 0
        """The signal that ends the program. 0 for none."""
        self.on_interrupt: Callable[[], None] = lambda: None
        """Called in the event loop for Ctrl+C while no line is read."""
        self.on_end: Callable[[], None] = lambda: None
        """Called in the event loop for a signal that ends the program while no line is read."""
        self.complete: Complete = lambda _: ()
        self._requests: SimpleQueue[tuple[Request, asyncio.Future[Typed]] | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_reading = False
        self._unsent = ""
        """What was typed so far when a signal arrived."""
        self._is_at_end = False
        self._settings: list[Any] | None = None
        """The terminal's own settings. None without a terminal."""
        self._terminal = -1
        """The terminal, also when standard input is something else by then."""
        self._woken = self._waker = -1
        """A pipe to which the number of each signal is written when it arrives."""
        self._arrived: Counter[int] = Counter()
        self._handled: Counter[int] = Counter()
        self._readline: ModuleType | None = None
        self._found: list[str] = []
        """The completions of the line, from the word at the cursor on."""

    # In the event loop.

    def attach(self) -> None:
        """Deliver signals to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._woken, self._handle_arrived)

    async def read(self, request: Request) -> Typed:
        """Read a line."""
        typed: asyncio.Future[Typed] = asyncio.get_running_loop().create_future()
        self._requests.put((request, typed))
        return await typed

    def _handle_arrived(self) -> None:
        assert self._loop is not None
        for number in os.read(self._woken, 1000):
            if number in (signal.SIGINT, signal.SIGCONT, *_END_SIGNALS):
                self._arrived[number] += 1
                self._loop.call_later(_HANDLED_WITHIN_S, self._wake_for, number)

    def _wake_for(self, number: int) -> None:
        """Interrupt the main thread if it has not handled a signal.

        `input` waits on if the signal came a moment before it began to wait, or to another thread, as after Ctrl+Z.
        """
        if self._arrived[number] > self._handled[number]:
            self._arrived[number] = self._handled[number]
            signal.pthread_kill(threading.main_thread().ident or 0, number)

    def release(self) -> None:
        """Let `serve` return: no more lines will be read."""
        self._loop = None
        self._requests.put(None)

    # In the main thread.

    def prepare(self) -> None:
        """Load the line editing, if a person types."""
        self._woken, self._waker = os.pipe()
        for end in (self._woken, self._waker):
            os.set_blocking(end, False)
        if self.is_terminal and termios is not None:
            with contextlib.suppress(termios.error):
                self._terminal = os.dup(sys.stdin.fileno())
                self._settings = termios.tcgetattr(self._terminal)
        if self.echoes:
            self._readline = self._load_readline()
            self.can_edit = self._readline is not None

    def remember(self, prompts: Sequence[str]) -> None:
        """Offer earlier prompts to be recalled, the latest last. Those of several lines cannot be edited."""
        if self._readline is not None:
            for prompt in prompts:
                if "\n" not in prompt:
                    self._readline.add_history(prompt)

    def serve(self) -> None:
        """Read the lines that are asked for, until `release`."""
        with self._signals(), self._quiet():
            while (request := self._requests.get()) is not None:
                line, typed = request
                result = self._read(line)
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(_resolve, typed, result)

    def _read(self, request: Request) -> Typed:
        if self._is_at_end or self.signal > 0:
            return Typed("", "end")
        if request.is_decision:
            self._discard_input()
        self._unsent = ""
        lines: list[str] = []
        was_typed_ahead = self._has_input(0)
        try:
            self._is_reading = True
            try:
                lines.append(self._line(request.prompt, request))
                while request.is_message and not was_typed_ahead and self._has_input(_PASTE_S):
                    lines.append(self._line("", request))
            finally:
                self._is_reading = False
        except KeyboardInterrupt:
            self._end_line()
            return Typed("\n".join([*lines, self._unsent]), "interrupt")
        except (EOFError, OSError):
            self._is_at_end = True
            lines += filter(None, [self._unsent or self._line_buffer])
        text = "\n".join(lines)
        if self.signal or self._is_gone():
            self._is_at_end = True
            return Typed(text, "end")
        if not lines:
            self._end_line()
            return Typed("", "end")
        if request.is_message and text.strip():
            self.remember([text])
        return Typed(text)

    def _line(self, prompt: str, request: Request) -> str:
        if not self.echoes:
            line = sys.stdin.readline() if sys.stdin is not None else ""
            if not line:
                raise EOFError
            return line.rstrip("\r\n")
        text = request.text if prompt else ""
        while True:
            try:
                with self._loud():
                    return self._edited(prompt, text, request)
            except _Resumed:
                text = self._unsent

    def _edited(self, prompt: str, text: str, request: Request) -> str:
        """A line, which starts with a text where lines can be edited."""
        if (readline := self._readline) is not None:
            readline.set_startup_hook((lambda: readline.insert_text(text)) if text else None)
            readline.set_completer(self._completions if request.is_message else lambda *_: None)
        return input(prompt)

    def _completions(self, _: str, state: int) -> str | None:
        """The completions of the line, one for each call. Implements a completer of `readline`."""
        assert self._readline is not None
        line = self._readline.get_line_buffer()
        if state == 0:
            begin = self._readline.get_begidx()
            self._found = [each[begin:] for each in self.complete(line) if each.startswith(line[:begin])]
        return self._found[state] if state < len(self._found) else None

    @property
    def _line_buffer(self) -> str:
        """What is typed of the line. Empty without line editing."""
        return "" if self._readline is None else str(self._readline.get_line_buffer())

    def _load_readline(self) -> ModuleType | None:
        # What it knows about the terminal's abilities, it uses to move the cursor.
        os.environ["TERM"] = "dumb"
        try:
            import readline
        except ImportError:
            return None
        readline.set_auto_history(False)
        readline.set_completer_delims(" \t\n")
        if "libedit" in (readline.__doc__ or ""):
            readline.parse_and_bind("bind ^I rl_complete")
        else:
            for option in _READLINE_OPTIONS:
                readline.parse_and_bind(option)
        return readline

    # The terminal.

    def _has_input(self, seconds: float) -> bool:
        if not self.is_terminal or self._settings is None:
            return False
        return not self.signal and bool(select.select([sys.stdin], [], [], seconds)[0])

    def _is_gone(self) -> bool:
        """Whether the terminal was closed."""
        if self._settings is None or not hasattr(select, "poll"):
            return False
        poll = select.poll()
        poll.register(self._terminal, select.POLLIN)
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))

    def _discard_input(self) -> None:
        if self._settings is not None:
            with contextlib.suppress(termios.error):
                termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)

    def _end_line(self) -> None:
        """End the line on which the user was typing."""
        if self.echoes:
            with contextlib.suppress(OSError):
                os.write(sys.stdout.fileno(), b"\n")

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Show nothing that is typed while no line is read: it would stand in the middle of an answer."""
        if self._settings is None:
            yield
            return
        try:
            self._silence()
            yield
        finally:
            self._restore()

    @contextmanager
    def _loud(self) -> Iterator[None]:
        try:
            if self._readline is None:
                self._restore()
            else:
                # Not as it was: the terminal would read a Ctrl+D that is typed before `readline` begins.
                self._silence(termios.ICANON)
            yield
        finally:
            self._silence()

    def _silence(self, flags: int | None = None) -> None:
        """Switch off ECHO and ICANON, or other flags."""
        if self._settings is not None:
            changed = list(self._settings)
            # Without ICANON, what was pasted behind the last line end can be seen.
            changed[3] &= ~(termios.ECHO | termios.ICANON if flags is None else flags)
            changed[6] = list(changed[6])
            changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
            self._set(changed)

    def _restore(self) -> None:
        if self._settings is not None:
            self._set(self._settings)

    def _set(self, settings: list[Any]) -> None:
        # The terminal may be gone.
        with contextlib.suppress(termios.error, ValueError, OSError):
            termios.tcsetattr(self._terminal, termios.TCSANOW, settings)

    # Signals.

    @contextmanager
    def _signals(self) -> Iterator[None]:
        before = {signal.SIGINT: signal.signal(signal.SIGINT, self._handle_interrupt)}
        if self._readline is not None:
            before[signal.SIGCONT] = signal.signal(signal.SIGCONT, self._handle_resumed)
        for number in _END_SIGNALS:
            # `nohup` ignores it, and so do we.
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, self._handle_end)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle_interrupt(self, number: int, _frame: FrameType | None) -> None:
        self._handled[number] += 1
        if self._is_reading:
            self._unsent = self._line_buffer
            raise KeyboardInterrupt
        self._call(lambda: self.on_interrupt())

    def _handle_resumed(self, number: int, _frame: FrameType | None) -> None:
        self._handled[number] += 1
        if self._is_reading:
            self._unsent = self._line_buffer
            raise _Resumed
        self._silence()

    def _handle_end(self, number: int, _frame: FrameType | None) -> None:
        self._handled[number] += 1
        self.signal = self.signal or number
        if self._is_reading:
            # An exception could arrive after Enter, and lose the line. So the input ends here.
            self._unsent = self._line_buffer
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        else:
            self._call(lambda: self.on_end())

    def _call(self, function: Callable[[], None]) -> None:
        if self._loop is not None:
            # The loop may have ended in this moment.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function)


def _resolve(future: asyncio.Future[Typed], typed: Typed) -> None:
    if not future.done():
        future.set_result(typed)
