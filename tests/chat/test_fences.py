"""Markdown code fences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.chat.fences import fenced


@given(st.text("`~ab\n "))
def test_text_cannot_close_its_fence(text: str) -> None:
    first, *body, last = fenced(text, "py").split("\n")
    assert first == last + "py"
    assert not any(line.strip().startswith(last) for line in body)
    assert "\n".join(body) == text.removesuffix("\n")
