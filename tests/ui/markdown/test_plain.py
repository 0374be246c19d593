"""Wrapping plain text that grows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import FEW, pieces, strange_text
from tui.ui.markdown.lines import Look, Run
from tui.ui.markdown.plain import PlainDocument


def texts(document: PlainDocument, width: int = 10) -> list[str]:
    return [line.text for line in document.lines(width)]


def test_markdown_is_not_interpreted() -> None:
    assert texts(PlainDocument("# a\n- *b*\n\n`c`")) == ["# a", "- *b*", "", "`c`"]


def test_whole_text_has_one_look() -> None:
    assert PlainDocument("a", Look("prompt")).lines(10)[0].runs == (Run("a", Look("prompt")),)


def test_appended_text_extends_lines() -> None:
    document = PlainDocument("one tw")
    assert texts(document) == ["one tw"]
    document.append("o three\nfo")
    assert texts(document) == ["one two", "three", "fo"]
    document.append("ur\n")
    assert texts(document) == ["one two", "three", "four"]


def test_crlf_may_be_split_between_chunks() -> None:
    document = PlainDocument("a\r")
    document.append("\nb\r")
    document.append("c")

    assert texts(document) == ["a", "b␍c"]


def test_tabs_expand_and_controls_are_visible() -> None:
    assert texts(PlainDocument("a\tb\x1b[1m")) == ["a   b␛[1m"]


def test_width_change_wraps_again() -> None:
    document = PlainDocument("one two\nthree four")
    assert texts(document, 20) == ["one two", "three four"]
    assert texts(document, 5) == ["one", "two", "three", "four"]


def test_dropped_lines_are_wrapped_again() -> None:
    document = PlainDocument("one\ntwo")
    before = list(document.lines(10))
    document.drop_lines()

    assert document.lines(10) == before


@FEW
@given(strange_text, st.data(), st.integers(1, 20))
def test_lines_do_not_depend_on_chunking(text: str, data: st.DataObject, width: int) -> None:
    document = PlainDocument()
    for part, looked_at in data.draw(pieces(text)):
        document.append(part)
        if looked_at:
            document.lines(width)

    assert document.lines(width) == PlainDocument(text).lines(width)
