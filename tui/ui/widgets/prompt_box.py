"""Where the user writes the next message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from textual import events
from textual.binding import Binding
from textual.markup import escape
from textual.message import Message

from tui.chat.safe_text import safe_line, safe_text
from tui.ui.completing import Beginning, Candidate, beginning_at
from tui.ui.widgets.completions import Completions
from tui.ui.widgets.pasted import PastedTexts
from tui.ui.widgets.writing_area import WritingArea

_FOLDED_FROM: Final = 4_000
"""Characters from which on a pasted text is folded into one word."""

_OPENED_TO: Final = 200_000
"""Characters up to which one can be opened here."""


class PromptBox(WritingArea, inherit_bindings=False):
    """Where the user writes the next message. Enter sends, Ctrl+J breaks the line; it grows with what is written."""

    recall: Callable[[], Sequence[str]]
    """Gives the prompts that were sent before, the latest first."""

    take_back: Callable[[], str | None]
    """Takes back the prompt that was lined up last, to be written on. Gives None when there is none."""

    completions: Completions | None = None
    """Where what is being written may be completed is shown. None where it is not."""

    picture_in: Callable[[str], str | None]
    """Gives what to write for a pasted text that is the path of a picture. Gives None for any other."""

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
        Binding("alt+v", "open_pasted", show=False, id="open_pasted"),
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

    @dataclass
    class Begun(Message):
        """Posted when what is being written at the cursor has changed, where it can be completed."""

        beginning: Beginning | None
        """None for what cannot be completed."""

    def __init__(self, send_keys: str, new_line_keys: str, **arguments: Any) -> None:
        """Args:
        send_keys: The keys that send, joined by commas.
        new_line_keys: The keys that break the line.
        arguments: For the widget.
        """
        super().__init__(**arguments)
        self.recall = tuple
        self.take_back = lambda: None
        self.picture_in = lambda _: None
        self._beginning: Beginning | None = None
        """What is being written at the cursor."""
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
        if (marked := self._meant) is not None:
            self.complete()
            if self._beginning is None or self._beginning.kind != "command" or marked.text.endswith(" "):
                return
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
        if self._move_in_list(-1):
            return
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
        if self._move_in_list(1):
            return
        if not self.text or not self._may_recall():
            self.action_cursor_down()
            return
        self._recalled_at -= 1
        self._show_recalled()

    def action_open_pasted(self) -> None:
        """Open the folded text at the cursor: from then on it is text as any other."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if (span := self._pasted.word_at(line, column)) is None:
            self.notify("Nothing that was pasted is folded in this line.", markup=False, timeout=3)
            return
        text = self._pasted.unfolded(line[slice(*span)])
        if len(text) > _OPENED_TO:
            self.notify("It is too long to be opened here; your editor can.", markup=False, timeout=3)
            return
        self.replace(safe_text(text), (row, span[0]), (row, span[1]))

    # Completing.

    def show_candidates(self, beginning: Beginning, candidates: Sequence[Candidate]) -> None:
        """Show what something that is being written may become; nothing where something else is written by now."""
        if self.completions is None or beginning != self._beginning:
            return
        row, column = self.cursor_location
        written = self.document.get_line(row)[beginning.start : column]
        # What it is already, it need not become.
        is_whole = [candidate.text.strip() for candidate in candidates] == [written]
        self.completions.show(() if is_whole else candidates)

    def complete(self) -> bool:
        """Put the marked candidate in its place. Gives whether there was one."""
        marked = self.completions.marked if self.completions is not None else None
        if marked is None or self._beginning is None:
            return False
        row, column = self.cursor_location
        follows = "" if marked.goes_on or marked.text.endswith(" ") or self._beginning.kind == "command" else " "
        self.replace(marked.text + follows, (row, self._beginning.start), (row, column))
        self.close_list()
        return True

    def close_list(self) -> bool:
        """Show no candidates any more. Gives whether some were shown."""
        if self.completions is None or not self.completions.candidates:
            return False
        self.completions.show(())
        return True

    def on_text_area_selection_changed(self) -> None:
        """The cursor has moved."""
        self._look_before_cursor()

    def on_text_area_changed(self) -> None:
        """Something else is written, though the cursor may stand where it stood."""
        self._look_before_cursor()

    def _look_before_cursor(self) -> None:
        row, column = self.cursor_location
        # While something is undone, the cursor is for a moment where nothing stands any more.
        is_there = self.selection.is_empty and row < self.document.line_count
        beginning = beginning_at(self.document.get_line(row)[:column]) if is_there else None
        if beginning is not None and row > 0 and beginning.kind != "path":
            beginning = None
        if beginning != self._beginning:
            self._beginning = beginning
            if beginning is None:
                self.close_list()
            self.post_message(self.Begun(beginning))

    def on_blur(self) -> None:
        """Nothing is completed while something else has the keys."""
        self.close_list()

    @property
    def _meant(self) -> Candidate | None:
        """The candidate that Enter means: one that what is written surely begins, or that was gone to."""
        listed = self.completions
        if listed is None or (marked := listed.marked) is None or self._beginning is None:
            return None
        row, column = self.cursor_location
        written = self.document.get_line(row)[self._beginning.start : column]
        if any(candidate.text.strip() == written for candidate in listed.candidates) and listed.at == 0:
            return None
        begins = self._beginning.word != "" and marked.text.casefold().startswith(written.casefold())
        return marked if begins or listed.at > 0 else None

    def _move_in_list(self, by: int) -> bool:
        if self.completions is None or len(self.completions.candidates) < 2:
            return False
        self.completions.move(by)
        return True

    async def _on_key(self, event: events.Key) -> None:
        # Not by bindings: those with priority overtake the letters before them, and others are overtaken by the
        # letters behind them. Here everything is done in the order in which it was typed.
        action = self._action_for(event.key)
        if action is not None:
            event.prevent_default()
            event.stop()
            action()
        elif event.is_printable and not event.key.startswith("alt+"):
            await super()._on_key(event)
        else:
            # A letter with Alt is no letter, though terminals send both and the widget would write it.
            event.prevent_default()
            bound = self.screen.active_bindings.get(event.key)
            if bound is not None and bound.node is self:
                event.stop()
                await self.run_action(bound.binding.action)

    def _action_for(self, key: str) -> Callable[[], None] | None:
        if key in self._send_keys:
            return self.action_send
        return self.action_new_line if key in self._new_line_keys else None

    async def _on_paste(self, event: events.Paste) -> None:
        # Before the widget's own handler, which would put the text in as it is, escape sequences and all.
        event.prevent_default()
        event.stop()
        start, end = self.selection
        shown = self.picture_in(event.text) or self._shown(event.text)
        self.replace(shown, start, end, maintain_selection_offset=False)
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
