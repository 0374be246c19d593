"""The workspace and what works with it, connected once for all front ends."""

from __future__ import annotations

from collections.abc import Callable, Collection

from tui.runtime import Runtime
from tui.workspace.commands import BY_SLASH
from tui.workspace.completer import Completer
from tui.workspace.events import Events, TurnBegan
from tui.workspace.keys import Keys
from tui.workspace.library import Library
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.provider_editor import ProviderEditor
from tui.workspace.slash_commands import Perform, SlashCommands
from tui.workspace.slash_parser import Parse, parse_command
from tui.workspace.submission import SubmissionQueue
from tui.workspace.tasks import StartTask
from tui.workspace.thinking_option import Thinking
from tui.workspace.turn_runner import TurnSink
from tui.workspace.workspace import Workspace


class ChatServices:
    """What a chat consists of, without the front end that shows it. Each part is made once and told of the others."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        is_open: Callable[[], bool],
        start_task: StartTask,
        sink: TurnSink,
        unsent_text: Callable[[], str],
        perform: Perform,
        keys: Keys | None = None,
        words: Collection[str] = BY_SLASH,
        parse: Parse = parse_command,
    ) -> None:
        """Args:
        runtime: Settings, providers and the store.
        is_open: Returns whether the program still shows what happens.
        start_task: Starts turns and background tasks.
        sink: Shows running turns.
        unsent_text: Returns the text in the composer, which is the draft of the current conversation.
        perform: Runs the commands of the front end.
        keys: Say how the user runs a command. None for the keys of the config.
        words: The words behind a slash that are commands, and not saved prompts.
        parse: Reads a command out of a text. None for a text that is to be sent.
        """
        self.events = Events(is_open)
        """Tell what changed."""
        self.library = Library(runtime)
        """Reads the saved conversations."""
        self.directory = ProviderDirectory(runtime, self.events)
        """Knows which providers can be reached."""
        self.catalog = ModelCatalog(runtime, self.directory, self.library, self.events)
        """Has the models of all providers."""
        self.workspace = Workspace(
            runtime,
            self.directory,
            self.library,
            self.events,
            start_task=start_task,
            sink=sink,
            unsent_text=unsent_text,
            keys=keys,
        )
        """Has the open conversations."""
        self.thinking = Thinking(self.workspace, self.catalog, self.events, start_task)
        """Switches the thinking of models."""
        self.events.subscribe(TurnBegan, self.thinking.handle_began)
        self.commands = SlashCommands(
            self.workspace, self.directory, self.catalog, self.thinking, runtime, self.events, perform, words
        )
        """Runs slash commands."""
        self.submissions = SubmissionQueue(self.workspace, self.directory, self.commands, self.events, parse)
        """Handles what the user submits, in order."""
        self.provider_editor = ProviderEditor(runtime, self.workspace, self.directory, self.events, start_task)
        """Adds, changes and finds providers."""
        self.completer = Completer(self.workspace, self.directory, self.catalog, runtime)
        """Completes what is typed."""
