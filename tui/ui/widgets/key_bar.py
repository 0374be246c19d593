"""The key bar: what can be pressed now."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.chat.safe_text import safe_line
from tui.light_dataclass import dataclass
from tui.ui.widgets.parts import Part, part_at

_GAPS: Final = (3, 2)


class KeyHint(NamedTuple):
    """A key, and what it does now."""

    key: str
    """The key, as people write it: `Ctrl+J`."""

    word: str
    """What it does, in one or two words."""

    command: str = ""
    """The command that a click runs; `key:enter` presses a key that has no command. Empty if a click does nothing."""

    is_kept: bool = False
    """Whether it is shown however narrow the terminal is."""

    other: tuple[str, str] | None = None
    """A key that is shown directly before this one, as in `←→`, and its command. None for a key that stands alone."""


class KeyBar(Widget):
    """One line at the bottom, with keys on the left and a detail of what has the focus on the right."""

    DEFAULT_CSS = """
    KeyBar { height: 1; background: $panel; color: $second; }
    """

    @dataclass
    class Pressed(Message):
        """Posted when a key's hint was clicked."""

        command: str

    hints: reactive[tuple[KeyHint, ...]] = reactive(())
    detail: reactive[str] = reactive("")
    """Shown at the right end, where there is space."""

    indent: ClassVar = 1
    """Cells before the first key, and after the detail."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[Part, ...] = ()

    def render(self) -> RenderResult:
        """The line. Where space is short, first the gaps shrink, then the detail goes, then the last keys."""
        width = self.size.width
        detail = Content.styled(safe_line(self.detail), "$dim")
        hints, gap, has_detail = _fit(self.hints, width - 2 * self.indent, detail.cell_length)
        at, line, parts = self.indent, Content(), []
        for hint in hints:
            for content, command in _hint_contents(hint):
                parts.append(Part(content, command, at))
                line = Content.assemble(line, " " * (at - line.cell_length), content)
                at += content.cell_length
            at += gap
        self._parts = tuple(parts)
        if has_detail:
            space = width - self.indent - detail.cell_length - line.cell_length
            line = Content.assemble(line, " " * max(0, space), detail)
        return line

    def on_click(self, event: events.Click) -> None:
        """Run the command of the clicked hint."""
        if (part := part_at(self._parts, event.x)) is not None and part.command:
            self.post_message(self.Pressed(part.command))


def _hint_contents(hint: KeyHint) -> list[tuple[Content, str]]:
    """What is shown of a hint, each piece with the command of a click on it."""
    others = [] if hint.other is None else [hint.other]
    return [
        *((Content.styled(key, "bold $user"), command) for key, command in others),
        (Content.assemble((hint.key, "bold $user"), " ", (hint.word, "$second")), hint.command),
    ]


def _fit(hints: tuple[KeyHint, ...], room: int, detail: int) -> tuple[list[KeyHint], int, bool]:
    """The hints that fit, the gap between them, and whether the detail fits too.

    Args:
        hints: The hints in their order.
        room: Cells that there are.
        detail: Cells of the detail.
    """
    kept = list(hints)

    def cells(gap: int) -> int:
        contents = (content for hint in kept for content, _ in _hint_contents(hint))
        return sum(content.cell_length for content in contents) + gap * max(0, len(kept) - 1)

    if detail:
        for gap in _GAPS:
            if cells(gap) + gap + detail <= room:
                return kept, gap, True
    while True:
        for gap in _GAPS:
            if cells(gap) <= room:
                return kept, gap, False
        droppable = [hint for hint in kept if not hint.is_kept] or kept
        if not droppable:
            return kept, _GAPS[-1], False
        kept.remove(droppable[-1])
