"""Cuts the input of a terminal into text, keys, reports and pastes. No I/O and no clock: the caller gives the time.

Keys and reports are sequences that begin with Escape. A slow connection may cut one anywhere, and Escape is a key too.
Time decides: a lone Escape is a key when nothing follows within `_ESCAPE_DELAY_S`; the start of a longer sequence is
none, so it may wait longer. What is given up is remembered: its rest, however late, is dropped and not typed. Late text
that could be typed as well counts as the rest for a moment only. Users type one key at a time: `[A` in one piece is the
rest of a key for some seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass

_ESCAPE: Final = "\x1b"
_PASTE_START: Final = "\x1b[200~"
_PASTE_END: Final = "\x1b[201~"

_ESCAPE_DELAY_S: Final = 0.04
"""Time after which a lone Escape is a key."""

_REST_S: Final = 0.18
"""How long after a piece of a key any text that could be its rest counts as it. Users type it slower."""

_LATE_REST_S: Final = 3.0
"""How long the rest of a key counts as it if it arrives alone."""

_ALT_DELAY_S: Final = 0.35
"""Time after which Escape and an opening character, such as `[`, are Alt and that key."""

_SEQUENCE_DELAY_S: Final = 0.5
"""Time after which an unfinished sequence is given up."""

_MAX_SEQUENCE: Final = 4096
"""Characters kept of an unfinished sequence."""

_PARAMETERS: Final = lazy_pattern(r"\x1b\[(?:[0-?]|(?<=[<;])-)*[ -/]*")
"""Some terminals report a mouse outside the window with negative numbers."""

_SEQUENCE_START: Final = lazy_pattern("[\x1b\x8f\x90\x98\x9b\x9d-\x9f]")
"""Escape, or a control character that means Escape and an opening character."""

_C1_OFFSET: Final = 0x40
"""From such a control character to its opening character. Source: ECMA-48, 5.3."""

_SHIFTED_RXVT_KEY: Final = lazy_pattern(r"\x1b\[\d+\$(?!y)")
_CONTROL_STRING_START: Final = lazy_pattern(r"\x1b(?:\]\d|P[\d>!$+=|]|_G)")
"""Reports of colours, of the terminal's name and capabilities, and of kitty's graphics. Other strings are only known
to be strings by their end."""

_CONTROL_STRING_BODY: Final = lazy_pattern(r"[^\x00-\x1f\x7f-\x9f]*")
_END_OF_STRING: Final = r"[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x9c|\x1b\\)"

_BARE_KEYS: Final = frozenset("IOPQRS~") | {
    sequence[2] for sequence in ANSI_SEQUENCES_KEYS if len(sequence) == 3 and re.match(r"\x1b\[[A-Za-z]", sequence)
}
"""Final characters of the sequences without parameters. `[` and another letter are Alt+[ and that letter."""

_CERTAIN: Final = lazy_pattern(
    r"\x1b(?:\[(?:<\d+;-?\d+;-?\d+[Mm]|[?>=]\d[\d;:]*\$?[A-Za-z]|\d+(?:[;:]-?\d*)+(?:\$y|[A-Za-z~])|\d+[~u]|[03]n)"
    rf"|\]\d+;{_END_OF_STRING}|P[\d;]*[>!$+=|]{_END_OF_STRING}|_G[A-Za-z]={_END_OF_STRING}"
    r"|[]P_^X][^\x00-\x1f\x7f-\x9f]+\x1b\\)"
)
"""Sequences whose rest nobody types."""

_CERTAIN_START: Final = lazy_pattern(
    r"\x1b(?:\[(?:<-?\d[\d;-]*|[?>=]\d[\d;:]*\$?|\d+;[\d;:-]*\$?)"
    r"|\]\d+;(?:\d+;)?(?:[?/;]|r?g?b?a?:?[\da-fA-F/]*)\x1b?|P>\|[ -~]*\x1b|_G[A-Za-z]=\d[^\x00-\x1f]*\x1b?)"
)
"""Starts of such sequences."""

_LIKELY: Final = lazy_pattern(
    r"\x1b(?:\[(?:\[[A-E]|M[ -\U0010ffff]{3}|[\d;]*[A-FHIOPQRSZa-d~^$@u])|O[A-DFHPQRSMa-dj-y])"
)
"""Keys, and mouse reports in the oldest encoding, whose rest looks like typed text."""

_LATE_KEY: Final = lazy_pattern(
    r"\x1b(?:\[(?:\[[A-E]|M[ -\U0010ffff]{3}|[A-FHIOPQRSZ]|\d[\d;]*[A-FHPQRS~^$@])|O[A-DFHPQRSM])(?=\x1b|\Z)"
)
"""Those whose rest is no ordinary text."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """A complete paste."""

    text: str


class InputReader:
    """Reads input piece by piece. The result does not depend on how the pieces were cut, unless they come late."""

    def __init__(self) -> None:
        self._unfinished = ""
        """The start of a sequence, or of the end of a paste."""
        self._paste: list[str] | None = None
        self._fed_at = 0.0
        self._given_up = ""
        """The start of a sequence whose rest did not come in time."""
        self._undecided = 0
        """How many characters at the end of `_given_up` came late. They are typed unless the rest of them follows."""
        self._text_follows_at = 0.0
        """Until when the rest of `_given_up` may look like typed text."""
        self._late_rest_until = 0.0
        """Until when it may do so if it arrives alone."""

    def feed(self, text: str, now: float) -> Iterator[str | Pasted]:
        """Feed input.

        Args:
            text: The input; may be empty.
            now: The time in seconds, on any clock that does not go back.

        Yields:
            Text without Escape, single sequences, a lone Escape, and pastes.
        """
        if text:
            self._fed_at = now
        if self._given_up and text:
            text = self._without_late_rest(text, now)
        text, self._unfinished = self._unfinished + text, ""
        while text:
            if self._paste is not None:
                pasted, end, text = text.partition(_PASTE_END)
                if not end:
                    pasted, self._unfinished = _split_partial_end(pasted)
                self._paste.append(pasted)
                if end:
                    pasted, self._paste = "".join(self._paste), None
                    yield Pasted(pasted.replace("\x00", ""))
                continue
            start = _SEQUENCE_START.search(text)
            if start is None or start.start() > 0:
                at = len(text) if start is None else start.start()
                yield text[:at]
                text = text[at:]
                continue
            if text[0] != _ESCAPE:
                text = _ESCAPE + chr(ord(text[0]) - _C1_OFFSET) + text[1:]
            length = _sequence_length(text)
            if length is None:
                # A string may be long; its text is not used.
                self._unfinished = text if len(text) <= _MAX_SEQUENCE else text[:_MAX_SEQUENCE] + text[-1]
                return
            sequence, text = text[:length], text[length:]
            if sequence == _PASTE_START:
                self._paste = []
            else:
                yield sequence

    @property
    def deadline(self) -> float | None:
        """When to call `expire` if no input comes until then. None while nothing waits."""
        if self._undecided:
            return self._text_follows_at
        if not self._unfinished or self._paste is not None:
            return None
        if len(self._unfinished) == 1 or _may_be_typed(self._unfinished):
            return self._fed_at + _ESCAPE_DELAY_S
        return self._fed_at + (_ALT_DELAY_S if len(self._unfinished) == 2 else _SEQUENCE_DELAY_S)

    def expire(self) -> list[str]:
        """Stop waiting: the deadline has passed. Returns the keys and text that the input means."""
        if self._undecided:
            typed = self._given_up[-self._undecided :]
            self._given_up, self._undecided = "", 0
            return [typed]
        if self._paste is not None:
            return []
        unfinished, self._unfinished = self._unfinished, ""
        keys = [unfinished] if len(unfinished) <= 2 else []
        if len(unfinished) > 2 and _may_be_typed(unfinished):
            key, text = unfinished[:2], unfinished[2:].removesuffix(_ESCAPE)
            unfinished = unfinished[2 + len(text) :]
            keys = [key, text, unfinished]
        self._given_up = unfinished
        self._text_follows_at = self._fed_at + _REST_S if unfinished == _ESCAPE else 0.0
        self._late_rest_until = self._fed_at + _LATE_REST_S
        return [key for key in keys if key]

    def _without_late_rest(self, text: str, now: float) -> str:
        """The input without the rest of the sequence that was given up."""
        start, typed = self._given_up, self._undecided
        self._given_up, self._undecided = "", 0
        whole = start + text
        if whole.startswith(_PASTE_START):
            # Without its start, the paste would be typed, and its lines sent.
            return whole
        may_look_typed = now < self._text_follows_at
        rest = _CERTAIN.match(whole)
        if rest is None and now < self._late_rest_until:
            rest = (_LIKELY if may_look_typed else _LATE_KEY).match(whole)
        if rest is not None:
            return whole[rest.end() :]
        # A single character is typed by a user.
        if len(text) > 1 and _CERTAIN_START.fullmatch(whole):
            self._given_up = whole
            return ""
        may_continue = len(whole) == 2 or not _may_be_typed(whole)
        if may_look_typed and may_continue and _sequence_length(whole) is None:
            self._given_up, self._undecided = whole, typed + len(text)
            self._text_follows_at = now + _REST_S
            return ""
        return whole[len(start) - typed :]


def _sequence_length(text: str) -> int | None:
    """The length of the sequence at the start of a text, which begins with Escape. None if it is unfinished.

    A sequence that is broken off ends before the character that breaks it.
    """
    if len(text) == 1:
        return None
    match text[1]:
        case "\x1b":
            return 1
        case "[":
            return _control_sequence_length(text)
        case "O":
            return None if len(text) == 2 else 3 if text[:3] in ANSI_SEQUENCES_KEYS else 2
        case "]" | "P" | "_" | "^" | "X":
            return _control_string_length(text)
        case _:
            return 2


def _control_sequence_length(text: str) -> int | None:
    if (rxvt := _SHIFTED_RXVT_KEY.match(text)) is not None:
        return rxvt.end()
    parameters = _PARAMETERS.match(text)
    assert parameters is not None
    end = parameters.end()
    if end > _MAX_SEQUENCE:
        return end
    if end == len(text):
        return None
    final = text[end]
    if end > 2:
        return end + 1 if "@" <= final <= "~" else end
    if final == "M":
        # A mouse report in the oldest encoding: three characters follow.
        following = re.match(r"[ -\U0010ffff]{0,3}", text[3:])
        assert following is not None
        return None if following.end() == len(text) - 3 < 3 else 3 + following.end()
    if final == "[":
        # A function key of the Linux console.
        return None if len(text) == 3 else 4 if text[:4] in ANSI_SEQUENCES_KEYS else 2
    return 3 if final in _BARE_KEYS else 2


def _may_be_typed(unfinished: str) -> bool:
    """Whether an unfinished string may be Alt and an opening character, and text that a user types."""
    is_string = unfinished[1:2] in ("^", "X") or (len(unfinished) > 2 and unfinished[1] in "]P_")
    return is_string and _CONTROL_STRING_START.match(unfinished) is None


def _control_string_length(text: str) -> int | None:
    if len(text) == 2:
        return None
    body = _CONTROL_STRING_BODY.match(text, 2)
    assert body is not None
    end = body.end()
    may_be_typed = _may_be_typed(text)
    if may_be_typed and (end == 2 or (end == len(text) > _MAX_SEQUENCE)):
        return 2
    if end == len(text):
        return None
    if text[end] in "\x07\x9c":
        return end + 1
    if text[end : end + 2] == "\x1b\\":
        return end + 2
    if text[end:] == _ESCAPE:
        return None
    return 2 if may_be_typed else end


def _split_partial_end(text: str) -> tuple[str, str]:
    """Split off the end of a pasted text that may be the start of the paste's end."""
    for length in range(min(len(_PASTE_END) - 1, len(text)), 0, -1):
        if _PASTE_END.startswith(text[-length:]):
            return text[:-length], text[-length:]
    return text, ""
