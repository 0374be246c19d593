"""The chat behind its first picture: the workspace, the other widgets, and the presenters that connect them.

Nothing here is needed until the first key is echoed: `tui.ui.screens.chat` makes it afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.screen import Screen

from tui import gc_tuning
from tui.config.settings import Settings
from tui.runtime import Runtime
from tui.ui.chat_actions import ChatActions, HoldInput
from tui.ui.frames.frame_hold import FrameHold
from tui.ui.log.warmup import warm_up
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
from tui.ui.widgets.key_bar import KeyBar
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.widgets.transcript import Transcript
from tui.ui.worker_tasks import WorkerTasks, start_worker
from tui.workspace import events as happened
from tui.workspace.chat_services import ChatServices
from tui.workspace.imports import Imports
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.start import start


class ChatParts:
    """Makes the parts of the chat once, and tells each of the others. Holds no conversation state."""

    def __init__(
        self,
        screen: Screen[None],
        runtime: Runtime,
        header: Header,
        key_bar: KeyBar,
        composer: Composer,
        *,
        apply_theme: Callable[[str], None],
        apply_settings: Callable[[Settings], None],
        show_activity: Callable[[str, bool], None],
        notify_user: Callable[[str], None],
        write_terminal: Callable[[str], None],
        hold_input: HoldInput,
        notices: Notices,
    ) -> None:
        """Args:
        screen: Has the widgets.
        runtime: Settings, providers and the store.
        header: Shows the current conversation.
        key_bar: Shows the keys that work now.
        composer: Where prompts are typed, perhaps with a text already.
        apply_theme: Uses a theme. Called with an empty name, the one of the settings.
        apply_settings: Uses changed settings of the whole program. Called with the settings so far.
        show_activity: Shows a title in the terminal's own, and whether something is going on.
        notify_user: Notifies the user, unless the terminal has the focus.
        write_terminal: Sends a sequence to the terminal, before what is painted next.
        hold_input: Holds keys back while a condition is true.
        notices: Shows notices and errors.
        """
        self._screen = screen
        self._runtime = runtime
        self._notices = notices
        self.sidebar = Sidebar()
        self.transcript = Transcript(text_width=runtime.settings.text_width)
        self.transcript.cover_composer = composer.cover
        composer.uncover = self.transcript.close_search

        self._turn_presenter = TurnPresenter(
            screen,
            self.transcript.log_,
            header,
            lambda: self.workspace.current,
            lambda: self._tools_presenter.tick(),
        )
        services = ChatServices(
            runtime,
            is_open=lambda: screen.app.is_running,
            start_task=WorkerTasks(screen),
            sink=self._turn_presenter,
            unsent_text=lambda: composer.unsent_text,
            perform=self._perform,
        )
        self.workspace = services.workspace
        self.events = bus = services.events
        self.directory = services.directory
        self.submissions = services.submissions
        self.provider_editor = services.provider_editor
        self.jobs = ModelJobs(services.catalog, bus, WorkerTasks(screen))
        imports = Imports(self.workspace, bus, WorkerTasks(screen))
        import_presenter = ImportPresenter(screen, imports, bus, self.sidebar, composer)
        self.clipboard = ClipboardPresenter(screen, self.workspace, notices)
        self.pictures = PicturesPresenter(screen, runtime, self.transcript.log_, composer, notices, write_terminal)
        bus.subscribe(happened.SettingsChanged, self.pictures.handle_settings_changed)
        self._header_presenter = HeaderPresenter(self.workspace, services.catalog, services.thinking, header)
        self._terminal_presenter = TerminalPresenter(self.workspace, show_activity)
        AttentionPresenter(self.workspace, bus, notify_user)
        self.keys_shown = KeyBarPresenter(screen, self.workspace, key_bar, composer, self.transcript, self.sidebar)
        self._tools_presenter = ToolsPresenter(
            screen, self.workspace, bus, self.transcript.log_, composer, notices, self.keys_shown.refresh
        )
        self._transcript_presenter = TranscriptPresenter(
            self.workspace, self.directory, self.provider_editor, self.transcript, composer, FrameHold(screen)
        )
        self.conversations = SidebarPresenter(
            screen, self.workspace, self.directory, self.provider_editor, services.library, self.sidebar, notices
        )
        self.completions = ComposerPresenter(screen, self.workspace, services.library, services.completer, composer)
        self.dialogs = Dialogs(
            screen,
            runtime,
            self.workspace,
            self.directory,
            services.catalog,
            self.jobs,
            imports,
            bus,
            services.library,
            composer,
            self.transcript.log_,
            self._turn_presenter,
            AvailableCommands(
                screen, self.workspace, self.provider_editor, composer, self.transcript.log_, self.sidebar
            ),
            notices,
            apply_theme,
            self.clipboard.copy,
            services.commands.prompts,
        )
        self._provider_dialogs = ProviderDialogs(screen, runtime, self.provider_editor, notices)
        self._subscribe()
        self.panels = Panels(
            screen, self.sidebar, header, self.transcript.log_, composer, runtime.settings.sidebar_width
        )
        self._live_settings = LiveSettings(
            runtime,
            self.workspace.keys,
            header,
            self.transcript,
            composer,
            self.panels,
            self._tools_presenter,
            self._transcript_presenter,
            self.keys_shown.refresh,
            apply_settings,
        )
        bus.subscribe(happened.SettingsChanged, self._live_settings.handle_changed)
        self.menus = Menus(screen, self.workspace, self.transcript.log_, self.sidebar)
        self.actions = ChatActions(
            screen,
            self.workspace,
            self.directory,
            bus,
            self.transcript,
            composer,
            self.submissions,
            self.panels,
            self.dialogs,
            self._provider_dialogs,
            self.clipboard,
            self.pictures,
            self._tools_presenter,
            notices,
            services.thinking,
            self.jobs,
            imports,
            import_presenter.run,
            hold_input,
        )
        self.sidebar_requests = SidebarRequests(self.workspace, self.directory, self.panels, self.actions.start)
        self.message_requests = MessageRequests(self.workspace, composer, notices, self.actions.start)

    def begin(self) -> None:
        """Start to handle what the user does. The widgets are mounted."""
        self._turn_presenter.start()
        self._runtime.on_store_error = self._notices.show_error
        self._runtime.on_key_wait = self.events.notify
        self._runtime.on_store_work = self._header_presenter.handle_store_work
        start_worker(self._screen, self.submissions.run, "submissions")
        self.keys_shown.refresh()

    async def open_first(self, model: str, *, resume: bool) -> None:
        """Find a provider, and open the first conversation.

        Args:
            model: The model to start with. Empty for the usual one.
            resume: Whether to open the latest conversation.
        """
        self.conversations.show_providers()
        await start(self._runtime, self.workspace, self.directory, self.events, model=model, resume=resume)
        if not self._runtime.loaded.exists:
            # The first start: nothing is configured yet.
            self.actions.start(self.provider_editor.find_servers, "find servers")
        # Load what the first answer needs before it is asked for.
        await asyncio.to_thread(warm_up)
        gc_tuning.freeze_and_resume_gc()

    def close(self) -> None:
        """The app ends, perhaps by a signal."""
        self.pictures.close()
        self.workspace.save_unsent(self.submissions.close())

    async def _perform(self, name: str, argument: str = "") -> None:
        await self.actions.perform(name, argument)

    # What changed in the workspace.

    def _subscribe(self) -> None:
        """Connect events to presenters. Those that show a conversation come first."""
        composer, transcript = self.completions, self._transcript_presenter
        on_event = self.events.subscribe
        turn, header, sidebar = self._turn_presenter, self._header_presenter, self.conversations
        on_event(happened.CurrentLeft, composer.handle_left)
        on_event(happened.CurrentChanged, transcript.handle_current_changed)
        on_event(happened.CurrentChanged, turn.handle_current_changed)
        on_event(happened.CurrentChanged, header.handle_changed)
        on_event(happened.CurrentChanged, composer.handle_queue_changed)
        on_event(happened.CurrentChanged, lambda _: sidebar.show_providers())
        on_event(happened.TailRequested, transcript.handle_tail_requested)
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
        on_event(happened.ModelJobsChanged, lambda _: self.sidebar.show_jobs(self.jobs.jobs))
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
            on_event(each, self.keys_shown.refresh)
            on_event(each, self._terminal_presenter.refresh)
        on_event(happened.ListChanged, self._terminal_presenter.refresh)
