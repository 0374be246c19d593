"""Shows providers and conversations in the sidebar. Owns the filter of the list."""

from __future__ import annotations

from textual.screen import Screen

from tui.chat.conversation import ConversationSummary
from tui.chat.dates import today
from tui.errors import LlmTuiError
from tui.ui.notices import Notices
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.widgets.sidebar_rows import State
from tui.ui.worker_tasks import start_worker
from tui.workspace.events import DetailsChanged, ListChanged, ProvidersChanged, ServersFound
from tui.workspace.library import Library
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.provider_editor import ProviderEditor
from tui.workspace.workspace import Workspace


class SidebarPresenter:
    """Feeds the two lists of the sidebar."""

    def __init__(
        self,
        screen: Screen[None],
        workspace: Workspace,
        directory: ProviderDirectory,
        editor: ProviderEditor,
        library: Library,
        sidebar: Sidebar,
        notices: Notices,
    ) -> None:
        """Args:
        screen: Has the workers.
        workspace: Knows which conversations are open.
        directory: Knows the providers.
        editor: Knows which servers were found.
        library: Lists the saved conversations.
        sidebar: The sidebar.
        notices: Shows that the list cannot be read.
        """
        self._screen = screen
        self._workspace = workspace
        self._directory = directory
        self._editor = editor
        self._library = library
        self._sidebar = sidebar
        self._notices = notices
        self._filter = ""
        """What titles or messages have to contain. Empty for all conversations."""
        self._last_error = ""
        """Why the list could not be read the last time. Empty if it was read."""
        self._restored = ""
        """The conversation that is back and not yet shown in the list, by its id. Empty for none."""

    def filter(self, text: str) -> None:
        """Show only conversations with a text in their title or in a message."""
        self._filter = text
        self._refresh_soon()

    def handle_list_changed(self, event: ListChanged) -> None:
        """The list of conversations changed."""
        self._restored = event.restored or self._restored
        self._refresh_soon()

    def handle_providers_changed(self, _: ProvidersChanged | DetailsChanged | ServersFound) -> None:
        """The status of a provider changed, which one is in use, or which servers were found."""
        self.show_providers()

    def show_providers(self) -> None:
        """Show the providers."""
        current = self._workspace.current
        name = "" if current is None else current.session.provider.name
        offered = [server.label for server in self._editor.offered]
        commands = {"add_found": f"Add {', '.join(offered)}"} if offered else {}
        commands |= {"find_servers": "Find servers", "providers": "Edit providers"}
        self._sidebar.show_providers(self._directory.statuses, name, commands)

    def _refresh_soon(self) -> None:
        start_worker(self._screen, self.show_conversations, "list")

    async def show_conversations(self) -> None:
        """Read the list of conversations, and show it. That it cannot be read is said once."""
        text = self._filter
        try:
            summaries = await self._library.summaries(text)
            found = await self._library.search_conversations(text) if text else ()
        except LlmTuiError as error:
            if str(error) != self._last_error:
                self._notices.show_error(error)
            self._last_error = str(error)
        else:
            self._last_error = ""
            opened = self._workspace.open_conversations
            temporary = [] if text else [_summary_of(each) for each in opened if each.is_temporary]
            current = self._workspace.current
            self._sidebar.show_conversations(
                [*temporary, *summaries],
                "" if current is None else current.id,
                today(),
                {each.id: state for each in opened if (state := self._state_of(each)) is not None},
                restored=self._restored,
                filtered_by=text,
                found=[message for message in found if message.conversation_id not in {row.id for row in summaries}],
            )
            self._restored = ""

    def _state_of(self, conversation: OpenConversation) -> State | None:
        if self._workspace.tools.waits_for_user(conversation):
            return "asking"
        if conversation.is_running:
            stage = conversation.session.stage
            return "waiting" if stage is not None and stage.name == "queued locally" else "streaming"
        return "temporary" if conversation.is_temporary else None


def _summary_of(temporary: OpenConversation) -> ConversationSummary:
    session = temporary.session
    title = session.conversation.title or "Temporary"
    return ConversationSummary(
        session.conversation.id, title, 0.0, session.provider.name, session.model, is_temporary=True
    )
