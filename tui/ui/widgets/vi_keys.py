"""The keys of vi, for a text with a cursor. Knows no widget: it is told the text, and returns what to change.

A subset: motions, the operators d, c and y with them, and what vi users type without thinking. Offsets are characters
from the start of the text; in normal mode the cursor is on a character, never behind the last one of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

from tui.light_dataclass import dataclass

Mode = Literal["insert", "normal"]

_OPERATORS: Final = "dcy"
_MAX_COUNT: Final = 9_999

_ALIASES: Final[Mapping[str, str]] = {
    "D": "d$",
    "C": "c$",
    "Y": "yy",
    "S": "cc",
    "s": "cl",
    "x": "dl",
    "delete": "dl",
    "X": "dh",
}
"""Keys that are an operator and its motion."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a key does to the text."""

    cursor: int
    """Where the cursor is afterwards."""

    edit: tuple[int, int, str] | None = None
    """Start, end, and what replaces the text between them. None if the text stays."""

    command: Literal["", "undo", "redo", "up", "down"] = ""
    """What the editor does by itself, `times` times. Empty for nothing."""

    times: int = 1


class _Range(NamedTuple):
    """What a motion passes over."""

    target: int
    """Where the cursor goes."""

    is_inclusive: bool = False
    """Whether an operator takes the character at the later end too."""

    is_linewise: bool = False
    """Whether an operator takes whole lines."""


