"""The last check of painted lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Vertical
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from tests.chat.test_safe_text import any_text
from tests.ui.running import RunningApp
from tui.chat.safe_text import safe_text
from tui.ui.painted_text import ControlCharacterFilter

BLACK = Color(0, 0, 0)
HOSTILE = "a\x1b]0;b\x07\x9b5m\u202ec\td\ne"
CLEAN = "a]0;b5mcde"


def filtered(*segments: Segment) -> list[Segment]:
    return ControlCharacterFilter().apply(list(segments), BLACK)


def test_safe_lines_are_returned_unchanged() -> None:
    segments = [Segment("naïve "), Segment("漢字 👨\u200d👩", Style(bold=True))]

    assert ControlCharacterFilter().apply(segments, BLACK) is segments


def test_control_characters_are_removed_and_styles_stay() -> None:
    bold = Style(bold=True)

    assert filtered(Segment("ok"), Segment(HOSTILE, bold)) == [Segment("ok"), Segment(CLEAN, bold)]


def test_hyperlinks_are_removed() -> None:
    (segment,) = filtered(Segment("here", Style(bold=True, link="http://evil.test/\x1b\\")))

    assert segment.style is not None
    assert (segment.text, segment.style.link, segment.style.bold) == ("here", None, True)


@given(any_text)
def test_painted_text_is_safe_and_keeps_its_width(text: str) -> None:
    ((painted, _, _),) = filtered(Segment(text))

    assert safe_text(painted) == painted
    assert "\n" not in painted
    assert "\t" not in painted
    if safe_text(text) == text:
        assert cell_len(painted) == cell_len(text)


class Careless(Vertical):
    """Shows foreign text in every way that widgets have."""

    def compose(self) -> ComposeResult:
        yield Static(HOSTILE, markup=False)
        yield OptionList(HOSTILE, markup=False)
        yield Input(HOSTILE, placeholder=HOSTILE)

    def on_mount(self) -> None:
        self.border_title = HOSTILE
        self.styles.border = ("solid", "red")


@pytest.mark.parametrize("kind", [Careless, Static, OptionList, Input])
async def test_careless_widgets_paint_no_control_characters(app: RunningApp, kind: type[Widget]) -> None:
    await app.chat.mount(Careless())
    await app.pilot.pause()
    widget = app.chat.query_one(Careless) if kind is Careless else app.chat.query_one(Careless).query_one(kind)
    strips = widget.render_lines(Region(0, 0, *widget.outer_size))

    painted = "".join(strip.text for strip in strips)
    assert "]0;b" in painted
    assert safe_text(painted) == painted
