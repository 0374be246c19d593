"""The rehearsal: what the first answer needs is loaded by it, and not before."""

from __future__ import annotations

import pytest

from tests.loading import loaded_by
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.warmup import warm_up

PARTS = {"markdown_it", "pygments.lexers.python", "tui.ui.markdown.document"}


@pytest.mark.parametrize(("rehearses", "loads"), [(False, set()), (True, PARTS)])
def test_only_rehearsing_loads_what_an_answer_needs(rehearses: bool, loads: set[str]) -> None:
    call = "warm_up()" if rehearses else "pass"
    assert loaded_by(f"from tui.ui.markdown.warmup import warm_up\n{call}") & PARTS == loads


def test_nothing_of_it_shows_in_an_answer() -> None:
    document = MarkdownDocument("Hello")
    warm_up()
    assert [line.text for line in document.lines(80)] == ["Hello"]