class ViKeys:
    """Owns the mode, what was typed of a command, and the register."""

    def __init__(self) -> None:
        self.mode: Mode = "insert"
        self._count = ""
        """The digits typed in front of the command or the motion."""
        self._operator = ""
        self._operator_count = 1
        self._prefix = ""
        """`g` or `r`, which wait for one more key."""
        self._register = ""
        self._register_is_linewise = False

    @property
    def is_replacing(self) -> bool:
        """Whether the next key, whatever it is, replaces the character at the cursor."""
        return self.mode == "normal" and self._prefix == "r"

    def start_insert(self) -> None:
        """Go to insert mode, as for a new prompt."""
        self.mode = "insert"
        self._reset()

    def place(self, text: str, cursor: int) -> int:
        """Where the cursor may be, after the editor moved it."""
        return _on_character(text, cursor) if self.mode == "normal" else cursor

    def press(self, key: str, text: str, cursor: int) -> Effect | None:
        """Handle a key. None if it means nothing here, and does what it does in any editor.

        Args:
            key: The character, or the name of another key: `escape`, `ctrl+r`.
            text: All of the text.
            cursor: Where the cursor is.
        """
        if self.mode == "insert":
            if key != "escape":
                return None
            self.mode = "normal"
            return Effect(max(_line_start(text, cursor), cursor - 1))
        cursor = _on_character(text, cursor)
        if key == "escape":
            is_pending = bool(self._count or self._operator or self._prefix)
            self._reset()
            return Effect(cursor) if is_pending else None
        if len(key) > 1 and key not in _NAMED and not (self.is_replacing and key == "enter"):
            self._reset()
            return None
        if self._prefix == "r":
            return self._replace("\n" if key == "enter" else _NAMED.get(key, key), text, cursor)
        key = _NAMED.get(key, key)
        if not self._prefix and (key in "123456789" or (key == "0" and self._count)):
            self._count += key
            return Effect(cursor)
        if not self._prefix and (key == "g" or (key == "r" and not self._operator)):
            self._prefix = key
            return Effect(cursor)
        key, self._prefix = self._prefix + key, ""
        count = min(int(self._count or 1), _MAX_COUNT)
        if key in _OPERATORS and not self._operator:
            self._operator, self._operator_count, self._count = key, count, ""
            return Effect(cursor)
        has_count = bool(self._count) or self._operator_count > 1
        count = min(count * self._operator_count, _MAX_COUNT)
        operator = self._operator
        self._reset()
        if not operator and key in _ALIASES:
            operator, key = _ALIASES[key][0], _ALIASES[key][1]
        if operator:
            return self._operate(operator, key, count, has_count, text, cursor)
        if key in ("j", "down", "k", "up"):
            return Effect(cursor, command="down" if key in ("j", "down") else "up", times=count)
        found = _motion(key, count, has_count, text, cursor)
        if found is not None:
            return Effect(_on_character(text, found.target))
        return self._command(key, count, text, cursor)

    def _reset(self) -> None:
        self._count, self._operator, self._operator_count, self._prefix = "", "", 1, ""

    # Commands without an operator.

    def _command(self, key: str, count: int, text: str, cursor: int) -> Effect:
        start, end = _line_start(text, cursor), _line_end(text, cursor)
        if key in _INSERTING:
            self.mode = "insert"
        match key:
            case "a":
                return Effect(min(cursor + 1, end))
            case "I":
                return Effect(_first_visible(text, cursor))
            case "A":
                return Effect(end)
            case "o":
                return Effect(end + 1, (end, end, "\n"))
            case "O":
                return Effect(start, (start, start, "\n"))
            case "u":
                return Effect(cursor, command="undo", times=count)
            case "ctrl+r":
                return Effect(cursor, command="redo", times=count)
            case "p" | "P" if self._register:
                return self._put(count, text, cursor, is_before=key == "P")
        return Effect(cursor)

    def _replace(self, character: str, text: str, cursor: int) -> Effect:
        count = min(int(self._count or 1), _MAX_COUNT)
        self._reset()
        end = cursor + count
        if len(character) != 1 or end > _line_end(text, cursor):
            return Effect(cursor)
        if character == "\n":
            return Effect(cursor + 1, (cursor, end, "\n"))
        return Effect(end - 1, (cursor, end, character * count))

    def _put(self, count: int, text: str, cursor: int, *, is_before: bool) -> Effect:
        put = self._register * count
        if self._register_is_linewise:
            start, end = _line_start(text, cursor), _line_end(text, cursor)
            edit = (start, start, put) if is_before else (end, end, f"\n{put[:-1]}")
            changed = _apply(text, edit)
            return Effect(_first_visible(changed, start if is_before else end + 1), edit)
        at = cursor if is_before else min(cursor + 1, _line_end(text, cursor))
        return Effect(at if "\n" in put else at + len(put) - 1, (at, at, put))

    # Operators.

    def _operate(self, operator: str, key: str, count: int, has_count: bool, text: str, cursor: int) -> Effect:
        """Delete, change or copy what a motion passes over."""
        if key == operator:
            found: _Range | None = _Range(_lines_below(text, cursor, count - 1), is_linewise=True)
        elif key in ("j", "down", "k", "up"):
            by = count if key in ("j", "down") else -count
            target = _lines_below(text, cursor, by)
            found = None if _line_start(text, target) == _line_start(text, cursor) else _Range(target, is_linewise=True)
        else:
            if key == "w" and operator == "c" and _kind(text[cursor : cursor + 1]) != " ":
                # As in vi, changing a word leaves the blanks behind it.
                found = _Range(_word_end(text, cursor - 1 if _ends_word(text, cursor) else cursor, count), True)
            else:
                found = _motion(key, count, has_count, text, cursor)
        if found is None:
            return Effect(cursor)
        start, end = sorted((cursor, found.target))
        if found.is_linewise:
            return self._operate_on_lines(operator, _line_start(text, start), _line_end(text, end), text, start)
        if found.is_inclusive:
            end += 1
        elif key == "w":
            end = _end_of_last_word(text, cursor, end, count)
        end = min(end, len(text))
        if (
            not found.is_inclusive
            and "\n" in text[start:end]
            and (text[end - 1] == "\n" or text[end : end + 1] == "\n")
        ):
            # A motion that ends at the start of a line leaves the line break, or takes whole lines.
            end -= text[end - 1] == "\n"
            if start <= _first_visible(text, start):
                return self._operate_on_lines(operator, _line_start(text, start), end, text, start)
        if operator == "c" and (key != "b" or start < end):
            self.mode = "insert"
        if start == end:
            return Effect(cursor)
        self._register, self._register_is_linewise = text[start:end], False
        if operator == "y":
            return Effect(start)
        changed = text[:start] + text[end:]
        return Effect(start if operator == "c" else _on_character(changed, start), (start, end, ""))

    def _operate_on_lines(self, operator: str, start: int, end: int, text: str, cursor: int) -> Effect:
        """Args:
        operator: The operator.
        start: Where the first line starts.
        end: Where the last line ends.
        text: The text.
        cursor: Where the cursor goes if the text stays.
        """
        self._register, self._register_is_linewise = text[start:end] + "\n", True
        if operator == "y":
            return Effect(cursor)
        if operator == "c":
            self.mode = "insert"
            return Effect(start, (start, end, ""))
        # With the line break behind the lines, or the one before them if they are the last ones.
        edit = (start, end + 1, "") if end < len(text) else (max(0, start - 1), end, "")
        changed = _apply(text, edit)
        return Effect(_first_visible(changed, min(start, len(changed))), edit)


_INSERTING: Final = ("i", "a", "I", "A", "o", "O")

