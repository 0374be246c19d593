"""Shows which model answers, how full its context is, and the conversation's own settings."""

from __future__ import annotations

from tui.chat.options import format_options
from tui.ui.widgets.status_bar import StatusBar
from tui.workspace.events import CurrentChanged, DetailsChanged, WaitingForProvider
from tui.workspace.workspace import Workspace

_LOOKING = "looking for a server…"


class StatusPresenter:
    """Feeds the status bar."""

    def __init__(self, workspace: Workspace, status: StatusBar) -> None:
        """Args:
        workspace: Has the current conversation.
        status: The status bar.
        """
        self._workspace = workspace
        self._status = status

    def show_looking(self) -> None:
        """No provider is chosen yet."""
        self._status.notice = _LOOKING

    def handle_waiting(self, event: WaitingForProvider) -> None:
        """A prompt waits for a provider, or no longer does."""
        key = self._workspace.keys.label("cancel_stream")
        self._status.notice = f"waiting for a server · {key} to edit the prompt" if event.is_waiting else _LOOKING

    def handle_changed(self, _: CurrentChanged | DetailsChanged) -> None:
        """The current conversation, or something about it, changed."""
        current = self._workspace.current
        if current is None:
            return
        session, keys = current.session, self._workspace.keys
        self._status.provider, self._status.model = session.provider.name, session.model
        self._status.context = session.context
        own_prompt = ["own system prompt"] if session.conversation.system_prompt is not None else []
        temporary = ["temporary"] if current.is_temporary else []
        self._status.settings = " · ".join([*temporary, *own_prompt, *format_options(session.conversation.options)])
        self._status.background_count = sum(each is not current for each in self._workspace.running)
        path = session.conversation.path
        can_continue = bool(path) and path[-1].can_continue
        hint = f"{keys.label('continue_answer')} continue · {keys.label('regenerate')} retry"
        self._status.notice = hint if can_continue else ""
