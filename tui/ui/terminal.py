"""A Textual driver with faster pastes, more Enter keys and a shorter Escape delay.

Textual 8.2 parses a paste character by character: ten megabytes take a minute,
and an escape sequence inside a paste is read as keys. It recognizes Alt+Enter
and Shift+Enter only in the kitty keyboard protocol, and checks only every tenth
of a second whether an Escape was a key of its own. `InputSplitter` therefore
extracts pastes and translates keys before Textual's parser sees the input.
"""

from __future__ import annotations

import contextlib
import os
import select
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TextIO

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_ESCAPE: Final = "\x1b"
_PASTE_START: Final = "\x1b[200~"
_PASTE_END: Final = "\x1b[201~"
_KITTY_SEQUENCES: Final = (
    ("\x1b\r", "\x1b[13;3u"),  # Alt+Enter, legacy encoding
    ("\x1b[27;2;13~", "\x1b[13;2u"),  # Shift+Enter, xterm's modifyOtherKeys
    ("\x1b[27;3;13~", "\x1b[13;3u"),  # Alt+Enter, modifyOtherKeys
    ("\x1b[27;5;13~", "\x1b[13;5u"),  # Ctrl+Enter, modifyOtherKeys
)

_MULTIPART_SEQUENCES: Final = (_PASTE_START, *(sent for sent, _ in _KITTY_SEQUENCES))
"""Sequences that must arrive complete. A partial one is held until more input arrives or a timeout passes."""

_READ_BYTES: Final = 65_536
_ESCAPE_DELAY_S: Final = 0.02
"""Time after which a lone Escape counts as a key."""

_POLL_INTERVAL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Pasted:
    """A complete paste."""

    text: str


class InputSplitter:
    """Separates pastes from keys, independent of how the input is chunked.

    Input that may be the start of a longer sequence, such as a lone Escape, is
    held until more input arrives or `flush` is called.
    """

    def __init__(self) -> None:
        self._held = ""
        self._paste: list[str] | None = None

    def feed(self, text: str) -> Iterator[str | Pasted]:
        """Feed input, and yield keys as terminal sequences, and complete pastes."""
        text = self._held + text
        self._held = ""
        while text:
            if self._paste is None:
                keys, start, text = text.partition(_PASTE_START)
                if start:
                    self._paste = []
                else:
                    keys, self._held = _split_partial_end(keys, *_MULTIPART_SEQUENCES)
                if keys:
                    yield _translated_to_kitty(keys)
            else:
                pasted, end, text = text.partition(_PASTE_END)
                if not end:
                    pasted, self._held = _split_partial_end(pasted, _PASTE_END)
                self._paste.append(pasted)
                if end:
                    pasted, self._paste = "".join(self._paste), None
                    yield Pasted(pasted.replace("\x00", ""))

    @property
    def is_holding(self) -> bool:
        """Whether `flush` would return keys."""
        return bool(self._held) and self._paste is None

    def flush(self) -> str:
        """Return the held input as keys, because no more input has arrived."""
        if self._paste is not None:
            return ""
        held, self._held = self._held, ""
        return held


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
        parser = XTermParser(self._debug)
        splitter = InputSplitter()
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        wait = _POLL_INTERVAL_S
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno], [], [], wait)
            if ready:
                data = self._read()
                if not data:
                    self._app.call_later(self._app.exit, return_code=129)
                    return
                for piece in splitter.feed(decode(data)):
                    self._process(piece, parser)
                wait = _ESCAPE_DELAY_S if splitter.is_holding or b"\x1b" in data else _POLL_INTERVAL_S
            else:
                held = splitter.flush()
                wait = _ESCAPE_DELAY_S if held else _POLL_INTERVAL_S
                if held:
                    self._process(held, parser)
            for event in parser.tick():
                self.process_message(event)

    def _process(self, piece: str | Pasted, parser: XTermParser) -> None:
        if isinstance(piece, Pasted):
            self.process_message(events.Paste(piece.text))
            return
        if piece == _ESCAPE:
            # The escape delay has passed already; the parser would wait a second time.
            self.process_message(events.Key("escape", _ESCAPE))
            return
        for event in parser.feed(piece):
            self.process_message(event)

    def _read(self) -> bytes:
        """The available input. Empty if the terminal is closed."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""


def _split_partial_end(text: str, *sequences: str) -> tuple[str, str]:
    """Split off the end of a text that may be the start of one of these sequences."""
    for length in range(min(max(map(len, sequences)) - 1, len(text)), 0, -1):
        end = text[-length:]
        if any(len(sequence) > length and sequence.startswith(end) for sequence in sequences):
            return text[:-length], end
    return text, ""


def _translated_to_kitty(keys: str) -> str:
    for sent, translated in _KITTY_SEQUENCES:
        keys = keys.replace(sent, translated)
    return keys
