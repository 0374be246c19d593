"""What each command of the table does in the chat."""

from __future__ import annotations

import inspect
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from textual.app import SuspendNotSupported
from textual.screen import Screen
from textual.worker import Worker

from tui.ui.notices import Notices
from tui.ui.presenters.clipboard import ClipboardPresenter
from tui.ui.presenters.dialogs import Dialogs
from tui.ui.presenters.panels import Panels
from tui.ui.presenters.pictures import PicturesPresenter
from tui.ui.presenters.provider_dialogs import ProviderDialogs
from tui.ui.presenters.tools import ToolsPresenter
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.transcript import Transcript
from tui.ui.worker_tasks import start_worker
from tui.workspace.commands import BY_NAME
from tui.workspace.events import Events
from tui.workspace.imports import Imports
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.slash_commands import export_conversation
from tui.workspace.submission import Submission, SubmissionQueue
from tui.workspace.thinking_option import Thinking
from tui.workspace.workspace import Workspace

HoldInput = Callable[[Callable[[], bool]], None]
"""Holds keys back while a condition is true."""

_GROUPS: Final = {
    "new_conversation": "switch",
    "temporary_conversation": "switch",
    "search_all": "switch",
    "keep_conversation": "manage",
    "pin_conversation": "manage",
    "rename_this": "manage",
    "fork": "manage",
    "regenerate_with": "compare",
}
"""Commands that replace each other while they run, by the name of their group. Others only replace themselves."""

_KEY: Final = "key:"

_TYPED: Final = {
    "slash": "/",
    "mention": "@",
    "attach": "@",
    "import": f"/{BY_NAME['import'].slash} ",
    "set_option": f"/{BY_NAME['set_option'].slash} ",
    "clear_option": f"/{BY_NAME['clear_option'].slash} ",
}
"""What a click types, by the name of a completion or of a command that needs an argument."""

_OPENS_DIALOG: Final = frozenset(
    {
        "compare",
        "edit_conversation_settings",
        "find_servers",
        "pick_model",
        "providers",
        "quit",
        "regenerate_with",
        "rename_this",
        "saved_prompts",
        "search_all",
        "settings",
        "tools",
        "usage",
        "view_pictures",
    }
)
"""Commands that end when the user closes their dialog. Nothing that was typed waits for that."""


