"""An answer that was streamed has the rows that it has when it is opened again, whatever pieces it came in."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import FEW
from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage, Outcome
from tui.ui.log import answer_entry, answer_text, document_lines, end_lines, line_stack
from tui.ui.log.entries import AnswerEntry
from tui.ui.log.line_stack import LayoutBudget
from tui.ui.markdown import (
    blocks,
    closed_blocks,
    code,
    document,
    incremental,
    sections,
    segmented_lines,
    source_lines,
)
from tui.ui.markdown.lines import Line

_LIMITS: list[tuple[tuple[ModuleType, ...], dict[str, int]]] = [
    ((incremental, document, closed_blocks, sections), {"LARGE": 120}),
    ((incremental, sections), {"MIN_SECTION": 150, "MAX_SECTION": 200, "CONTEXT_LINES": 5, "CONTEXT_SIZE": 100}),
    ((incremental, sections), {"SECTION_ROWS": 6, "MOST_EXAMINED": 270}),
    ((incremental, document), {"MAX_AT_ONCE": 400}),
    ((incremental,), {"_MAX_HIGHLIGHTED_PARTIAL": 60, "_LONG_PARTIAL": 150, "_MAX_ROW": 200}),
    ((incremental,), {"_MAX_PIECE": 240, "_AFTER_PIECE": 30}),
    ((document,), {"_MOST_AT_ONCE": 200, "_MOST_CODE_AT_ONCE": 300, "_MOST_KEPT": 400, "_MOST_EXAMINED": 100}),
    ((closed_blocks,), {"_MOST_KNOWN": 2, "_MOST_CHARACTERS": 1_000}),
    ((segmented_lines,), {"_SEGMENTS_KEPT": 2}),
    ((source_lines,), {"_MOST_LINES": 5, "_MOST_CHARACTERS": 200}),
    ((sections,), {"_READ_AT_ONCE": 300, "_WRAPPED_AT_ONCE": 100}),
    ((answer_text,), {"_AT_ONCE": 150}),
    ((answer_entry,), {"_SLICE_CHARACTERS": 100, "_PREVIEWED": 300}),
    ((end_lines,), {"_FIRST_SIZE": 300, "_MOST": 3_000}),
    ((line_stack,), {"_MAX_PIECES": 40, "_NEAR": 30}),
    ((document_lines,), {"_LINES_READ": 4, "_MAX_PREFIXED": 10}),
    ((blocks,), {"_LARGE_CONTAINER": 60, "_CERTAIN": 200}),
]
"""Limits with which some hundred characters are laid out as megabytes are."""

_CELL = st.lists(
    st.sampled_from(
        [
            "word", "some words in a row", "**bold", "text**", "**strong**", "`co", "de`", "`code`", "$a^2$", "日本語",
            "[a](http://x.y)", "~~x~~", "<br>", "&amp;", "x" * 37, "12", "1,204.5", "a_b",
        ]
    ),
    min_size=1,
    max_size=7,
).map(" ".join)  # fmt: skip
_PREFIXES = {
    "paragraph": ["", "", "", "\n", "    "],
    "list": ["- ", "- ", "  - ", "  ", "", "\n", "  ```\n  "],
    "numbers": ["1. ", "1. ", "2. ", "   ", "\n"],
    "quote": ["> ", "> ", "> ", ">\n> ", "", "> - ", "> ```\n> "],
    "code": ["", "  ", "\n"],
}


@st.composite
def _blocks(draw: st.DrawFn) -> str:
    """A block of any size up to some kilobytes."""
    kind = draw(st.sampled_from([*_PREFIXES, "table", "line"]))
    units = draw(st.lists(_CELL, min_size=1, max_size=6)) * draw(st.sampled_from([1, 1, 2, 5]))
    end = draw(st.sampled_from(["", "\n", "\n\n", "\n\n\n"]))
    if kind == "table":
        rows = "".join(f"| {unit} | **{at}** | {at * 37} |\n" for at, unit in enumerate(units))
        return f"| a | b | number |\n|---|---|---|\n{rows}{end}"
    if kind == "line":
        return f"{draw(st.sampled_from(['', '# ', '- ', '> ']))}{' '.join(units)} {end}"
    opening = draw(st.sampled_from(["```\n", "```python\n", "~~~json\n"])) if kind == "code" else ""
    closing = opening[:3] + "\n" if kind == "code" else ""
    lines = (draw(st.sampled_from(_PREFIXES[kind])) + unit for unit in units)
    return opening + "\n".join(lines) + f"\n{closing}{end}"


@pytest.fixture(autouse=True, scope="module")
def small_limits() -> object:
    """Lay out some hundred characters as megabytes are."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(code, "MAX_SECONDS", 60.0)
        for modules, limits in _LIMITS:
            for module in modules:
                for name, value in limits.items():
                    patched.setattr(module, name, value)
        yield


def _answer(text: str, outcome: Outcome = "complete") -> AnswerEntry:
    return AnswerEntry(ChatMessage("a", "assistant", text, outcome=outcome))


def _view(entry: AnswerEntry, width: int) -> None:
    """Show the end of an answer, in as many frames as that takes."""
    for _ in range(2_000):
        budget = LayoutBudget(0)
        height = entry.lay_out_near(width, None, 20, 0, budget)
        for at in range(max(0, height - 10), height):
            entry.line(at, width)
        if not budget.is_exhausted:
            return
    raise AssertionError("The answer is never laid out.")


def _reopened(text: str, width: int) -> list[Line]:
    return list(_answer(text).lines(width))


@FEW
@given(st.lists(_blocks(), min_size=1, max_size=3).map("".join), st.data(), st.sampled_from([16, 31, 80]))
def test_streamed_answer_has_the_rows_of_a_reopened_one(text: str, data: st.DataObject, width: int) -> None:
    size = data.draw(st.sampled_from([3, 30, 200, 1_500]))
    # As often as the test has time for.
    shown_each = data.draw(st.integers(1, 5)) + len(text) // size // 30
    entry = _answer("", "streaming")
    for number, at in enumerate(range(0, len(text), size)):
        entry.append(StreamingChunk(text[at : at + size]))
        if number % shown_each == 0:
            _view(entry, width)
    entry.finish(_answer(text).message)
    _view(entry, width)

    assert list(entry.lines(width)) == _reopened(text, width)
    assert list(entry.lines(57)) == _reopened(text, 57)


@FEW
@given(st.lists(_blocks(), min_size=1, max_size=3).map("".join), st.sampled_from([16, 31, 80]))
def test_end_of_a_reopened_answer_is_right_once_it_was_read(text: str, width: int) -> None:
    entry = _answer(text)
    _view(entry, width)
    height = entry.height(width)
    shown = [entry.line(at, width) for at in range(max(0, height - 10), height)]

    assert shown == _reopened(text, width)[-10:]
