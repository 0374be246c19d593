"""The main screen: arranges the widgets, connects them to the workspace, and starts both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import OptionList

from tui import gc_tuning
from tui.config.settings import Settings
from tui.runtime import Runtime
from tui.ui.chat_actions import ChatActions, HoldInput
from tui.ui.key_bindings import bindings_for
from tui.ui.markdown.warmup import warm_up
from tui.ui.notices import Notices
from tui.ui.presenters.attention import AttentionPresenter
from tui.ui.presenters.available_commands import AvailableCommands
from tui.ui.presenters.clipboard import ClipboardPresenter
from tui.ui.presenters.composer import ComposerPresenter
from tui.ui.presenters.dialogs import Dialogs
from tui.ui.presenters.header import HeaderPresenter
from tui.ui.presenters.imports import ImportPresenter
from tui.ui.presenters.key_bar import KeyBarPresenter
from tui.ui.presenters.live_settings import LiveSettings
from tui.ui.presenters.menus import Menus
from tui.ui.presenters.message_requests import MessageRequests
from tui.ui.presenters.panels import Panels
from tui.ui.presenters.pictures import PicturesPresenter
from tui.ui.presenters.provider_dialogs import ProviderDialogs
from tui.ui.presenters.sidebar import SidebarPresenter
from tui.ui.presenters.sidebar_requests import SidebarRequests
from tui.ui.presenters.terminal import TerminalPresenter
from tui.ui.presenters.tools import ToolsPresenter
from tui.ui.presenters.transcript import TranscriptPresenter
from tui.ui.presenters.turn import TurnPresenter
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.header import Header
from tui.ui.widgets.job_lines import JobLines
from tui.ui.widgets.key_bar import KeyBar
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.widgets.sidebar_lists import ConversationList
from tui.ui.widgets.transcript import Transcript
from tui.ui.worker_tasks import WorkerTasks, start_worker
from tui.workspace import events as happened
from tui.workspace.chat_services import ChatServices
from tui.workspace.imports import Imports
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.start import start
from tui.workspace.submission import Submission


class ChatScreen(Screen[None]):
    """Arranges the chat's widgets and connects them to the workspace. Holds no conversation state."""

    # Not in a file: Textual does not load the file of an app's first screen.
    DEFAULT_CSS = """
    ChatScreen { background: $ground; }
    ChatScreen #body { height: 1fr; layers: default over; }
    ChatScreen #conversation { width: 1fr; }
    ChatScreen Sidebar.-over { layer: over; }
    """
    AUTO_FOCUS = "PromptBox"
    BINDINGS: ClassVar = bindings_for("anywhere")

    def __init__(
        self,
        runtime: Runtime,
        *,
        model: str = "",
        resume: bool = False,
        on_ready: Callable[[], Awaitable[None]],
        apply_theme: Callable[[str], None],
        apply_settings: Callable[[Settings], None],
        show_activity: Callable[[str, bool], None],
        notify_user: Callable[[str], None],
        write_terminal: Callable[[str], None],
        hold_input: HoldInput,
        notices: Notices,
    ) -> None:
        """Args:
        runtime: Settings, providers and the store.
        model: The model to start with. Empty for the usual one.
        resume: Whether to reopen the latest conversation.
        apply_theme: Uses a theme. Called with an empty name, the one of the settings.
        apply_settings: Uses changed settings of the whole program. Called with the settings so far.
        show_activity: Shows a title in the terminal's own, and whether something is going on.
        notify_user: Notifies the user, unless the terminal has the focus.
        write_terminal: Sends a sequence to the terminal, before what is painted next.
        on_ready: Called when the prompt takes keys, before the first paint.
        hold_input: Holds keys back while a condition is true.
        notices: Shows notices and errors.
        """
        super().__init__()
        self._runtime = runtime
        self._first_model = model
        self._resume = resume
        self._on_ready = on_ready
        self._notices = notices
        self._sidebar = Sidebar()
        text_width = runtime.settings.text_width
        self._header = Header(text_width)
        self._key_bar = KeyBar()
        self._transcript = Transcript(text_width=text_width)
        self._composer = Composer(
            submit=lambda text, editing: self._actions.submit(Submission(text, editing)),
            unqueue=lambda: self._submissions.unqueue_last(),
            text_width=text_width,
        )

        self._transcript.cover_composer = self._composer.cover
        self._composer.uncover = self._transcript.close_search

        self._turn_presenter = TurnPresenter(
            self,
            self._transcript.log_,
            self._header,
            lambda: self.workspace.current,
            lambda: self._tools_presenter.tick(),
        )
        services = ChatServices(
            runtime,
            is_open=lambda: self.app.is_running,
            start_task=WorkerTasks(self),
            sink=self._turn_presenter,
            unsent_text=lambda: self._composer.unsent_text,
            perform=self._perform,
        )
        self.workspace = services.workspace
        self._events = bus = services.events
        self._directory = services.directory
        self._submissions = services.submissions
        self._provider_editor = services.provider_editor
        self._jobs = ModelJobs(services.catalog, bus, WorkerTasks(self))
        imports = Imports(self.workspace, bus, WorkerTasks(self))
        import_presenter = ImportPresenter(self, imports, bus, self._sidebar, self._composer)
        self._clipboard = ClipboardPresenter(self, self.workspace, self._notices)
        self.pictures = PicturesPresenter(self, runtime, self._transcript.log_, self._composer, notices, write_terminal)
        bus.subscribe(happened.SettingsChanged, self.pictures.handle_settings_changed)
        self._header_presenter = HeaderPresenter(self.workspace, services.catalog, services.thinking, self._header)
        self._terminal_presenter = TerminalPresenter(self.workspace, show_activity)
        AttentionPresenter(self.workspace, bus, notify_user)
        self._key_bar_presenter = KeyBarPresenter(
            self, self.workspace, self._key_bar, self._composer, self._transcript, self._sidebar
        )
        self._tools_presenter = ToolsPresenter(
            self, self.workspace, bus, self._transcript.log_, self._composer, notices, self._key_bar_presenter.refresh
        )
        self._transcript_presenter = TranscriptPresenter(
            self.workspace, self._directory, self._provider_editor, self._transcript, self._composer
        )
        self._sidebar_presenter = SidebarPresenter(
            self, self.workspace, self._directory, self._provider_editor, services.library, self._sidebar, notices
        )
        self._composer_presenter = ComposerPresenter(
            self, self.workspace, services.library, services.completer, self._composer
        )
        self._dialogs = Dialogs(
            self,
            runtime,
            self.workspace,
            self._directory,
            services.catalog,
            self._jobs,
            imports,
            bus,
            services.library,
            self._composer,
            self._transcript.log_,
            self._turn_presenter,
            AvailableCommands(
                self, self.workspace, self._provider_editor, self._composer, self._transcript.log_, self._sidebar
            ),
            self._notices,
            apply_theme,
            self._clipboard.copy,
            services.commands.prompts,
        )
        self._provider_dialogs = ProviderDialogs(self, runtime, self._provider_editor, notices)
        self._subscribe()
        self._panels = Panels(
            self, self._sidebar, self._header, self._transcript.log_, self._composer, runtime.settings.sidebar_width
        )
        self._live_settings = LiveSettings(
            runtime,
            self.workspace.keys,
            self._header,
            self._transcript,
            self._composer,
            self._panels,
            self._tools_presenter,
            self._transcript_presenter,
            self._key_bar_presenter.refresh,
            apply_settings,
        )
        bus.subscribe(happened.SettingsChanged, self._live_settings.handle_changed)
        self._menus = Menus(self, self.workspace, self._transcript.log_, self._sidebar)
        self._actions = ChatActions(
            self,
            self.workspace,
            self._directory,
            bus,
            self._transcript,
            self._composer,
            self._submissions,
            self._panels,
            self._dialogs,
            self._provider_dialogs,
            self._clipboard,
            self.pictures,
            self._tools_presenter,
            self._notices,
            services.thinking,
            self._jobs,
            imports,
            import_presenter.run,
            hold_input,
        )
        self._sidebar_requests = SidebarRequests(self.workspace, self._directory, self._panels, self._actions.start)
        self._message_requests = MessageRequests(self.workspace, self._composer, notices, self._actions.start)

    def compose(self) -> ComposeResult:
        """The header, the sidebar beside transcript and composer, and the key bar."""
        yield self._header
        with Horizontal(id="body"):
            yield self._sidebar
            with Vertical(id="conversation"):
                yield self._transcript
                yield self._composer
        yield self._key_bar

    async def on_mount(self) -> None:
        """Focus the prompt, and start."""
        self.watch(self, "focused", self._handle_focus, init=False)
        self._turn_presenter.start()
        self._runtime.on_store_error = self._notices.show_error
        self._runtime.on_key_wait = self._events.notify
        self._runtime.on_store_work = self._header_presenter.handle_store_work
        # Immediately: a key that was typed early may already move the focus.
        self._composer.focus_box()
        start_worker(self, self._submissions.run, "submissions")
        # Call directly so early keystrokes appear in the first frame.
        await self._on_ready()
        self.call_after_refresh(lambda: start_worker(self, self._start, "start"))

    def _handle_focus(self) -> None:
        self._panels.handle_focus()
        self._key_bar_presenter.refresh()

    def on_unmount(self) -> None:
        """The app ends, perhaps by a signal."""
        self.pictures.close()
        self.workspace.save_unsent(self._submissions.close())

    async def _start(self) -> None:
        """Find a provider, and open the latest conversation if requested."""
        if not self.app.is_running:
            # The user quit before the start.
            return
        self._sidebar_presenter.show_providers()
        self._header_presenter.show_looking()
        await start(
            self._runtime, self.workspace, self._directory, self._events, model=self._first_model, resume=self._resume
        )
        if not self._runtime.loaded.exists:
            # The first start: nothing is configured yet.
            self._actions.start(self._provider_editor.find_servers, "find servers")
        # Load what the first answer needs before it is asked for.
        await asyncio.to_thread(warm_up)
        gc_tuning.freeze_and_resume_gc()

    # What changed in the workspace.

    def _subscribe(self) -> None:
        """Connect events to presenters. Those that show a conversation come first."""
        composer, transcript = self._composer_presenter, self._transcript_presenter
        on_event = self._events.subscribe
        turn, header, sidebar = self._turn_presenter, self._header_presenter, self._sidebar_presenter
        on_event(happened.CurrentLeft, composer.handle_left)
        on_event(happened.CurrentChanged, transcript.handle_current_changed)
        on_event(happened.CurrentChanged, turn.handle_current_changed)
        on_event(happened.CurrentChanged, header.handle_changed)
        on_event(happened.CurrentChanged, composer.handle_queue_changed)
        on_event(happened.CurrentChanged, lambda _: sidebar.show_providers())
        on_event(happened.TailLoaded, transcript.handle_tail_loaded)
        on_event(happened.PathChanged, transcript.handle_path_changed)
        on_event(happened.MessageFound, transcript.handle_message_found)
        on_event(happened.DetailsChanged, header.handle_changed)
        on_event(happened.ModelsChanged, header.handle_changed)
        on_event(happened.ListChanged, header.handle_changed)
        on_event(happened.DetailsChanged, turn.handle_details_changed)
        on_event(happened.DetailsChanged, transcript.handle_details_changed)
        on_event(happened.DetailsChanged, sidebar.handle_providers_changed)
        on_event(happened.ProvidersChanged, sidebar.handle_providers_changed)
        on_event(happened.ProvidersChanged, transcript.handle_details_changed)
        on_event(happened.ProvidersChanged, self._provider_dialogs.handle_providers_changed)
        on_event(happened.ServersFound, sidebar.handle_providers_changed)
        on_event(happened.ServersFound, transcript.handle_details_changed)
        on_event(happened.ModelJobsChanged, lambda _: self._sidebar.show_jobs(self._jobs.jobs))
        on_event(happened.ListChanged, sidebar.handle_list_changed)
        on_event(happened.ListChanged, composer.handle_list_changed)
        on_event(happened.QueueChanged, composer.handle_queue_changed)
        on_event(happened.DetailsChanged, composer.handle_queue_changed)
        on_event(happened.SubmissionsWaiting, composer.handle_waiting)
        on_event(happened.TurnBegan, turn.handle_began)
        on_event(happened.TurnFinished, turn.handle_finished)
        on_event(happened.PromptReturned, composer.handle_returned)
        on_event(happened.WaitingForProvider, header.handle_waiting)
        on_event(happened.Notice, lambda event: self._notices.notify(event.text, event.seconds))
        on_event(happened.ErrorRaised, lambda event: self._notices.show_error(event.error))
        for each in (happened.CurrentChanged, happened.DetailsChanged, happened.TurnBegan, happened.TurnFinished):
            on_event(each, self._key_bar_presenter.refresh)
            on_event(each, self._terminal_presenter.refresh)
        on_event(happened.ListChanged, self._terminal_presenter.refresh)

    # What the user asked for, by a key, the palette, or a slash command.

    def action_command(self, name: str) -> None:
        """Run a command of the table."""
        self._actions.run(name)

    async def _perform(self, name: str, argument: str = "") -> None:
        await self._actions.perform(name, argument)

    def on_resize(self, event: events.Resize) -> None:
        """Show the sidebar where there is space for it."""
        self._panels.fit(event.size.width, event.size.height)

    # What the user asked for, in a widget.

    @on(Header.Pressed)
    @on(KeyBar.Pressed)
    @on(MessageLog.CommandClicked)
    def handle_command_pressed(self, message: Header.Pressed | KeyBar.Pressed | MessageLog.CommandClicked) -> None:
        """Run the command that was clicked."""
        self._actions.press(message.command)

    @on(MessageLog.SelectionChanged)
    @on(Transcript.SearchCounted)
    @on(Composer.ModeChanged)
    @on(OptionList.OptionHighlighted)
    def handle_keys_changed(self) -> None:
        """Other keys work now, or there is something else to say beside them."""
        self._key_bar_presenter.refresh()

    @on(Composer.TextChanged)
    def handle_text_changed(self) -> None:
        """Save the draft soon."""
        self.workspace.draft_changed()
        self._key_bar_presenter.refresh()

    @on(Composer.CompletionRequested)
    def handle_completion_requested(self, message: Composer.CompletionRequested) -> None:
        """Find completions."""
        self._composer_presenter.complete(message.prefix)

    @on(Transcript.SearchClosed)
    def handle_search_closed(self) -> None:
        """Go back to the prompt."""
        self._composer.focus_box()

    @on(MessageLog.CopyRequested)
    def handle_copy_requested(self, message: MessageLog.CopyRequested) -> None:
        """Copy a text."""
        self._clipboard.copy(message.text, message.label)

    @on(MessageLog.CopyCodeRequested)
    def handle_copy_code_requested(self, message: MessageLog.CopyCodeRequested) -> None:
        """Copy a code block."""
        self._actions.start(partial(self._clipboard.copy_code, message.blocks), "copy")

    @on(MessageLog.LinkClicked)
    def handle_link_clicked(self, message: MessageLog.LinkClicked) -> None:
        """Show where a link leads."""
        self._dialogs.open_link(message.address)

    @on(MessageLog.PictureClicked)
    def handle_picture_clicked(self, message: MessageLog.PictureClicked) -> None:
        """Show the picture on the whole screen."""
        self._actions.start(partial(self.pictures.view, message.entry.message.images, message.number), "picture")

    @on(MessageLog.MenuRequested)
    def handle_message_menu_requested(self, message: MessageLog.MenuRequested) -> None:
        """Open the menu of a message."""
        self._actions.start(partial(self._menus.open_for_message, message), "menu")

    @on(ConversationList.MenuRequested)
    def handle_conversation_menu_requested(self, message: ConversationList.MenuRequested) -> None:
        """Open the menu of a conversation."""
        self._actions.start(partial(self._menus.open_for_conversation, message), "menu")

    @on(MessageLog.EditRequested)
    def handle_edit_requested(self, message: MessageLog.EditRequested) -> None:
        """Put a prompt into the composer, to be sent again in its place."""
        self._message_requests.edit(message)

    @on(MessageLog.RegenerateRequested)
    def handle_regenerate_requested(self, message: MessageLog.RegenerateRequested) -> None:
        """Ask for another answer."""
        self._message_requests.regenerate(message)

    @on(MessageLog.VersionRequested)
    def handle_version_requested(self, message: MessageLog.VersionRequested) -> None:
        """Go to another version of a message."""
        self._message_requests.show_version(message)

    @on(MessageLog.ForkRequested)
    def handle_fork_requested(self, message: MessageLog.ForkRequested) -> None:
        """Fork the conversation."""
        self._message_requests.fork(message)

    @on(MessageLog.DeleteRequested)
    def handle_delete_requested(self, message: MessageLog.DeleteRequested) -> None:
        """Delete a message and everything after it."""
        self._message_requests.delete(message)

    @on(MessageLog.UndoDeleteRequested)
    def handle_undo_delete_requested(self) -> None:
        """Restore deleted messages."""
        self._message_requests.undo_delete()

    @on(JobLines.Clicked)
    def handle_jobs_clicked(self, message: JobLines.Clicked) -> None:
        """Open the list of models, where jobs are stopped, or ask whether to stop an import."""
        self._actions.run(message.command)

    @on(Sidebar.ProviderChosen)
    def handle_provider_chosen(self, message: Sidebar.ProviderChosen) -> None:
        """Use another provider in this conversation."""
        self._sidebar_requests.choose_provider(message)

    @on(Sidebar.CommandChosen)
    def handle_sidebar_command(self, message: Sidebar.CommandChosen) -> None:
        """Run a command that is listed below the providers."""
        self._panels.leave_sidebar()
        self._actions.run(message.command)

    @on(Sidebar.ConversationChosen)
    def handle_conversation_chosen(self, message: Sidebar.ConversationChosen) -> None:
        """Go to another conversation."""
        self._sidebar_requests.open(message)

    @on(Sidebar.PinRequested)
    def handle_pin_requested(self, message: Sidebar.PinRequested) -> None:
        """Pin or unpin a conversation."""
        self._sidebar_requests.pin(message)

    @on(Sidebar.RenameRequested)
    def handle_rename_requested(self, message: Sidebar.RenameRequested) -> None:
        """Rename a conversation."""
        self._actions.start(partial(self._dialogs.rename, message.conversation_id), "manage")

    @on(Sidebar.DeleteRequested)
    def handle_conversation_delete_requested(self, message: Sidebar.DeleteRequested) -> None:
        """Delete a conversation."""
        self._sidebar_requests.delete(message)

    @on(Sidebar.UndoDeleteRequested)
    def handle_conversation_undo_delete_requested(self) -> None:
        """Restore the conversation that was deleted last."""
        self._sidebar_requests.undo_delete()

    @on(Sidebar.FilterChanged)
    def handle_filter_changed(self, message: Sidebar.FilterChanged) -> None:
        """Filter the list of conversations."""
        self._sidebar_presenter.filter(message.text)

    @on(Sidebar.WidthRequested)
    def handle_width_requested(self, message: Sidebar.WidthRequested) -> None:
        """Make the sidebar narrower or wider, and keep its width."""
        self._sidebar_requests.resize(message)
