"""The main screen: its first picture, and what the user asks for in its widgets.

Only header, prompt and key bar are there for the first picture, and letters can be typed. The rest is loaded and
mounted right behind it: see `tui.ui.later`. Messages of widgets are handled by their names, which needs no imports.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from tui.ui.ascii import is_only_ascii
from tui.ui.key_bindings import bindings_for
from tui.ui.later import load_rest
from tui.ui.presenters.key_bar import first_hints
from tui.ui.screens.chat_body import ChatBody
from tui.ui.sidebar_columns import WIDE, is_usual, sidebar_columns
from tui.ui.text_column import AIRY_LINES
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.ground import GroundVertical
from tui.ui.widgets.header import LOOKING, UNTITLED, Header
from tui.ui.widgets.key_bar import KeyBar
from tui.ui.worker_tasks import start_worker
from tui.workspace.keys import Keys

if TYPE_CHECKING:
    from tui.runtime import Runtime
    from tui.ui.screens.chat_parts import ChatParts
    from tui.ui.terminal import TerminalResponded
    from tui.ui.widgets.message_log import MessageLog
    from tui.workspace.workspace import Workspace


class ChatScreen(Screen[None]):
    """Arranges the chat's widgets, and passes on what the user asks for. Holds no conversation state."""

    # Not in a file: Textual does not load the file of an app's first screen. The ground of `#body` is that of the
    # sidebar, for which the conversation leaves space until it is there.
    DEFAULT_CSS = """
    ChatScreen { background: $ground; }
    ChatScreen #body { height: 1fr; layers: default over; background: $panel; }
    ChatScreen #conversation { width: 1fr; background: $ground; align-vertical: bottom; }
    ChatScreen #conversation.-edge { border-left: solid $line; }
    ChatScreen Sidebar.-over { layer: over; }
    """
    AUTO_FOCUS = "PromptBox"
    BINDINGS: ClassVar = bindings_for("anywhere")
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in Textual, which paints the whole screen whenever it changes. The two widgets paint themselves."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        model: str = "",
        resume: bool = False,
        on_shown: Callable[[], Awaitable[None]],
        on_ready: Callable[[], Awaitable[None]],
        make_parts: Callable[[ChatScreen, Header, KeyBar, Composer], ChatParts],
    ) -> None:
        """Args:
        runtime: Settings, providers and the store.
        model: The model to start with. Empty for the usual one.
        resume: Whether to reopen the latest conversation.
        on_shown: Called when letters can be typed, before the first paint.
        on_ready: Called when everything is loaded, and all keys do what they should.
        make_parts: Makes what is behind the first picture, for this screen and its widgets.
        """
        super().__init__()
        self._runtime = runtime
        self._first_model = model
        self._resume = resume
        self._on_shown = on_shown
        self._on_ready = on_ready
        settings = runtime.settings
        self._header = Header(settings.text_width)
        self._header.title_text, self._header.notice = UNTITLED, LOOKING
        self._key_bar = KeyBar()
        self._body = ChatBody(lambda: self.parts)
        self._conversation = GroundVertical(id="conversation")
        self._composer = Composer(
            submit=lambda text, editing: self.parts.actions.submit(text, editing),
            unqueue=lambda: self.parts.submissions.unqueue_last(),
            text_width=settings.text_width,
        )
        keys = Keys(settings.keys)
        self._composer.use_keys(keys.of("send"), keys.of("new_line"))
        self._composer.box.use_vi(settings.editing == "vi")
        self._key_bar.hints = first_hints(keys, self._composer.mode)
        self._parts: ChatParts | None = None
        self.is_loaded = False
        """Whether everything is there, and mounted."""
        self._requests: list[Callable[[ChatParts], object]] = []
        """What was asked for before the parts were there."""
        self._make_parts = make_parts

    @property
    def parts(self) -> ChatParts:
        """What is behind the first picture. Made when it is first needed."""
        if self._parts is None:
            self._parts = self._make_parts(self, self._header, self._key_bar, self._composer)
        return self._parts

    @property
    def workspace(self) -> Workspace:
        """Has the open conversations."""
        return self.parts.workspace

    def compose(self) -> ComposeResult:
        """The header, the prompt, and the key bar. The sidebar and the transcript come later."""
        yield self._header
        self._leave_space(self.app.size.width, self.app.size.height)
        with self._body, self._conversation:
            yield self._composer
        yield self._key_bar

    async def on_mount(self) -> None:
        """Focus the prompt, and take letters."""
        self.watch(self, "focused", self._handle_focus, init=False)
        # Immediately: a letter that was typed early is meant for it.
        self._composer.focus_box()
        # Call directly so early keystrokes appear in the first frame.
        await self._on_shown()
        self.call_after_refresh(lambda: start_worker(self, self._start, "start"))

    def on_resize(self, event: events.Resize) -> None:
        """Show the sidebar where there is space for it."""
        if self.is_loaded:
            self.parts.panels.fit(event.size.width, event.size.height)
        else:
            self._leave_space(event.size.width, event.size.height)

    def on_unmount(self) -> None:
        """The app ends, perhaps by a signal, perhaps before everything was loaded."""
        if self._parts is not None or self._composer.text:
            self.parts.close()

    def _leave_space(self, width: int, height: int) -> None:
        """Put the prompt where it will be when the sidebar is there."""
        wanted = self._runtime.settings.sidebar_width
        columns = sidebar_columns(width, wanted, was_chosen=not is_usual(wanted)) if width >= WIDE else 0
        # In 16 colours, the sidebar has a line at its edge.
        has_edge = columns > 0 and self.app.native_ansi_color
        self._conversation.set_class(has_edge, "-edge")
        self._conversation.styles.margin = (0, 0, 0, columns - has_edge)
        self._header.sidebar_width = columns
        self._composer.set_class(height >= AIRY_LINES and not is_only_ascii(), "-airy")
        self._composer.fit(width - columns)

    async def _start(self) -> None:
        """Load and mount the rest, find a provider, and open the first conversation."""
        await load_rest()
        if not (self.app.is_running and self._composer.can_mount_rest):
            # The user quit before the start.
            return
        parts = self.parts
        # One frame: nothing is shown half.
        with self.app.batch_update():
            # All at once, and waited for afterwards: the user may quit meanwhile.
            mounted = (
                self._conversation.mount(parts.transcript, before=0),
                self._body.mount(parts.sidebar, before=0),
                *self._composer.mount_rest(),
            )
            for each in mounted:
                await each
            if not self.is_attached:
                return
            self._conversation.styles.margin = 0
            self._conversation.remove_class("-edge")
            parts.panels.fit(self.size.width, self.size.height)
            parts.begin()
            self.is_loaded = True
        for act in self._requests:
            act(parts)
        await self._on_ready()
        await parts.open_first(self._first_model, resume=self._resume)

    def _with_parts(self, act: Callable[[ChatParts], object]) -> None:
        """Do something now, or when everything is loaded."""
        if self.is_loaded:
            act(self.parts)
        else:
            self._requests.append(act)

    def send_pictures_again(self) -> None:
        """It may be another terminal, without the pictures that it was sent."""
        if self.is_loaded:
            self.parts.pictures.send_again()

    def read_response(self, message: TerminalResponded) -> None:
        """Tell those who asked the terminal something."""
        self._with_parts(lambda parts: parts.pictures.read_response(message.response, message.cell_pixels))

    def _handle_focus(self) -> None:
        if self.is_loaded:
            self.parts.panels.handle_focus()
            self.parts.keys_shown.refresh()

    # What the user asked for, by a key, the palette, or a slash command.

    def action_command(self, name: str) -> None:
        """Run a command of the table."""
        self._with_parts(lambda parts: parts.actions.run(name))

    # What the user asked for, in a widget.

    def on_header_pressed(self, message: Header.Pressed) -> None:
        """Run the command that was clicked."""
        self._press(message.command)

    def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        """Run the command that was clicked."""
        self._press(message.command)

    def on_message_log_command_clicked(self, message: MessageLog.CommandClicked) -> None:
        """Run the command that was clicked."""
        self._press(message.command)

    def _press(self, command: str) -> None:
        self._with_parts(lambda parts: parts.actions.press(command))

    def on_message_log_selection_changed(self) -> None:
        """Other keys work now."""
        self._show_keys()

    def on_transcript_search_counted(self) -> None:
        """There is something else to say beside the keys."""
        self._show_keys()

    def on_composer_mode_changed(self) -> None:
        """Other keys work now."""
        self._show_keys()

    def on_option_list_option_highlighted(self) -> None:
        """Other keys work now."""
        self._show_keys()

    def _show_keys(self) -> None:
        self._with_parts(lambda parts: parts.keys_shown.refresh())

    def on_composer_text_changed(self) -> None:
        """Save the draft soon."""
        self._with_parts(lambda parts: parts.workspace.draft_changed())
        self._show_keys()

    def on_composer_completion_requested(self, message: Composer.CompletionRequested) -> None:
        """Find completions."""
        self._with_parts(lambda parts: parts.completions.complete(message.prefix))

    def on_transcript_search_closed(self) -> None:
        """Go back to the prompt."""
        self._composer.focus_box()
