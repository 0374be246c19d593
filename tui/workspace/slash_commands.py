"""What each slash command does with its argument. One function a command; `commands` has their names and help."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import Final, Protocol, cast, get_args

from tui.chat.formatting import truncate
from tui.chat.options import RELOADING, closest_option, format_options, parse_option
from tui.config.prompts import read_prompt
from tui.errors import UsageError
from tui.on_demand import difflib
from tui.runtime import Runtime
from tui.workspace.commands import BY_SLASH
from tui.workspace.events import Events, PromptReturned
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.model_choice import use_target
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.saved_prompts import PromptLibrary, find_saved_prompts
from tui.workspace.slash_parser import ParsedCommand
from tui.workspace.target import Target
from tui.workspace.thinking_option import Thinking
from tui.workspace.workspace import Workspace

_UNLISTED: Final = "lorem-"
"""How names of the demo's models begin that it need not list: they say how long and fast the answer is."""

_MAX_SUGGESTIONS: Final = 5
_MAX_QUOTED: Final = 60
"""Characters of a system prompt that are quoted back."""

_INDEPENDENT: Final = frozenset({"quit", "help", "settings"})


class Perform(Protocol):
    """Runs a command that belongs to the front end, such as opening a dialog."""

    async def __call__(self, name: str, argument: str = "") -> None:
        """Run a command. Returns when it is done; a command that opens a dialog is done when the dialog opens.

        Args:
            name: Its name in the table.
            argument: What was typed behind it. May be empty.
        """
        ...


