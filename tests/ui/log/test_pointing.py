"""What the mouse points at: characters, words over wrapped lines, and blocks."""

from __future__ import annotations

import pytest

from tui.chat.message import ChatMessage
from tui.ui.log.entries import entry_for
from tui.ui.log.pointing import LineAt, Position, Span, block_at, character_at, word_at
from tui.ui.markdown.lines import BLANK, Line, Run, chop, wrap

ANSWER = """A paragraph that is long enough to wrap over
several lines of the log.

- an item that is too long for one line of this width
- second

| name | size |
|---|---|
| one | 1 |
| two | 2 |

```py
x = 1

y = 2
```

last"""


def answer_lines(width: int = 30) -> list[Line]:
    return list(entry_for(ChatMessage("a", "assistant", ANSWER)).lines(width))


def line_at(lines: list[Line]) -> LineAt:
    return lambda number: lines[number] if 0 <= number < len(lines) else BLANK


def text_of(lines: list[Line], span: Span | None) -> str:
    """The text of a span, each line on a line of its own."""
    if span is None:
        return ""
    parts = []
    for number in range(span.start.line, span.end.line + 1):
        first = span.start.character if number == span.start.line else 0
        last = span.end.character if number == span.end.line else None
        parts.append(lines[number].text[first:last])
    return "\n".join(parts)


def pointed_word(text: str, at: int) -> str:
    lines = [Line((Run(text),))]
    return text_of(lines, word_at(line_at(lines), Position(0, at)))


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [
        ("some words here", 6, "words"),
        ("some words here", 4, ""),
        ("don't stop", 1, "don't"),
        ("llm-tui, then", 5, "llm-tui"),
        ("call(first_name)", 7, "first_name"),
        ("call(first_name)", 4, "("),
        ("a ... b", 3, "..."),
        ("naïve Überfluß", 8, "Überfluß"),
        ("漢字 かな", 1, "漢字"),
        ("end", 3, ""),
    ],
)
def test_word_at_a_character(text: str, at: int, word: str) -> None:
    assert pointed_word(text, at) == word


def test_word_that_was_cut_into_lines_is_one_word() -> None:
    lines = [*wrap([Run("before")], 10), *chop([Run("abcdefghijklmnopqrstuvwxyz end")], 10)]
    for line in (1, 2, 3):
        span = word_at(line_at(lines), Position(line, 2))
        assert text_of(lines, span) == "abcdefghij\nklmnopqrst\nuvwxyz"


def test_words_at_the_ends_of_wrapped_lines_are_two_words() -> None:
    lines = wrap([Run("one two three")], 7)
    assert [line.text for line in lines] == ["one two", "three"]
    assert text_of(lines, word_at(line_at(lines), Position(0, 5))) == "two"


@pytest.mark.parametrize(("cell", "character"), [(-1, None), (0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, None)])
def test_character_at_a_cell_counts_wide_characters(cell: int, character: int | None) -> None:
    assert character_at(Line((Run("漢字x"),)), cell) == character


@pytest.mark.parametrize(
    ("start", "block"),
    [
        ("several", "A paragraph that is long\nenough to wrap over several\nlines of the log."),
        ("line of", "• an item that is too long for\n  one line of this width"),
        ("second", "• second"),
        ("x = 1", "  py\n  x = 1\n\n  y = 2"),
        ("last", "last"),
    ],
)
def test_block_around_a_line(start: str, block: str) -> None:
    lines = answer_lines()
    number = next(number for number, line in enumerate(lines) if start in line.text)
    found = text_of(lines, block_at(line_at(lines), number))
    assert [line.rstrip() for line in found.split("\n")] == [line.rstrip() for line in block.split("\n")]


def test_row_of_a_table_is_a_block() -> None:
    lines = answer_lines()
    number = next(number for number, line in enumerate(lines) if "two" in line.text)
    assert text_of(lines, block_at(line_at(lines), number)).split()[0] == "two"


def test_gap_between_blocks_is_no_block() -> None:
    lines = answer_lines()
    gaps = [number for number, line in enumerate(lines) if not line.text.strip() and line.fill != "block"]
    assert [block_at(line_at(lines), number) for number in gaps] == [None] * len(gaps)
