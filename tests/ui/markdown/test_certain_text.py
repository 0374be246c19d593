"""Text that is shown as is certain without parsing it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY, markdown, strange_text
from tui.chat.safe_text import safe_text
from tui.ui.markdown.certain_text import certain_text
from tui.ui.markdown.render import inline_runs

_WORDS = st.lists(
    st.sampled_from(
        [
            "word ", " a", "**bold**", "*x y*", "`code`", "~~c~~", "**", "*", "`", " ", " ", "\n", "12%", "http://a.b/c",
            "www.a.b", "e@f.gh", "日本", "\xa0", ".", "(", "!", "[d](e)", "mailto:e@f.gh", "--", "...", '"', "'", "#",
        ]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@MANY
@given(st.one_of(_WORDS, markdown, strange_text).map(safe_text))
def test_certain_text_is_what_the_parser_shows(text: str) -> None:
    certain = certain_text(text)

    assert certain is None or certain == "".join(run.text for run in inline_runs(text))


@pytest.mark.parametrize("text", ["some words", "a **bold** word and `code`\nin ~~two~~ *lines* of it."])
def test_usual_text_is_certain(text: str) -> None:
    assert certain_text(text) is not None


@pytest.mark.parametrize("text", ["a *", "[a](b)", "a  \nb", "$a$", "&amp;", "a_b"])
def test_text_that_must_be_parsed_is_not(text: str) -> None:
    assert certain_text(text) is None
