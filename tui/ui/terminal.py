"""What the terminal sends, made ready for Textual: pastes as one, keys that it does not know, Escape without a delay.

Textual 8.2 reads a paste letter by letter, so that ten megabytes take a minute
and an escape sequence inside one is taken for keys; it knows Alt+Enter and
Shift+Enter by the kitty keyboard protocol only; and it looks whether an Escape
stayed alone only every tenth of a second.
"""

from __future__ import annotations

import os
import select
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_PASTE_BEGINS: Final = "\x1b[200~"
_PASTE_ENDS: Final = "\x1b[201~"
_SHORTEST_HELD: Final = 3
"""Characters of a begun paste mark from which on they are held: less is what Escape and Alt+[ send."""

_IN_KITTYS_WORDS: Final = (
    ("\x1b\r", "\x1b[13;3u"),  # Alt+Enter as every terminal sends it
    ("\x1b[27;2;13~", "\x1b[13;2u"),  # Shift+Enter by xterm's modifyOtherKeys
    ("\x1b[27;3;13~", "\x1b[13;3u"),  # Alt+Enter by the same
    ("\x1b[27;5;13~", "\x1b[13;5u"),  # Ctrl+Enter
)

_READ: Final = 65_536
_ALONE_S: Final = 0.02
"""How soon it is looked again whether an Escape stayed alone."""

_QUIET_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Pasted:
    """A paste, whole."""

    text: str


class InputSplitter:
    """Parts pastes from keys, however what the terminal sends is cut."""

    def __init__(self) -> None:
        self._held = ""
        self._paste: list[str] | None = None

    def feed(self, text: str) -> Iterator[str | Pasted]:
        """Take what was read; give keys, as the terminal's sequences, and whole pastes."""
        text = self._held + text
        self._held = ""
        while text:
            if self._paste is None:
                keys, begins, text = text.partition(_PASTE_BEGINS)
                if begins:
                    self._paste = []
                else:
                    keys, self._held = _without_begun(keys, _PASTE_BEGINS)
                if keys:
                    yield _in_kittys_words(keys)
            else:
                pasted, ends, text = text.partition(_PASTE_ENDS)
                if not ends:
                    pasted, self._held = _without_begun(pasted, _PASTE_ENDS, shortest=1)
                self._paste.append(pasted)
                if ends:
                    whole, self._paste = "".join(self._paste), None
                    yield Pasted(whole.replace("\x00", ""))

    def flush(self) -> str:
        """Nothing has followed: what was held back was no paste mark."""
        if self._paste is not None:
            return ""
        held, self._held = self._held, ""
        return held


class TerminalDriver(LinuxDriver):
    """Textual's driver, with another way to read."""

    def run_input_thread(self) -> None:
        """Read what the terminal sends until the app ends, or the terminal does."""
        parser = XTermParser(self._debug)
        splitter = InputSplitter()
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        wait = _QUIET_S
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno], [], [], wait)
            if ready:
                data = self._read()
                if not data:
                    self._app.call_later(self._app.exit, return_code=129)
                    return
                wait = _ALONE_S if b"\x1b" in data[-_READ:] else _QUIET_S
                for piece in splitter.feed(decode(data)):
                    self._take(piece, parser)
            else:
                wait = _QUIET_S
                if held := splitter.flush():
                    self._take(held, parser)
            for event in parser.tick():
                self.process_message(event)

    def _take(self, piece: str | Pasted, parser: XTermParser) -> None:
        if isinstance(piece, Pasted):
            self.process_message(events.Paste(piece.text))
            return
        for event in parser.feed(piece):
            self.process_message(event)

    def _read(self) -> bytes:
        """What is there to read. Empty when the terminal is gone."""
        try:
            return os.read(self.fileno, _READ)
        except OSError:
            return b""


def _without_begun(text: str, mark: str, shortest: int = _SHORTEST_HELD) -> tuple[str, str]:
    """A text without the begun mark at its end, and that."""
    for length in range(min(len(mark) - 1, len(text)), shortest - 1, -1):
        if text.endswith(mark[:length]):
            return text[:-length], text[-length:]
    return text, ""


def _in_kittys_words(keys: str) -> str:
    for sent, meant in _IN_KITTYS_WORDS:
        keys = keys.replace(sent, meant)
    return keys
