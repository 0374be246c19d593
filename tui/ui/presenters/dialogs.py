"""Opens dialogs, and applies what the user decided in them. Dialogs are imported when they are first opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.screen import Screen

from tui.chat.formatting import model_label
from tui.chat.safe_text import safe_line
from tui.config.toml_text import dotted
from tui.errors import LlmTuiError, UsageError
from tui.on_demand import difflib
from tui.runtime import Runtime
from tui.ui.key_bindings import reason_against
from tui.ui.notices import Notices
from tui.ui.presenters.available_commands import AvailableCommands
from tui.ui.presenters.turn import TurnPresenter
from tui.ui.screens.dialog import ask
from tui.ui.theme.themes import AUTO, selectable_themes
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.message_log import MessageLog
from tui.ui.worker_tasks import WorkerTasks
from tui.workspace.events import Events
from tui.workspace.imports import Imports
from tui.workspace.library import Library
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.model_choice import use_target
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.saved_prompts import find_saved_prompts
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.chat.conversation import Conversation
    from tui.ui.screens.text_form import NamedText
    from tui.workspace.comparison import Comparison
    from tui.workspace.saved_prompts import FilledForm, PromptLibrary, VariableForm
    from tui.workspace.settings_editor import SettingsEditor
    from tui.workspace.target import Target

_MAX_COMPARED = 4
_DECISION_S = 8.0
"""How long a notice is shown that matters for a decision, in seconds."""


class Dialogs:
    """The dialogs of the chat. Each method returns when its dialog is closed and its result applied."""

    def __init__(
        self,
        screen: Screen[None],
        runtime: Runtime,
        workspace: Workspace,
        directory: ProviderDirectory,
        catalog: ModelCatalog,
        jobs: ModelJobs,
        imports: Imports,
        events: Events,
        library: Library,
        composer: Composer,
        log: MessageLog,
        turns: TurnPresenter,
        commands: AvailableCommands,
        notices: Notices,
        apply_theme: Callable[[str], None],
        copy: Callable[[str, str], None],
        prompts: PromptLibrary,
    ) -> None:
        """Args:
        screen: The dialogs open above it.
        runtime: Has the settings.
        workspace: Changed by the decisions.
        directory: Knows the providers.
        catalog: Has the models of all providers.
        jobs: Manages models.
        imports: Stopped by quitting.
        events: Tell when either changed.
        library: Searches.
        composer: Has the prompt to compare with.
        log: Has the selected message.
        turns: Shows answers side by side.
        commands: Tells which commands would do something.
        notices: Shows what went wrong.
        apply_theme: Uses a theme. Called with an empty name, the one of the settings.
        copy: Copies a text; its second argument says what it is.
        prompts: Fills in saved prompts.
        """
        self._screen = screen
        self._runtime = runtime
        self._workspace = workspace
        self._directory = directory
        self._catalog = catalog
        self._jobs = jobs
        self._imports = imports
        self._events = events
        self._library = library
        self._composer = composer
        self._log = log
        self._turns = turns
        self._commands = commands
        self._notices = notices
        self._apply_theme = apply_theme
        self._copy = copy
        self._prompts = prompts
        prompts.ask = self.ask_variables
        self._recent_commands: list[str] = []
        """The commands that were chosen in the palette, the latest first."""

    async def pick_model(self) -> None:
        """Choose a model of any provider, and manage models."""
        await self._directory.ready.wait()
        current = self._workspace.current
        if current is None:
            return
        targets = await self._choose_targets("Models", current)
        if targets and current is self._workspace.current:
            await use_target(self._workspace, current, targets[0])

    async def search_all(self, words: str = "") -> None:
        """Search in all conversations, and go to the message that the user chooses.

        Args:
            words: What to search for at first.
        """
        from tui.ui.screens.search import SearchScreen

        await self._directory.ready.wait()
        found = await ask(self._screen, SearchScreen(self._library.search, words))
        if found is not None:
            await self._workspace.open(found.conversation_id, found.message_id, found.words)

    async def rename(self, conversation_id: str) -> None:
        """Give a conversation another title."""
        from tui.ui.screens.rename import RenameScreen

        conversation = await self._library.tail(conversation_id, 1)
        title = await ask(self._screen, RenameScreen(conversation.title))
        if title is not None:
            await self._workspace.editor.rename(conversation_id, title)

    async def rename_current(self) -> None:
        """Give the current conversation another title."""
        current = self._workspace.current
        if current is None or not current.draft_key or current.is_temporary:
            self._notices.notify("Nothing to rename yet.")
        else:
            await self.rename(current.id)

    async def edit_conversation_settings(self) -> None:
        """Edit the system prompt and the options of the current conversation."""
        from tui.ui.screens.conversation_settings import ConversationSettings, ConversationSettingsScreen

        await self._directory.ready.wait()
        if (current := self._workspace.current) is None:
            return
        conversation, usual = current.session.conversation, current.session.send_options
        folder, prompts = await find_saved_prompts(self._runtime)
        settings = await ask(
            self._screen,
            ConversationSettingsScreen(
                ConversationSettings(conversation.system_prompt, conversation.options),
                ConversationSettings(usual.system_prompt, usual.options),
                prompts,
                folder,
                self._prompts.fill,
            ),
        )
        if settings is not None:
            self._workspace.editor.configure(current, settings.system_prompt, settings.options)

    async def ask_variables(self, form: VariableForm) -> FilledForm:
        """Ask for the values of a saved prompt's variables. Implements `tui.workspace.saved_prompts.AskVariables`."""
        from tui.ui.screens.prompt_form import PromptForm

        return await ask(self._screen, PromptForm(form, self._workspace.keys))

    async def settings(self) -> str | None:
        """Show and change all settings; the name of a command whose dialog the user wants to see instead."""
        from tui.ui.screens.settings import SettingsActions, SettingsScreen
        from tui.ui.widgets.prompt_box import PROMPT_EDITS
        from tui.workspace.settings_editor import SettingsEditor

        editor = SettingsEditor(self._runtime, self._workspace, WorkerTasks(self._screen))
        actions = SettingsActions(
            choose_theme=self.choose_theme,
            choose_provider=partial(self._choose_start_provider, editor),
            choose_model=partial(self._choose_start_model, editor),
            edit_system_prompt=partial(self._edit_system_prompt, editor),
            edit_file=partial(self._edit_config, editor),
            reason_against_key=lambda name, key: reason_against(self._workspace.keys, name, key, PROMPT_EDITS),
        )
        try:
            return await ask(self._screen, SettingsScreen(editor, actions))
        finally:
            editor.on_written = self._show_late_error

    def _show_late_error(self, error: LlmTuiError | None) -> None:
        """Writing a setting failed after the dialog was closed."""
        if error is not None:
            self._notices.show_error(error)

    async def _choose_start_provider(self, editor: SettingsEditor) -> None:
        from tui.ui.screens.choice_picker import Choice, ChoicePicker

        choices = [Choice("", "the first that answers"), *(Choice(name, name) for name in editor.providers)]
        name = await ask(self._screen, ChoicePicker("Provider at start", choices, editor.start_provider))
        if name is not None:
            editor.change({"provider": name})

    async def _choose_start_model(self, editor: SettingsEditor) -> None:
        await self._directory.ready.wait()
        if (current := self._workspace.current) is None:
            return
        targets = await self._choose_targets("Model at start", current)
        if targets:
            name, model = targets[0].provider, targets[0].model
            editor.change({"provider": name, dotted(("providers", name, "model")): model})

    async def _edit_system_prompt(self, editor: SettingsEditor) -> None:
        from tui.ui.presenters.prompt_dialogs import PromptDialogs

        async def save(typed: NamedText) -> None:
            editor.change({editor.system_prompt_key: typed.text.strip() or None})

        name = safe_line(editor.prompted_provider)
        note = f"Sent before each conversation with {name}, unless the conversation has its own (/system)."
        await PromptDialogs(self._screen, self._runtime).write("System prompt", note, editor.system_prompt, save)

    async def saved_prompts(self) -> None:
        """Show the saved prompts; new ones are written there, others edited or deleted."""
        from tui.ui.presenters.prompt_dialogs import PromptDialogs

        await PromptDialogs(self._screen, self._runtime).library()

    async def _edit_config(self, editor: SettingsEditor) -> None:
        """Open the config file in the user's editor, written with all keys in comments if there is none."""
        from tui.config.template import init_config
        from tui.ui.external_editor import open_in_editor

        if not editor.path.exists():
            init_config(editor.path)
        try:
            with self._screen.app.suspend(), self._notices.reporting_errors():
                open_in_editor(editor.path, self._runtime.environ)
        except SuspendNotSupported as cause:
            raise UsageError(
                "This terminal cannot suspend the app to open an editor.", hint=f"The file is {editor.path}."
            ) from cause
        editor.change({})

    async def choose_command(self) -> str | None:
        """Show the commands that would do something; the name of the chosen one."""
        from tui.ui.screens.palette import Palette

        name = await ask(self._screen, Palette(self._commands.list(), self._recent_commands, self._workspace.keys))
        if name is not None:
            self._recent_commands = [name, *(other for other in self._recent_commands if other != name)]
        return name

    async def choose_theme(self, name: str = "") -> None:
        """Change the theme, and keep it in the config file.

        Args:
            name: The theme. Empty to choose it from a list.
        """
        from tui.ui.screens.choice_picker import Choice, ChoicePicker

        app = self._screen.app
        names = [AUTO, *selectable_themes(app.available_themes)]
        if name and name not in names:
            near = difflib.get_close_matches(name, names, 1)
            raise UsageError(f"There is no theme {name}.", hint=f"Did you mean {near[0]}?" if near else "")
        choices = [Choice(each, each) for each in names]
        picker = ChoicePicker("Theme", choices, self._runtime.settings.theme, self._apply_theme)
        chosen: str | None = name or await ask(self._screen, picker)
        if chosen is not None:
            await self._workspace.change_settings({"theme": chosen})
            # The preview may have left another one than the settings had.
            self._apply_theme("")

    async def confirm_quit(self) -> bool:
        """Whether to quit. Asks if that stops answers, prompts or downloads, unless the settings say otherwise."""
        going_on = self._going_on()
        if not going_on or not self._runtime.settings.confirm_quit:
            return True
        from tui.ui.screens.quit import QuitScreen

        question = QuitScreen(going_on, self._workspace.keys)
        return await ask(self._screen, question) or False

    def _going_on(self) -> list[str]:
        """What quitting stops, one sentence each."""
        answers = len(self._workspace.running)
        prompts = sum(len(each.queue) for each in self._workspace.open_conversations)
        pulled = [job.target.model for job in self._jobs.jobs if job.is_active and job.action == "pull"]
        sentences = []
        if answers:
            where = "" if self._workspace.current in self._workspace.running else " in the background"
            sentences.append(
                f"An answer is streaming{where}." if answers == 1 else f"{answers} answers are streaming{where}."
            )
        if prompts:
            sentences.append("A prompt is queued." if prompts == 1 else f"{prompts} prompts are queued.")
        sentences += [f"{name} is being downloaded." for name in pulled]
        return [*sentences, *(f"{file.label} is being imported." for file in self._imports.files)]

    async def usage(self) -> None:
        """Show tokens and speed of all saved answers."""
        from tui.ui.screens.usage import UsageScreen

        await ask(self._screen, UsageScreen(await self._library.usage()))

    async def show_notices(self) -> str | None:
        """List the notices that were shown; the text of the one to copy."""
        from tui.ui.screens.notices import NoticesScreen

        return await ask(self._screen, NoticesScreen(self._notices.history))

    def help(self) -> None:
        """Show all commands and their keys."""
        from tui.ui.screens.help import HelpScreen

        self._screen.app.push_screen(HelpScreen(self._workspace.keys))

    def open_link(self, address: str) -> None:
        """Show where a link leads, and open it if the user agrees."""
        from tui.ui.screens.link import LinkScreen

        def open_it(opens: bool | None) -> None:
            if opens:
                self._screen.app.open_url(address)

        self._screen.app.push_screen(LinkScreen(address), open_it)

    async def regenerate_with(self) -> None:
        """Regenerate with another model or provider, and continue with its answer."""
        await self._directory.ready.wait()
        current = self._workspace.turns.idle_current()
        if current is None:
            return
        selected = self._log.selected
        message_id = (
            selected.id if selected is not None and selected.id in current.session.conversation.messages else None
        )
        targets = await self._choose_targets("Regenerate with", current)
        if not targets or current is not self._workspace.current or current.is_running:
            return
        await self._workspace.use_provider(targets[0].provider, targets[0].model)
        if not self._workspace.turns.regenerate(current, message_id):
            self._notices.notify("Nothing to regenerate yet.")

    async def compare(self) -> None:
        """Send a prompt to several models, and continue with the answer that the user chooses."""
        from tui.workspace.comparison import prepare_comparison

        await self._directory.ready.wait()
        current = self._workspace.turns.idle_current()
        if current is None:
            return
        if not self._composer.text.strip() and not current.session.conversation.path:
            from tui.ui.screens.compare_prompt import ComparePromptScreen

            prompt = await ask(self._screen, ComparePromptScreen())
            if prompt is None:
                return
            # Kept as a draft if no models are chosen.
            self._composer.replace_text(prompt)
        targets = await self._choose_targets("Compare", current, least=2, most=_MAX_COMPARED)
        if len(targets) < 2 or current is not self._workspace.current or current.is_running:
            return
        asked = await self._conversation_to_compare(current)
        if asked is not None:
            await self._show_comparison(await prepare_comparison(self._workspace, current, asked, targets))

    async def _conversation_to_compare(self, current: OpenConversation) -> Conversation | None:
        """The conversation up to the typed prompt, or else to the last one. None without a prompt."""
        from tui.workspace.attachments import attach_files
        from tui.workspace.comparison import at_last_prompt, with_prompt

        conversation = current.session.conversation
        if not self._composer.text.strip():
            return at_last_prompt(conversation)
        typed = self._composer.take()
        try:
            return with_prompt(conversation, await attach_files(typed))
        except LlmTuiError:
            self._composer.restore(typed)
            raise

    async def _show_comparison(self, comparison: Comparison) -> None:
        from tui.ui.screens.compare import CompareScreen, empty_conversation, no_lines

        prompt = comparison.prompt
        if prompt.images:
            blind = [
                model_label(each.session.model) for each in comparison.answers if await each.session.lacks_vision()
            ]
            if blind:
                self._notices.notify(f"No image support: {', '.join(blind)}.", _DECISION_S)
        has_tools = bool(self._workspace.tools.servers_on(comparison.answers[0]))
        screen = CompareScreen(comparison, self._copy, self._catalog.leaves_machine, self.help, has_tools=has_tools)
        closed: asyncio.Future[OpenConversation | None] = asyncio.get_running_loop().create_future()
        # Mounted before anything arrives, so that there is something to show it.
        await self._screen.app.push_screen(screen, closed.set_result)
        for column in screen.columns:
            column.log_.show(empty_conversation(prompt), no_lines)
            self._turns.assign_log(column.answer, column.log_)
        comparison.start()
        try:
            chosen = await closed
        finally:
            for column in screen.columns:
                self._turns.assign_log(column.answer, None)
                self._log.turns.keep_thinking_times(column.log_.turns)
        await comparison.finish(chosen)

    async def _choose_targets(
        self, title: str, current: OpenConversation, *, least: int = 1, most: int = 1
    ) -> tuple[Target, ...]:
        from tui.ui.screens.model_picker import ModelPicker
        from tui.workspace.target import Target

        picker = ModelPicker(
            title,
            self._catalog,
            self._jobs,
            self._events,
            Target(current.session.provider.name, current.session.model),
            address_of=lambda name: self._runtime.settings_for(name).base_url,
            context_length_of=self._runtime.context_length,
            least=least,
            most=most,
        )
        return await ask(self._screen, picker)
