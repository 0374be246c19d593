"""Mapping between lines on screen and the text they show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import FEW, markdown
from tui.ui.log.flat import FlatText, Span
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import BLANK, Line, Run

BAR = Run("▌ ", copyable=False)


def test_flat_text_joins_wrapped_lines_without_borders() -> None:
    flat = FlatText(
        [Line((BAR, Run("one")), separator=" "), Line((BAR, Run("two"))), BLANK, Line((Run("x"), Run("yz")))]
    )

    assert flat.text == "one two\n\nxyz\n"


def test_spans_map_offsets_to_lines_and_runs() -> None:
    flat = FlatText([Line((BAR, Run("one")), separator=" "), Line((BAR, Run("two"))), Line((Run("x"), Run("yz")))])

    assert flat.spans(1, 6) == [Span(0, 3, 5), Span(1, 2, 4)]
    assert flat.spans(8, 10) == [Span(2, 0, 1), Span(2, 1, 2)]
    assert flat.spans(3, 4) == []
    assert FlatText([]).spans(0, 3) == []
    assert FlatText([]).text == ""


def test_lines_and_offsets_convert_both_ways() -> None:
    flat = FlatText([BLANK, Line((Run("a"),)), BLANK, Line((Run("b"),))])

    assert [flat.offset_of(line) for line in range(5)] == [-1, 1, 4, 4, len(flat.text)]
    assert [flat.line_of(offset) for offset in (-1, 0, 1, 3, 4, 99)] == [0, 0, 1, 1, 3, 3]


@FEW
@given(markdown, st.integers(4, 60), st.data())
def test_spans_contain_only_the_text(source: str, width: int, data: st.DataObject) -> None:
    lines = MarkdownDocument(source).lines(width)
    flat = FlatText(lines)
    start = data.draw(st.integers(0, len(flat.text)))
    end = data.draw(st.integers(start, len(flat.text)))

    seen = "".join(lines[span.line].text[span.start : span.end] for span in flat.spans(start, end))
    rest = iter(flat.text[start:end])
    assert all(character in rest for character in seen)
    assert len(seen) <= end - start


def test_lines_may_be_added_later() -> None:
    lines = [BLANK, Line((Run("a"),)), Line((Run("b"), Run("c"))), BLANK]
    flat = FlatText(lines[:2])

    assert flat.extend(lines[2:])
    assert not flat.extend([])
    assert flat.text == FlatText(lines).text
    assert flat.spans(0, 9) == FlatText(lines).spans(0, 9)
