"""The tools of the open conversations: which are on in each, who decides about calls, and the questions of servers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.chat.formatting import format_count
from tui.config.toml_text import dotted
from tui.errors import StoreError, UsageError
from tui.on_demand import difflib
from tui.runtime import Runtime
from tui.workspace.events import DetailsChanged, Events, ListChanged, ToolQuestionsChanged, ToolServersChanged
from tui.workspace.tool_approver import ToolApprover

if TYPE_CHECKING:
    from tui.chat.conversation import ToolChoice
    from tui.chat.tool_servers import (
        Elicitation,
        ElicitationAnswer,
        PromptSpec,
        ResourceSpec,
        ServerContent,
        ServerState,
    )
    from tui.chat.tools import Approval, ToolResult, ToolSpec
    from tui.config.mcp_json import ImportedToolServers
    from tui.session.approvals import KnownTools
    from tui.session.tool_box import OnProgress, ToolBox, ToolRequest, Tools
    from tui.workspace.archive import Archive
    from tui.workspace.open_conversation import OpenConversation
    from tui.workspace.server_prompts import ServerPromptCommand


class SelectedTools:
    """The tools that are on in a conversation at one moment. Implements `tui.session.tool_box.ToolBox`."""

    def __init__(
        self,
        open_box: Callable[[], Awaitable[ToolBox]],
        tools_off: Iterable[str],
        listed: Callable[[tuple[ToolSpec, ...]], None],
    ) -> None:
        """Args:
        open_box: Makes the tool box of the servers that are on. Called when the tools are needed.
        tools_off: The tools that are off, by their full names.
        listed: Called with the tools that are offered.
        """
        self._open_box = open_box
        self._box: ToolBox | None = None
        self._tools_off = frozenset(tools_off)
        self._listed = listed

    async def specs(self) -> tuple[ToolSpec, ...]:
        """The tools. Starts their servers if need be."""
        if self._box is None:
            self._box = await self._open_box()
        specs = tuple(spec for spec in await self._box.specs() if spec.full_name not in self._tools_off)
        self._listed(specs)
        return specs

    @property
    def problems(self) -> tuple[str, ...]:
        """Why tools are missing."""
        return () if self._box is None else self._box.problems

    async def argument_problem(self, spec: ToolSpec, arguments: Mapping[str, Any]) -> str:
        """Why arguments do not fit the tool's schema."""
        assert self._box is not None
        return await self._box.argument_problem(spec, arguments)

    async def call(self, spec: ToolSpec, arguments: Mapping[str, Any], on_progress: OnProgress) -> ToolResult:
        """Call a tool."""
        assert self._box is not None
        return await self._box.call(spec, arguments, on_progress)


class ToolQuestion(NamedTuple):
    """A call that waits for the user."""

    request: ToolRequest

    has_changed: bool = False
    """Whether the user has allowed this tool before, and its server describes it in another way since."""

    @property
    def message_id(self) -> str:
        """The message of the call, by its id."""
        return self.request.result.id


class ConversationTools:
    """Which tools are on in one conversation, and the decisions about its calls."""

    def __init__(self, approver: ToolApprover) -> None:
        """Args:
        approver: Has the calls that wait.
        """
        self.approver = approver
        self.offered: int | None = None
        """How many tools the next prompt is sent with, as far as that is known. None before they were listed."""

    @property
    def questions(self) -> tuple[ToolQuestion, ...]:
        """The calls that wait for the user, in the order in which they began to."""
        return tuple(
            ToolQuestion(request, self.approver.has_changed(request)) for request in self.approver.waiting.values()
        )

    def allow_in_conversation(self, message_id: str) -> None:
        """Run this and all further calls of the tool in this conversation, also those that wait now."""
        from tui.session.tool_box import Decision

        self.approver.answer(message_id, Decision("conversation"))


class ServerQuestion(NamedTuple):
    """A question of a tool server to the user, in the middle of a call."""

    question: Elicitation
    answer: asyncio.Future[ElicitationAnswer]

    def shown_among(self, n_calls: int) -> Elicitation:
        """The question as it is shown where so many calls of its server run."""
        return replace(self.question, n_calls=n_calls)


class ServerRow(NamedTuple):
    """A tool server, for the list of the tools of a conversation."""

    state: ServerState
    is_on: bool
    tools: tuple[ToolSpec, ...]
    """Its tools. Empty while it is not up."""


