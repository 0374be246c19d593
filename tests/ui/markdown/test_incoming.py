"""Text that arrives in pieces, made safe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY, pieces
from tui.chat.safe_text import safe_text
from tui.ui.markdown.incoming import IncomingText


def test_half_a_line_end_is_held_back() -> None:
    arriving = IncomingText()

    assert [arriving.feed(piece) for piece in ("a\r", "\nb\r", "c\r", "\r", "")] == ["a", "\nb", "␍c", "␍", ""]


def test_marks_are_counted_across_pieces() -> None:
    arriving = IncomingText()
    shown = "".join(arriving.feed(piece) for piece in ["a", *["\u0301" * 3] * 20, "b"])

    assert shown == "a" + "\u0301" * 8 + "b"


@MANY
@given(st.lists(st.sampled_from("ab\r\n\x1b\u0301\u200d\u202e\u2028日")).map("".join), st.data())
def test_any_text_is_made_the_same_however_it_was_cut(text: str, data: st.DataObject) -> None:
    arriving = IncomingText()
    shown = "".join(arriving.feed(part) for part, _ in data.draw(pieces(text + ".")))

    assert shown == safe_text(text + ".")
