"""The differ: whatever is painted, a terminal shows the same as if everything were written."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tests.ui.frames.screens import differences, screen_of
from tui.ui.frames.differ import FrameDiffer, Piece
from tui.ui.pictures.kitty import PLACEHOLDER, placeholders

SIZE = Size(30, 12)
SIDEBAR, LOG, SCROLLBAR = (0, 8), (8, 21), (29, 1)
STYLES = [
    Style(),
    Style(color="red", bgcolor="#101010"),
    Style(color="#aabbcc", bgcolor="#101010", bold=True),
    Style(bgcolor="blue", italic=True),
    Style(underline=True),
    Style(color="green", reverse=True, dim=True),
]
WORDS = ["alpha", "beta", "gamma  delta", "x", "", "日本", "e\u0301te", "👍", "│ ─ ●", "naïve"]
CONSOLE = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)


class Terminal:
    """Shows what a differ writes, and beside it everything."""

    def __init__(self, *, scrolls: bool) -> None:
        self.differ = FrameDiffer(scrolls=scrolls)
        self.differ.start(SIZE)
        self.written = ""
        """The text of the last frame."""
        self._wanted, self._wanted_stream = screen_of(*SIZE)
        self._shown, self._shown_stream = screen_of(*SIZE)

    def paint(self, pieces: Sequence[tuple[int, int, Strip]]) -> None:
        """Paint strips at rows and columns, and compare."""
        painted = [Piece(y, (x, strip.cell_length), strip, strip.render(CONSOLE)) for y, x, strip in pieces]
        self.written = self.differ.change(painted)
        self._shown_stream.feed(self.written)
        for y, (x, _), _, text in painted:
            self._wanted_stream.feed(f"\x1b[{y + 1};{x + 1}H{text}")
        assert differences(self._wanted, self._shown) == []


def strip(*parts: tuple[str, Style], length: int = LOG[1]) -> Strip:
    """A strip of an exact length."""
    return Strip([Segment(text, style) for text, style in parts]).adjust_cell_length(length, STYLES[1])


def plain(text: str) -> Strip:
    """A row of the log in one style."""
    return strip((text, STYLES[1]))


def log(lines: Sequence[Strip], top: int) -> list[tuple[int, int, Strip]]:
    """The rows of the log from a line on."""
    return [(y, LOG[0], lines[top + y]) for y in range(SIZE.height)]


def beside() -> list[tuple[int, int, Strip]]:
    """What stands beside the log."""
    return [
        piece
        for y in range(SIZE.height)
        for piece in (
            (y, SIDEBAR[0], strip((f"side {y}", STYLES[2]), length=SIDEBAR[1])),
            (y, SCROLLBAR[0], strip(("│", STYLES[5]), length=SCROLLBAR[1])),
        )
    ]


LINES = [plain(f"line number {number}") for number in range(60)]


def scrolled(terminal: Terminal) -> bool:
    return re.search(r"\x1b\[\d+[LM]", terminal.written) is not None


@pytest.mark.parametrize("by", [1, 3, -1, -4])
def test_rows_that_only_moved_are_scrolled_by_the_terminal(by: int) -> None:
    terminal = Terminal(scrolls=True)
    terminal.paint([*beside(), *log(LINES, 20)])

    terminal.paint(log(LINES, 20 + by))

    assert scrolled(terminal)
    new = [f"number {line}" for line in (range(32, 32 + by) if by > 0 else range(20 + by, 20))]
    assert all(text in terminal.written for text in new)
    assert "number 25" not in terminal.written


def test_what_stands_beside_is_put_back() -> None:
    terminal = Terminal(scrolls=True)
    terminal.paint([*beside(), *log(LINES, 0)])

    terminal.paint(log(LINES, 2))

    # Only the digits of the sidebar are different in the rows that moved.
    assert scrolled(terminal)
    assert terminal.written.count("side") == 2


def test_nothing_scrolls_where_the_terminal_may_not() -> None:
    terminal = Terminal(scrolls=False)
    terminal.paint(log(LINES, 0))
    terminal.paint(log(LINES, 1))

    assert not scrolled(terminal)
    assert "line" not in terminal.written


def test_nothing_is_written_for_what_is_there_already() -> None:
    terminal = Terminal(scrolls=True)
    terminal.paint([*beside(), *log(LINES, 0)])
    terminal.paint([*beside(), *log(LINES, 0)])

    assert terminal.written == ""


def test_cells_that_the_terminal_fills_with_a_picture_scroll_like_any_others() -> None:
    number = Style(color="#010203", bgcolor="#101010")
    lines = [*LINES]
    for row in range(4):
        lines[8 + row] = strip((placeholders(5, row, 6).text, number))
    terminal = Terminal(scrolls=True)
    terminal.paint([*beside(), *log(lines, 4)])

    terminal.paint(log(lines, 5))

    assert scrolled(terminal)
    assert PLACEHOLDER not in terminal.written


def test_one_changed_letter_is_all_that_is_written() -> None:
    terminal = Terminal(scrolls=True)
    terminal.paint(log(LINES, 0))
    terminal.paint([(3, LOG[0], plain("line numbeR 3"))])

    assert re.sub(r"\x1b\[[\d;]*[mH]", "", terminal.written) == "R"


def test_style_of_a_blank_that_is_not_seen_is_not_written() -> None:
    terminal = Terminal(scrolls=True)
    terminal.paint([(0, LOG[0], strip(("a b", STYLES[1])))])
    terminal.paint(
        [(0, LOG[0], strip(("a", STYLES[1]), (" ", Style(color="blue", bgcolor="#101010")), ("b", STYLES[1])))]
    )

    assert terminal.written == ""


@pytest.mark.parametrize("text", ["日本語", "👩\u200d👩\u200d👧", "e\u0301", "\u202eabc", "ｱ"])
def test_row_of_unsure_width_is_written_whole_with_what_stands_right_of_it(text: str) -> None:
    terminal = Terminal(scrolls=True)
    terminal.paint([*beside(), *log(LINES, 0)])
    terminal.paint([(4, LOG[0], plain(f"{text} end"))])

    assert text in terminal.written
    assert "│" in terminal.written


def test_rows_beside_text_of_unsure_width_are_not_scrolled() -> None:
    terminal = Terminal(scrolls=True)
    terminal.paint([*beside(), *log(LINES, 0)])
    terminal.paint([(5, SIDEBAR[0], strip(("日本語", STYLES[2]), length=SIDEBAR[1]))])
    terminal.paint(log(LINES, 1))

    assert not scrolled(terminal)


def test_equal_rows_do_not_tell_how_far_the_others_moved() -> None:
    terminal = Terminal(scrolls=True)
    lines = [plain("same") for _ in range(30)]
    terminal.paint(log(lines, 0))
    terminal.paint(log([*lines[:11], plain("new"), *lines], 0))

    assert not scrolled(terminal)


def _row(choose: random.Random, length: int) -> Strip:
    parts = [
        (choose.choice(WORDS) + choose.choice(["", " "]), choose.choice(STYLES)) for _ in range(choose.randint(0, 4))
    ]
    return strip(*parts, length=length)


def _scroll(choose: random.Random, lines: list[Strip]) -> list[tuple[int, int, Strip]]:
    by = choose.randint(1, 4)
    lines[:] = [*lines[by:], *(_row(choose, LOG[1]) for _ in range(by))]
    if choose.random() < 0.3:
        lines[choose.randrange(len(lines))] = _row(choose, LOG[1])
    return [(y, LOG[0], line) for y, line in enumerate(lines)]


def _scroll_back(choose: random.Random, lines: list[Strip]) -> list[tuple[int, int, Strip]]:
    by = choose.randint(1, 4)
    lines[:] = [*(_row(choose, LOG[1]) for _ in range(by)), *lines[:-by]]
    return [(y, LOG[0], line) for y, line in enumerate(lines)]


def _edit(choose: random.Random, lines: list[Strip]) -> list[tuple[int, int, Strip]]:
    found = []
    for y in choose.sample(range(SIZE.height), choose.randint(1, 4)):
        lines[y] = _row(choose, LOG[1])
        found.append((y, LOG[0], lines[y]))
    return found


def _edit_beside(choose: random.Random, lines: list[Strip]) -> list[tuple[int, int, Strip]]:
    y = choose.randrange(SIZE.height)
    return [(y, SIDEBAR[0], _row(choose, SIDEBAR[1]))]


def _cover(choose: random.Random, lines: list[Strip]) -> list[tuple[int, int, Strip]]:
    """A dialog over parts of several columns, and everything again below it."""
    x, length = choose.randint(2, 10), choose.randint(5, 18)
    return [(y, x, _row(choose, length)) for y in range(choose.randint(0, 4), choose.randint(5, SIZE.height))]


def _everything(choose: random.Random, lines: list[Strip]) -> list[tuple[int, int, Strip]]:
    return [*beside(), *((y, LOG[0], line) for y, line in enumerate(lines))]


STEPS: list[Callable[[random.Random, list[Strip]], list[tuple[int, int, Strip]]]] = [
    *(_scroll, _scroll, _scroll, _scroll_back, _edit, _edit_beside, _cover, _everything),
]


@pytest.mark.parametrize("scrolls", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_random_frames_look_as_if_everything_were_written(seed: int, scrolls: bool) -> None:
    choose = random.Random(seed)
    lines = [_row(choose, LOG[1]) for _ in range(SIZE.height)]
    terminal = Terminal(scrolls=scrolls)
    terminal.paint(_everything(choose, lines))
    for _ in range(25):
        terminal.paint(choose.choice(STEPS)(choose, lines))
