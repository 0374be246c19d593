"""Runtime: who is talked to first, with which model, and what a change of settings changes."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.fault_server import JSON, Connection, FaultServer, eventually, hangs, refused_port, replies
from tests.program import Program
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.config.load import load
from tui.demo.server import DemoServer
from tui.errors import ConfigError, LlmTuiError, ModelNotFound, ServerUnreachable, StoreError, UsageError
from tui.runtime import DEMO, ProbeResult, Runtime
from tui.store.conversations import ConversationStore

ANSWERS = replies(200, b'{"version":"1"}', JSON)
REFUSES = replies(500, b'{"error":"boom"}', JSON)


def runtime_of(program: Program, *, chosen: str | None = None, **environ: str) -> Runtime:
    """A runtime with a program's config and data; `chosen` is a provider named on the command line."""
    environment = program.environment(environ)
    overrides = {} if chosen is None else {"provider": chosen}
    return Runtime(load(program.config, environment, overrides), environment, program.data)


def providers(**urls: str) -> str:
    """Tables of Ollama servers by name. They take the place of the built-in ones, of which none is asked."""
    named = {"ollama": "http://127.0.0.1:9", "lmstudio": "http://127.0.0.1:9"} | urls
    return "".join(
        f'[providers.{name}]\ntype = "ollama"\nbase_url = "{url}"\ntimeouts = {{ connect = 5.0, first_token = 5.0 }}\n'
        for name, url in named.items()
    )


def listing(*names: str, **more: object) -> bytes:
    """What Ollama says of its models."""
    return json.dumps({"models": [{"name": name, "model": name, **more} for name in names]}).encode()


async def test_the_provider_that_the_user_set_comes_first_however_soon_others_answer(program: Program) -> None:
    asked = asyncio.Event()

    async def answers_last(connection: Connection) -> None:
        await asked.wait()
        await ANSWERS(connection)

    async def tells(connection: Connection) -> None:
        await ANSWERS(connection)
        asked.set()

    async with FaultServer(answers_last) as wanted, FaultServer(tells) as other:
        program.configure('provider = "mine"\n' + providers(ollama=other.url, mine=wanted.url))
        runtime = runtime_of(program)
        assert await runtime.choose_provider() == "mine"
        await runtime.aclose()


async def test_a_provider_that_was_set_stays_when_it_does_not_answer_and_another_does(program: Program) -> None:
    with refused_port() as port:
        async with FaultServer(ANSWERS) as other:
            program.configure('provider = "mine"\n' + providers(mine=f"http://127.0.0.1:{port}", ollama=other.url))
            runtime = runtime_of(program)
            assert await runtime.choose_provider() == "mine"
            await runtime.aclose()


async def test_a_demo_that_was_set_is_taken_without_waiting_for_anybody(program: Program) -> None:
    async with FaultServer(hangs) as server:
        program.configure('provider = "demo"\n' + providers(ollama=server.url))
        runtime = runtime_of(program)
        assert await runtime.choose_provider() == DEMO
        await runtime.aclose()


@pytest.mark.parametrize("provider", ['provider = ""\n', 'provider = "ollama"\n', ""])
async def test_the_demo_is_taken_when_nobody_answers(program: Program, provider: str) -> None:
    with refused_port() as port:
        url = f"http://127.0.0.1:{port}"
        program.configure(provider + providers(ollama=url, lmstudio=url))
        runtime = runtime_of(program)
        told: list[ProbeResult] = []
        assert await runtime.choose_provider(told.append) == DEMO
        await eventually(lambda: sorted(checked.name for checked in told) == ["lmstudio", "ollama"])
        assert all(isinstance(checked.error, ServerUnreachable) for checked in told)
        await runtime.aclose()


async def test_the_first_that_answers_is_taken_where_none_was_set(program: Program) -> None:
    with refused_port() as port:
        async with FaultServer(REFUSES) as refuses, FaultServer(ANSWERS) as third, FaultServer(ANSWERS) as fourth:
            more = {"third": third.url, "fourth": fourth.url}
            program.configure(
                'provider = ""\n' + providers(ollama=f"http://127.0.0.1:{port}", lmstudio=refuses.url, **more)
            )
            runtime = runtime_of(program)
            assert await runtime.choose_provider() == "third"
            await runtime.aclose()


async def test_an_earlier_provider_that_keeps_us_waiting_gives_way_to_a_later_one(program: Program) -> None:
    async with FaultServer(hangs) as first, FaultServer(ANSWERS) as second:
        program.configure('provider = ""\n' + providers(ollama=first.url, lmstudio=second.url))
        runtime = runtime_of(program)
        assert await runtime.choose_provider() == "lmstudio"
        assert first.open_connections == 1
        # Nobody waits any longer for the one that hangs.
        await runtime.aclose()
        await first.deserted()


