"""Shows the conversation's title, which model answers, its settings, and how full the context is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.chat.options import format_options
from tui.ui.widgets.header import LOOKING, UNTITLED, Header
from tui.workspace.events import CurrentChanged, DetailsChanged, ListChanged, ModelsChanged, WaitingForProvider
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.target import Target
from tui.workspace.thinking_option import OPTION, Thinking
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.store.store_work import StoreWork

_BAR_CELLS: Final = 8


class HeaderPresenter:
    """Feeds the header."""

    def __init__(self, workspace: Workspace, catalog: ModelCatalog, thinking: Thinking, header: Header) -> None:
        """Args:
        workspace: Has the current conversation.
        catalog: Knows which models leave this machine.
        thinking: Knows how the thinking of models is switched.
        header: The header.
        """
        self._workspace = workspace
        self._catalog = catalog
        self._thinking = thinking
        self._header = header

    def handle_waiting(self, event: WaitingForProvider) -> None:
        """A prompt waits for a provider, or no longer does."""
        key = self._workspace.keys.label("cancel_stream")
        self._header.notice = f"waiting for a server · {key} to edit the prompt" if event.is_waiting else LOOKING

    def handle_store_work(self, work: StoreWork) -> None:
        """Work on the file of the conversations takes long, or is over."""
        if work.state == "running":
            filled = int(work.fraction * _BAR_CELLS)
            bar = f"{'━' * filled}{'─' * (_BAR_CELLS - filled)}"
            self._header.notice = f"{work.name} {bar} {int(work.fraction * 100)}%"
        else:
            self._header.notice = LOOKING if self._workspace.current is None else ""

    def handle_changed(self, _: CurrentChanged | DetailsChanged | ListChanged | ModelsChanged) -> None:
        """The current conversation, or something about it, changed."""
        current = self._workspace.current
        if current is None:
            return
        session = current.session
        self._header.notice = ""
        self._header.title_text = session.conversation.title or UNTITLED
        self._header.provider, self._header.model = session.provider.name, session.model
        self._header.leaves_machine = self._catalog.leaves_machine(Target(session.provider.name, session.model))
        self._header.thinking = self._thinking.shown_value(current)
        self._header.tools = self._workspace.tools.badge(current)
        self._header.context = session.context
        options = {key: value for key, value in session.conversation.options.items() if key != OPTION}
        own_prompt = ["own system prompt"] if session.conversation.system_prompt is not None else []
        temporary = ["temporary"] if current.is_temporary else []
        self._header.settings = " · ".join([*temporary, *own_prompt, *format_options(options)])
