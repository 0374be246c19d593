"""The composer: prompt box, completions, and which earlier prompt is being edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import AwaitMount
from textual.widgets import Static

from tui.chat.safe_text import safe_line
from tui.light_dataclass import dataclass
from tui.ui.text_column import text_column
from tui.ui.widgets.completions import Completions
from tui.ui.widgets.prompt_box import PromptBox
from tui.workspace.completion import Candidate, CompletionPrefix

if TYPE_CHECKING:
    from tui.ui.widgets.vi_keys import Mode


class Composer(Vertical):
    """Where the user types. Owns the unsent text, and the editing of a prompt that was sent before."""

    DEFAULT_CSS = """
    Composer { height: auto; padding: 0 2; }
    Composer > #card { height: auto; background: $you; }
    Composer.-airy > #card { border-top: block $you; border-bottom: outer $ground; }
    Composer.-airy > #card:ansi { border-top: none; border-bottom: none; }
    Composer #note { height: 1; padding: 0 2; color: $dim; display: none; }
    Composer #note.-shown { display: block; }
    """

    class TextChanged(Message):
        """Posted when the unsent text changed."""

    class ModeChanged(Message):
        """Posted when the mode of the vi keys changed."""

    @dataclass
    class CompletionRequested(Message):
        """Posted when something can be completed at the cursor."""

        prefix: CompletionPrefix

    def __init__(
        self,
        *,
        submit: Callable[[str, str | None], None],
        unqueue: Callable[[], str | None],
        text_width: int = 0,
    ) -> None:
        """Args:
        submit: Called with the text that the user sends off, and the id of the earlier prompt that it replaces, if
            any. Called at once: as a message it could be lost when the next key quits.
        unqueue: Takes the last queued prompt back. Returns None when none is queued.
        text_width: Cells of text in the conversation, whose column this shares. 0 for all there are.
        """
        super().__init__()
        self._completions = Completions()
        self._box = PromptBox(placeholder="Write a prompt, or / for commands")
        self._note = Static("", id="note", markup=False)
        self._card = Vertical(id="card")
        self._box.completions = self._completions
        self._box.submit = self._submit
        self._box.unqueue = unqueue
        self._box.image_in = _image_in
        self._submit_text = submit
        self._text_width = text_width
        self._queue_title = ""
        self.uncover: Callable[[], object] = lambda: None
        """Removes what is in the place of the composer, which then gets the focus."""
        self._editing: str | None = None
        """The earlier prompt that is being edited, by its id."""
        self._text_before_editing = ""

    def compose(self) -> ComposeResult:
        """The prompt box. What is around it comes later: see `mount_rest`."""
        with self._card:
            yield self._box

    @property
    def can_mount_rest(self) -> bool:
        """Whether it is on the screen. If not, the app is closing."""
        return self._card.is_attached

    def mount_rest(self) -> tuple[AwaitMount, AwaitMount]:
        """Mount what nothing is shown in before the chat is loaded. The completions float above the prompt box."""
        return self.mount(self._completions, before=0), self._card.mount(self._note, before=0)

    def on_resize(self, event: events.Resize) -> None:
        """Keep to the column of the conversation."""
        self.fit(event.size.width)

    def use_text_width(self, text_width: int) -> None:
        """Use another width of the conversation's text. See `__init__`."""
        self._text_width = text_width
        self.fit(self.outer_size.width)

    def use_keys(self, send_keys: str, new_line_keys: str) -> None:
        """Use keys. See `PromptBox.use_keys`."""
        self._box.use_keys(send_keys, new_line_keys)

    def fit(self, width: int) -> None:
        """Keep to the column of the conversation in an area of a width, before it is laid out with that."""
        column = text_column(width, self._text_width)
        self.styles.padding = (0, max(0, width - column.left - column.width), 0, column.left)

    # The text.

    @property
    def text(self) -> str:
        """The text in the box, with folded pastes in full."""
        return self._box.full_text

    @property
    def text_size(self) -> int:
        """The number of characters of `text`, without making it."""
        return self._box.full_size

    @property
    def unsent_text(self) -> str:
        """The draft: while an earlier prompt is edited, the text that was there before."""
        return self._box.full_text if self._editing is None else self._text_before_editing

    @property
    def is_editing(self) -> bool:
        """Whether an earlier prompt is being edited."""
        return self._editing is not None

    @property
    def selected_text(self) -> str:
        """The selected part of the text."""
        return self._box.selected_text

    def replace_text(self, text: str) -> None:
        """Replace the text in the box."""
        self._box.replace_text(text)

    def restore(self, text: str, editing: str | None = None) -> None:
        """Put back a text that could not be sent, above what has been typed since.

        Args:
            text: The text.
            editing: The earlier prompt that it was to replace, by its id. None for a new prompt.
        """
        if editing is not None and self._editing is None:
            self.start_editing(editing, text)
        else:
            self._box.restore(text)

    def take(self) -> str:
        """The text, removed from the box."""
        text = self.text
        self._box.replace_text("")
        return text

    def clear(self) -> None:
        """Empty the box for another conversation; an edit ends without a trace."""
        self._editing = None
        self._show_title()
        self._box.replace_text("")

    # Editing an earlier prompt.

    def start_editing(self, message_id: str, text: str) -> None:
        """Edit an earlier prompt: sending replaces it.

        Args:
            message_id: The prompt.
            text: Its text.
        """
        if self._editing is None:
            self._text_before_editing = self.text
        self._editing = message_id
        self._box.replace_text(text)
        self._show_title()
        self.focus_box()

    def stop_editing(self) -> bool:
        """Leave the earlier prompt as it was, and bring back the draft. False when none was being edited."""
        if self._editing is None:
            return False
        self._editing = None
        self._show_title()
        self._box.replace_text(self._text_before_editing)
        return True

    # What is shown around the text.

    def focus_box(self) -> None:
        """Focus the prompt box immediately. A search in its place is closed."""
        if not self.display:
            self.uncover()
        self.screen.set_focus(self._box)

    def cover(self, is_covered: bool) -> None:
        """Make room for what takes the place of the composer, or come back."""
        self.display = not is_covered

    @property
    def box(self) -> PromptBox:
        """The widget that takes the focus."""
        return self._box

    @property
    def mode(self) -> Mode | None:
        """The mode of the vi keys. None without them."""
        return self._box.mode

    def show_queue(self, title: str) -> None:
        """Show which prompts are queued, above the text. Empty for none."""
        self._queue_title = title
        self._show_title()

    def set_earlier_prompts(self, prompts: Sequence[str]) -> None:
        """Set the prompts that can be recalled, the latest first."""
        self._box.earlier_prompts = lambda: prompts

    # Completion.

    def show_candidates(self, prefix: CompletionPrefix, candidates: Sequence[Candidate]) -> None:
        """Show the candidates for a prefix, unless the prefix at the cursor has changed."""
        self._box.show_candidates(prefix, candidates)

    def complete(self) -> bool:
        """Accept the highlighted completion if the box has focus. False if no completion is shown."""
        return self._box.has_focus and self._box.complete()

    def close_completions(self) -> bool:
        """Hide the completions. False when none were shown."""
        return self._box.close_completions()

    @on(PromptBox.PrefixChanged)
    def _handle_prefix(self, message: PromptBox.PrefixChanged) -> None:
        message.stop()
        if message.prefix is not None:
            self.post_message(self.CompletionRequested(message.prefix))

    @on(Completions.Clicked)
    def _handle_candidate_clicked(self, message: Completions.Clicked) -> None:
        message.stop()
        self._box.complete()

    @on(PromptBox.ModeChanged)
    def _handle_mode_changed(self, message: PromptBox.ModeChanged) -> None:
        message.stop()
        self.post_message(self.ModeChanged())

    @on(PromptBox.Changed)
    def _handle_text_changed(self, message: PromptBox.Changed) -> None:
        message.stop()
        self.post_message(self.TextChanged())

    def _submit(self, text: str) -> None:
        editing = self._editing
        # Editing ends here and not when the prompt is sent: what is typed next is a new prompt.
        self.stop_editing()
        self._submit_text(text, editing)

    def _show_title(self) -> None:
        text = "Editing an earlier prompt" if self._editing is not None else self._queue_title
        text = safe_line(text)
        # The same text again would lay out the whole screen, and each change of the queue says it.
        if text != self._note.content:
            self._note.set_class(bool(text), "-shown")
            self._note.update(text)


def _image_in(pasted: str) -> str | None:
    from tui.files.mentions import dropped_picture, mention_of

    path = dropped_picture(pasted)
    return None if path is None else f"{mention_of(path)} "
