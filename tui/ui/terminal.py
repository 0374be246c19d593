"""A Textual driver with its own input: faster pastes, more Enter keys, and nothing of a cut sequence is typed.

Textual 8.2 parses a paste character by character: ten megabytes take a minute, and an escape sequence inside a paste is
read as keys. It types sequences that it does not know, such as reports of the terminal, and those that arrive in
pieces. It recognizes Alt+Enter and Shift+Enter only in the kitty keyboard protocol. `InputReader` therefore cuts the
input into whole sequences, and Textual's parser gets only those that it knows.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import Any, Final, TextIO

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.lazy_pattern import lazy_pattern
from tui.ui.terminal_input import InputReader, Pasted
from tui.ui.theme.terminal_ground import is_dark_response

_ESCAPE: Final = "\x1b"
_KITTY_SEQUENCES: Final = {
    "\x1b\r": "\x1b[13;3u",  # Alt+Enter, legacy encoding
    "\x1b[27;2;13~": "\x1b[13;2u",  # Shift+Enter, xterm's modifyOtherKeys
    "\x1b[27;3;13~": "\x1b[13;3u",  # Alt+Enter, modifyOtherKeys
    "\x1b[27;5;13~": "\x1b[13;5u",  # Ctrl+Enter, modifyOtherKeys
}
_REPORT: Final = lazy_pattern(r"\x1b\[(?:[IO]|<\d+;-?\d+;-?\d+[Mm]|\d+;\d+R|\?\d+;\d\$y|48(?:;\d+(?::\d*)*){4}t)")
"""Focus, mouse, cursor position, modes, and size: what Textual's parser knows besides keys."""

_KITTY_KEY: Final = lazy_pattern(r"\x1b\[(?:(\d+)(?::[\d:]*)?(?:;(\d*)(?::(\d))?(?:;([\d:]*))?)?)?([u~ABCDEFHPQRS])")
"""Code, modifiers, 3 for a key that is released, text, and the final character of a key."""

_READ_BYTES: Final = 65_536
_POLL_INTERVAL_S: Final = 0.1


_SAVE_TITLE: Final = "\x1b[22;2t"
_RESTORE_TITLE: Final = "\x1b[23;2t"
_START_PROGRESS: Final = "\x1b]9;4;3;0\x1b\\"
_END_PROGRESS: Final = "\x1b]9;4;0;0\x1b\\"
"""Progress as ConEmu defined it; Windows Terminal, Ghostty, WezTerm and others show it, and the rest ignore it."""

_GROUND_RESPONSE: Final = "\x1b]11;"
_GROUND_REQUEST: Final = "\x1b]11;?\x1b\\"


_GRAPHICS_RESPONSE: Final = lazy_pattern(r"\x1b(?:_G|P>\||\[\?[\d;]+[cS])")
"""Responses about the terminal's graphics, its name, its attributes, and its colours for sixels."""


class GroundReported(Message):
    """Posted when the terminal told whether its ground is dark."""

    def __init__(self, *, is_dark: bool) -> None:
        super().__init__()
        self.is_dark = is_dark


class TerminalResponded(Message):
    """Posted when the terminal responded to a question about its graphics."""

    def __init__(self, response: str) -> None:
        super().__init__()
        self.response = response
        self.cell_pixels: tuple[int, int] | None = None
        """Width and height of a cell in pixels. None if the terminal does not tell."""


class SequenceDecoder(XTermParser):
    """Translates what `InputReader` returns into Textual's events. Sequences that are not known are dropped."""

    def decode(self, piece: str | Pasted) -> Iterable[Message]:
        """The events of a piece of input."""
        if isinstance(piece, Pasted):
            return (events.Paste(piece.text),)
        if not piece:
            # The end of the input for Textual's parser.
            return ()
        if piece == _ESCAPE:
            return (events.Key("escape", _ESCAPE),)
        if piece.startswith(_GROUND_RESPONSE):
            is_dark = is_dark_response(piece)
            return () if is_dark is None else (GroundReported(is_dark=is_dark),)
        if _GRAPHICS_RESPONSE.match(piece):
            return (TerminalResponded(piece),)
        if not piece.startswith(_ESCAPE) or _REPORT.fullmatch(piece):
            return self.feed(piece)
        return self._keys(_KITTY_SEQUENCES.get(piece, piece))

    def _keys(self, sequence: str) -> Iterable[events.Key]:
        if (kitty := _KITTY_KEY.fullmatch(sequence)) is not None:
            code, modifiers, event, text, final = kitty.groups(default="")
            if final == "u" or f"{code or 1}{final}" in FUNCTIONAL_KEYS:
                if event == "3" or not all(map(_is_character, [code, *text.split(":")])):
                    return ()
                # Without the parts that Textual cannot read: the shifted key, and whether the key repeats.
                return self._sequence_to_key_events(f"\x1b[{code};{modifiers};{text}{final}" if code else sequence)
        if isinstance(keys := ANSI_SEQUENCES_KEYS.get(sequence), tuple):
            return [events.Key(key.value, None) for key in keys]
        if isinstance(keys, str):
            return self._sequence_to_key_events(keys)
        return self._alt_keys(sequence[1]) if len(sequence) == 2 else ()

    def _alt_keys(self, character: str) -> Iterator[events.Key]:
        for key in self._sequence_to_key_events(character, alt=True):
            # Textual leaves Alt out for punctuation. With a character, inputs would insert it.
            is_plain = key.is_printable and not key.key.startswith("alt+")
            yield events.Key(f"alt+{key.key}" if is_plain else key.key, None if key.is_printable else key.character)


