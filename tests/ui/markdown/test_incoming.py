"""Making text safe that arrives in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY, pieces
from tui.chat.safe_text import safe_text
from tui.ui.markdown.incoming import IncomingText


def test_trailing_carriage_return_is_held_back() -> None:
    incoming = IncomingText()

    assert [incoming.feed(piece) for piece in ("a\r", "\nb\r", "c\r", "\r", "")] == ["a", "\nb", "␍c", "␍", ""]


def test_combining_marks_are_counted_across_chunks() -> None:
    incoming = IncomingText()
    shown = "".join(incoming.feed(piece) for piece in ["a", *["\u0301" * 3] * 20, "b"])

    assert shown == "a" + "\u0301" * 8 + "b"


@MANY
@given(st.lists(st.sampled_from("ab\r\n\x1b\u0301\u200d\u202e\u2028日")).map("".join), st.data())
def test_safe_text_does_not_depend_on_chunking(text: str, data: st.DataObject) -> None:
    incoming = IncomingText()
    shown = "".join(incoming.feed(part) for part, _ in data.draw(pieces(text + ".")))

    assert shown == safe_text(text + ".")
