"""Which commands would do something now, for the palette."""

from __future__ import annotations

from collections.abc import Iterator

from textual.screen import Screen

from tui.ui.widgets.composer import Composer
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.sidebar import Sidebar
from tui.workspace.command import Command, Need
from tui.workspace.commands import COMMANDS
from tui.workspace.provider_editor import ProviderEditor
from tui.workspace.workspace import Workspace


class AvailableCommands:
    """Tells which commands would do something, by what is shown and by what has the focus."""

    def __init__(
        self,
        screen: Screen[None],
        workspace: Workspace,
        editor: ProviderEditor,
        composer: Composer,
        log: MessageLog,
        sidebar: Sidebar,
    ) -> None:
        """Args:
        screen: Knows which widget has the focus.
        workspace: Has the current conversation.
        editor: Knows which servers were found.
        composer: Where prompts are typed.
        log: Where messages are selected.
        sidebar: Lists conversations.
        """
        self._screen = screen
        self._workspace = workspace
        self._editor = editor
        self._composer = composer
        self._log = log
        self._sidebar = sidebar

    def list(self) -> list[Command]:
        """The commands that would do something now."""
        given = {*self._of_focus(), *self._of_conversation()}
        if self._editor.offered:
            given.add("found servers")
        return [command for command in COMMANDS if command.in_palette and given.issuperset(command.needs)]

    def _of_focus(self) -> Iterator[Need]:
        focused, log, composer = self._screen.focused, self._log, self._composer
        if not composer.text.strip():
            yield "blank prompt"
        if focused is composer.box:
            yield "prompt"
            if composer.text.strip():
                yield "text"
            if composer.text != composer.box.text:
                yield "folded paste"
        elif focused is self._sidebar.areas[1]:
            yield "sidebar"
        elif focused is log:
            yield "log"
            if log.selected is not None:
                yield "selected message"
                if log.selected.role != "user":
                    yield "selected answer"
                if log.calls.decisions(log.selected.id):
                    yield "asked call"
                if (entry := log.selected_entry) is not None and entry.may_have_code:
                    yield "code"
                if entry is not None and entry.foldable:
                    yield "foldable message"

    def _of_conversation(self) -> Iterator[Need]:
        current = self._workspace.current
        if current is None:
            return
        conversation = current.session.conversation
        yield "streaming" if current.is_running else "idle"
        if current.is_running and current.session.can_answer_now:
            yield "thinking"
        if current.is_temporary:
            yield "temporary conversation"
        if self._workspace.deletions.has_deleted_messages:
            yield "deleted messages"
        if not conversation.path:
            return
        yield "messages"
        if not current.is_temporary:
            yield "saved conversation"
        if current.session.can_continue:
            yield "partial answer"
        if self._log.target_images:
            yield "pictures"
        at = self._log.target_id
        if at is not None and at in conversation.messages and len(conversation.siblings(at)) > 1:
            yield "versions"
