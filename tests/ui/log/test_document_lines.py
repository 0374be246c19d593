"""The lines of documents: near the view as laid out in full, elsewhere estimated."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import FEW, large_outlines, markdown, outlines, pieces, strange_text, whole
from tui.ui.log import line_stack
from tui.ui.log.document_lines import DocumentLines
from tui.ui.log.line_stack import LayoutBudget
from tui.ui.markdown import code, sections
from tui.ui.markdown.closed_blocks import ClosedBlock
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Line

WIDTHS = st.sampled_from([5, 12, 40, 80])

LARGE = {
    "paragraph": "some **bold** words and `code` in a row, " * 400,
    "paragraph of wide characters": "日本語の長い文章です。" * 600 + "word " * 500,
    "paragraph with formulas": r"the sum $a + b = c$ and \(x\) then " * 300,
    "paragraph with line breaks": "one line with a break  \nand **another** line\n" * 200,
    "words of one length": "abcd " * 2_000,
    "word": "x" * 9_000,
    "fence": "```python\n" + "def f(x):\n    return '''a'''\n\n" * 300 + "```",
    "fence with long lines": "~~~\n" + "word \t日本 " * 60 + "\n" + "short\n" * 600,
    "indented fence": "  ```\n" + "   x = 1\n\n" * 400 + "  ```",
    "table": "| a | number |\n|---|---|\n" + "".join(f"| row {at} | {at * 37} |\n" for at in range(450)),
    "table of texts": "| a | b | c |\n|---|:-:|---|\n" + "| **some** words here | and `more` of them | x |\n" * 250,
    "quote": "> some words in a quote\n> > and inside\n> \n" * 150,
    "alert": "> [!NOTE]\n" + "> some words\n>\n> ```\n> code\n> ```\n" * 100,
    "lazy quote": "> some words\n" + "that go on\n" * 300,
    "item": "- one\n\n" + "  more of it\n\n  1. and inside\n" * 150,
    "task": "- [x] one\n" + "  more of it\n" * 300,
    "heading": "# " + "word " * 1_000,
    "huge heading": "# " + "word " * 4_000,
    "code": "    x = 1\n" * 400,
    "huge code": "    x = 1\n" * 900,
    "nested": "> " * 20 + "a\n" + "b\n" * 1_500,
}
BLOCKS = ["a **b** c\n\n", "# d\n", "- e\n- f\n\n", "```\ng\n```\n", "    h\n\n"]


@pytest.fixture(autouse=True)
def unlimited_highlighting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give highlighting so much time that the result does not depend on the speed of the machine."""
    monkeypatch.setattr(code, "MAX_SECONDS", 60.0)


def document_lines(source: str, width: int) -> DocumentLines:
    lines = DocumentLines(MarkdownDocument(source))
    lines.update(width)
    return lines


def laid_out(lines: DocumentLines) -> list[Line]:
    """All lines, each as the view asks for it."""
    while not lines.lay_out_next(LayoutBudget(0)):
        pass
    return [lines[at] for at in range(len(lines))]


def lay_out_fully(lines: DocumentLines, at: int, above: int, below: int) -> int:
    """Lay out the lines around one over as many frames as that takes."""
    while True:
        budget = LayoutBudget(0)
        at = lines.lay_out(at, above, below, budget)
        if not budget.is_exhausted:
            return at


@FEW
@given(st.one_of(markdown, outlines, large_outlines(), strange_text), WIDTHS)
def test_lines_equal_a_full_layout(source: str, width: int) -> None:
    lines = document_lines(source, width)

    assert laid_out(lines) == whole(source, width)
    assert list(lines) == whole(source, width)


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("width", [24, 80])
def test_lines_of_large_blocks_equal_a_full_layout(name: str, width: int) -> None:
    source = f"```\nabove\n```\n{LARGE[name]}\n\nbelow"
    lines = document_lines(source, width)

    assert laid_out(lines) == whole(source, width)


@pytest.mark.parametrize("name", LARGE)
def test_end_of_large_block_is_shown_without_its_beginning(name: str) -> None:
    source = f"first\n\n{LARGE[name]}"
    lines = document_lines(source, 40)
    assert lay_out_fully(lines, len(lines), 30, 0) == len(lines)

    assert [lines[len(lines) - 30 + at] for at in range(30)] == whole(source, 40)[-30:]


@pytest.mark.parametrize(
    ("block", "count"),
    [
        ("```\nx\n```\n", 1_500),
        ("```\n", 1_500),
        ("```\nx\n```\n\n", 1_500),
        ("    x\n\n- a\n\n", 700),
        (f"```\n{'x = 1' * 450}\n```\n", 700),
        (f"```\n{'x = 1' * 450}\n```\n```\ny\n```\n", 350),
        ("> ```\n> x\n> ```\n", 1_500),
    ],
)
def test_end_of_many_code_blocks_is_laid_out_first(block: str, count: int) -> None:
    lines = document_lines(block * count, 40)
    lay_out_fully(lines, len(lines), 30, 0)
    end = [lines.line(at) for at in range(len(lines) - 30, len(lines))]
    assert end == whole(block * count, 40)[-30:]


