"""Where the user writes the next message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from textual import events
from textual.binding import Binding
from textual.markup import escape
from textual.message import Message
from textual.widgets import TextArea

from tui.chat.safe_text import safe_line, safe_text
from tui.ui.widgets.pasted import PastedTexts

_FOLDED_FROM: Final = 4_000
"""Characters from which on a pasted text is folded into one word."""


class PromptBox(TextArea, inherit_bindings=False):
    """Where the user writes the next message. Enter sends, Ctrl+J breaks the line; it grows with what is written."""

    recall: Callable[[], Sequence[str]]
    """Gives the prompts that were sent before, the latest first."""

    take_back: Callable[[], str | None]
    """Takes back the prompt that was lined up last, to be written on. Gives None when there is none."""

    DEFAULT_CSS = """
    PromptBox {
        height: auto;
        min-height: 3;
        max-height: 40%;
        padding: 0 1;
        border: round $foreground 20%;
        background: $background;
        scrollbar-size-vertical: 1;
    }
    PromptBox:focus { border: round $primary; }
    """
    BINDINGS: ClassVar = [
        Binding("up", "recall_prompt", show=False, id="recall_prompt"),
        Binding("ctrl+underscore,super+z", "undo", show=False, id="undo"),
        Binding("ctrl+y,super+y", "redo", show=False, id="redo"),
        Binding("down", "recall_next", show=False),
        Binding("left", "cursor_left", show=False),
        Binding("right", "cursor_right", show=False),
        Binding("ctrl+left,alt+b,alt+left", "cursor_word_left", show=False),
        Binding("ctrl+right,alt+f,alt+right", "cursor_word_right", show=False),
        Binding("home,ctrl+a", "cursor_line_start", show=False),
        Binding("end,ctrl+e", "cursor_line_end", show=False),
        Binding("shift+left", "cursor_left(True)", show=False),
        Binding("shift+right", "cursor_right(True)", show=False),
        Binding("shift+up", "cursor_up(True)", show=False),
        Binding("shift+down", "cursor_down(True)", show=False),
        Binding("shift+home", "cursor_line_start(True)", show=False),
        Binding("shift+end", "cursor_line_end(True)", show=False),
        Binding("ctrl+shift+left", "cursor_word_left(True)", show=False),
        Binding("ctrl+shift+right", "cursor_word_right(True)", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete,ctrl+d", "delete_right", show=False),
        Binding("ctrl+w,ctrl+backspace,alt+backspace", "delete_word_left", show=False),
        Binding("alt+delete,alt+d", "delete_word_right", show=False),
        Binding("ctrl+u", "delete_to_start_of_line", show=False),
        Binding("ctrl+k", "delete_to_end_of_line_or_delete_line", show=False),
        Binding("ctrl+x", "cut", show=False),
        Binding("ctrl+v", "paste", show=False),
    ]

    @dataclass
    class Sent(Message):
        """Posted when the user sends what they wrote."""

        text: str
        """What they wrote, with folded pastes in full. Never blank."""

    def __init__(self, send_keys: str, new_line_keys: str, **arguments: Any) -> None:
        """Args:
        send_keys: The keys that send, joined by commas.
        new_line_keys: The keys that break the line.
        arguments: For the widget.
        """
        super().__init__(show_line_numbers=False, highlight_cursor_line=False, **arguments)
        # A cursor that blinks repaints for ever, and nothing else does while nobody does anything.
        self.cursor_blink = False
        self.recall = tuple
        self.take_back = lambda: None
        self._send_keys = _keys(send_keys)
        self._new_line_keys = _keys(new_line_keys)
        self._pasted = PastedTexts()
        self._recalled: Sequence[str] = ()
        self._recalled_at = -1
        self._shows_recalled = ""
        """What a recalled prompt looks like here. Empty when none is shown."""

    @property
    def written(self) -> str:
        """What is written, with folded pastes in full."""
        return self._pasted.unfolded(self.text)

    def write(self, text: str) -> None:
        """Replace what is written. Undo brings it back, and what stands behind its folded words."""
        self.replace(self._shown(text), (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def give_back(self, text: str) -> None:
        """Put back what was sent and came to nothing, above what has been written since."""
        shown = self._shown(f"{text}\n" if self.text else text)
        self.replace(shown, (0, 0), (0, 0))
        if shown == self.text:
            self.move_cursor(self.document.end)

    def say_above(self, words: str) -> None:
        """Say something on the box's upper edge. Empty says nothing."""
        self.border_title = escape(safe_line(words))

    def action_send(self) -> None:
        """Send what is written, unless that is nothing."""
        text = self.written
        if text.strip():
            # At once, for the next letters may already be waiting behind this key.
            self._pasted = PastedTexts()
            self.load_text("")
            self.post_message(self.Sent(text))

    def action_new_line(self) -> None:
        """Break the line."""
        self.insert("\n")
        self.scroll_cursor_visible()

    def action_recall_prompt(self) -> None:
        """From an empty prompt, or one that was recalled: the one before. Else a line up."""
        if not self._may_recall():
            self.action_cursor_up()
            return
        if not self.text and (taken := self.take_back()) is not None:
            self.write(taken)
            return
        if not self.text:
            self._recalled, self._recalled_at = self.recall(), -1
        if self._recalled_at + 1 < len(self._recalled):
            self._recalled_at += 1
            self._show_recalled()

    def action_recall_next(self) -> None:
        """From a recalled prompt: the one after. Else a line down."""
        if not self.text or not self._may_recall():
            self.action_cursor_down()
            return
        self._recalled_at -= 1
        self._show_recalled()

    async def _on_key(self, event: events.Key) -> None:
        # Not by bindings: those with priority overtake the letters that were typed before them, and others come after
        # the widget's own handling, for which Enter is a letter.
        action = self._action_for(event.key)
        if action is None:
            await super()._on_key(event)
            return
        event.prevent_default()
        event.stop()
        action()

    def _action_for(self, key: str) -> Callable[[], None] | None:
        if key in self._send_keys:
            return self.action_send
        return self.action_new_line if key in self._new_line_keys else None

    async def _on_paste(self, event: events.Paste) -> None:
        # Before the widget's own handler, which would put the text in as it is, escape sequences and all.
        event.prevent_default()
        event.stop()
        start, end = self.selection
        self.replace(self._shown(event.text), start, end, maintain_selection_offset=False)
        self.move_cursor(self.selection.end)
        self.scroll_cursor_visible()

    def _shown(self, text: str) -> str:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return self._pasted.folded(text) if len(text) > _FOLDED_FROM else safe_text(text)

    def _may_recall(self) -> bool:
        # Compared as it is shown: not every prompt can be shown as it was.
        return self.text in ("", self._shows_recalled)

    def _show_recalled(self) -> None:
        self.write(self._recalled[self._recalled_at] if self._recalled_at >= 0 else "")
        self._shows_recalled = self.text


def _keys(joined: str) -> frozenset[str]:
    return frozenset(key.strip() for key in joined.split(","))
