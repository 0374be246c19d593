"""The keys of vi, for a text with a cursor. Knows no widget: it is told the text, and returns what to change.

A subset: motions, the operators d, c and y with them and with text objects, visual mode, and what vi users type without
thinking. Offsets are characters from the start of the text; outside of insert mode the cursor is on a character, never
behind the last one of a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from tui.light_dataclass import dataclass
from tui.ui.widgets.vi_motions import (
    NAMED,
    OBJECTS,
    Range,
    apply,
    difference,
    end_of_last_word,
    ends_word,
    find_in_line,
    first_visible,
    kind_of,
    line_end,
    line_start,
    lines_below,
    motion,
    on_character,
    opposite,
    text_object,
    word_end,
)

Mode = Literal["insert", "normal", "visual", "visual line", "command"]
"""In command mode, a line behind `:`, `/` or `?` is typed. It does nothing: its letters must not act as commands."""

_OPERATORS: Final = "dcy"
_FINDS: Final = "fFtT"
_LINES: Final = ":/?"
"""Keys behind which a line is typed."""
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

_IN_VISUAL: Final[Mapping[str, tuple[str, bool]]] = {
    **{key: (key, False) for key in _OPERATORS},
    "x": ("d", False),
    "delete": ("d", False),
    "s": ("c", False),
    "X": ("d", True),
    "D": ("d", True),
    "S": ("c", True),
    "C": ("c", True),
    "R": ("c", True),
    "Y": ("y", True),
}
"""Keys that do something with the selected text: the operator, and whether it takes whole lines."""

_INSERTING: Final = ("i", "a", "I", "A", "o", "O")


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

    selection: tuple[int, int] | None = None
    """The selected text in visual mode: where it begins, and the end with the cursor. None for none."""


class _Change(NamedTuple):
    """A command that changed the text, to be repeated."""

    operator: str
    """Empty for a command without one."""

    key: str
    """The motion, text object or command."""

    times: int
    has_count: bool


class ViKeys:
    """Owns the mode, what was typed of a command, the register, the selection, and what can be repeated."""

    def __init__(self) -> None:
        self.mode: Mode = "insert"
        self._count = ""
        """The digits typed in front of the command or the motion."""
        self._operator = ""
        self._operator_count = 1
        self._line = ""
        """What was typed in command mode."""
        self._prefix = ""
        """`g`, `r`, `f`, `i` and the like, which wait for one more key."""
        self._register = ""
        self._register_is_linewise = False
        self._found = ""
        """The last `fx` or the like. Empty before the first."""
        self._anchor = 0
        self._visual_cursor = 0
        """Where the selection of visual mode begins, and where it ends."""
        self._change: _Change | None = None
        """The last change. None before the first."""
        self._inserting: tuple[str, int] | None = None
        """The text when insert mode began with a change, and where. None otherwise."""
        self._inserted = ""
        """What was typed in insert mode after the last change."""

    @property
    def waits_for_character(self) -> bool:
        """Whether the next key belongs to the command, also one that does something else: as the character of `r`."""
        return self.mode == "command" or (self.mode != "insert" and self._prefix != "" and self._prefix in f"r{_FINDS}")

    def start_insert(self) -> None:
        """Go to insert mode, as for a new prompt."""
        self.mode = "insert"
        self._inserting = None
        self._reset()

    def place(self, text: str, cursor: int) -> int:
        """Where the cursor may be, after the editor moved it."""
        return on_character(text, cursor) if self.mode == "normal" else cursor

    def press(self, key: str, text: str, cursor: int) -> Effect | None:
        """Handle a key. None if it means nothing here, and does what it does in any editor.

        Args:
            key: The character, or the name of another key: `escape`, `ctrl+r`.
            text: All of the text.
            cursor: Where the cursor is. In visual mode, the selection knows better.
        """
        if self.mode == "insert":
            if key != "escape":
                return None
            self._end_insert(text)
            return Effect(max(line_start(text, cursor), cursor - 1))
        if self.mode == "command":
            return self._type_line(key, text, cursor)
        is_visual = self.mode != "normal"
        cursor = min(self._visual_cursor, len(text)) if is_visual else on_character(text, cursor)
        self._anchor = min(self._anchor, len(text))
        if key == "escape":
            is_pending = bool(self._count or self._operator or self._prefix) or is_visual
            self.mode = "normal"
            self._reset()
            return Effect(cursor) if is_pending else None
        if len(key) > 1 and key not in NAMED and not (self.waits_for_character and key == "enter"):
            self._reset()
            return None
        if key in _LINES and not self._prefix:
            self._reset()
            if key == "/" and not text:
                # The prompt's own commands.
                self.mode = "insert"
                return Effect(1, (0, 0, key))
            self.mode, self._line = "command", key
            return Effect(cursor)
        if not self._take(key):
            return self._selected(text, cursor) if is_visual else Effect(cursor)
        effect = self._run_typed(text, cursor)
        return self._in_visual(effect, text) if is_visual else effect

    def _reset(self) -> None:
        self._count, self._operator, self._operator_count, self._prefix = "", "", 1, ""

    def _type_line(self, key: str, text: str, cursor: int) -> Effect | None:
        """Handle a key in command mode, which Enter, Escape and deleting the first character end."""
        if len(key) == 1 or key == "space":
            self._line += " " if key == "space" else key
        elif key == "backspace":
            self._line = self._line[:-1]
        elif key not in NAMED:
            self._line = ""
        if not self._line:
            self.mode = "normal"
        is_mine = len(key) == 1 or key in NAMED or key in ("enter", "escape")
        return Effect(on_character(text, cursor)) if is_mine else None

    # Reading a command.

    def _take(self, key: str) -> bool:
        """Add a key to what was typed of a command. Returns whether the command, now in `_prefix`, is complete."""
        if self.waits_for_character:
            character = "\n" if key == "enter" else NAMED.get(key, key)
            if len(character) != 1 or (character == "\n" and self._prefix != "r"):
                self._reset()
                return False
            self._prefix += character
            return True
        key = NAMED.get(key, key)
        is_visual = self.mode != "normal"
        if not self._prefix:
            if key in "123456789" or (key == "0" and self._count):
                self._count += key
                return False
            waits = key == "g" or key in _FINDS or (key == "r" and not self._operator and not is_visual)
            if waits or (key in "ia" and (self._operator or is_visual)):
                self._prefix = key
                return False
            if key in _OPERATORS and not self._operator and not is_visual:
                self._operator, self._operator_count, self._count = key, min(int(self._count or 1), _MAX_COUNT), ""
                return False
        self._prefix += key
        return True

    def _run_typed(self, text: str, cursor: int) -> Effect:
        """Run the command that was typed."""
        key, operator = self._prefix, self._operator
        has_count = bool(self._count) or self._operator_count > 1
        count = min(min(int(self._count or 1), _MAX_COUNT) * self._operator_count, _MAX_COUNT)
        self._reset()
        if self.mode == "normal" and not operator and key in _ALIASES:
            operator, key = _ALIASES[key][0], _ALIASES[key][1]
        if key == "." and not operator and self.mode == "normal":
            return self._repeat_change(count if has_count else 0, text, cursor)
        before = self.mode
        effect = self._execute(operator, key, count, has_count, text, cursor)
        if before == "normal" and (self.mode == "insert" or effect.edit is not None):
            self._change = _Change(operator, key, count, has_count)
        if self.mode == "insert":
            self._inserting, self._inserted = (apply(text, effect.edit) if effect.edit else text, effect.cursor), ""
        return effect

    def _execute(self, operator: str, key: str, count: int, has_count: bool, text: str, cursor: int) -> Effect:
        if self.mode != "normal":
            return self._visual_command(key, count, has_count, text, cursor)
        if operator:
            return self._operate(operator, key, count, has_count, text, cursor)
        if key in ("j", "down", "k", "up"):
            return Effect(cursor, command="down" if key in ("j", "down") else "up", times=count)
        if key[0] == "r" and len(key) == 2:
            return self._replace(key[1], count, text, cursor)
        if key in ("v", "V"):
            self.mode = "visual" if key == "v" else "visual line"
            self._anchor = cursor
            return self._selected(text, cursor)
        found = self._moved(key, count, has_count, text, cursor)
        if found is not None:
            return Effect(on_character(text, found.target))
        return self._command(key, count, text, cursor)

    def _moved(self, key: str, count: int, has_count: bool, text: str, cursor: int) -> Range | None:
        """Where a motion goes. None if the key is not one, or finds nothing."""
        if key[0] in _FINDS and len(key) == 2:
            self._found = key
            return find_in_line(key, count, text, cursor)
        if key in (";", ","):
            again = self._found if key == ";" or not self._found else opposite(self._found)
            return find_in_line(again, count, text, cursor, is_again=True) if again else None
        return motion(key, count, has_count, text, cursor)

    # Repeating.

    def _end_insert(self, text: str) -> None:
        """Leave insert mode, and keep what was typed since the change that began it."""
        self.mode = "normal"
        if self._inserting is None:
            return
        before, at = self._inserting
        self._inserting = None
        start, end = before[:at], before[at:]
        if text.startswith(start) and text.endswith(end) and len(text) >= len(before):
            self._inserted = text[at : len(text) - len(end)]

    def _repeat_change(self, count: int, text: str, cursor: int) -> Effect:
        """Do the last change again.

        Args:
            count: The count that replaces its own. 0 for its own.
            text: The text.
            cursor: Where the cursor is.
        """
        if self._change is None:
            return Effect(cursor)
        if count:
            self._change = self._change._replace(times=count, has_count=True)
        effect = self._execute(*self._change, text, cursor)
        if self.mode != "insert":
            return effect
        self.mode = "normal"
        changed = text if effect.edit is None else apply(text, effect.edit)
        at = effect.cursor
        changed = changed[:at] + self._inserted + changed[at:]
        end = at + len(self._inserted)
        return Effect(max(line_start(changed, end), end - 1), difference(text, changed))

    # Visual mode.

    def _in_visual(self, effect: Effect, text: str) -> Effect:
        """The effect of a key in visual mode: with the selection, as long as the mode lasts."""
        if self.mode in ("visual", "visual line") and effect.edit is None:
            return self._selected(text, effect.cursor)
        return effect

    def _selected(self, text: str, cursor: int) -> Effect:
        self._visual_cursor = cursor
        start, end = sorted((self._anchor, cursor))
        if self.mode == "visual line":
            start, end = line_start(text, start), line_end(text, end)
        else:
            end = min(end + 1, len(text))
        return Effect(cursor, selection=(start, end) if cursor >= self._anchor else (end, start))

    def _visual_command(self, key: str, count: int, has_count: bool, text: str, cursor: int) -> Effect:
        if key in ("v", "V"):
            wanted: Mode = "visual" if key == "v" else "visual line"
            self.mode = "normal" if self.mode == wanted else wanted
            return Effect(cursor)
        if key in ("o", "O"):
            self._anchor, cursor = cursor, self._anchor
            return Effect(on_character(text, cursor))
        if key in _IN_VISUAL or key in ("p", "P"):
            return self._on_selection(key, count, text, cursor)
        if key[0] in "ia" and len(key) == 2:
            span = text_object(key, count, text, cursor) if key[1] in OBJECTS else None
            if span is None or span.start == span.end:
                return Effect(cursor)
            self.mode = "visual line" if span.is_linewise else self.mode
            self._anchor = span.start
            return Effect(on_character(text, span.end - 1))
        if key in ("j", "down", "k", "up"):
            column = cursor - line_start(text, cursor)
            row = lines_below(text, cursor, count if key in ("j", "down") else -count)
            return Effect(min(row + column, line_end(text, row)))
        if key == "$":
            # The line break is selected too.
            return Effect(line_end(text, lines_below(text, cursor, count - 1)))
        found = self._moved(key, count, has_count, text, cursor)
        if found is None:
            return Effect(cursor)
        return Effect(found.target if key in ("l", " ") else on_character(text, found.target))

    def _on_selection(self, key: str, count: int, text: str, cursor: int) -> Effect:
        """Delete, change, copy or replace the selected text, and leave visual mode."""
        start, last = sorted((self._anchor, cursor))
        is_linewise = self.mode == "visual line"
        self.mode = "normal"
        if key in ("p", "P"):
            put, put_is_linewise = self._register * count, self._register_is_linewise
            if is_linewise:
                start, last = line_start(text, start), line_end(text, last) - 1
                put = put.removesuffix("\n")
            end = min(last + 1, len(text))
            if put_is_linewise and not is_linewise:
                # Lines stay lines: the text around them goes above and below.
                put = f"\n{put}" if end < line_end(text, end) else f"\n{put}".removesuffix("\n")
            self._register = text[start:end] + "\n" * is_linewise
            self._register_is_linewise = is_linewise
            edit = (start, end, put)
            if is_linewise:
                return Effect(first_visible(apply(text, edit), start), edit)
            return Effect(max(start, start + len(put) - 1), edit)
        operator, takes_lines = _IN_VISUAL[key]
        lines = text.count("\n", start, last)
        if operator != "y" and (is_linewise or takes_lines or not lines):
            # As many lines, or characters of a line, as were selected.
            is_characters = not (is_linewise or takes_lines)
            key = "l" if is_characters else operator
            self._change = _Change(operator, key, last + 1 - start if is_characters else lines + 1, True)
        if is_linewise or takes_lines:
            return self._operate_on_lines(operator, line_start(text, start), line_end(text, last), text, start)
        return self._operate_on_span(operator, start, min(last + 1, len(text)), text, start)

    # Commands without an operator.

    def _command(self, key: str, count: int, text: str, cursor: int) -> Effect:
        start, end = line_start(text, cursor), line_end(text, cursor)
        if key in _INSERTING:
            self.mode = "insert"
        match key:
            case "a":
                return Effect(min(cursor + 1, end))
            case "I":
                return Effect(first_visible(text, cursor))
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

    def _replace(self, character: str, count: int, text: str, cursor: int) -> Effect:
        end = cursor + count
        if end > line_end(text, cursor):
            return Effect(cursor)
        if character == "\n":
            return Effect(cursor + 1, (cursor, end, "\n"))
        return Effect(end - 1, (cursor, end, character * count))

    def _put(self, count: int, text: str, cursor: int, *, is_before: bool) -> Effect:
        put = self._register * count
        if self._register_is_linewise:
            start, end = line_start(text, cursor), line_end(text, cursor)
            edit = (start, start, put) if is_before else (end, end, f"\n{put[:-1]}")
            changed = apply(text, edit)
            return Effect(first_visible(changed, start if is_before else end + 1), edit)
        at = cursor if is_before else min(cursor + 1, line_end(text, cursor))
        return Effect(at if "\n" in put else at + len(put) - 1, (at, at, put))

    # Operators.

    def _operate(self, operator: str, key: str, count: int, has_count: bool, text: str, cursor: int) -> Effect:
        """Delete, change or copy what a motion passes over, or a text object."""
        if key[0] in "ia" and len(key) == 2:
            span = text_object(key, count, text, cursor) if key[1] in OBJECTS else None
            if span is None:
                return Effect(cursor)
            if span.is_linewise:
                return self._operate_on_lines(operator, span.start, span.end, text, span.start)
            return self._operate_on_span(operator, span.start, span.end, text, span.start)
        if key == operator:
            found: Range | None = Range(lines_below(text, cursor, count - 1), is_linewise=True)
        elif key in ("j", "down", "k", "up"):
            by = count if key in ("j", "down") else -count
            target = lines_below(text, cursor, by)
            found = None if line_start(text, target) == line_start(text, cursor) else Range(target, is_linewise=True)
        elif key == "w" and operator == "c" and kind_of(text[cursor : cursor + 1]) != " ":
            # As in vi, changing a word leaves the blanks behind it.
            found = Range(word_end(text, cursor - 1 if ends_word(text, cursor) else cursor, count), True)
        else:
            found = self._moved(key, count, has_count, text, cursor)
        if found is None:
            return Effect(cursor)
        start, end = sorted((cursor, found.target))
        if found.is_linewise:
            at = found.target if line_end(text, found.target) < cursor else cursor
            return self._operate_on_lines(operator, line_start(text, start), line_end(text, end), text, at)
        if found.is_inclusive:
            end += 1
        elif key == "w":
            end = end_of_last_word(text, cursor, end, count)
        end = min(end, len(text))
        if (
            not found.is_inclusive
            and "\n" in text[start:end]
            and (text[end - 1] == "\n" or text[end : end + 1] == "\n")
        ):
            # A motion that ends at the start of a line leaves the line break, or takes whole lines.
            end -= text[end - 1] == "\n"
            if start <= first_visible(text, start):
                return self._operate_on_lines(operator, line_start(text, start), end, text, start)
        if key == "b" and start == end:
            return Effect(cursor)
        return self._operate_on_span(operator, start, end, text, cursor)

    def _operate_on_span(self, operator: str, start: int, end: int, text: str, cursor: int) -> Effect:
        """Args:
        operator: The operator.
        start: Where the span starts.
        end: Behind its last character.
        text: The text.
        cursor: Where the cursor goes if the span is empty.
        """
        if operator == "c":
            self.mode = "insert"
        if start == end:
            return Effect(cursor)
        self._register, self._register_is_linewise = text[start:end], False
        if operator == "y":
            return Effect(start)
        changed = text[:start] + text[end:]
        return Effect(start if operator == "c" else on_character(changed, start), (start, end, ""))

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
        changed = apply(text, edit)
        return Effect(first_visible(changed, min(start, len(changed))), edit)
