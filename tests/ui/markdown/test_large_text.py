"""Very large blocks and very long lines: laid out like small ones, in time and memory that grow with their length."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.ui.markdown.documents import whole
from tui.chat.growing_text import GrowingText
from tui.ui.log.document_lines import DocumentLines
from tui.ui.log.line_stack import LayoutBudget
from tui.ui.markdown import closed_blocks, code, document, incremental, plain, segmented_lines, source_lines
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Line, Run, wrap
from tui.ui.markdown.plain import PlainDocument

BLOCKS = {
    "paragraph": "some **bold** words and `code` in a row, " * 500,
    "lines": "one line with a break  \nand **another** line\n" * 300,
    "json": '{"a": [1, 2.5, "three"], "b": null}, ' * 500,
    "fence": "```python\n" + "def f(x):\n    return '''a'''\n\n" * 500 + "```",
    "fence with a long line": "~~~\n" + "word \tand (more) " * 1_500 + "\n" + "short\n" * 600,
    "markdown in a fence": "```markdown\n" + "some text\n```js\nx\n```\n" * 300 + "```",
    "table": "| a | number |\n|---|---|\n" + "".join(f"| row {at} | {at * 37} |\n" for at in range(450)),
    "quote": "> some words in a quote\n> > and inside\n> \n" * 200,
    "item": "- one\n\n" + "  more of it\n\n  1. and inside\n" * 200,
    "huge heading": "# " + "word " * 4_000,
}


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat some kilobytes like many megabytes."""
    monkeypatch.setattr(code, "MAX_SECONDS", 60.0)
    monkeypatch.setattr(document, "_MOST_KEPT", 3_000)
    monkeypatch.setattr(document, "_MOST_CODE_AT_ONCE", 9_000)
    monkeypatch.setattr(incremental, "_LONG_PARTIAL", 1_000)
    monkeypatch.setattr(closed_blocks, "_MOST_KNOWN", 2)
    monkeypatch.setattr(segmented_lines, "_SEGMENTS_KEPT", 2)
    monkeypatch.setattr(source_lines, "_MOST_LINES", 20)
    monkeypatch.setattr(source_lines, "_MOST_CHARACTERS", 2_000)


def laid_out(lines: DocumentLines, width: int) -> list[Line]:
    while not lines.lay_out_next(LayoutBudget(1.0)):
        pass
    lines.update(width)
    return list(lines)


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("size", [700, 5_000])
@pytest.mark.usefixtures("small_limits")
def test_streamed_block_has_the_lines_of_a_whole_one(name: str, size: int) -> None:
    source = f"first\n\n{BLOCKS[name]}\n\nlast"
    text = MarkdownDocument(finished=False)
    lines = DocumentLines(text)
    for at in range(0, len(source), size):
        text.append(source[at : at + size])
        lines.update(60)
        while text.is_behind:
            lines.update(60)
        assert [line.text for line in lines][:1] == ["first"]
    text.finish()
    lines.update(60)

    assert laid_out(lines, 60) == whole(source, 60)


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.usefixtures("small_limits")
def test_open_block_has_the_lines_of_its_beginning(name: str) -> None:
    source = BLOCKS[name]
    text = MarkdownDocument(finished=False)
    lines = DocumentLines(text)
    for stop in range(2_000, len(source), 2_000):
        text.append(source[stop - 2_000 : stop])
        lines.update(60)
    while text.is_behind:
        lines.update(60)
    at_once = MarkdownDocument(source[:stop], finished=False)

    assert [line.text for line in lines] == [line.text for line in at_once.lines(60)]


def copied_characters(monkeypatch: pytest.MonkeyPatch, unit: str, size: int, before: str = "") -> int:
    """The characters that are read from the text, and given to be wrapped, while a line arrives in small pieces."""
    copied = 0
    part = GrowingText.part

    def counted_part(self: GrowingText, start: int, stop: int) -> str:
        nonlocal copied
        found = part(self, start, stop)
        copied += len(found)
        return found

    def counted_wrap(runs: list[Run], width: int) -> list[Line]:
        nonlocal copied
        copied += sum(len(run.text) for run in runs)
        return wrap(runs, width)

    with monkeypatch.context() as patch:
        patch.setattr(GrowingText, "part", counted_part)
        patch.setattr(incremental, "wrap", counted_wrap)
        patch.setattr(plain, "wrap", counted_wrap)
        text = MarkdownDocument(before, finished=False)
        for _ in range(size // len(unit)):
            text.append(unit)
            text.open_blocks(80)
    return copied


@pytest.mark.parametrize("before", ["", "```\n", "# ", "> ", "- ", "a paragraph\n"])
@pytest.mark.parametrize("unit", ["some words to read, " * 30, "wide \t日本 " * 60])
def test_work_for_a_line_grows_with_its_length_only(monkeypatch: pytest.MonkeyPatch, before: str, unit: str) -> None:
    once = copied_characters(monkeypatch, unit, 20_000, before)

    assert copied_characters(monkeypatch, unit, 80_000, before) < 6 * once


def test_work_for_a_line_of_plain_text_grows_with_its_length_only(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped: list[int] = []

    def counted(runs: list[Run], width: int) -> list[Line]:
        wrapped.append(sum(len(run.text) for run in runs))
        return wrap(runs, width)

    monkeypatch.setattr(plain, "wrap", counted)
    text = PlainDocument()
    for _ in range(5_000):
        text.append("word")
        text.lines(80)

    assert sum(wrapped) < 20_000 * 30


def test_closed_blocks_take_hardly_more_memory_than_their_text() -> None:
    unit = "some words in a row " * 30 + "\n\n"
    text = MarkdownDocument(finished=False)
    lines = DocumentLines(text)
    tracemalloc.start()
    try:
        text.append(unit * 20)
        lines.update(80)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(40):
            text.append(unit * 50)
            lines.update(80)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert taken < 1.6 * len(unit) * 2_000


def test_open_fence_takes_hardly_more_memory_than_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segmented_lines, "_SEGMENTS_KEPT", 5)
    monkeypatch.setattr(source_lines, "_MOST_CHARACTERS", 5_000)
    code_lines = "def f(x):\n    return x + 1  # one more than it was\n\n" * 300
    text = MarkdownDocument("```\n", finished=False)
    lines = DocumentLines(text)

    def grow(times: int) -> None:
        for _ in range(times):
            text.append(code_lines)
            lines.update(80)
            while text.is_behind:
                lines.update(80)

    tracemalloc.start()
    try:
        grow(12)
        before = tracemalloc.get_traced_memory()[0]
        grow(30)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert taken < 1.6 * len(code_lines) * 30
