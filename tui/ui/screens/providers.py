"""Who answers: providers that are there or are not, the model in use, and other ones."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from textual import on, work

from tui.chat.conversation import Conversation
from tui.chat.options import format_options
from tui.errors import LlmTuiError
from tui.runtime import ProbeResult, Runtime
from tui.ui.desk import Held
from tui.ui.markdown.lines import Line
from tui.ui.reach import row_of
from tui.ui.screens.turns import TurnsScreen
from tui.ui.welcome import welcome_lines
from tui.ui.widgets.sidebar import ProviderRow, Sidebar

if TYPE_CHECKING:
    from tui.session import Session


class ProvidersScreen(TurnsScreen):
    """A conversation with somebody, who may change in the middle of it."""

    def __init__(self, runtime: Runtime) -> None:
        """Args:
        runtime: What stands below.
        """
        super().__init__(runtime)
        self._begun = asyncio.Event()
        """Set once there is somebody to talk to, or it is known that there is not."""
        self._rows = {name: ProviderRow(name) for name in runtime.provider_names}
        self._fell_to_demo = False
        """Whether the demo answers because nobody else did."""

    async def hold_new(self, name: str) -> None:
        """Hold a new conversation with a provider."""
        raise NotImplementedError

    async def make_held(
        self, conversation: Conversation | None, name: str, model: str = "", *, is_temporary: bool = False
    ) -> Held:
        """A conversation, held with a provider.

        Args:
            conversation: What was said before. None begins a new one.
            name: The provider.
            model: The model. Empty for the one that was used in it, or the usual one.
            is_temporary: Whether it is not to be kept.

        Raises:
            LlmTuiError: When there is no such provider, or its settings cannot be used.
        """
        if conversation is not None and conversation.provider == name:
            model = model or conversation.model
        provider = await self._runtime.provider(name)
        # Loaded when there is somebody to talk to, not for the first paint.
        from tui.session import Session

        return Held(
            Session(
                provider,
                model,
                conversation,
                send_options=self._runtime.send_options(name),
                find_model=partial(self._runtime.choose_model, name),
                recorder=None if is_temporary else self._runtime.conversations,
            ),
            is_temporary,
        )

    @work(group="learn")
    async def _learn_model(self, session: Session) -> None:
        """Find the model that a provider is usually used with. Whoever asks before it is known finds it again."""
        name = session.provider.name
        if self._runtime.is_demo(name):
            self._note_check(await self._runtime.check(name))
        if session.model:
            return
        try:
            model = await self._runtime.choose_model(name)
        except LlmTuiError as error:
            self._note_check(ProbeResult(name, error=error))
            return
        if session.provider.name == name and not session.model:
            session.model = model
            self.show_names()

    @on(Sidebar.ProviderChosen)
    @work(group="switch", exclusive=True)
    async def _switch_provider(self, message: Sidebar.ProviderChosen) -> None:
        """Go on with another provider, in the same conversation."""
        self._prompt.focus()
        await self._begun.wait()
        await self.use_provider(message.name)

    async def use_provider(self, name: str, model: str = "") -> None:
        """Go on with a provider in the conversation on the screen, from the next turn on; say when it cannot be."""
        session = self._session
        if session is None:
            await self.hold_new(name)
            return
        with self._notices.complaining():
            provider = await self._runtime.provider(name)
            send_options = self._runtime.send_options(name)
            session.use_provider(provider, model, send_options, partial(self._runtime.choose_model, name))
            self._fell_to_demo = False
            self.show_names()
            self._learn_model(session)

    @work(group="pick", exclusive=True)
    async def action_pick_model(self) -> None:
        """Choose a model of the current provider."""
        await self._begun.wait()
        session = self._session
        if session is None:
            return
        from tui.ui.screens.model_picker import ModelPicker

        name = session.provider.name
        picker = ModelPicker(name, session.model, partial(self._runtime.list_models, name))
        model = await self.app.push_screen_wait(picker)
        if model is not None:
            session.model = model
            self.show_names()

    def action_focus_sidebar(self) -> None:
        """Open the sidebar, go to its providers, and knock at them again."""
        self._show_sidebar(True)
        self._sidebar.focus_providers()
        self._check_again()

    async def action_filter_conversations(self) -> None:
        """Open the sidebar, and show only conversations whose title has what is typed."""
        self._show_sidebar(True)
        await self._sidebar.action_filter()

    # What is shown of it.

    def _welcome(self, width: int) -> list[Line]:
        session = self._session
        silent = [row.name for row in self._rows.values() if row.reachability == "unreachable"]
        return welcome_lines(
            width,
            provider=session.provider.name if session else "",
            model=session.model if session else "",
            is_demo=session is not None and self._runtime.is_demo(session.provider.name),
            unreachable=silent if self._fell_to_demo else [],
        )

    def _note_check(self, checked: ProbeResult) -> None:
        """Show what came of knocking at a provider."""
        self._rows[checked.name] = row_of(checked)
        # It may be told while the screen is taken apart.
        if self.app.is_running:
            self._show_providers()

    @work(group="check", exclusive=True)
    async def _check_again(self) -> None:
        names = [name for name in self._rows if not self._runtime.is_demo(name)]
        for check in asyncio.as_completed([self._runtime.check(name) for name in names]):
            self._note_check(await check)

    def _show_providers(self) -> None:
        self._sidebar.show_providers(self._rows.values(), self._status.provider)

    def show_names(self) -> None:
        """Show who answers in the conversation on the screen, with what, and how it stands."""
        here = self._here
        if here is None:
            return
        session = here.session
        self._status.provider, self._status.model = session.provider.name, session.model
        self._status.context = session.context
        own_prompt = ["own system prompt"] if session.conversation.system_prompt is not None else []
        temporary = ["temporary"] if here.is_temporary else []
        self._status.chosen = " · ".join([*temporary, *own_prompt, *format_options(session.conversation.options)])
        self._status.elsewhere = sum(held is not here for held in self._desk.running)
        said = session.conversation.path
        can_continue = bool(said) and said[-1].can_continue
        goes_on = f"{self._shown('continue_answer')} goes on · {self._shown('regenerate')} tries again"
        self._status.notice = goes_on if can_continue else ""
        self._show_providers()
        self._log.refresh_welcome()
