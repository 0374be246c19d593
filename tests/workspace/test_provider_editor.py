"""Adding, changing and removing providers, with real settings and servers, and without a screen."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fault_server import JSON, Connection, FaultServer, hangs, refused_port, replies
from tests.program import Program
from tests.workspace.conftest import Task
from tui.chat.turn import TurnUpdate
from tui.config.load import load
from tui.errors import ConfigError, ProviderError
from tui.providers.discovery import FoundServer
from tui.providers.unavailable import UnavailableProvider
from tui.runtime import DEMO, Runtime
from tui.workspace import events as happened
from tui.workspace.events import Events
from tui.workspace.library import Library
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.prompt import Prompt
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.provider_editor import ProviderEditor
from tui.workspace.provider_form import InvalidField, ProviderForm
from tui.workspace.workspace import Workspace

VLLM = {"data": [{"id": "qwen3", "owned_by": "vllm"}]}


class Setup:
    """A workspace on a config file, and the editor of its providers."""

    def __init__(self, program: Program, **environ: str) -> None:
        self.program = program
        environment = program.environment(environ)
        self.runtime = Runtime(load(program.config, environment), environment)
        self.events = Events()
        self.seen: list[happened.Event] = []
        for event_type in happened.Event.__args__:
            self.events.subscribe(event_type, self.seen.append)
        self.directory = ProviderDirectory(self.runtime, self.events)
        self.tasks: set[asyncio.Task[None]] = set()
        self.workspace = Workspace(
            self.runtime,
            self.directory,
            Library(self.runtime),
            self.events,
            start_task=self.start,
            sink=self,
            unsent_text=lambda: "",
        )
        self.editor = ProviderEditor(self.runtime, self.workspace, self.directory, self.events, self.start)

    def start(self, work: Callable[[], Coroutine[None, None, None]], name: str) -> Task:
        task = asyncio.create_task(work(), name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return Task(task)

    async def show(self, conversation: OpenConversation, updates: Sequence[TurnUpdate]) -> None:
        """Nothing is shown."""

    async def open(self, provider: str) -> OpenConversation:
        """Open a new conversation with a provider."""
        conversation = await self.workspace.factory.create(provider, "qwen3")
        await self.workspace.activate(conversation)
        return conversation

    def reachability(self, name: str) -> str:
        return next(status.reachability for status in self.directory.statuses if status.name == name)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true."""
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.001)

    @property
    def file(self) -> str:
        return self.program.config.read_text() if self.program.config.exists() else ""

    async def aclose(self) -> None:
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.runtime.aclose()


@pytest.fixture
async def setup(program: Program, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Setup]:
    """Without a config file. No server of the machine is looked for."""
    monkeypatch.setattr("tui.providers.discovery.LOCAL_PORTS", ())
    async with contextlib.AsyncExitStack() as stack:
        made = Setup(program, HOME=str(program.data))
        stack.push_async_callback(made.aclose)
        yield made


async def vllm(connection: Connection) -> None:
    """A vLLM that answers every prompt with "Hi."."""
    if connection.request.method == "POST":
        chunk = {"choices": [{"delta": {"content": "Hi."}, "finish_reason": "stop"}]}
        await connection.head(200, "text/event-stream")
        await connection.body(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())
        await connection.end()
    else:
        await replies(200, json.dumps(VLLM).encode(), JSON)(connection)


def found(server: FaultServer, **more: object) -> FoundServer:
    return replace(FoundServer("openai", "vLLM 0.32.0", server.url, 1, software="vLLM"), **more)  # type: ignore[arg-type]


async def say(setup: Setup, conversation: OpenConversation, text: str) -> None:
    """Send a prompt, and wait for the end of its turn."""
    setup.workspace.send(Prompt(text))
    async with asyncio.timeout(10):
        while conversation.is_running or conversation.session.last_turn is None:
            await asyncio.sleep(0.001)


