"""Warm-up loads the modules that the first answer needs; nothing else loads them before."""

from __future__ import annotations

import pytest

from tests.loading import loaded_by
from tui.ui.log.warmup import warm_up
from tui.ui.markdown.document import MarkdownDocument

MODULES = {"markdown_it", "pygments.lexers.python", "tui.ui.markdown.document"}


@pytest.mark.parametrize(("warmed_up", "expected"), [(False, set()), (True, MODULES)])
def test_only_warm_up_loads_markdown_modules(warmed_up: bool, expected: set[str]) -> None:
    call = "warm_up()" if warmed_up else "pass"
    assert loaded_by(f"from tui.ui.log.warmup import warm_up\n{call}") & MODULES == expected


def test_warm_up_does_not_affect_documents() -> None:
    document = MarkdownDocument("Hello")
    warm_up()
    assert [line.text for line in document.lines(80)] == ["Hello"]
