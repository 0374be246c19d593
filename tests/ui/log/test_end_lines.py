"""The end of a long text, laid out before the text was read."""

from __future__ import annotations

import pytest

from tests.ui.log.long_texts import KINDS, long_text
from tests.ui.markdown.documents import whole
from tui.ui.log import end_lines
from tui.ui.log.end_lines import EndLines
from tui.ui.markdown import code, ending


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat some kilobytes like megabytes, and give highlighting all the time it needs."""
    monkeypatch.setattr(code, "MAX_SECONDS", 60.0)
    monkeypatch.setattr(end_lines, "_FIRST_SIZE", 4_000)
    monkeypatch.setattr(end_lines, "_MOST", 16_000)
    monkeypatch.setattr(ending, "_MOST_WRAPPED", 40_000)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [31, 80])
def test_lines_at_the_end_are_those_of_the_whole_text(kind: str, width: int) -> None:
    text = long_text(kind, 30_000)
    expected = [line.runs for line in whole(text, width)]
    end = EndLines(text, width)
    for count in (1, 30, 90):
        assert end.reach(count)
        shown = [line.runs for line in end]
        assert len(shown) == count
        assert shown == expected[-len(shown) :]


def test_all_lines_of_a_short_text_are_reached() -> None:
    end = EndLines("- a\n- b\n\nc", 40)

    assert end.reach(10)
    assert [line.text for line in end] == ["• a", "• b", "", "c"]
    assert not end.reach(10)


def test_no_more_is_laid_out_than_the_limit() -> None:
    end = EndLines(long_text("list", 100_000), 40)
    end.reach(100_000)
    most = len(end)

    assert 100 < most < 1_000
    assert not end.reach(100_000)
    assert len(end) == most