class TerminalOutput:
    """The file that Textual's writer thread writes to. Ignores write errors.

    A failed write would end that thread, and the app would soon block forever on
    its full queue. `TerminalDriver.run_input_thread` detects a closed terminal.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write a text. Does nothing if the terminal is closed."""
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Flush the file. Does nothing if the terminal is closed."""
        with contextlib.suppress(OSError):
            self._file.flush()


class TerminalDriver(LinuxDriver):
    """Textual's Linux driver, with its own input parsing and tolerant output."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        assert self._file is not None
        self._file = TerminalOutput(self._file)  # type: ignore[assignment]  # Textual calls only write and flush

    def start_application_mode(self) -> None:
        """Take over the terminal, and ask for its ground. The first paint does not wait for the response."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.write(_SAVE_TITLE)
        if getattr(self._app, "follows_terminal_ground", False):
            self.write(_GROUND_REQUEST)

    def stop_application_mode(self) -> None:
        """Give the terminal back, with the title that it had."""
        self.write(_END_PROGRESS + _RESTORE_TITLE)
        super().stop_application_mode()

    def show_activity(self, title: str, *, is_busy: bool) -> None:
        """Show a text as the terminal's title, and on its tab or in the task bar whether something is going on.

        Args:
            title: One line that is safe to display.
            is_busy: Whether to show progress. Its end is not known.
        """
        self.write(f"\x1b]2;{title}\x1b\\{_START_PROGRESS if is_busy else _END_PROGRESS}")

    def notify_user(self, sequence: str) -> None:
        """Write a sequence that notifies the user: see `tui.ui.notifications`."""
        self.write(sequence)

    def write_graphics(self, sequences: str) -> None:
        """Write pictures, or questions about them: see `tui.ui.pictures`."""
        self.write(sequences)

    @property
    def cell_pixels(self) -> tuple[int, int] | None:
        """Width and height of a cell in pixels. None if the terminal does not tell."""
        try:
            packed = fcntl.ioctl(self.fileno, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            return None
        rows, columns, width, height = struct.unpack("HHHH", packed)
        if not (rows and columns and width >= columns and height >= rows):
            return None
        return width // columns, height // rows

    def toggle_mouse(self) -> bool:
        """Toggle mouse capture, and return whether the terminal handles the mouse now."""
        if self._mouse:
            self._disable_mouse_support()
            self._mouse = False
        else:
            self._mouse = True
            self._enable_mouse_support()
        return not self._mouse

    def run_input_thread(self) -> None:
        """Read input until the app exits or the terminal closes."""
        reader, decoder = InputReader(), SequenceDecoder()
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        while not self.exit_event.is_set():
            deadline = reader.deadline
            wait = _POLL_INTERVAL_S if deadline is None else max(0.0, deadline - time.monotonic())
            if self._has_input(wait):
                data = self._read()
                if not data:
                    self._app.call_later(self._app.exit, return_code=129)
                    return
                pieces: Iterator[str | Pasted] = reader.feed(decode(data), time.monotonic())
            # This thread may have been kept waiting, and the rest of a sequence may be there by now.
            elif deadline is not None and time.monotonic() >= deadline and not self._has_input(0):
                pieces = iter(reader.expire())
            else:
                continue
            for piece in pieces:
                for event in decoder.decode(piece):
                    if isinstance(event, TerminalResponded):
                        event.cell_pixels = self.cell_pixels
                    self.process_message(event)

    def _has_input(self, seconds: float) -> bool:
        return bool(select.select([self.fileno], [], [], min(seconds, _POLL_INTERVAL_S))[0])

    def _read(self) -> bytes:
        """The available input. Empty if the terminal is closed."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""


def _is_character(code: str) -> bool:
    """Whether a character has this code; empty for none. Half of a surrogate pair is none."""
    return not code or ((number := int(code)) <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF)
