"""The header: the conversation's title, and on the right what answers it and how full its context is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.chat.formatting import model_label
from tui.chat.safe_text import safe_line
from tui.light_dataclass import dataclass
from tui.ui.text_column import text_column
from tui.ui.widgets.parts import Part, fitting, part_at

if TYPE_CHECKING:
    from tui.chat.context import ContextUse

UNTITLED: Final = "New conversation"
"""The title of a conversation without one."""

LOOKING: Final = "looking for a server…"

_GAP: Final = 3
_TIGHT_GAP: Final = 2
_METER_CELLS: Final = 8
_WIDE_METER_CELLS: Final = 12
_WIDE: Final = 140
"""Columns of the terminal from which the meter is wider and tells the size of the window."""

_MIN_TITLE: Final = 16
"""Cells that the title keeps, whatever stands beside it."""


class Header(Widget):
    """One line at the top. Each part can be clicked, and opens what it names."""

    DEFAULT_CSS = """
    Header { height: 1; background: $panel; color: $second; }
    """

    @dataclass
    class Pressed(Message):
        """Posted when a part was clicked."""

        command: str
        """The command that it stands for."""

    title_text: reactive[str] = reactive("")
    provider: reactive[str] = reactive("")
    model: reactive[str] = reactive("")
    leaves_machine: reactive[bool] = reactive(False)
    """Whether prompts to the model leave this machine."""
    thinking: reactive[str] = reactive("")
    """How its thinking is switched: `off`, `on` or a level. Empty if that is left to the model."""
    tools: reactive[str] = reactive("")
    """Its tools: `2 tools`. Empty if there are none."""
    settings: reactive[str] = reactive("")
    """The conversation's own settings. Empty for none."""
    context: reactive[ContextUse | None] = reactive(None)
    notice: reactive[str] = reactive("")
    """Shown in place of provider and model. Empty while there are such."""
    sidebar_width: reactive[int] = reactive(0)
    """Cells of the sidebar, above which the name of the program stands. 0 while it is hidden."""

    def __init__(self, text_width: int) -> None:
        """Args:
        text_width: Cells of text in the column below. 0 for all there are.
        """
        super().__init__()
        self._text_width = text_width
        self._parts: tuple[Part, ...] = ()

    def use_text_width(self, text_width: int) -> None:
        """Use another width of the column below. See `__init__`."""
        self._text_width = text_width
        self.refresh()

    def render(self) -> RenderResult:
        """The line. Where space is short, the least important parts are left out."""
        width = self.size.width
        column = text_column(width - self.sidebar_width, self._text_width)
        room = column.width - _MIN_TITLE - _GAP
        facts, gap = fitting(self._facts(), room, (_GAP, _TIGHT_GAP))
        facts_width = sum(part.content.cell_length for part in facts) + gap * max(0, len(facts) - 1)
        title_room = max(1, column.width - facts_width - _GAP)
        title = Content.styled(safe_line(self.title_text), "bold $text").truncate(title_room, ellipsis=True)
        left = self.sidebar_width + column.left
        at = left + column.width - facts_width
        parts = [Part(title, "rename_this", left)]
        for fact in facts:
            parts.append(fact._replace(start=at))
            at += fact.content.cell_length + gap
        self._parts = tuple(parts)
        brand = Content.assemble("   ", ("llm", "bold $accent"), ("-", "$dim"), ("tui", "bold $user"))
        line = brand.truncate(self.sidebar_width)
        for part in parts:
            line = Content.assemble(line, " " * (part.start - line.cell_length), part.content)
        return line

    def on_click(self, event: events.Click) -> None:
        """Open what the clicked part names."""
        if (part := part_at(self._parts, event.x)) is not None and part.command:
            self.post_message(self.Pressed(part.command))

    def _facts(self) -> list[Part]:
        """The parts on the right, the most important first."""
        provider, model = safe_line(self.provider), model_label(self.model)
        if self.notice:
            return [Part(Content.styled(safe_line(self.notice), "$dim"), "focus_sidebar")]
        if not provider:
            return []
        leaves = ("↗ ", "$warning") if self.leaves_machine else ""
        names = Content.assemble(leaves, (provider, "$dim"), ("/", "$dim") if model else "", (model, "$accent"))
        parts = [Part(names, "pick_model")]
        if self.thinking:
            parts.append(Part(Content.styled(f"∴ {safe_line(self.thinking)}", "$second"), "think"))
        if self.tools:
            parts.append(Part(Content.styled(f"ƒ {self.tools}", "$second"), "tools"))
        if self.settings:
            parts.append(Part(Content.styled(safe_line(self.settings), "$second"), "edit_conversation_settings"))
        if self.context is not None:
            wide = self.app.size.width >= _WIDE
            parts.append(Part(context_meter(self.context, wide=wide), "edit_conversation_settings", 0))
        return parts


def context_meter(use: ContextUse, *, wide: bool = False) -> Content:
    """How full the context is, as a bar: `━━━━────  38%`; a count where the window is unknown.

    Args:
        use: The use of the context window.
        wide: Whether there is space for the size of the window.
    """
    if use.share is None or use.window is None:
        return Content.styled(f"{_abbreviated(use.used)} tokens", "$dim")
    cells = _WIDE_METER_CELLS if wide else _METER_CELLS
    # A cell is filled as soon as the number is not 0%, and only then.
    used = min(cells, max(1, round(use.share * cells))) if round(use.share * 100) else 0
    colour = "$warning" if use.is_nearly_full else "$accent"
    percent = f"▲ {use.share:.0%}" if use.is_nearly_full else f"{use.share:.0%}"
    size = f" of {_abbreviated(use.window)}" if wide else ""
    return Content.assemble(
        ("━" * used, colour),
        ("─" * (cells - used), "$edge"),
        (f" {percent}", "$warning" if use.is_nearly_full else "$second"),
        (size, "$dim"),
    )


def _abbreviated(count: int) -> str:
    """A number of tokens: `812`, `1.2k`, `128k`."""
    return str(count) if count < 1_000 else f"{count / 1_000:.1f}k" if count < 9_950 else f"{count / 1_000:.0f}k"