async def test_everybody_who_was_knocked_at_is_told_of_even_after_the_choice(program: Program) -> None:
    held = asyncio.Event()

    async def answers_later(connection: Connection) -> None:
        await held.wait()
        await ANSWERS(connection)

    async with FaultServer(ANSWERS) as first, FaultServer(answers_later) as second:
        program.configure('provider = ""\n' + providers(ollama=first.url, lmstudio=second.url))
        runtime = runtime_of(program)
        told: list[str] = []
        assert await runtime.choose_provider(lambda checked: told.append(checked.name)) == "ollama"
        await eventually(lambda: told == ["ollama"])
        held.set()
        await eventually(lambda: told == ["ollama", "lmstudio"])
        await runtime.aclose()


async def test_what_came_of_knocking_is_a_status_or_an_error(program: Program, demo: DemoServer) -> None:
    with refused_port() as port:
        program.configure(providers(ollama=demo.url, lmstudio=f"http://127.0.0.1:{port}"))
        runtime = runtime_of(program)
        reached, not_reached = await runtime.check("ollama"), await runtime.check("lmstudio")
        unknown = await runtime.check("nobody")
        assert reached.status is not None
        assert reached.error is None
        assert not_reached.status is None
        assert isinstance(not_reached.error, ServerUnreachable)
        assert isinstance(unknown.error, UsageError)
        assert "ollama, lmstudio, demo" in unknown.error.hint
        await runtime.aclose()


async def test_the_demo_is_the_last_of_the_providers_and_is_started_once(program: Program) -> None:
    program.configure(
        '[providers.demo]\ntype = "demo"\n[providers.mine]\ntype = "openai"\nbase_url = "http://x.test"\n'
    )
    runtime = runtime_of(program)
    assert runtime.provider_names == ("ollama", "lmstudio", "mine", "demo")
    first, second = await asyncio.gather(runtime.provider(DEMO), runtime.provider(DEMO))
    assert first is second
    assert "guide" in [model.name for model in await runtime.list_models(DEMO)]
    address = first.where
    await runtime.aclose()
    program.use_server(address if "://" in address else f"http://{address}")
    runtime = runtime_of(program)
    assert isinstance((await runtime.check("server")).error, ServerUnreachable)
    await runtime.aclose()


async def test_a_demo_of_ones_own_is_a_demo_too(program: Program, demo: DemoServer) -> None:
    program.configure(f'[providers.mine]\ntype = "demo"\nbase_url = "{demo.url}"\n')
    runtime = runtime_of(program)
    assert runtime.is_demo("mine")
    assert not runtime.is_demo("ollama")
    assert "guide" in [model.name for model in await runtime.list_models("mine")]
    await runtime.aclose()


async def test_the_wanted_model_is_taken_else_the_configured_and_nobody_is_asked(program: Program) -> None:
    async with FaultServer(hangs) as server:
        program.use_server(server.url, more='model = "configured"\n')
        runtime = runtime_of(program)
        assert await runtime.choose_model("server", "wanted") == "wanted"
        assert await runtime.choose_model("server") == "configured"
        assert server.requests == []
        await runtime.aclose()


async def test_else_the_one_that_was_used_last_while_it_is_offered_else_the_first(program: Program) -> None:
    lists = replies(200, listing("first", "second"), JSON)
    async with FaultServer(lists) as server:
        program.use_server(server.url)
        runtime = runtime_of(program)
        assert await runtime.choose_model("server") == "first"
        for model, chosen in (("second", "second"), ("gone", "first")):
            prompt = ChatMessage("p" + model, "user", "hi", created_at=1.0)
            answer = ChatMessage(
                "a" + model, "assistant", "x", parent_id=prompt.id, provider="server", model=model, created_at=2.0
            )
            conversation = Conversation("c" + model, provider="server", model=model, created_at=1.0)
            await runtime.conversations.call(
                ConversationStore.begin_turn, conversation.append(prompt, answer), prompt, answer
            )
            assert await runtime.choose_model("server") == chosen
        await runtime.aclose()


async def test_a_model_that_only_embeds_is_not_chosen(program: Program) -> None:
    listed = json.dumps(
        {
            "models": [
                {"name": "embeds", "model": "embeds", "capabilities": ["embedding"]},
                {"name": "talks", "model": "talks", "capabilities": ["completion"]},
            ]
        }
    ).encode()
    async with FaultServer(replies(200, listed, JSON)) as server:
        program.use_server(server.url)
        runtime = runtime_of(program)
        assert await runtime.choose_model("server") == "talks"
        await runtime.aclose()


