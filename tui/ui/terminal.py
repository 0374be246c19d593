"""What the terminal sends, made ready for Textual: pastes as one, keys that it does not know, Escape without a delay.

Textual 8.2 reads a paste letter by letter, so that ten megabytes take a minute
and an escape sequence inside one is taken for keys; it knows Alt+Enter and
Shift+Enter by the kitty keyboard protocol only; and it looks whether an Escape
stayed alone only every tenth of a second.
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
_PASTE_BEGINS: Final = "\x1b[200~"
_PASTE_ENDS: Final = "\x1b[201~"
_IN_KITTYS_WORDS: Final = (
    ("\x1b\r", "\x1b[13;3u"),  # Alt+Enter as every terminal sends it
    ("\x1b[27;2;13~", "\x1b[13;2u"),  # Shift+Enter by xterm's modifyOtherKeys
    ("\x1b[27;3;13~", "\x1b[13;3u"),  # Alt+Enter by the same
    ("\x1b[27;5;13~", "\x1b[13;5u"),  # Ctrl+Enter
)

_WHOLE: Final = (_PASTE_BEGINS, *(sent for sent, _ in _IN_KITTYS_WORDS))
"""What must be seen whole. Its beginning is held until more comes, or nothing does."""

_READ: Final = 65_536
_ALONE_S: Final = 0.02
"""How soon it is looked again whether an Escape stayed alone."""

_QUIET_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Pasted:
    """A paste, whole."""

    text: str


class InputSplitter:
    """Parts pastes from keys, however what the terminal sends is cut.

    What may be the beginning of more, and so an Escape too, is held back: until
    more comes, or until `flush` is told that nothing does.
    """

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
                    keys, self._held = _without_begun(keys, *_WHOLE)
                if keys:
                    yield _in_kittys_words(keys)
            else:
                pasted, ends, text = text.partition(_PASTE_ENDS)
                if not ends:
                    pasted, self._held = _without_begun(pasted, _PASTE_ENDS)
                self._paste.append(pasted)
                if ends:
                    whole, self._paste = "".join(self._paste), None
                    yield Pasted(whole.replace("\x00", ""))

    @property
    def is_holding(self) -> bool:
        """Whether there is something to flush when nothing follows."""
        return bool(self._held) and self._paste is None

    def flush(self) -> str:
        """Nothing has followed: what was held back is keys."""
        if self._paste is not None:
            return ""
        held, self._held = self._held, ""
        return held


class TerminalOutput:
    """Where Textual's writing thread writes to. That the terminal is gone is for who reads from it to find out.

    A write that failed would end that thread, and soon the app would wait for
    ever for room in its queue.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write, as far as there is a terminal."""
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Have it written now."""
        with contextlib.suppress(OSError):
            self._file.flush()


class TerminalDriver(LinuxDriver):
    """Textual's driver, with another way to read, and to write where nobody reads any more."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        assert self._file is not None
        self._file = TerminalOutput(self._file)  # type: ignore[assignment]  # nothing but these two is asked of it

    def toggle_mouse(self) -> bool:
        """Leave the mouse to the terminal, or take it back. Gives whether it is the terminal's now."""
        if self._mouse:
            self._disable_mouse_support()
            self._mouse = False
        else:
            self._mouse = True
            self._enable_mouse_support()
        return not self._mouse

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
                for piece in splitter.feed(decode(data)):
                    self._take(piece, parser)
                wait = _ALONE_S if splitter.is_holding or b"\x1b" in data else _QUIET_S
            else:
                held = splitter.flush()
                wait = _ALONE_S if held else _QUIET_S
                if held:
                    self._take(held, parser)
            for event in parser.tick():
                self.process_message(event)

    def _take(self, piece: str | Pasted, parser: XTermParser) -> None:
        if isinstance(piece, Pasted):
            self.process_message(events.Paste(piece.text))
            return
        if piece == _ESCAPE:
            # It has been waited for what may follow it, and the parser would wait once more.
            self.process_message(events.Key("escape", _ESCAPE))
            return
        for event in parser.feed(piece):
            self.process_message(event)

    def _read(self) -> bytes:
        """What is there to read. Empty when the terminal is gone."""
        try:
            return os.read(self.fileno, _READ)
        except OSError:
            return b""


def _without_begun(text: str, *wholes: str) -> tuple[str, str]:
    """A text without what may be the beginning of one of these at its end, and that."""
    for length in range(min(max(map(len, wholes)) - 1, len(text)), 0, -1):
        end = text[-length:]
        if any(len(whole) > length and whole.startswith(end) for whole in wholes):
            return text[:-length], end
    return text, ""


def _in_kittys_words(keys: str) -> str:
    for sent, meant in _IN_KITTYS_WORDS:
        keys = keys.replace(sent, meant)
    return keys
