"""The text box for the next prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets.text_area import Selection

from tui.chat.safe_text import safe_text
from tui.light_dataclass import dataclass
from tui.ui.frames.immediate import paint_at_once
from tui.ui.key_bindings import bindings_for
from tui.ui.widgets.completions import Completions
from tui.ui.widgets.pasted import PastedTexts
from tui.ui.widgets.text_editor import TextEditor
from tui.workspace.commands import BY_NAME, BY_SLASH
from tui.workspace.completion import Candidate, CompletionPrefix, prefix_at

if TYPE_CHECKING:
    from tui.ui.widgets.vi_keys import Mode, ViKeys

_MIN_FOLDED: Final = 4_000
"""Characters from which on a pasted text is folded into one word."""

_MAX_EXPANDED: Final = 200_000
"""Characters up to which a folded text can be expanded here."""


class PromptBox(TextEditor, inherit_bindings=False):
    """The text box for the next prompt. Enter submits, Ctrl+J breaks the line; it grows with the text.

    What it needs from its surroundings is set as attributes, because it is needed at the moment of a key.
    """

    submit: Callable[[str], None]
    """Called with the text, folded pastes in full, when the user submits it. Never blank."""

    earlier_prompts: Callable[[], Sequence[str]]
    """Returns the prompts that were sent before, the latest first."""

    unqueue: Callable[[], str | None]
    """Takes the last queued prompt back. Returns None when none is queued."""

    image_in: Callable[[str], str | None]
    """Returns what to type for a pasted text that is the path of an image; None for any other."""

    completions: Completions | None = None
    """Shows the completions. None where there are none."""

    DEFAULT_CSS = """
    PromptBox {
        height: auto;
        min-height: 1;
        max-height: 40vh;
        padding: 0 1;
        border: none;
        border-left: outer $edge;
        background: $you;
        color: $text;
        scrollbar-size-vertical: 1;
        & .text-area--placeholder { color: $dim; }
        & .text-area--cursor { background: $spark; color: $onspark; }
        &:light .text-area--cursor { background: $spark; color: $onspark; }
        &:ansi .text-area--cursor { background: $spark; color: $onspark; text-style: none; }
        & .text-area--selection { background: $mark; }
    }
    PromptBox:focus { border: none; border-left: outer $spark; }
    PromptBox.-normal:focus { border-left: outer $accent; }
    """
    BINDINGS: ClassVar = [
        *bindings_for("prompt", {name: name for name in ("recall_prompt", "undo", "redo", "open_pasted")}),
        # The screen reads the clipboard of the system.
        *bindings_for("prompt", {"paste": "screen.command('paste')"}),
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
    ]

    @dataclass
    class PrefixChanged(Message):
        """Posted when the prefix before the cursor has changed."""

        prefix: CompletionPrefix | None
        """None if nothing can be completed."""

    class ModeChanged(Message):
        """Posted when the mode of the vi keys changed."""

    def __init__(self, **arguments: Any) -> None:
        """Args:
        arguments: For the widget.
        """
        super().__init__(**arguments)
        self.submit = lambda _: None
        self.earlier_prompts = tuple
        self.unqueue = lambda: None
        self.image_in = lambda _: None
        self._prefix: CompletionPrefix | None = None
        self.use_keys(BY_NAME["send"].keys, BY_NAME["new_line"].keys)
        self._vi: ViKeys | None = None
        self._pasted = PastedTexts()
        self._recalled: Sequence[str] = ()
        self._recalled_at = -1
        self._recalled_text = ""
        """What a recalled prompt looks like here. Empty when none is shown."""

    @property
    def full_text(self) -> str:
        """The text, with folded pastes in full."""
        return self._pasted.unfold(self.text)

    @property
    def full_size(self) -> int:
        """The number of characters of `full_text`, without making it: a paste may have megabytes."""
        return self._pasted.unfolded_size(self.text)

    @property
    def mode(self) -> Mode | None:
        """The mode of the vi keys. None without them."""
        return None if self._vi is None else self._vi.mode

    def use_vi(self, is_vi: bool) -> None:
        """Use the keys of vi, or no longer."""
        self._vi = None
        if is_vi:
            # Imported when it is needed, not for the first paint.
            from tui.ui.widgets.vi_keys import ViKeys

            self._vi = ViKeys()
        self._show_mode()

    def replace_text(self, text: str) -> None:
        """Replace all of the text. Undo restores the old one, with what is behind its folded words."""
        self.replace(self._displayable(text), (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def restore(self, text: str) -> None:
        """Put a text back that was submitted, above what has been typed since."""
        shown = self._displayable(f"{text}\n" if self.text else text)
        self.replace(shown, (0, 0), (0, 0))
        if shown == self.text:
            self.move_cursor(self.document.end)

    def use_keys(self, send_keys: str, new_line_keys: str) -> None:
        """Use other keys than the defaults.

        Args:
            send_keys: The keys that submit, joined by commas.
            new_line_keys: The keys that break the line, joined by commas.
        """
        self._send_keys = _split_keys(send_keys)
        self._new_line_keys = _split_keys(new_line_keys)

    def action_send(self) -> None:
        """Submit the text, unless it is blank."""
        if (candidate := self._candidate_for_enter) is not None:
            sends = self._sends_when_completed(candidate)
            self.complete()
            if not sends:
                return
        text = self.full_text
        if text.strip():
            # Cleared at once: the next letters may already be waiting behind this key.
            self._pasted = PastedTexts()
            self.load_text("")
            if self._vi is not None:
                self._vi.start_insert()
                self._show_mode()
            self.submit(text)

    def action_new_line(self) -> None:
        """Break the line."""
        self.insert("\n")
        self.scroll_cursor_visible()

    def action_recall_prompt(self) -> None:
        """Go to the previous prompt from an empty or recalled one, otherwise a line up."""
        if self._move_in_completions(-1):
            return
        if not self._may_recall():
            self.action_cursor_up()
            return
        if not self.text and (queued := self.unqueue()) is not None:
            self.replace_text(queued)
            return
        if not self.text:
            self._recalled, self._recalled_at = self.earlier_prompts(), -1
        if self._recalled_at + 1 < len(self._recalled):
            self._recalled_at += 1
            self._show_recalled()

    def action_recall_next(self) -> None:
        """Go to the next prompt from a recalled one, otherwise a line down."""
        if self._move_in_completions(1):
            return
        if not self.text or not self._may_recall():
            self.action_cursor_down()
            return
        self._recalled_at -= 1
        self._show_recalled()

    def action_open_pasted(self) -> None:
        """Expand the folded text at the cursor into ordinary text."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if (span := self._pasted.word_at(line, column)) is None:
            self.notify("There is no folded paste on this line.", markup=False)
            return
        text = self._pasted.unfold(line[slice(*span)])
        if len(text) > _MAX_EXPANDED:
            self.notify("Too long to expand here. Press Ctrl+O to use your editor.", markup=False)
            return
        self.replace(safe_text(text), (row, span[0]), (row, span[1]))

    # Completion.

    def show_candidates(self, prefix: CompletionPrefix, candidates: Sequence[Candidate]) -> None:
        """Show the candidates for a prefix, unless the prefix at the cursor has changed."""
        if self.completions is None or prefix != self._prefix:
            return
        row, column = self.cursor_location
        typed = self.document.get_line(row)[prefix.start : column]
        # A word that is complete needs no list with itself in it.
        is_complete = [candidate.text.strip() for candidate in candidates] == [typed]
        self.completions.show(() if is_complete else candidates)

    def complete(self) -> bool:
        """Accept the highlighted candidate. False if no candidates are shown."""
        candidate = self.completions.highlighted if self.completions is not None else None
        if candidate is None or self._prefix is None:
            return False
        row, column = self.cursor_location
        is_closed = candidate.continues or candidate.text.endswith(" ")
        is_closed = is_closed or (self._prefix.kind == "command" and not candidate.accepts_argument)
        self.replace(candidate.text + ("" if is_closed else " "), (row, self._prefix.start), (row, column))
        self.close_completions()
        return True

    def close_completions(self) -> bool:
        """Hide the candidates. False when none were shown."""
        if self.completions is None or not self.completions.candidates:
            return False
        self.completions.show(())
        return True

    def on_text_area_selection_changed(self) -> None:
        """The cursor moved."""
        self._update_prefix()

    def on_text_area_changed(self) -> None:
        """The text changed, perhaps without the cursor moving."""
        self._update_prefix()

    def _update_prefix(self) -> None:
        row, column = self.cursor_location
        # During undo, the cursor is behind the end of the text for a moment.
        is_valid = self.selection.is_empty and row < self.document.line_count
        prefix = prefix_at(self.document.get_line(row)[:column]) if is_valid else None
        if prefix is not None and row > 0 and prefix.kind != "path":
            prefix = None
        if prefix != self._prefix:
            self._prefix = prefix
            if prefix is None:
                self.close_completions()
            self.post_message(self.PrefixChanged(prefix))

    def on_blur(self) -> None:
        """Completion ends when another widget gets the keys."""
        self.close_completions()

    def _sends_when_completed(self, candidate: Candidate) -> bool:
        """Whether Enter sends what it completes: a command without an argument, or with the only one that fits."""
        if self._prefix is None or self.completions is None:
            return False
        if self._prefix.kind == "command":
            return not candidate.text.endswith(" ")
        is_only_one = len(self.completions.candidates) == 1 and not candidate.continues
        return is_only_one and self._prefix.kind in BY_SLASH

    @property
    def _candidate_for_enter(self) -> Candidate | None:
        """The candidate that Enter accepts: one that starts with what is typed, or that the user moved to."""
        listed = self.completions
        if listed is None or (candidate := listed.highlighted) is None or self._prefix is None:
            return None
        row, column = self.cursor_location
        typed = self.document.get_line(row)[self._prefix.start : column]
        if any(each.text.strip() == typed for each in listed.candidates) and listed.index == 0:
            return None
        starts = self._prefix.word != "" and candidate.text.casefold().startswith(typed.casefold())
        return candidate if starts or listed.index > 0 else None

    def _move_in_completions(self, by: int) -> bool:
        if self.completions is None or len(self.completions.candidates) < 2:
            return False
        self.completions.move(by)
        return True

    async def _on_key(self, event: events.Key) -> None:
        # Handled here and not by bindings: bindings with priority run before the letters typed ahead of them, and
        # others after letters typed behind them. Here, keys act in the order in which they were typed.
        action = self._action_for(event.key)
        vi = self._vi
        if vi is not None and (action is None or vi.waits_for_character) and self._press_vi(vi, event):
            event.prevent_default()
            event.stop()
        elif action is not None:
            event.prevent_default()
            event.stop()
            action()
        elif event.is_printable and not event.key.startswith("alt+"):
            await super()._on_key(event)
        else:
            # Terminals send Alt and a letter as a printable key, which the widget would insert.
            event.prevent_default()
            bound = self.screen.active_bindings.get(event.key)
            if bound is not None and bound.node is self:
                event.stop()
                await self.run_action(bound.binding.action)
        paint_at_once(self)

    def _press_vi(self, vi: ViKeys, event: events.Key) -> bool:
        """Give a key to vi. Returns whether it means something there."""
        was, text = vi.mode, self.text
        at = _offset(text, self.cursor_location)
        is_letter = event.is_printable and not event.key.startswith("alt+") and event.character is not None
        effect = vi.press(event.character if is_letter and event.character else event.key, text, at)
        if effect is None:
            return False
        # Each change is undone by itself.
        self.history.checkpoint()
        if effect.edit is not None:
            start, end, new = effect.edit
            self.replace(new, _location(text, start), _location(text, end), maintain_selection_offset=False)
        if effect.command:
            for _ in range(effect.times):
                before = self.cursor_location, self.text
                _EDITOR_ACTIONS[effect.command](self)
                if (self.cursor_location, self.text) == before:
                    break
            text = self.text
            self.move_cursor(_location(text, vi.place(text, _offset(text, self.cursor_location))))
        elif effect.selection is not None:
            start, end = effect.selection
            self.selection = Selection(_location(self.text, start), _location(self.text, end))
        else:
            self.move_cursor(_location(self.text, effect.cursor))
        self.history.checkpoint()
        if vi.mode != was:
            self.close_completions()
            self._show_mode()
        return True

    def _show_mode(self) -> None:
        self.set_class(self.mode not in (None, "insert"), "-normal")
        self.post_message(self.ModeChanged())

    def _action_for(self, key: str) -> Callable[[], None] | None:
        if key in self._send_keys:
            return self.action_send
        return self.action_new_line if key in self._new_line_keys else None

    async def _on_paste(self, event: events.Paste) -> None:
        # Replaces the widget's own handler, which would insert escape sequences as they are.
        event.prevent_default()
        event.stop()
        if not event.text:
            # Terminals paste nothing when there is only a picture in the clipboard.
            await self.run_action("screen.command('paste')")
            return
        start, end = self.selection
        shown = self.image_in(event.text) or self._displayable(event.text)
        self.replace(shown, start, end, maintain_selection_offset=False)
        self.move_cursor(self.selection.end)
        self.scroll_cursor_visible()

    def _displayable(self, text: str) -> str:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return self._pasted.fold(text) if len(text) > _MIN_FOLDED else safe_text(text)

    def _may_recall(self) -> bool:
        # Compared as displayed: not every prompt can be displayed as it was.
        return self.text in ("", self._recalled_text)

    def _show_recalled(self) -> None:
        self.replace_text(self._recalled[self._recalled_at] if self._recalled_at >= 0 else "")
        self._recalled_text = self.text


_EDITOR_ACTIONS: Final[Mapping[str, Callable[[PromptBox], None]]] = {
    "undo": PromptBox.action_undo,
    "redo": PromptBox.action_redo,
    "up": PromptBox.action_recall_prompt,
    "down": PromptBox.action_recall_next,
}
"""What the keys of vi leave to the editor."""


def _offset(text: str, location: tuple[int, int]) -> int:
    """A place in a text, in characters from its start."""
    row, column = location
    start = 0
    for _ in range(row):
        start = text.index("\n", start) + 1
    return start + column


def _location(text: str, offset: int) -> tuple[int, int]:
    """A place in a text as row and column."""
    return text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1


def _split_keys(joined: str) -> frozenset[str]:
    return frozenset(key.strip() for key in joined.split(","))


PROMPT_EDITS: Final = {
    key: binding.action.partition("(")[0].replace("_", " ")
    for binding in PromptBox.BINDINGS
    if isinstance(binding, Binding) and binding.id is None
    for key in binding.key.split(",")
}
"""The keys that edit the prompt and are no command's, and what they do."""
