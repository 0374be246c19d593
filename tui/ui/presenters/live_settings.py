"""Uses the settings in the widgets of the chat: at the start, and whenever they change."""

from __future__ import annotations

from collections.abc import Callable

from tui.config.settings import Settings
from tui.runtime import Runtime
from tui.ui.presenters.panels import Panels
from tui.ui.presenters.tools import ToolsPresenter
from tui.ui.presenters.transcript import TranscriptPresenter
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.header import Header
from tui.ui.widgets.transcript import Transcript
from tui.workspace.events import SettingsChanged
from tui.workspace.keys import Keys


class LiveSettings:
    """Connects the settings with what they change on the screen."""

    def __init__(
        self,
        runtime: Runtime,
        keys: Keys,
        header: Header,
        transcript: Transcript,
        composer: Composer,
        panels: Panels,
        tools: ToolsPresenter,
        transcript_presenter: TranscriptPresenter,
        show_keys: Callable[[], None],
        apply_to_app: Callable[[Settings], None],
    ) -> None:
        """Args:
        runtime: Has the settings.
        keys: The keys in use, which all parts of the chat share.
        header: Shares the column of the text.
        transcript: Shows the conversation.
        composer: Shares the column of the text.
        panels: Has the sidebar.
        tools: Names keys in the cards of tool calls.
        transcript_presenter: Shows the conversation again.
        show_keys: Shows which keys work now.
        apply_to_app: Applies what concerns the whole program, with the settings so far.
        """
        self._runtime = runtime
        self._keys = keys
        self._header = header
        self._transcript = transcript
        self._composer = composer
        self._panels = panels
        self._tools = tools
        self._transcript_presenter = transcript_presenter
        self._show_keys = show_keys
        self._apply_to_app = apply_to_app
        self._name_keys()
        transcript.log_.turns.has_motion = runtime.settings.motion
        composer.box.use_vi(runtime.settings.editing == "vi")

    def handle_changed(self, event: SettingsChanged) -> None:
        """Use what changed."""
        before, now = event.before, self._runtime.settings
        # First: the layout of texts depends on whether only ASCII characters are drawn.
        self._apply_to_app(before)
        if now.keys != before.keys:
            self._keys.use(now.keys)
            self._name_keys()
            self._tools.name_keys()
            self._show_keys()
            self._transcript.log_.refresh_welcome()
        self._transcript.log_.turns.has_motion = now.motion
        if now.editing != before.editing:
            self._composer.box.use_vi(now.editing == "vi")
        if now.text_width != before.text_width:
            for widget in (self._header, self._transcript, self._composer):
                widget.use_text_width(now.text_width)
        # The user may have dragged the edge of the sidebar since its width was written.
        if now.sidebar_width != before.sidebar_width == self._panels.sidebar_width:
            self._panels.use_sidebar_width(now.sidebar_width)
        if now.ascii != before.ascii:
            self._panels.fit_again()
            self._transcript.log_.lay_out()
            self._transcript_presenter.show_again()

    def _name_keys(self) -> None:
        keys, log = self._keys, self._transcript.log_
        self._composer.use_keys(keys.of("send"), keys.of("new_line"))
        log.below_key = keys.label("scroll_end")
        log.use_copy_key(keys.label("copy_code"))
