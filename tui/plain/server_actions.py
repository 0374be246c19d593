"""The commands about servers: providers, thinking, prompts, tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tui.chat.formatting import format_count
from tui.chat.options import format_options
from tui.chat.safe_text import safe_line, safe_text
from tui.config.prompts import read_prompt
from tui.errors import UsageError
from tui.plain.console import Console
from tui.plain.current import current_conversation
from tui.runtime import Runtime
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.provider_editor import ProviderEditor, ProviderRow
from tui.workspace.provider_status import ProviderStatus
from tui.workspace.saved_prompts import find_saved_prompts, prompt_summaries
from tui.workspace.target import Target
from tui.workspace.thinking_option import DEFAULT, Thinking
from tui.workspace.workspace import Workspace


class ServerActions:
    """The commands about what answers, and with what."""

    def __init__(
        self,
        runtime: Runtime,
        console: Console,
        workspace: Workspace,
        directory: ProviderDirectory,
        catalog: ModelCatalog,
        editor: ProviderEditor,
        thinking: Thinking,
    ) -> None:
        """Args:
        runtime: Has the settings.
        console: Says and asks.
        workspace: Has the current conversation.
        directory: Knows which providers can be reached.
        catalog: Has the models.
        editor: Tests providers, and finds servers.
        thinking: Switches the thinking of models.
        """
        self._runtime = runtime
        self._console = console
        self._workspace = workspace
        self._directory = directory
        self._catalog = catalog
        self._editor = editor
        self._thinking = thinking
        self.by_name: Mapping[str, Callable[..., Any]] = {
            "settings": self._say_settings,
            "focus_sidebar": self._choose_provider,
            "providers": self._list_providers,
            "find_servers": self._find_servers,
            "think": self._think,
            "edit_conversation_settings": self._system_prompt,
            "saved_prompts": self._list_prompts,
            "tools": self._tools,
        }

    async def _say_settings(self) -> None:
        path = safe_line(str(self._runtime.loaded.path))
        await self._console.say(
            f"The settings are in {path}.",
            "`llm-tui config init` writes all of them with comments, `llm-tui config show` lists those in effect.",
        )

    # Providers.

    async def _choose_provider(self) -> None:
        await self._console.say("Asking the providers.")
        await self._directory.probe_all()
        statuses = self._directory.statuses
        current = self._workspace.current
        used = "" if current is None else current.session.provider.name
        rows = [f"{_provider_words(status)}{', in use' if status.name == used else ''}" for status in statuses]
        chosen = await self._console.choose(rows, "Number to use")
        if chosen is not None:
            await self._workspace.use_provider(statuses[chosen].name)

    async def _list_providers(self) -> None:
        rows = self._editor.rows
        chosen = await self._console.choose([_row_words(row) for row in rows], "Number to test")
        if chosen is None:
            path = safe_line(str(self._runtime.loaded.path))
            await self._console.say(f"Providers are added and changed in {path}. /servers finds some.")
            return
        async for step in self._editor.test_saved(rows[chosen].name):
            words = " ".join(filter(None, (f"{step.title}.", step.detail, step.hint)))
            await self._console.say(f"{step.outcome.capitalize()}: {safe_line(words)}")

    async def _find_servers(self) -> None:
        await self._console.say("Looking for servers on this machine.")
        found = await self._editor.find_servers()
        if not found:
            await self._console.say("No server was found. `ollama serve` starts Ollama.")
            return
        rows = [
            f"{server.label}, {server.base_url}"
            f"{', wants a key' if server.needs_key else ''}"
            f"{f', is provider {server.configured_as}' if server.is_configured else ''}"
            for server in found
        ]
        chosen = await self._console.choose(rows, "Number to add")
        if chosen is None:
            return
        server = found[chosen]
        name = await self._editor.add_found(server)
        if server.is_configured:
            await self._workspace.use_provider(name)
        else:
            await self._editor.use_in_place_of_demo(name)
        needs_key = " Set its api_key_env in the settings." if server.needs_key else ""
        await self._console.say(f"Provider: {safe_line(name)}.{needs_key} /provider changes to it.")

    # Models and prompts.

    async def _think(self) -> None:
        current = current_conversation(self._workspace)
        info = await self._catalog.describe(Target(current.session.provider.name, current.session.model))
        values = ("off", "on") if info.thinking is None else info.thinking
        if not values:
            raise UsageError(f"{info.name} has no switch for its thinking.", hint="Other models may have one.")
        chosen = await self._console.choose([*values, f"{DEFAULT}: left to the model"], "Thinking")
        if chosen is not None:
            await self._thinking.choose(current, [*values, DEFAULT][chosen])

    async def _system_prompt(self) -> None:
        current = current_conversation(self._workspace)
        session = current.session
        if session.system_prompt:
            await self._console.say("The system prompt is:", *safe_text(session.system_prompt).split("\n"))
        else:
            await self._console.say("There is no system prompt. /system TEXT sets one.")
        if options := format_options(session.conversation.options):
            await self._console.say(f"Options: {safe_line(', '.join(options))}. /unset NAME clears one.")
        else:
            await self._console.say("No option is set. /set NAME=VALUE sets one.")
        _, files = await find_saved_prompts(self._runtime)
        if not files:
            return
        names = list(files)
        chosen = await self._console.choose(names, "Saved prompt to use")
        if chosen is not None:
            text = read_prompt(files[names[chosen]])
            self._workspace.editor.configure(current, text, session.conversation.options)
            await self._console.say("System prompt set.")

    async def _list_prompts(self) -> None:
        rows = await prompt_summaries(self._runtime)
        folder, _ = await find_saved_prompts(self._runtime)
        where = f"Each is a text file in {safe_line(str(folder))}; write, edit or delete it there."
        if not rows:
            await self._console.say("No prompts are saved yet.", where)
            return
        await self._console.say(f"{format_count(len(rows), 'saved prompt')}.")
        await self._console.say(*(safe_line(f"{name}: {about}") for name, about in rows))
        await self._console.say(f"Type a slash and the name to send one. {where}")

    # Tools.

    async def _tools(self, path: str = "") -> None:
        tools = self._workspace.tools
        if path:
            imported = await tools.import_file(path)
            done = f"Imported: {', '.join(imported.servers)}." if imported.servers else "Nothing was imported."
            await self._console.say(safe_line(" ".join([done, *imported.notes])))
            return
        current = current_conversation(self._workspace)
        await tools.list_tools()
        rows = tools.rows(current)
        if not rows:
            await self._console.say(
                "No tool server is configured. /tools FILE imports an mcp.json.",
                "Or add a table [mcp.NAME] to the settings.",
            )
            return
        choices: list[tuple[str, Callable[[], None], str]] = []
        for row in rows:
            name, state = row.state.name, row.state
            reason = f", {safe_line(state.reason)}" if state.reason else ""
            status = {"down": "not started"}.get(state.status, state.status)
            choices.append(
                (
                    f"Server {name}: {'on' if row.is_on else 'off'}, {status}{reason}",
                    lambda name=name, on=not row.is_on: tools.switch_server(current, name, on=on),  # type: ignore[misc]
                    f"{name} is {'off' if row.is_on else 'on'}.",
                )
            )
            for spec in row.tools if row.is_on else ():
                full, is_on = spec.full_name, tools.is_tool_on(current, spec.full_name)
                asks = "" if tools.allowed_by(current, spec) is None else ", runs without asking"
                choices.append(
                    (
                        f"Tool {full}: {'on' if is_on else 'off'}{asks}. {safe_line(spec.description)[:200]}",
                        lambda full=full, on=not is_on: tools.switch_tool(current, full, on=on),  # type: ignore[misc]
                        f"{safe_line(full)} is {'off' if is_on else 'on'}.",
                    )
                )
        chosen = await self._console.choose([words for words, _, _ in choices], "Number to switch on or off")
        if chosen is not None:
            choices[chosen][1]()
            await self._console.say(choices[chosen][2])


def spoken_status(status: ProviderStatus) -> str:
    """Whether a provider can be used, in words that read well aloud."""
    return safe_line(status.words.replace(" · ", ", "))


def _provider_words(status: ProviderStatus) -> str:
    far = ", leaves this machine" if status.leaves_machine else ""
    return f"{safe_line(status.name)}, {spoken_status(status)}{far}"


def _row_words(row: ProviderRow) -> str:
    address = f", {row.address}" if row.address else ""
    state = "" if row.is_enabled else ", disabled"
    return f"{_provider_words(row.status)}, {row.type}{safe_line(address)}{state}"