@pytest.mark.parametrize(
    ("kind", "body", "hint"),
    [
        ("ollama", listing(), "ollama pull"),
        ("lmstudio", b'{"object":"list","data":[]}', "LM Studio"),
        ("openai", b'{"object":"list","data":[]}', "on that server"),
    ],
)
async def test_a_server_without_a_model_is_said_with_how_to_get_one(
    program: Program, kind: str, body: bytes, hint: str
) -> None:
    async with FaultServer(replies(200, body, JSON)) as server:
        program.use_server(server.url, kind)
        runtime = runtime_of(program)
        with pytest.raises(ModelNotFound, match="server has no model yet") as raised:
            await runtime.choose_model("server")
        assert hint in raised.value.hint
        await runtime.aclose()


async def test_that_nothing_can_be_kept_does_not_keep_a_model_from_being_chosen(program: Program) -> None:
    async with FaultServer(replies(200, listing("first"), JSON)) as server:
        program.use_server(server.url)
        program.data.write_text("a file where a folder should be")
        runtime = runtime_of(program)
        assert await runtime.choose_model("server") == "first"
        await runtime.aclose()


async def test_who_asks_is_told_that_nothing_can_be_kept(program: Program) -> None:
    program.configure("")
    program.data.write_text("a file where a folder should be")
    runtime = runtime_of(program)
    told: list[StoreError] = []
    runtime.on_store_error = told.append
    prompt, answer = ChatMessage("p", "user", "hi"), ChatMessage("a", "assistant", "", parent_id="p")
    runtime.conversations.begin_turn(Conversation("c").append(prompt, answer), prompt, answer)
    await eventually(lambda: bool(told))
    assert "Cannot save or load conversations" in str(told[0])
    await runtime.aclose()


async def test_how_prompts_are_sent_is_what_the_user_set_for_the_provider(program: Program) -> None:
    program.use_server("http://x.test", more='system_prompt = "Be brief."\noptions = { temperature = 0.5 }\n')
    runtime = runtime_of(program)
    options = runtime.send_options("server")
    assert (options.system_prompt, options.options) == ("Be brief.", {"temperature": 0.5})
    await runtime.aclose()


async def test_a_key_from_the_environment_is_sent_and_one_that_cannot_be_is_complained_of(program: Program) -> None:
    async with FaultServer(replies(200, b'{"object":"list","data":[]}', JSON)) as server:
        program.use_server(server.url, "openai", 'api_key_env = "MINE"\n')
        runtime = runtime_of(program, MINE="abc")
        await runtime.check("server")
        assert server.requests[-1].headers["authorization"] == "Bearer abc"
        await runtime.aclose()
        runtime = runtime_of(program, MINE="ключ")
        checked = await runtime.check("server")
        assert isinstance(checked.error, ConfigError)
        assert "ключ" not in str(checked.error)
        await runtime.aclose()


async def test_changed_settings_are_written_and_hold_for_providers_made_from_then_on(program: Program) -> None:
    async with FaultServer(ANSWERS) as server:
        program.use_server(server.url, more="# mine\n")
        runtime = runtime_of(program)
        before = await runtime.provider("server")
        await runtime.change_settings({"timeouts.connect": 2.5, "retry.attempts": 1})
        assert runtime.settings.timeouts.connect == 2.5
        assert runtime.settings_of("server").retry.attempts == 1
        assert "# mine" in program.config.read_text()
        after = await runtime.provider("server")
        assert after is not before
        # An answer under way goes on over the one that was there.
        await before.check()
        assert server.open_connections == 1
        await runtime.aclose()
        await server.deserted()


async def test_settings_that_are_not_allowed_change_nothing(program: Program) -> None:
    program.use_server("http://x.test")
    before = program.config.read_text()
    runtime = runtime_of(program)
    provider = await runtime.provider("server")
    with pytest.raises(LlmTuiError):
        await runtime.change_settings({"timeouts.connect": -1})
    assert program.config.read_text() == before
    assert runtime.settings.timeouts.connect == 5.0
    assert await runtime.provider("server") is provider
    await runtime.aclose()


async def test_changed_settings_do_not_undo_the_command_line(program: Program) -> None:
    program.use_server("http://x.test")
    runtime = runtime_of(program, chosen="lmstudio")
    await runtime.change_settings({"timeouts.connect": 2.5})
    assert runtime.settings.provider == "lmstudio"
    assert 'provider = "server"' in program.config.read_text()
    await runtime.aclose()


async def test_a_value_that_is_taken_out_has_its_default_again(program: Program) -> None:
    program.use_server("http://x.test", more="[timeouts]\nidle = 7.0\n")
    runtime = runtime_of(program)
    assert runtime.settings.timeouts.idle == 7.0
    await runtime.change_settings({"timeouts.idle": None})
    assert runtime.settings.timeouts.idle == 60.0
    assert "idle" not in program.config.read_text()
    await runtime.aclose()