async def test_found_server_is_added_and_usable_at_once(setup: Setup) -> None:
    async with FaultServer(vllm) as server:
        conversation = await setup.open(DEMO)
        name = await setup.editor.add_found(found(server))
        await setup.editor.use_in_place_of_demo(name)

        assert name == "vllm"
        assert setup.file == f'[providers.vllm]\ntype = "openai"\nbase_url = "{server.url}"\n'
        await setup.until(lambda: setup.reachability("vllm") == "reachable")
        assert conversation.session.provider.name == "vllm"
        await say(setup, conversation, "hello")
        assert conversation.session.conversation.path[-1].content == "Hi."


async def test_added_server_is_no_longer_offered(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(vllm) as server, FaultServer(replies(401, b'{"error":"API key"}', JSON)) as locked:
        monkeypatch.setattr("tui.providers.discovery.LOCAL_PORTS", (server.port, locked.port))

        listed = await setup.editor.find_servers()
        assert [(each.software, each.needs_key) for each in listed] == [
            ("vLLM", False),
            ("OpenAI-compatible server", True),
        ]
        assert setup.editor.offered == listed[:1]
        assert setup.editor.unconfigured == listed

        assert await setup.editor.add_offered() == ("vllm",)
        assert setup.editor.offered == ()
        assert setup.editor.found[0].configured_as == "vllm"
        assert await setup.editor.add_found(setup.editor.found[0]) == "vllm"
        again = await setup.editor.find_servers()
        assert again[0].configured_as == "vllm"
        assert sum(isinstance(event, happened.ServersFound) for event in setup.seen) == 3


async def test_name_of_a_second_server_of_a_kind_is_free(setup: Setup) -> None:
    async with FaultServer(vllm) as server, FaultServer(vllm) as other:
        assert await setup.editor.add_found(found(server)) == "vllm"
        assert await setup.editor.add_found(found(other)) == "vllm-2"


async def test_server_of_an_unused_built_in_provider_takes_its_name(setup: Setup) -> None:
    async with FaultServer(replies(200, b'{"data":[]}', JSON)) as server:
        lm_studio = found(server, type="lmstudio", software="LM Studio", label="LM Studio")
        # Not while it is unknown whether the built-in one answers.
        assert setup.editor.form_for(lm_studio).name == "lmstudio-2"
        error = ProviderError("refused")
        error.kind = "connect"  # type: ignore[misc]
        setup.directory.record_error("lmstudio", error)

        assert await setup.editor.add_found(lm_studio) == "lmstudio"
        assert setup.file == f'[providers.lmstudio]\nbase_url = "{server.url}"\n'


async def test_used_provider_is_not_replaced_by_one_that_was_added(setup: Setup) -> None:
    async with FaultServer(vllm) as server, FaultServer(vllm) as other:
        first = await setup.editor.add_found(found(server))
        conversation = await setup.open(first)
        second = await setup.editor.add_found(found(other))
        await setup.editor.use_in_place_of_demo(second)
        assert conversation.session.provider.name == first


async def test_form_is_tested_before_it_is_saved(setup: Setup) -> None:
    async with FaultServer(vllm) as server:
        form = ProviderForm("mine", "openai", server.url, "variable", "NOT_SET")
        steps = [step async for step in setup.editor.test(form)]
        assert [step.outcome for step in steps] == ["warning", "passed", "passed"]
        assert steps[0].title == "NOT_SET is not set"
        assert setup.file == ""
        assert setup.runtime.provider_names == ("ollama", "lmstudio", DEMO)


async def test_test_says_that_the_command_of_the_key_failed(setup: Setup) -> None:
    async with FaultServer(vllm) as server:
        form = ProviderForm("mine", "openai", server.url, "command", "false")
        (step,) = [step async for step in setup.editor.test(form)]
        assert (step.step, step.outcome, step.title) == ("key", "failed", "No usable key")
        assert "api_key_command of mine failed with exit status 1" in step.detail
        assert server.connections == []


async def test_invalid_form_is_neither_tested_nor_saved(setup: Setup) -> None:
    form = ProviderForm("mine", "openai", "http://a b")
    with pytest.raises(InvalidField):
        await setup.editor.save(form)
    with pytest.raises(InvalidField):
        _ = [step async for step in setup.editor.test(form)]
    assert setup.file == ""


async def test_conversation_of_a_removed_provider_says_so_when_it_is_used(setup: Setup) -> None:
    async with FaultServer(vllm) as server:
        name = await setup.editor.add_found(found(server))
        conversation = await setup.open(name)
        await say(setup, conversation, "hello")

        await setup.editor.remove(name)

        assert "vllm" not in setup.file
        assert name not in setup.directory.names
        assert isinstance(conversation.session.provider, UnavailableProvider)
        n_requests = len(server.requests)
        await say(setup, conversation, "again")
        failure = conversation.session.conversation.path[-1].failure
        assert failure is not None
        assert "Unknown provider 'vllm'" in failure.message
        assert len(server.requests) == n_requests

        # It works again once it is back.
        await setup.editor.add_found(found(server))
        await say(setup, conversation, "and now")
        assert conversation.session.conversation.path[-1].content == "Hi."


async def test_built_in_provider_is_disabled_and_enabled_again(setup: Setup) -> None:
    with refused_port() as port:
        await setup.editor.save(ProviderForm("ollama", "ollama", f"http://127.0.0.1:{port}"), "ollama")
        await setup.editor.remove("ollama")

        assert setup.file == f'[providers.ollama]\nbase_url = "http://127.0.0.1:{port}"\nenabled = false\n'
        assert setup.directory.names == ("lmstudio", DEMO)
        row = next(row for row in setup.editor.rows if row.name == "ollama")
        assert (row.is_enabled, row.address) == (False, f"http://127.0.0.1:{port}")

        await setup.editor.set_enabled("ollama", enabled=True)
        assert setup.file == f'[providers.ollama]\nbase_url = "http://127.0.0.1:{port}"\n'
        await setup.until(lambda: setup.reachability("ollama") == "unreachable")


async def test_disabled_provider_of_an_open_conversation_says_how_to_enable_it(setup: Setup) -> None:
    async with FaultServer(vllm) as server:
        name = await setup.editor.add_found(found(server))
        conversation = await setup.open(name)
        await setup.editor.set_enabled(name, enabled=False)

        await say(setup, conversation, "hello")
        failure = conversation.session.conversation.path[-1].failure
        assert failure is not None
        assert failure.message == "The provider 'vllm' is disabled."


async def test_provider_at_start_is_forgotten_when_it_is_removed(program: Program, setup: Setup) -> None:
    program.configure('# mine\nprovider = "vllm"\n[providers.vllm]\ntype = "openai"\nbase_url = "http://x.test"\n')
    made = Setup(program)
    await made.editor.remove("vllm")

    assert made.file == "# mine\n"
    assert made.runtime.settings.provider == "ollama"
    await made.aclose()


async def test_provider_of_the_command_line_can_be_removed(program: Program) -> None:
    program.configure('provider = ""\n[providers.vllm]\ntype = "openai"\nbase_url = "http://x.test"\n')
    environment = program.environment()
    runtime = Runtime(load(program.config, environment, {"provider": "vllm"}), environment)

    await runtime.change_settings({"providers.vllm.model": "m"})
    assert runtime.provider_was_named
    await runtime.change_settings({"providers.vllm": None})

    assert program.config.read_text() == 'provider = ""\n'
    assert not runtime.provider_was_named
    await runtime.aclose()


async def test_file_that_cannot_be_written_changes_nothing(setup: Setup) -> None:
    setup.program.config.mkdir()
    with pytest.raises(ConfigError):
        await setup.editor.save(ProviderForm("mine", "openai", "http://x.test"))
    assert setup.editor.settings_of("mine") is None
    assert setup.editor.form_of("mine") == ProviderForm()


@pytest.mark.parametrize(
    ("content", "port"),
    [('{"port": 41343}', 41343), ('{"port": 0}', None), ('{"port": true}', None), ("[1]", None), ("no", None)],
)
def test_port_of_lm_studio_is_read_from_its_own_file(tmp_path: Path, content: str, port: int | None) -> None:
    from tui.runtime.server_search import lm_studio_port

    folder = tmp_path / ".lmstudio" / ".internal"
    folder.mkdir(parents=True)
    (folder / "http-server.json").write_text(content)
    (tmp_path / "other.json").write_text('{"port": 5}')

    assert lm_studio_port({"HOME": str(tmp_path)}) == port
    assert lm_studio_port({"HOME": str(tmp_path), "LMS_API_SERVER_INFO_PATH": str(tmp_path / "other.json")}) == 5
    assert lm_studio_port({"HOME": str(folder)}) is None
    assert lm_studio_port({}) is None


async def test_saving_does_not_wait_for_a_server_that_does_not_answer(setup: Setup) -> None:
    async with FaultServer(hangs) as server:
        assert await setup.editor.save(ProviderForm("mine", "openai", server.url)) == "mine"
        assert setup.reachability("mine") == "unknown"
        await server.wait_for_requests(1)


async def test_renamed_provider_keeps_its_conversations_and_remembered_model(setup: Setup) -> None:
    async with FaultServer(vllm) as server:
        setup.program.configure(
            f'provider = "vllm"\n# mine\n[providers.vllm]\ntype = "openai"\nbase_url = "{server.url}"\n'
        )
        made = Setup(setup.program)
        conversation = await made.open("vllm")
        await say(made, conversation, "hello")
        await made.editor.set_enabled("vllm", enabled=True)
        await made.until(lambda: made.reachability("vllm") == "reachable")

        form = replace(made.editor.form_of("vllm"), name="lab", model="qwen3")
        assert await made.editor.save(form, "vllm") == "lab"

        assert made.file == (
            f'provider = "lab"\n# mine\n[providers.lab]\ntype = "openai"\nbase_url = "{server.url}"\nmodel = "qwen3"\n'
        )
        assert made.reachability("lab") == "reachable"
        assert "vllm" not in made.directory.names
        assert conversation.session.provider.name == conversation.session.conversation.provider == "lab"
        await say(made, conversation, "again")
        assert conversation.session.conversation.path[-1].content == "Hi."
        assert await made.runtime.conversations.call(lambda store: store.last_model("lab")) == "qwen3"
        assert await Library(made.runtime).recent_models(5) == (("lab", "qwen3"),)
        await made.aclose()


async def test_provider_of_the_command_line_can_be_renamed(program: Program) -> None:
    program.configure('[providers.vllm]\ntype = "openai"\nbase_url = "http://x.test"\n')
    environment = program.environment()
    runtime = Runtime(load(program.config, environment, {"provider": "vllm"}), environment)

    await runtime.change_settings({}, {"vllm": "lab"})

    assert program.config.read_text() == '[providers.lab]\ntype = "openai"\nbase_url = "http://x.test"\n'
    assert (runtime.settings.provider, runtime.provider_was_named) == ("lab", True)
    await runtime.aclose()


async def test_name_of_another_provider_is_refused(setup: Setup) -> None:
    await setup.editor.save(ProviderForm("mine", "openai", "http://x.test"))
    with pytest.raises(InvalidField, match=r"There is a provider ollama already\."):
        await setup.editor.save(replace(setup.editor.form_of("mine"), name="ollama"), "mine")
    assert "mine" in setup.editor.names
    assert setup.editor.name_note(ProviderForm("mine"), "mine") == ""
