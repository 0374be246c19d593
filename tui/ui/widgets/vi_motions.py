"""Where the motions of vi go in a text, and what its text objects are. Pure.

Offsets are characters from the start of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple


class Range(NamedTuple):
    """What a motion passes over."""

    target: int
    """Where the cursor goes."""

    is_inclusive: bool = False
    """Whether an operator takes the character at the later end too."""

    is_linewise: bool = False
    """Whether an operator takes whole lines."""


def motion(key: str, count: int, has_count: bool, text: str, cursor: int) -> Range | None:
    """Where a motion goes. None if the key is not a motion."""
    start, end = line_start(text, cursor), line_end(text, cursor)
    match key:
        case "h":
            return Range(max(start, cursor - count))
        case "l" | " ":
            return Range(min(end, cursor + count))
        case "0":
            return Range(start)
        case "^":
            return Range(first_visible(text, cursor))
        case "$":
            last = line_end(text, lines_below(text, cursor, count - 1))
            # An empty line has no last character to take.
            return Range(max(line_start(text, last), last - 1), is_inclusive=last > line_start(text, last))
        case "gg" | "G":
            line = count - 1 if has_count else (0 if key == "gg" else text.count("\n"))
            return Range(first_visible(text, lines_below(text, 0, line)), is_linewise=True)
        case "e":
            return Range(word_end(text, cursor, count), is_inclusive=True)
        case "w":
            return Range(repeat(next_word, text, cursor, count))
        case "b":
            return Range(repeat(previous_word, text, cursor, count))
    return None


def repeat(step: Callable[[str, int], int], text: str, at: int, count: int) -> int:
    for _ in range(count):
        if (after := step(text, at)) == at:
            break
        at = after
    return at


# Lines.


def line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line break or the end of the text is."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def on_character(text: str, at: int) -> int:
    """The nearest offset at which there is a character of the line; the start of an empty line."""
    return max(line_start(text, at), min(at, line_end(text, at) - 1))


def first_visible(text: str, at: int) -> int:
    """The first character of the line that is no blank, else the last one."""
    start, end = line_start(text, at), line_end(text, at)
    while start < end - 1 and text[start] in " \t":
        start += 1
    return start


def lines_below(text: str, at: int, by: int) -> int:
    """The start of a line further down, or up if negative; the last or first one at most."""
    at = line_start(text, at)
    for _ in range(abs(by)):
        following = line_end(text, at) + 1 if by > 0 else at - 1
        if not 0 <= following <= len(text):
            break
        at = line_start(text, following)
    return at


def apply(text: str, edit: tuple[int, int, str]) -> str:
    start, end, new = edit
    return text[:start] + new + text[end:]


def difference(before: str, after: str) -> tuple[int, int, str] | None:
    """The edit that makes one text of another. None if they are the same."""
    if before == after:
        return None
    limit = min(len(before), len(after))
    start = next((at for at in range(limit) if before[at] != after[at]), limit)
    left = limit - start
    same = next((at for at in range(left) if before[-1 - at] != after[-1 - at]), left)
    return start, len(before) - same, after[start : len(after) - same]


# Words: letters and digits, or other signs; an empty line is a word too.


def kind_of(character: str) -> Literal[" ", "letters", "signs"]:
    if not character or character.isspace():
        return " "
    return "letters" if character.isalnum() or character == "_" else "signs"


def is_empty_line(text: str, at: int) -> bool:
    return (at == 0 or text[at - 1] == "\n") and (at == len(text) or text[at] == "\n")


def next_word(text: str, at: int) -> int:
    kind = kind_of(text[at : at + 1])
    while at < len(text) and kind != " " and kind_of(text[at]) == kind:
        at += 1
    is_first = kind == " "
    while at < len(text) and text[at].isspace():
        if is_empty_line(text, at) and not is_first:
            return at
        is_first = False
        at += 1
    return at


def previous_word(text: str, at: int) -> int:
    at -= 1
    while at > 0 and text[at].isspace() and not is_empty_line(text, at):
        at -= 1
    kind = kind_of(text[max(0, at) : max(0, at) + 1])
    while at > 0 and kind != " " and kind_of(text[at - 1]) == kind:
        at -= 1
    return max(0, at)


def word_end(text: str, at: int, count: int) -> int:
    for _ in range(count):
        following = at + 1
        while following < len(text) and text[following].isspace():
            following += 1
        if following >= len(text):
            return max(0, len(text) - 1)
        at = following
        while not ends_word(text, at):
            at += 1
    return at


def ends_word(text: str, at: int) -> bool:
    """Whether a character is the last one of its word."""
    return kind_of(text[at : at + 1]) != kind_of(text[at + 1 : at + 2])


def end_of_last_word(text: str, start: int, target: int, count: int) -> int:
    """Where an operator with `w` ends: if the last word ends its line, there.

    Args:
        text: The text.
        start: Where the motion starts.
        target: Where it goes.
        count: How many words it passes over.
    """
    last = repeat(next_word, text, start, count - 1)
    kept = last + len(text[last:target].rstrip())
    line_break = text.find("\n", kept, target)
    return target if line_break < 0 or is_empty_line(text, last) else line_break


# Characters of the line.

_OPPOSITE: Final[Mapping[str, str]] = {"f": "F", "F": "f", "t": "T", "T": "t"}


def find_in_line(keys: str, count: int, text: str, cursor: int, *, is_again: bool = False) -> Range | None:
    """Where `fx`, `Fx`, `tx` or `Tx` goes. None if there are not so many of the character in the line.

    Args:
        keys: The motion and the character.
        count: Which of the characters.
        text: The text.
        cursor: Where the cursor is.
        is_again: Whether the motion is repeated: then `t` and `T` pass over the character beside the cursor.
    """
    way, character = keys[0], keys[1:]
    start, end = line_start(text, cursor), line_end(text, cursor)
    if way in "ft":
        at = cursor + (is_again and way == "t")
        for _ in range(count):
            at = text.find(character, at + 1, end)
            if at < 0:
                return None
        return Range(at - (way == "t"), is_inclusive=True)
    at = cursor - (is_again and way == "T")
    for _ in range(count):
        at = text.rfind(character, start, max(start, at))
        if at < 0:
            return None
    return Range(at + (way == "T"))


def opposite(keys: str) -> str:
    """The motion in the other direction: `Fx` for `fx`."""
    return _OPPOSITE[keys[0]] + keys[1:]


# Text objects.

_BRACKETS: Final[Mapping[str, str]] = {
    **dict.fromkeys("()b", "()"),
    **dict.fromkeys("[]", "[]"),
    **dict.fromkeys("{}B", "{}"),
    **dict.fromkeys("<>", "<>"),
}

NAMED: Final[Mapping[str, str]] = {
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

OBJECTS: Final = frozenset("wp\"'`") | _BRACKETS.keys()
"""What may stand behind `i` and `a`."""


class Span(NamedTuple):
    """A piece of the text."""

    start: int
    end: int
    """Behind its last character."""

    is_linewise: bool = False
    """Whether it is whole lines. Then the end is that of the last line, without its line break."""


def text_object(keys: str, count: int, text: str, cursor: int) -> Span | None:
    """What `iw`, `a"`, `i(`, `ap` and the like are. None if there is none at the cursor.

    Args:
        keys: The two keys.
        count: How many of them; of brackets, which pair around the cursor.
        text: The text.
        cursor: Where the cursor is.
    """
    is_around, sign = keys[0] == "a", keys[1]
    if sign == "w":
        return _words_at(text, cursor, count, is_around=is_around)
    if sign == "p":
        return _paragraphs_at(text, cursor, count, is_around=is_around)
    if sign in _BRACKETS:
        return _brackets_at(_BRACKETS[sign], text, cursor, count, is_around=is_around)
    return _quotes_at(sign, text, cursor, is_around=is_around)


def _words_at(text: str, cursor: int, count: int, *, is_around: bool) -> Span | None:
    line, end_of_line = line_start(text, cursor), line_end(text, cursor)
    if line == end_of_line:
        return None if is_around else Span(cursor, cursor)
    start = cursor
    while start > line and kind_of(text[start - 1]) == kind_of(text[cursor]):
        start -= 1
    begins_blank = kind_of(text[cursor]) == " "
    end = start
    has_blank = False
    for _ in range(count):
        if end == end_of_line:
            return None
        end = _end_of_run(text, end, end_of_line)
        # Blanks and a word belong together, whichever comes first.
        has_blank = end < end_of_line and (kind_of(text[end]) == " " or begins_blank)
        if is_around and has_blank:
            end = _end_of_run(text, end, end_of_line)
    if is_around and begins_blank and not has_blank:
        return None
    if is_around and not has_blank:
        # Without blanks behind the word, those before it belong to it.
        while start > line and kind_of(text[start - 1]) == " ":
            start -= 1
    return Span(start, end)


def _end_of_run(text: str, at: int, end_of_line: int) -> int:
    """The end of the characters of one kind."""
    start = at
    while at < end_of_line and kind_of(text[at]) == kind_of(text[start]):
        at += 1
    return at


def _paragraphs_at(text: str, cursor: int, count: int, *, is_around: bool) -> Span | None:
    lines = text.split("\n")
    first = last = text.count("\n", 0, cursor)
    is_blank = not lines[first].strip()
    while first > 0 and (not lines[first - 1].strip()) == is_blank:
        first -= 1
    last = first - 1
    for number in range(count * 2 if is_around else count):
        if last + 1 < len(lines):
            last = _end_of_block(lines, last + 1)
        elif not is_around or is_blank or number < count * 2 - 1:
            return None
    if is_around and not is_blank and lines[last].strip():
        # Without blank lines below the paragraph, those above belong to it.
        while first > 0 and not lines[first - 1].strip():
            first -= 1
    start = lines_below(text, 0, first)
    return Span(start, line_end(text, lines_below(text, 0, last)), is_linewise=True)


def _end_of_block(lines: Sequence[str], at: int) -> int:
    """The last of the lines that are all blank, or all not."""
    is_blank = not lines[at].strip()
    while at + 1 < len(lines) and (not lines[at + 1].strip()) == is_blank:
        at += 1
    return at


def _brackets_at(pair: str, text: str, cursor: int, count: int, *, is_around: bool) -> Span | None:
    start = cursor if text[cursor : cursor + 1] == pair[0] else _opening(pair, text, cursor)
    if start < 0 and count == 1:
        # Outside of any, the next one in the line is meant.
        start = text.find(pair[0], cursor, line_end(text, cursor))
    for _ in range(count - 1):
        start = -1 if start < 0 else _opening(pair, text, start)
    if start < 0:
        return None
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == pair[0]) - (text[at] == pair[1])
        if not depth:
            return Span(start, at + 1) if is_around else Span(start + 1, at)
    return None


def _opening(pair: str, text: str, at: int) -> int:
    """The bracket that is open before a place. -1 if there is none."""
    depth = 0
    while at > 0:
        at -= 1
        if text[at] == pair[1]:
            depth += 1
        elif text[at] == pair[0]:
            if not depth:
                return at
            depth -= 1
    return -1


def _quotes_at(quote: str, text: str, cursor: int, *, is_around: bool) -> Span | None:
    start, end = line_start(text, cursor), line_end(text, cursor)
    places = []
    at = start
    while at < end:
        if text[at] == "\\":
            at += 1
        elif text[at] == quote:
            places.append(at)
        at += 1
    pairs = zip(places[::2], places[1::2], strict=False)
    # The pair around the cursor, or the next one in the line.
    found = next(((left, right) for left, right in pairs if right >= cursor), None)
    if found is None:
        return None
    left, right = found
    if not is_around:
        return Span(left + 1, right)
    after = right + 1
    while after < end and kind_of(text[after]) == " ":
        after += 1
    if after == right + 1:
        while left > start and kind_of(text[left - 1]) == " ":
            left -= 1
    return Span(left, after)
