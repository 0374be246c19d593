"""Shows what the user is asked about tool calls, and applies what they decide. Opens the dialogs about tools."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.screen import Screen

from tui.ui.log.actions import DECISIONS
from tui.ui.notices import Notices
from tui.ui.screens.dialog import ask
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.message_log import MessageLog
from tui.ui.worker_tasks import start_worker
from tui.workspace.events import CurrentChanged, Events, ToolQuestionsChanged, ToolServersChanged
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.ui.screens.tools import ToolsScreen
    from tui.workspace.conversation_tools import ServerQuestion

_DECISION_S = 8.0
"""How long a notice is shown that matters for a decision, in seconds."""


class ToolsPresenter:
    """Connects the cards in the log with the decisions of the workspace."""

    def __init__(
        self,
        screen: Screen[None],
        workspace: Workspace,
        events: Events,
        log: MessageLog,
        composer: Composer,
        notices: Notices,
        on_shown: Callable[[], None],
    ) -> None:
        """Args:
        screen: The dialogs open above it.
        workspace: Has the decisions.
        events: Tell what is asked; told when another conversation waits.
        log: Shows the calls.
        composer: Gets the focus back after the last decision.
        notices: Shows what was imported.
        on_shown: Called when something else is asked, and at each tick.
        """
        self._screen = screen
        self._workspace = workspace
        self._events = events
        self._log = log
        self._composer = composer
        self._notices = notices
        self._on_shown = on_shown
        self._waiting: set[str] = set()
        """The conversations that wait, by their ids."""
        self._listed: ToolsScreen | None = None
        """The list of tools. None while it is not open."""
        self.name_keys()
        log.calls.on_decision = self._start_deciding
        events.subscribe(CurrentChanged, self._handle_current_changed)
        events.subscribe(ToolQuestionsChanged, self._handle_questions_changed)
        events.subscribe(ToolServersChanged, self._handle_servers_changed)

    def name_keys(self) -> None:
        """Use the keys in use now."""
        keys, calls = self._workspace.keys, self._log.calls
        calls.labels = {name: keys.label(name).split(", ")[0] for name in DECISIONS}
        calls.keys = {key.strip(): name for name in DECISIONS for key in keys.of(name).split(",") if key.strip()}

    # Questions.

    def _handle_current_changed(self, _: CurrentChanged) -> None:
        """Another conversation is shown."""
        self._show()

    def _handle_questions_changed(self, event: ToolQuestionsChanged) -> None:
        """A call waits for the user, or no longer does."""
        current = self._workspace.current
        if current is not None and event.conversation_id == current.id:
            self._show()
        waiting = {each.id for each in self._workspace.running if self._workspace.tools.waits_for_user(each)}
        is_new = event.conversation_id in waiting - self._waiting
        self._waiting = waiting
        if is_new and (current is None or event.conversation_id != current.id):
            found = next(each for each in self._workspace.running if each.id == event.conversation_id)
            title = found.session.conversation.title
            self._events.notify(f"{title!r} asks to run a tool.", _DECISION_S)

    def tick(self) -> None:
        """Show how far the running calls of the current conversation are. Called a few times a second."""
        if (current := self._workspace.current) is not None:
            self._log.calls.tick(current.session.tool_progress, time.monotonic())
        self._on_shown()

    def focus_next(self) -> bool:
        """Give the keys to the next card that asks. Returns whether there is one."""
        asking = self._log.calls.asking()
        at = -1
        if self._screen.focused is self._log and (selected := self._log.selected) is not None:
            at = asking.index(selected.id) if selected.id in asking else len(asking)
        if at + 1 >= len(asking):
            return False
        self._focus(asking[at + 1])
        return True

    def _focus(self, message_id: str) -> None:
        # At once: letters typed right behind the key are meant for the card.
        self._screen.set_focus(self._log)
        self._log.select(message_id)

    def _show(self) -> None:
        """Show what is asked in the current conversation. If the card with the keys is gone, the next one has them."""
        log, selected = self._log, self._log.selected
        had_keys = (
            self._screen.focused is log and selected is not None and selected.id in log.calls.asking() and selected.id
        )
        current = self._workspace.current
        if current is None:
            log.calls.show((), None, {})
        else:
            tools = self._workspace.tools.of(current)
            asked = self._workspace.tools.shown_elicitations(current)
            log.calls.show(tools.questions, tools.approver.rounds_at_limit, asked)
        asking = log.calls.asking()
        if had_keys and had_keys not in asking:
            if asking:
                log.select(asking[0])
            else:
                self._composer.focus_box()
        self._on_shown()

    # Decisions.

    def _start_deciding(self, message_id: str, command: str, is_click: bool) -> None:
        if is_click:
            # The user was not in the log, and goes on typing.
            self._composer.focus_box()

        async def decide() -> None:
            with self._notices.reporting_errors():
                await self._decide(message_id, command)

        start_worker(self._screen, decide, f"decide {message_id}")

    async def _decide(self, message_id: str, command: str) -> None:
        """Apply what the user decided about a call. Nothing happens if it no longer waits.

        Args:
            message_id: The message of the call.
            command: The name of the command.

        Raises:
            LlmTuiError: If the config cannot be written.
        """
        current = self._workspace.current
        if current is None:
            return
        from tui.chat.visible_text import visible_line
        from tui.session.tool_box import Decision
        from tui.ui.screens.one_line import OneLineScreen

        tools = self._workspace.tools
        own = tools.of(current)
        approver = own.approver
        denied, once = Decision("denied"), Decision("once")
        if (asked := tools.elicitations(current).get(message_id)) is not None:
            await self._answer_server(asked, accept=command == "allow_once")
        elif approver.rounds_at_limit is not None:
            approver.answer_limit("continue" if command == "allow_once" else "answer" if command == "deny" else "stop")
        elif command in ("allow_once", "deny"):
            approver.answer(message_id, once if command == "allow_once" else denied)
        elif command in ("allow_all_once", "deny_all"):
            approver.answer_all(once if command == "allow_all_once" else denied)
        elif command == "allow_in_conversation":
            own.allow_in_conversation(message_id)
        elif command == "allow_always":
            await tools.allow_always(current, message_id)
        elif (request := approver.waiting.get(message_id)) is not None:
            note = f"The model is told that {visible_line(request.spec.full_name)} did not run, and:"
            reason = await ask(self._screen, OneLineScreen("Why not?", note, "send"))
            if reason is not None:
                approver.answer(message_id, Decision("denied", reason))

    async def _answer_server(self, asked: ServerQuestion, *, accept: bool) -> None:
        from tui.chat.tool_servers import ElicitationAnswer

        given: ElicitationAnswer | None = ElicitationAnswer("decline")
        if accept and not asked.question.url:
            from tui.ui.screens.elicitation import ElicitationScreen

            form = ElicitationScreen(asked.question)

            def close(answer: asyncio.Future[ElicitationAnswer]) -> None:
                # A form that has an answer closes by itself, and may still be there.
                if answer.cancelled() and form.end():
                    self._notices.notify(f"{asked.question.server} no longer waits for your answer.", _DECISION_S)

            asked.answer.add_done_callback(close)
            given = await ask(self._screen, form)
        elif accept:
            # The user opens the address; the server learns only that they saw it.
            given = ElicitationAnswer("accept")
        if given is not None and not asked.answer.done():
            asked.answer.set_result(given)

    # The list.

    def _handle_servers_changed(self, _: ToolServersChanged) -> None:
        """A server started or ended, or tools were switched: the list shows it."""
        if self._listed is not None and self._listed.is_mounted:
            self._listed.refresh_rows()

    async def tools(self, path: str = "") -> None:
        """List the tools of the current conversation, or import those of another program.

        Args:
            path: The `mcp.json` to import. Empty to list the tools.
        """
        if path:
            await self._import(path)
            return
        from tui.ui.screens.tools import ToolsScreen

        current = self._workspace.current
        if current is None:
            return
        tools = self._workspace.tools
        self._listed = ToolsScreen(
            lambda: tools.rows(current),
            list_tools=tools.list_tools,
            restart=tools.restart,
            switch_server=lambda name, on: tools.switch_server(current, name, on=on),
            switch_tool=lambda name, on: tools.switch_tool(current, name, on=on),
            is_tool_on=lambda name: tools.is_tool_on(current, name),
            allowed_by=lambda spec: tools.allowed_by(current, spec),
            ask_again=lambda spec: tools.ask_again(current, spec),
            import_file=self._import,
        )
        try:
            await ask(self._screen, self._listed)
        finally:
            self._listed = None

    async def _import(self, path: str) -> str:
        """Import tool servers; returns what was done, in one sentence."""
        imported = await self._workspace.tools.import_file(path)
        done = f"Imported: {', '.join(imported.servers)}." if imported.servers else "Nothing was imported."
        text = " ".join([done, *imported.notes])
        self._notices.notify(text, _DECISION_S)
        return text
