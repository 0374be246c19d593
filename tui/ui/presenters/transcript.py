"""Keeps the transcript in step with the workspace: which conversation it shows, and on which path."""

from __future__ import annotations

from tui.chat.conversation import Conversation
from tui.ui.frames.frame_hold import FrameHold
from tui.ui.markdown.lines import Line
from tui.ui.welcome import welcome_lines
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.transcript import Transcript
from tui.workspace.events import (
    CurrentChanged,
    DetailsChanged,
    MessageFound,
    PathChanged,
    ProvidersChanged,
    ServersFound,
    TailLoaded,
    TailRequested,
)
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.provider_editor import ProviderEditor
from tui.workspace.workspace import Workspace


class TranscriptPresenter:
    """Feeds the transcript with conversations. Running turns reach it through the turn presenter."""

    def __init__(
        self,
        workspace: Workspace,
        directory: ProviderDirectory,
        editor: ProviderEditor,
        transcript: Transcript,
        composer: Composer,
        frame_hold: FrameHold,
    ) -> None:
        """Args:
        workspace: Has the current conversation.
        directory: Tells the welcome which providers there are.
        editor: Tells the welcome which servers were found.
        transcript: The transcript.
        composer: Editing ends when another conversation is shown.
        frame_hold: Shows a conversation in one picture with what else changes when it is opened.
        """
        self._workspace = workspace
        self._directory = directory
        self._editor = editor
        self._transcript = transcript
        self._composer = composer
        self._frame_hold = frame_hold

    def handle_current_changed(self, event: CurrentChanged) -> None:
        """Show the current conversation."""
        if event.conversation is not None:
            self._show(event.conversation.delivered)

    def handle_tail_requested(self, _: TailRequested) -> None:
        """Wait for the end of a conversation with the next picture, which takes less time to read than to paint."""
        self._frame_hold.begin()

    def handle_tail_loaded(self, event: TailLoaded) -> None:
        """Show the end of a conversation while the rest is loaded."""
        self._show(event.tail)
        self._frame_hold.end()

    def handle_path_changed(self, event: PathChanged) -> None:
        """Show another path of the conversation."""
        self._show(event.conversation)
        if event.selected is not None:
            self._transcript.log_.select(event.selected)

    def handle_message_found(self, event: MessageFound) -> None:
        """Go to a message, and mark the words that were searched for."""
        self._transcript.show_found(event.message_id, event.words)
        self._transcript.log_.focus()

    def handle_details_changed(self, _: DetailsChanged | ProvidersChanged | ServersFound) -> None:
        """The welcome of an empty conversation names the model and the servers."""
        self._transcript.log_.refresh_welcome()

    def show_again(self) -> None:
        """Lay the current conversation out anew, as what its texts look like changed. Not while an answer streams."""
        current, log = self._workspace.current, self._transcript.log_
        if current is not None and not current.is_running:
            selected = log.selected
            log.show(current.delivered, self._welcome)
            if selected is not None:
                log.select(selected.id)

    def _show(self, conversation: Conversation) -> None:
        if self._transcript.show(conversation, self._welcome):
            self._composer.stop_editing()

    def _welcome(self, width: int) -> list[Line]:
        current = self._workspace.current
        session = None if current is None else current.session
        return welcome_lines(
            width,
            self._workspace.keys,
            height=self._transcript.log_.size.height,
            statuses=self._directory.statuses,
            provider=session.provider.name if session else "",
            model=session.model if session else "",
            is_demo=session is not None and self._directory.is_demo(session.provider.name),
            stands_in=self._directory.fell_back_to_demo,
            found=[(server.label, server.base_url, server.needs_key) for server in self._editor.unconfigured],
        )