class ToolWorkspace:
    """The tools of all open conversations. Without a prompt, no tool server is started and no code for it imported."""

    def __init__(
        self,
        runtime: Runtime,
        archive: Archive,
        events: Events,
        change_settings: Callable[[Mapping[str, object]], Awaitable[None]],
        conversations: Iterable[OpenConversation],
        use: Callable[[OpenConversation, Tools | None, ToolChoice], None],
    ) -> None:
        """Args:
        runtime: Has the tool servers.
        archive: Saves which tools are on, and which are allowed.
        events: Told what changed.
        change_settings: Writes the config file; see `Workspace.change_settings`.
        conversations: The open conversations, each time it is iterated.
        use: Lets a session use tools from the next turn on, and notes which the user chose.
        """
        self._runtime = runtime
        self._archive = archive
        self._events = events
        self._change_settings = change_settings
        self._conversations = conversations
        self._use = use
        self._known: KnownTools | None = None
        """The tools that the config allows. None before the first call."""
        self._has_saved_known = False
        """Whether `_known` has what was saved in earlier runs."""
        self._known_lock = asyncio.Lock()
        self._questions: list[ServerQuestion] = []
        self._specs: dict[str, tuple[ToolSpec, ...]] = {}
        """The tools of each server that is up, as far as they were listed."""

    # Which tools are on.

    def attach(self, conversation: OpenConversation) -> None:
        """Let the next prompts of a conversation use the tools that are on in it."""
        self._use_choice(conversation, conversation.session.conversation.tools)

    def refresh(self) -> None:
        """The settings have changed: use them from the next prompts on."""
        self._specs.clear()
        for conversation in self._conversations:
            self.attach(conversation)

    def of(self, conversation: OpenConversation) -> ConversationTools:
        """What is asked and decided in a conversation."""
        if conversation.tools is None:
            from tui.session.approvals import Approvals, KnownTools

            if self._known is None:
                self._known = KnownTools(self._archive.post_allowed_tool)

            def save(allowed: Mapping[str, str]) -> None:
                self._choose(conversation, conversation.session.conversation.tools._replace(allowed=allowed))

            approvals = Approvals(
                lambda: self._runtime.allowed_tools,
                self._known,
                lambda: conversation.session.conversation.tools.allowed,
                save,
            )
            approver = ToolApprover(approvals, lambda: self._questions_changed(conversation.id))
            conversation.tools = ConversationTools(approver)
        return conversation.tools

    async def _load_known(self) -> None:
        """Add the tools that were called in earlier runs of the program. Before the first call."""
        async with self._known_lock:
            if self._known is None or self._has_saved_known:
                return
            # An error is reported when there is something to save.
            with contextlib.suppress(StoreError):
                self._known.add_saved(await self._archive.allowed_tools())
            self._has_saved_known = True

    def _choose(self, conversation: OpenConversation, choice: ToolChoice) -> None:
        """Use and save another choice of tools."""
        self._use_choice(conversation, choice)
        if not conversation.is_temporary:
            self._archive.post_tools(conversation.id, choice)

    def _use_choice(self, conversation: OpenConversation, choice: ToolChoice) -> None:
        names = self._servers_on(choice)
        self._use(conversation, self._tools(conversation, names, choice) if names else None, choice)

    def waits_for_user(self, conversation: OpenConversation) -> bool:
        """Whether the running turn of a conversation waits for a decision of the user."""
        tools = conversation.tools
        if not conversation.is_running or tools is None:
            return False
        return tools.approver.is_waiting or bool(self.elicitations(conversation))

    def servers_on(self, conversation: OpenConversation) -> tuple[str, ...]:
        """The servers whose tools the next prompt of a conversation is sent with."""
        return self._servers_on(conversation.session.conversation.tools)

    def _servers_on(self, choice: ToolChoice) -> tuple[str, ...]:
        servers = self._runtime.settings.mcp.items()
        return tuple(name for name, server in servers if server.enabled and name not in choice.servers_off)

    def is_tool_on(self, conversation: OpenConversation, full_name: str) -> bool:
        """Whether a tool is on in a conversation, if its server is."""
        return full_name not in conversation.session.conversation.tools.tools_off

    def switch_server(self, conversation: OpenConversation, name: str, *, on: bool) -> None:
        """Switch the tools of a server on or off in a conversation, from the next prompt on."""
        choice = conversation.session.conversation.tools
        off = choice.servers_off - {name} if on else choice.servers_off | {name}
        self._choose(conversation, choice._replace(servers_off=off))
        self._selection_changed(conversation)

    def switch_tool(self, conversation: OpenConversation, full_name: str, *, on: bool) -> None:
        """Switch one tool on or off in a conversation, from the next prompt on."""
        choice = conversation.session.conversation.tools
        off = choice.tools_off - {full_name} if on else choice.tools_off | {full_name}
        self._choose(conversation, choice._replace(tools_off=off))
        self._selection_changed(conversation)

    def badge(self, conversation: OpenConversation) -> str:
        """The tools of a conversation in a few words, for the header. Empty if no server is configured.

        Before its tools were listed, which a prompt does, only the number of the servers is known.
        """
        if not self._runtime.has_tool_servers:
            return ""
        servers = self.servers_on(conversation)
        if not servers:
            return "tools off"
        tools = conversation.tools
        if tools is None or tools.offered is None:
            return format_count(len(servers), "tool server")
        return format_count(tools.offered, "tool")

    def _selection_changed(self, conversation: OpenConversation) -> None:
        tools, on = self.of(conversation), self.servers_on(conversation)
        specs = [spec for name in on for spec in self._specs.get(name, ())]
        is_known = all(name in self._specs for name in on)
        tools.offered = sum(self.is_tool_on(conversation, spec.full_name) for spec in specs) if is_known else None
        self._events.emit(DetailsChanged(), ToolServersChanged())

    def _tools(self, conversation: OpenConversation, names: tuple[str, ...], choice: ToolChoice) -> Tools:
        from tui.session.tool_box import Tools

        tools = self.of(conversation)

        async def open_box() -> ToolBox:
            await self._load_known()
            self._prepare_servers()
            return self._runtime.tools(names, tools.approver).box

        def listed(specs: tuple[ToolSpec, ...]) -> None:
            tools.offered = len(specs)
            self._events.emit(DetailsChanged())

        box = SelectedTools(open_box, choice.tools_off, listed)
        return Tools(box, tools.approver, self._runtime.settings.tools.max_rounds)

    def _questions_changed(self, conversation_id: str) -> None:
        self._events.emit(ToolQuestionsChanged(conversation_id), ListChanged())

    # The servers.

    @property
    def has_servers(self) -> bool:
        """Whether a tool server is configured and enabled."""
        return self._runtime.has_tool_servers

    def rows(self, conversation: OpenConversation) -> list[ServerRow]:
        """The enabled servers. None is started for that."""
        on = self.servers_on(conversation)
        if not self.has_servers:
            return []
        self._prepare_servers()
        return [
            ServerRow(state, state.name in on, self._specs.get(state.name, ()) if state.status == "up" else ())
            for state in self._runtime.tool_servers.states
        ]

    async def list_tools(self) -> None:
        """List the tools of the servers that are up. None waits for another one."""
        if not self.has_servers:
            return
        self._prepare_servers()
        servers = self._runtime.tool_servers

        async def list_tools(name: str) -> None:
            self._specs[name] = await servers.specs([name])
            self._events.emit(ToolServersChanged())

        await asyncio.gather(*(list_tools(state.name) for state in servers.states if state.status == "up"))

    async def restart(self, name: str) -> None:
        """Start a server, or end it and start it again.

        Raises:
            ToolServerError: If it cannot be started.
        """
        self._prepare_servers()
        self._specs.pop(name, None)
        await self._runtime.tool_servers.restart(name)

    async def import_file(self, path: str) -> ImportedToolServers:
        """Add the tool servers of another program's `mcp.json` to the config. None is started.

        Raises:
            UsageError: If the file cannot be read, or lists no servers.
            ConfigError: If the config cannot be written.
        """
        from tui.config.mcp_json import read_mcp_json

        existing = tuple(self._runtime.settings.mcp)
        imported = await asyncio.to_thread(lambda: read_mcp_json(Path(path).expanduser(), existing))
        if imported.changes:
            await self._change_settings(imported.changes)
            self._events.emit(DetailsChanged(), ToolServersChanged())
        return imported

    @property
    def server_names(self) -> tuple[str, ...]:
        """The enabled servers."""
        return tuple(name for name, server in self._runtime.settings.mcp.items() if server.enabled)

    async def prompts(self, server: str) -> tuple[PromptSpec, ...]:
        """The prompts that a server offers. Starts it; empty if it cannot be started."""
        self._prepare_servers()
        return await self._runtime.tool_servers.prompts([server])

    async def resources(self, server: str) -> tuple[ResourceSpec, ...]:
        """The resources that a server offers. Starts it; empty if it cannot be started."""
        self._prepare_servers()
        return await self._runtime.tool_servers.resources([server])

    async def read_resource(self, server: str, uri: str) -> ServerContent:
        """The content of a resource. Starts its server.

        Raises:
            ToolServerError: If the server cannot be asked, or refuses.
        """
        self._prepare_servers()
        return await self._runtime.tool_servers.read_resource(server, uri)

    async def prompt(self, command: ServerPromptCommand) -> ServerContent:
        """The text of a server's prompt. Starts the server.

        Raises:
            UsageError: If the server has no such prompt, or its arguments do not fit.
            ToolServerError: If the server cannot be asked, or refuses.
        """
        from tui.workspace.server_prompts import prompt_arguments

        specs = {spec.name: spec for spec in await self.prompts(command.server)}
        spec = specs.get(command.name)
        if spec is None:
            state = self._runtime.tool_servers.state(command.server)
            near = difflib.get_close_matches(command.name, specs, 1)
            hint = f"Did you mean /{command.server}:{near[0]}?" if near else state.reason
            raise UsageError(f"The tool server {command.server} has no prompt {command.name}.", hint=hint)
        arguments = prompt_arguments(spec, command.arguments)
        return await self._runtime.tool_servers.get_prompt(command.server, command.name, arguments)

    def _prepare_servers(self) -> None:
        """Listen to the servers. They are not started."""
        servers = self._runtime.tool_servers
        if servers.on_elicitation is None:
            servers.on_elicitation = self._ask_user
            servers.on_changed = self._handle_server_changed

    def _handle_server_changed(self, name: str) -> None:
        self._specs.pop(name, None)
        self._events.emit(ToolServersChanged())

    # What the user decides.

    async def allow_always(self, conversation: OpenConversation, message_id: str) -> None:
        """Add the tool of a waiting call to what the config allows, and run the call. It waits on if that fails.

        Raises:
            ConfigError: If the config cannot be written.
        """
        from tui.session.tool_box import Decision

        approver = self.of(conversation).approver
        request = approver.waiting.get(message_id)
        if request is None:
            return
        spec = request.spec
        server = self._runtime.settings.mcp.get(spec.server)
        allowed = () if server is None else server.allow
        if spec.name not in allowed:
            await self._change_settings({dotted(("mcp", spec.server, "allow")): [*allowed, spec.name]})
        approver.answer(message_id, Decision("config"))
        self._events.notify(f"{spec.full_name} runs without asking from now on.")

    def allowed_by(self, conversation: OpenConversation, spec: ToolSpec) -> Approval | None:
        """Who has allowed a tool to run without asking: the user here, or the config. None if nobody has."""
        return self.of(conversation).approver.approvals.allowed_by(spec)

    async def ask_again(self, conversation: OpenConversation, spec: ToolSpec) -> None:
        """Let a tool no longer run without asking: neither by this conversation nor by the config.

        Raises:
            ConfigError: If the config cannot be written.
        """
        self.of(conversation).approver.approvals.withdraw(spec)
        server = self._runtime.settings.mcp.get(spec.server)
        if server is not None and spec.name in server.allow:
            left = [name for name in server.allow if name != spec.name]
            await self._change_settings({dotted(("mcp", spec.server, "allow")): left})
        self._events.emit(ToolServersChanged())

    # Questions of the servers.

    async def _ask_user(self, question: Elicitation) -> ElicitationAnswer:
        waiting = ServerQuestion(question, asyncio.get_running_loop().create_future())
        self._questions.append(waiting)
        self._server_questions_changed()
        try:
            return await waiting.answer
        finally:
            self._questions.remove(waiting)
            self._server_questions_changed()

    def elicitations(self, conversation: OpenConversation) -> dict[str, ServerQuestion]:
        """The questions of servers whose calls run in a conversation, by the message of the call: the first of each."""
        session = conversation.session
        asked: dict[str, ServerQuestion] = {}
        for message_id in session.tool_progress:
            message = session.conversation.messages.get(message_id)
            name = "" if message is None or message.tool is None else message.tool.full_name
            waiting = (each for each in self._questions if name.startswith(f"{each.question.server}."))
            first = next((each for each in waiting if each not in asked.values()), None)
            if first is not None:
                asked[message_id] = first
        return asked

    def shown_elicitations(self, conversation: OpenConversation) -> dict[str, Elicitation]:
        """The questions of `elicitations` as they are shown, each with how many calls of its server run."""
        session = conversation.session
        running = [session.conversation.messages.get(message_id) for message_id in session.tool_progress]
        names = [message.tool.full_name for message in running if message is not None and message.tool is not None]
        return {
            message_id: asked.shown_among(sum(name.startswith(f"{asked.question.server}.") for name in names))
            for message_id, asked in self.elicitations(conversation).items()
        }

    def _server_questions_changed(self) -> None:
        for conversation in self._conversations:
            if conversation.is_running:
                self._questions_changed(conversation.id)