_NAMED: Final[Mapping[str, str]] = {
    "ctrl+r": "ctrl+r",
    "left": "h",
    "right": "l",
    "up": "up",
    "down": "down",
    "home": "0",
    "end": "$",
    "backspace": "h",
    "delete": "delete",
    "space": " ",
}
"""Keys with a name that mean something in normal mode, and what."""


def _motion(key: str, count: int, has_count: bool, text: str, cursor: int) -> _Range | None:
    """Where a motion goes. None if the key is not a motion."""
    start, end = _line_start(text, cursor), _line_end(text, cursor)
    match key:
        case "h":
            return _Range(max(start, cursor - count))
        case "l" | " ":
            return _Range(min(end, cursor + count))
        case "0":
            return _Range(start)
        case "^":
            return _Range(_first_visible(text, cursor))
        case "$":
            last = _line_end(text, _lines_below(text, cursor, count - 1))
            # An empty line has no last character to take.
            return _Range(max(_line_start(text, last), last - 1), is_inclusive=last > _line_start(text, last))
        case "gg" | "G":
            line = count - 1 if has_count else (0 if key == "gg" else text.count("\n"))
            return _Range(_first_visible(text, _lines_below(text, 0, line)), is_linewise=True)
        case "e":
            return _Range(_word_end(text, cursor, count), is_inclusive=True)
        case "w":
            return _Range(_repeat(_next_word, text, cursor, count))
        case "b":
            return _Range(_repeat(_previous_word, text, cursor, count))
    return None


def _repeat(step: Callable[[str, int], int], text: str, at: int, count: int) -> int:
    for _ in range(count):
        if (after := step(text, at)) == at:
            break
        at = after
    return at


# Lines.


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Where the line break or the end of the text is."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _on_character(text: str, at: int) -> int:
    """The nearest offset at which there is a character of the line; the start of an empty line."""
    return max(_line_start(text, at), min(at, _line_end(text, at) - 1))


def _first_visible(text: str, at: int) -> int:
    """The first character of the line that is no blank, else the last one."""
    start, end = _line_start(text, at), _line_end(text, at)
    while start < end - 1 and text[start] in " \t":
        start += 1
    return start


def _lines_below(text: str, at: int, by: int) -> int:
    """The start of a line further down, or up if negative; the last or first one at most."""
    at = _line_start(text, at)
    for _ in range(abs(by)):
        following = _line_end(text, at) + 1 if by > 0 else at - 1
        if not 0 <= following <= len(text):
            break
        at = _line_start(text, following)
    return at


def _apply(text: str, edit: tuple[int, int, str]) -> str:
    start, end, new = edit
    return text[:start] + new + text[end:]


# Words: letters and digits, or other signs; an empty line is a word too.


def _kind(character: str) -> Literal[" ", "letters", "signs"]:
    if not character or character.isspace():
        return " "
    return "letters" if character.isalnum() or character == "_" else "signs"


def _is_empty_line(text: str, at: int) -> bool:
    return (at == 0 or text[at - 1] == "\n") and (at == len(text) or text[at] == "\n")


def _next_word(text: str, at: int) -> int:
    kind = _kind(text[at : at + 1])
    while at < len(text) and kind != " " and _kind(text[at]) == kind:
        at += 1
    is_first = kind == " "
    while at < len(text) and text[at].isspace():
        if _is_empty_line(text, at) and not is_first:
            return at
        is_first = False
        at += 1
    return at


def _previous_word(text: str, at: int) -> int:
    at -= 1
    while at > 0 and text[at].isspace() and not _is_empty_line(text, at):
        at -= 1
    kind = _kind(text[max(0, at) : max(0, at) + 1])
    while at > 0 and kind != " " and _kind(text[at - 1]) == kind:
        at -= 1
    return max(0, at)


def _word_end(text: str, at: int, count: int) -> int:
    for _ in range(count):
        following = at + 1
        while following < len(text) and text[following].isspace():
            following += 1
        if following >= len(text):
            return max(0, len(text) - 1)
        at = following
        while not _ends_word(text, at):
            at += 1
    return at


def _ends_word(text: str, at: int) -> bool:
    """Whether a character is the last one of its word."""
    return _kind(text[at : at + 1]) != _kind(text[at + 1 : at + 2])


def _end_of_last_word(text: str, start: int, target: int, count: int) -> int:
    """Where an operator with `w` ends: if the last word ends its line, there.

    Args:
        text: The text.
        start: Where the motion starts.
        target: Where it goes.
        count: How many words it passes over.
    """
    last = _repeat(_next_word, text, start, count - 1)
    kept = last + len(text[last:target].rstrip())
    line_break = text.find("\n", kept, target)
    return target if line_break < 0 or _is_empty_line(text, last) else line_break