class SlashCommands:
    """Runs slash commands. A command without an argument is the action of the same name, which the front end runs."""

    def __init__(
        self,
        workspace: Workspace,
        directory: ProviderDirectory,
        catalog: ModelCatalog,
        thinking: Thinking,
        runtime: Runtime,
        events: Events,
        perform: Perform,
        words: Collection[str] = BY_SLASH,
    ) -> None:
        """Args:
        workspace: Changed by the commands.
        directory: Knows the providers.
        catalog: Has the models of all providers.
        thinking: Switches the thinking of models.
        runtime: Knows where the saved prompts are.
        events: Told what was done.
        perform: Runs the commands of the front end.
        words: The words behind a slash that are commands, and not saved prompts.
        """
        self._workspace = workspace
        self._directory = directory
        self._catalog = catalog
        self._thinking = thinking
        self._runtime = runtime
        self._events = events
        self._perform = perform
        self.prompts = PromptLibrary(runtime, words)
        """Fills in saved prompts."""
        self._with_argument: Mapping[str, Callable[[OpenConversation, str], Awaitable[None]]] = {
            "pick_model": self._use_model,
            "focus_sidebar": self._use_provider,
            "think": self._thinking.choose,
            "edit_conversation_settings": self._use_system_prompt,
            "set_option": self._set_option,
            "clear_option": self._clear_option,
            "rename_this": self._rename,
            "attach": self._attach,
            "search_all": self._search,
            "tools": self._import_tools,
            "theme": self._choose_theme,
            "export": self._export,
            "import": self._import,
        }

    def needs_provider(self, parsed: ParsedCommand) -> bool:
        """Whether a command can only run once a provider is chosen."""
        return bool(parsed.argument) or parsed.command.name == "temporary_conversation"

    def asks_server(self, parsed: ParsedCommand) -> bool:
        """Whether a command waits for an answer of a server."""
        return parsed.command.name in ("pick_model", "think") and bool(parsed.argument)

    def is_independent(self, parsed: ParsedCommand) -> bool:
        """Whether a command depends on nothing that was typed before it, and need not wait for that."""
        return parsed.command.name in _INDEPENDENT

    async def run(self, parsed: ParsedCommand) -> None:
        """Run a command. Returns when it is done, so that what was typed after it acts on its result.

        A provider is chosen already where the command needs one.

        Raises:
            LlmTuiError: When it cannot be done.
        """
        command, argument = parsed
        if not self.is_independent(parsed):
            await self._workspace.switched()
        if not argument:
            await self._perform(command.bare or command.name)
        elif (current := self._workspace.current) is not None:
            run = self._with_argument.get(command.name)
            await (self._perform(command.name, argument) if run is None else run(current, argument))
        else:
            key = self._workspace.keys.label("focus_sidebar")
            raise UsageError("No provider is connected yet.", hint=f"{key} lists providers.")

    async def _use_model(self, current: OpenConversation, wanted: str) -> None:
        """Use a model of any provider, named in full or by a part that only one model has."""
        provider = current.session.provider.name
        named, _, name = wanted.rpartition("/")
        if named and self._directory.is_demo(named) and name.startswith(_UNLISTED):
            found: tuple[Target, ...] = (Target(named, name),)
        else:
            found = await self._catalog.find(wanted, provider)
        if not found and wanted.startswith(_UNLISTED) and self._directory.is_demo(provider):
            found = (Target(provider, wanted),)
        if len(found) != 1:
            raise self._model_error(wanted, provider, found)
        target = found[0]
        await use_target(self._workspace, current, target)
        where = "" if target.provider == provider else f" of {target.provider}"
        leaves = " (↗ leaves this machine)" if self._catalog.leaves_machine(target) else ""
        self._events.notify(f"Model: {target.model}{where}{leaves}")

    def _model_error(self, wanted: str, provider: str, found: Sequence[Target]) -> UsageError:
        names = [
            target.model if target.provider == provider else f"{target.provider}/{target.model}" for target in found
        ]
        everything = [entry.target.model for entry in self._catalog.entries]
        near = names or difflib.get_close_matches(wanted, everything, 1)
        listed = ", ".join(near[:_MAX_SUGGESTIONS]) + (", …" if len(near) > _MAX_SUGGESTIONS else "")
        hint = f"Did you mean {listed}? " if near else ""
        choose = f"{self._workspace.keys.press('pick_model')} to choose one."
        problem = f"{len(found)} models match {wanted}" if found else f"No provider has a model {wanted}"
        return UsageError(f"{problem}.", hint=f"{hint}{choose}")

    async def _use_provider(self, _: OpenConversation, wanted: str) -> None:
        names = self._directory.names
        if wanted not in names:
            near = difflib.get_close_matches(wanted, names, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Providers: {', '.join(names)}."
            raise UsageError(f"There is no provider {wanted}.", hint=hint)
        await self._workspace.use_provider(wanted)

    async def _use_system_prompt(self, current: OpenConversation, typed: str) -> None:
        """Use a saved prompt by its name, or the text itself."""
        folder, prompts = await find_saved_prompts(self._runtime)
        if (path := prompts.get(typed)) is not None:
            filled = await self.prompts.fill(typed, await asyncio.to_thread(read_prompt, path))
            if filled is None:
                return
            text = filled
        elif len(typed.split()) == 1:
            near = difflib.get_close_matches(typed, prompts, 1)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise UsageError(
                f"No saved prompt named {typed}.",
                hint=f"{meant}Create {folder / f'{typed}.md'}, or type the prompt text (two words or more).",
            )
        else:
            text = typed
        self._workspace.editor.configure(current, text, current.session.conversation.options)
        self._events.notify(f"System prompt set: {truncate(text, _MAX_QUOTED)}")

    async def _set_option(self, current: OpenConversation, typed: str) -> None:
        key, value = parse_option(typed)
        conversation = current.session.conversation
        self._workspace.editor.configure(current, conversation.system_prompt, {**conversation.options, key: value})
        option = format_options({key: value})[0]
        if near := closest_option(key):
            self._events.notify(f"{option} is set, but {key} is not a known option. Did you mean {near}?")
        else:
            note = " Ollama loads the model again when it changes." if key in RELOADING else ""
            self._events.notify(f"Option set: {option}.{note}")

    async def _clear_option(self, current: OpenConversation, key: str) -> None:
        conversation = current.session.conversation
        options = dict(conversation.options)
        if key == "system" and conversation.system_prompt is not None:
            self._workspace.editor.configure(current, None, options)
        elif key in options:
            del options[key]
            self._workspace.editor.configure(current, conversation.system_prompt, options)
        else:
            own = [*options, *(["system"] if conversation.system_prompt is not None else [])]
            hint = f"Set are: {', '.join(own)}." if own else "No option is set."
            raise UsageError(f"{key} is not set in this conversation.", hint=hint)
        self._events.notify(f"{key} reset to the provider default.")

    async def _rename(self, current: OpenConversation, title: str) -> None:
        if not current.session.conversation.messages:
            raise UsageError("Nothing to rename yet.", hint="The first prompt becomes the title.")
        await self._workspace.editor.rename(current.id, " ".join(title.split()))

    async def _attach(self, _: OpenConversation, name: str) -> None:
        name = name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'" else name
        from tui.files.mentions import mention_of
        from tui.files.reading import read_file

        # An unreadable file is better reported now than when the prompt is sent.
        await asyncio.to_thread(read_file, name)
        self._events.emit(PromptReturned(f"{mention_of(name)} "))

    async def _choose_theme(self, _: OpenConversation, name: str) -> None:
        await self._perform("theme", name)

    async def _import_tools(self, _: OpenConversation, path: str) -> None:
        await self._perform("tools", path)

    async def _search(self, _: OpenConversation, words: str) -> None:
        await self._perform("search_all", words)

    async def _export(self, current: OpenConversation, name: str) -> None:
        await export_conversation(current, name, self._events)

    async def _import(self, _: OpenConversation, name: str) -> None:
        await self._perform("import", name)


async def export_conversation(current: OpenConversation, name: str, events: Events) -> None:
    """Write a conversation to a new file.

    Args:
        current: The conversation.
        name: The file; its ending decides the format. Empty for one made from the title, as Markdown.
        events: Told where it was written.

    Raises:
        UsageError: When the conversation is empty, the format is unknown, or the file exists.
    """
    from tui.chat.export import ExportFormat, format_conversation
    from tui.files.writing import free_name, write_new

    conversation = current.delivered
    if not conversation.messages:
        raise UsageError("Nothing to export yet.", hint="Send a prompt first.")
    name = name or free_name(conversation.title, ".md")
    wanted = PurePath(name).suffix[1:].lower()
    if wanted not in get_args(ExportFormat):
        raise UsageError("Unknown export format.", hint="Use a file name that ends in .md, .html or .json.")
    text = await asyncio.to_thread(partial(format_conversation, conversation, cast("ExportFormat", wanted)))
    path = await asyncio.to_thread(write_new, name, text)
    events.notify(f"Exported to {path}.")