class ChatActions:
    """Runs commands by name. Those that wait run as workers, so that keys keep working."""

    def __init__(
        self,
        screen: Screen[None],
        workspace: Workspace,
        directory: ProviderDirectory,
        events: Events,
        transcript: Transcript,
        composer: Composer,
        submissions: SubmissionQueue,
        panels: Panels,
        dialogs: Dialogs,
        provider_dialogs: ProviderDialogs,
        clipboard: ClipboardPresenter,
        pictures: PicturesPresenter,
        tools: ToolsPresenter,
        notices: Notices,
        thinking: Thinking,
        jobs: ModelJobs,
        imports: Imports,
        run_import: Callable[..., None],
        hold_input: HoldInput,
    ) -> None:
        """Args:
        screen: Has the workers and the selection.
        workspace: Changed by most commands.
        directory: Probes the providers.
        events: Told what was exported.
        transcript: Scrolled and searched.
        composer: Gets the focus back.
        submissions: Has what waits for a server.
        panels: Shown, hidden and focused.
        dialogs: Opened by commands with a choice.
        provider_dialogs: Opened by commands about providers.
        clipboard: Copies.
        pictures: Shows pictures.
        tools: Has the calls that wait for the user.
        notices: Shows errors.
        thinking: Switches the thinking of models.
        jobs: Stopped at the end.
        imports: Stopped at the end.
        run_import: Imports a file. Called without one, it asks whether to stop an import.
        hold_input: Holds keys back while a condition is true.
        """
        self._screen = screen
        self._workspace = workspace
        self._directory = directory
        self._events = events
        self._transcript = transcript
        self._composer = composer
        self._submissions = submissions
        self._clipboard = clipboard
        self._tools = tools
        self._notices = notices
        self._thinking = thinking
        self._jobs = jobs
        self._imports = imports
        self._hold_input = hold_input
        self._panels = panels
        log = transcript.log_
        self._by_name: dict[str, Callable[..., Any]] = {
            "cancel_stream": self._cancel,
            "new_conversation": self._new_conversation,
            "temporary_conversation": self._new_temporary_conversation,
            "keep_conversation": workspace.editor.save_temporary,
            "pin_conversation": self._pin_current,
            "rename_this": dialogs.rename_current,
            "export": self._export,
            "import": run_import,
            "help": dialogs.help,
            "settings": partial(self._show_settings, dialogs),
            "focus_sidebar": self._focus_providers,
            "providers": provider_dialogs.providers,
            "find_servers": provider_dialogs.find_servers,
            "add_found": provider_dialogs.add_offered,
            "pick_model": dialogs.pick_model,
            "think": self._switch_thinking,
            "answer_now": self._answer_now,
            "regenerate": self._regenerate,
            "regenerate_with": dialogs.regenerate_with,
            "compare": dialogs.compare,
            "edit_conversation_settings": dialogs.edit_conversation_settings,
            "tools": tools.tools,
            "copy_answer": clipboard.copy_last_answer,
            "paste": pictures.paste,
            "view_pictures": pictures.view,
            "open_picture": pictures.open,
            "save_pictures": pictures.save,
            "search": transcript.open_search,
            "search_all": dialogs.search_all,
            "continue_answer": self._continue_answer,
            "notices": partial(self._show_notices, dialogs),
            "usage": dialogs.usage,
            "saved_prompts": dialogs.saved_prompts,
            "palette": partial(self._choose_command, dialogs),
            "theme": dialogs.choose_theme,
            "next_area": self._complete_or_move,
            "previous_area": lambda: panels.move_focus(-1),
            "toggle_sidebar": panels.toggle_sidebar,
            "edit_prompt": self._edit_in_editor,
            "copy_or_stop": self._copy_or_stop,
            "page_up": transcript.page_up,
            "page_down": transcript.page_down,
            "scroll_top": transcript.scroll_to_start,
            "scroll_end": log.follow,
            "toggle_mouse": self._toggle_mouse,
            "repaint": lambda: screen.call_later(screen.run_action, "app.repaint"),
            "suspend": lambda: screen.app.action_suspend_process(),
            "quit": partial(self._quit, dialogs),
            "edit_message": log.action_edit_message,
            "previous_version": lambda: log.action_show_version(-1),
            "next_version": lambda: log.action_show_version(1),
            "fork": self._fork,
            "delete_message": log.action_delete_message,
            "undelete": log.action_undo_delete,
            "filter_conversations": panels.filter_conversations,
        }

    def __contains__(self, name: str) -> bool:
        """Whether a command can be run from here. Others work only in the widget that has the keys."""
        return name in self._by_name

    def run(self, name: str, *arguments: str) -> None:
        """Run a command.

        Args:
            name: Its name in the table.
            arguments: What was typed behind it, for the commands that accept it.
        """
        handler = self._by_name[name]
        if inspect.iscoroutinefunction(handler):
            worker = self.start(partial(handler, *arguments), _GROUPS.get(name, name))
            # What is typed behind the key is meant for what it opens.
            self._hold_input(lambda: not worker.is_finished and self._screen.is_active)
        else:
            handler(*arguments)

    def submit(self, text: str, editing: str | None) -> None:
        """Handle what the user sent off, in its turn. See `Submission`."""
        submissions = self._submissions
        submissions.put(Submission(text, editing))
        if submissions.holds_keys:
            self._hold_input(lambda: submissions.holds_keys and self._screen.is_active)

    def press(self, name: str) -> None:
        """Do what the key of a command does now, or type what completes: for a click on its name.

        Args:
            name: The name of a command; `slash` and `mention` start a completion, `key:enter` presses a key.
            Commands that can only be typed are typed, up to their argument.
        """
        if name in _TYPED:
            self._composer.focus_box()
            self._composer.box.insert(_TYPED[name])
        elif name.startswith(_KEY):
            self._press_key(name.removeprefix(_KEY))
        elif name in self._by_name and name != "cancel_stream":
            self.run(name)
        else:
            # Other widgets handle these keys too, or handle them alone.
            self._press_key(self._workspace.keys.of(name).split(",")[0].strip())

    def _press_key(self, key: str) -> None:
        app = self._screen.app
        # Sent by the app: a key that the screen sent would not bubble to the app, which looks its binding up.
        app.call_later(app.simulate_key, key)

    async def perform(self, name: str, argument: str = "") -> None:
        """Run a command, and return when it is done. Implements `tui.workspace.slash_commands.Perform`.

        Raises:
            LlmTuiError: When it cannot be done.
        """
        arguments = (argument,) if argument else ()
        handler = self._by_name[name]
        if inspect.iscoroutinefunction(handler) and name not in _OPENS_DIALOG:
            await handler(*arguments)
        else:
            self.run(name, *arguments)

    def start(self, work: Callable[[], Awaitable[object]], group: str) -> Worker[None]:
        """Do some work in a worker, and show its error.

        Args:
            work: The work.
            group: Work of the same group that is still running is dropped.
        """

        async def run() -> None:
            with self._notices.reporting_errors():
                await work()

        return start_worker(self._screen, run, group)

    def _complete_or_move(self) -> None:
        if not self._composer.complete() and not self._tools.focus_next():
            self._panels.move_focus(1)

    def _cancel(self) -> None:
        """Stop the answer, close the innermost open panel, or focus the prompt."""
        steps = (
            partial(self._panels.close_overlay, only_with_focus=True),
            # What waits for a server was typed last, and is shown.
            self._submissions.recall,
            self._workspace.stop_turn,
            self._composer.close_completions,
            self._composer.stop_editing,
            self._panels.close_overlay,
        )
        if any(step() for step in steps):
            return
        if not self._transcript.close_search():
            self._screen.clear_selection()
        self._composer.focus_box()

    def _copy_or_stop(self) -> None:
        """Copy the selection, stop the answer, or tell how to quit."""
        selected = self._screen.get_selected_text() or self._composer.selected_text
        if selected:
            self._clipboard.copy(selected, "the selection")
        elif not self._workspace.stop_turn():
            self._notices.notify(f"{self._workspace.keys.press('quit')} to quit.")

    def _regenerate(self) -> None:
        current = self._workspace.current
        if current is None or not self._workspace.turns.regenerate(current):
            self._notices.notify("Nothing to regenerate yet.")

    def _continue_answer(self) -> None:
        if self._workspace.current is not None:
            self._workspace.turns.continue_answer(self._workspace.current)

    async def _switch_thinking(self, value: str = "") -> None:
        await self._directory.ready.wait()
        if (current := self._workspace.current) is None:
            return
        if value:
            await self._thinking.choose(current, value)
        else:
            await self._thinking.next(current)

    async def _answer_now(self) -> None:
        current = self._workspace.current
        if current is None or not current.is_running:
            self._notices.notify("No answer is streaming.")
        elif not await current.session.answer_now():
            stop = self._workspace.keys.label("cancel_stream")
            self._notices.notify(f"The model is not thinking, or its server cannot end that. {stop} stops the answer.")

    async def _new_conversation(self) -> None:
        self._composer.focus_box()
        await self._workspace.new()

    async def _new_temporary_conversation(self) -> None:
        self._composer.focus_box()
        await self._directory.ready.wait()
        await self._workspace.new(is_temporary=True)

    async def _pin_current(self) -> None:
        current = self._workspace.current
        if current is None or not current.session.conversation.messages:
            self._notices.notify("Nothing to pin yet.")
        else:
            await self._workspace.toggle_pin(current.id)

    async def _fork(self) -> None:
        current, message_id = self._workspace.current, self._transcript.log_.target_id
        if current is None or message_id is None or message_id not in current.session.conversation.messages:
            self._notices.notify("Nothing to fork yet.")
        else:
            await self._workspace.fork(message_id)

    async def _export(self) -> None:
        if self._workspace.current is not None:
            await export_conversation(self._workspace.current, "", self._events)

    async def _choose_command(self, dialogs: Dialogs) -> None:
        name = await dialogs.choose_command()
        if name is not None:
            self.press(name)

    async def _show_settings(self, dialogs: Dialogs) -> None:
        name = await dialogs.settings()
        if name is not None:
            self.run(name)

    async def _show_notices(self, dialogs: Dialogs) -> None:
        text = await dialogs.show_notices()
        if text is not None:
            self._clipboard.copy(text, "the notice")

    def _focus_providers(self) -> None:
        self._panels.focus_providers()
        self.start(self._directory.probe_all, "probe")

    async def _toggle_mouse(self) -> None:
        await self._screen.run_action("app.toggle_mouse")

    def _edit_in_editor(self) -> None:
        from tui.ui.external_editor import edit_in_editor

        try:
            # Reported inside: an error that leaves `suspend` would leave the terminal to the editor for ever.
            with self._screen.app.suspend(), self._notices.reporting_errors():
                self._composer.replace_text(edit_in_editor(self._composer.text, os.environ))
        except SuspendNotSupported:
            self._notices.notify("This terminal cannot suspend the app to open an editor.")

    async def _quit(self, dialogs: Dialogs) -> None:
        if not await dialogs.confirm_quit():
            return
        self._composer.stop_editing()
        self._submissions.return_all()
        await self._workspace.close()
        await self._jobs.close()
        await self._imports.close()
        self._screen.app.exit()
