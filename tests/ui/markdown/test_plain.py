"""Plain text that grows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import FEW, pieces, strange_text
from tui.ui.markdown.lines import Look, Run
from tui.ui.markdown.plain import PlainDocument


def said(document: PlainDocument, width: int = 10) -> list[str]:
    return [line.text for line in document.lines(width)]


def test_nothing_in_it_means_anything() -> None:
    assert said(PlainDocument("# a\n- *b*\n\n`c`")) == ["# a", "- *b*", "", "`c`"]


def test_all_of_it_has_one_look() -> None:
    assert PlainDocument("a", Look("prompt")).lines(10)[0].runs == (Run("a", Look("prompt")),)


def test_it_grows_at_its_end() -> None:
    document = PlainDocument("one tw")
    assert said(document) == ["one tw"]
    document.append("o three\nfo")
    assert said(document) == ["one two", "three", "fo"]
    document.append("ur\n")
    assert said(document) == ["one two", "three", "four"]


def test_a_line_end_may_come_in_halves() -> None:
    document = PlainDocument("a\r")
    document.append("\nb\r")
    document.append("c")

    assert said(document) == ["a", "b␍c"]


def test_tabs_become_blanks_and_controls_become_visible() -> None:
    assert said(PlainDocument("a\tb\x1b[1m")) == ["a   b␛[1m"]


def test_another_width_wraps_all_of_it_again() -> None:
    document = PlainDocument("one two\nthree four")
    assert said(document, 20) == ["one two", "three four"]
    assert said(document, 5) == ["one", "two", "three", "four"]


def test_lines_that_were_dropped_are_made_again() -> None:
    document = PlainDocument("one\ntwo")
    before = list(document.lines(10))
    document.drop_lines()

    assert document.lines(10) == before


@FEW
@given(strange_text, st.data(), st.integers(1, 20))
def test_it_looks_the_same_however_it_came(text: str, data: st.DataObject, width: int) -> None:
    document = PlainDocument()
    for part, looked_at in data.draw(pieces(text)):
        document.append(part)
        if looked_at:
            document.lines(width)

    assert document.lines(width) == PlainDocument(text).lines(width)