@pytest.mark.parametrize("name", LARGE)
def test_place_in_large_block_stays_at_other_widths(name: str) -> None:
    source = f"first\n\n{LARGE[name]}\n\nlast"
    lines = document_lines(source, 40)
    laid_out(lines)
    at = next(at for at in range(len(lines) // 2, len(lines)) if lines[at].text.strip())
    before, position = lines[at], lines.position_of(at)
    for width in (23, 80):
        lines.update(width)
        lines.line_of(position)
    lines.update(40)

    assert lines.line_of(position) == lay_out_fully(lines, lines.line_of(position), 0, 1)
    assert lines[lines.line_of(position)] == before


@FEW
@given(st.one_of(outlines, large_outlines()), st.data(), WIDTHS)
def test_growing_document_equals_a_full_layout(source: str, data: st.DataObject, width: int) -> None:
    document = MarkdownDocument(finished=False)
    lines = DocumentLines(document)
    for part, is_shown in data.draw(pieces(source)):
        document.append(part)
        if is_shown:
            lines.update(width)
            lay_out_fully(lines, len(lines), 10, 0)
    document.finish()
    lines.update(width)

    assert laid_out(lines) == whole(source, width)


@FEW
@given(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=30), st.data())
def test_lines_around_any_line_are_exact(blocks: list[str], data: st.DataObject) -> None:
    source = "".join(blocks)
    lines = document_lines(source, 20)
    lay_out_fully(lines, data.draw(st.integers(0, len(lines))), 3, 4)
    at = lay_out_fully(lines, data.draw(st.integers(0, len(lines))), 3, 4)
    shown = [lines[each] for each in range(max(0, at - 3), min(len(lines), at + 4))]

    expected = whole(source, 20)
    assert any(expected[start : start + len(shown)] == shown for start in range(len(expected)))


def test_only_what_is_near_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []
    lines_of = ClosedBlock.lines

    def counted(closed: ClosedBlock, width: int) -> Sequence[Line]:
        rendered.append(closed.block.source)
        return lines_of(closed, width)

    monkeypatch.setattr(ClosedBlock, "lines", counted)
    lines = document_lines("\n\n".join(f"paragraph {at}" for at in range(5_000)), 40)
    lay_out_fully(lines, len(lines), 40, 0)
    lines.update(60)
    lay_out_fully(lines, len(lines), 40, 0)

    assert len(rendered) < 60


@pytest.mark.parametrize("name", ["paragraph", "fence", "table", "quote", "nested"])
def test_block_with_more_sections_than_are_kept_is_measured(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_stack, "_MAX_PIECES", 2)
    lines = document_lines(LARGE[name], 40)

    assert any(lines.lay_out_next(LayoutBudget(0)) for _ in range(1_000))
    assert len(lines) == len(whole(LARGE[name], 40))


def test_short_lines_of_code_are_counted_without_highlighting_them(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[str] = []
    highlighted = code.highlighted

    def recorded(text: str, language: str) -> code.Highlighted:
        parts.append(text)
        return highlighted(text, language)

    monkeypatch.setattr(sections, "highlighted", recorded)
    lines = document_lines("```\n" + "x = 1\n" * 5_000 + "```", 40)
    while not lines.lay_out_next(LayoutBudget(0)):
        pass

    # The first section has the title, and the line below takes the ground of the last one.
    assert len(parts) == 2
    assert len(lines) == len(list(lines))


def test_lines_that_were_drawn_before_their_layout_are_measured() -> None:
    lines = document_lines("a\n\nb\n\nc", 40)
    assert lines.line(1) != lines.line(0)

    assert laid_out(lines) == whole("a\n\nb\n\nc", 40)


def test_lines_that_are_being_read_do_not_change_with_the_document() -> None:
    document = MarkdownDocument("one\n\n```\ntwo\n", finished=False)
    lines = DocumentLines(document)
    lines.update(40)
    expected = [line.text for line in lines]
    reading = iter(lines)
    texts = [next(reading).text]
    document.append("three\n```\n\nfour\n\nfive")
    lines.update(40)

    assert texts + [line.text for line in reading] == expected


def test_dropped_lines_are_laid_out_again_with_the_same_number() -> None:
    source = "```\na\n```\n\n- b\n- c\n\n" * 10 + LARGE["fence"]
    lines = document_lines(source, 40)
    before = laid_out(lines)
    lines.drop_lines()

    assert lines.is_laid_out
    assert [lines[at] for at in range(len(lines))] == before


@pytest.mark.parametrize(
    "source",
    ["a\n\n```\nb\n```\n\nc\n\n", "```\n" + "code\n" * 5_000 + "```\n\n", "> quoted words\n>\n" * 3_000 + "\n"],
    ids=["blocks", "sections", "container"],
)
def test_lines_are_freed_without_a_collection_of_garbage(source: str) -> None:
    lines = DocumentLines(MarkdownDocument(source))
    lines.update(80)
    lines.lay_out(len(lines), 100, 0, LayoutBudget(math.inf))
    lines.line(len(lines) - 1)
    freed = weakref.ref(lines)
    gc.disable()
    try:
        del lines
        assert freed() is None
    finally:
        gc.enable()
