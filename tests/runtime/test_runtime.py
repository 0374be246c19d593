"""Runtime: the initial provider and model, opening conversations, and changes of the settings."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.fault_server import JSON, Connection, FaultServer, eventually, hangs, refused_port, replies
from tests.program import Program
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.config.load import load
from tui.demo.server import DemoServer
from tui.errors import AuthRefused, ConfigError, LlmTuiError, ModelNotFound, ServerUnreachable, StoreError, UsageError
from tui.runtime import DEMO, ProbeResult, Runtime, api_keys
from tui.store.conversations import ConversationStore

ANSWERS = replies(200, b'{"version":"1"}', JSON)
REFUSES = replies(500, b'{"error":"boom"}', JSON)


def runtime_of(program: Program, *, named: str | None = None, **environ: str) -> Runtime:
    """A runtime with a program's config and data.

    Args:
        program: The program.
        named: The value of `--provider`. None without it.
        environ: Additional environment variables.
    """
    environment = program.environment(environ)
    overrides = {} if named is None else {"provider": named}
    return Runtime(load(program.config, environment, overrides), environment, program.data)


def providers(**urls: str) -> str:
    """The config tables of Ollama servers, which replace the built-in ones.

    Args:
        urls: Addresses by provider name. Built-in providers without one are not reachable.
    """
    addresses = {"ollama": "http://127.0.0.1:9", "lmstudio": "http://127.0.0.1:9"} | urls
    return "".join(
        f'[providers.{name}]\ntype = "ollama"\nbase_url = "{url}"\ntimeouts = {{ connect = 5.0, first_token = 5.0 }}\n'
        for name, url in addresses.items()
    )


def listing(*names: str) -> bytes:
    """Ollama's list of models."""
    return json.dumps({"models": [{"name": name, "model": name} for name in names]}).encode()


async def test_configured_provider_wins_over_faster_ones(program: Program) -> None:
    other_has_answered = asyncio.Event()

    async def answers_last(connection: Connection) -> None:
        await other_has_answered.wait()
        await ANSWERS(connection)

    async def answers_first(connection: Connection) -> None:
        await ANSWERS(connection)
        other_has_answered.set()

    async with FaultServer(answers_last) as configured, FaultServer(answers_first) as other:
        program.configure('provider = "mine"\n' + providers(ollama=other.url, mine=configured.url))
        runtime = runtime_of(program)
        assert await runtime.choose_provider() == "mine"
        await runtime.aclose()


async def test_configured_provider_stays_if_only_another_one_answers(program: Program) -> None:
    with refused_port() as port:
        async with FaultServer(ANSWERS) as other:
            program.configure('provider = "mine"\n' + providers(mine=f"http://127.0.0.1:{port}", ollama=other.url))
            runtime = runtime_of(program)
            assert await runtime.choose_provider() == "mine"
            await runtime.aclose()


async def test_named_provider_is_kept_even_if_none_answers(program: Program) -> None:
    with refused_port() as port:
        url = f"http://127.0.0.1:{port}"
        program.configure(providers(ollama=url, lmstudio=url))
        runtime = runtime_of(program, named="lmstudio")
        probes: list[ProbeResult] = []
        assert await runtime.choose_provider(probes.append) == "lmstudio"
        await eventually(lambda: sorted(probe.name for probe in probes) == ["lmstudio", "ollama"])
        await runtime.aclose()


async def test_configured_demo_starts_without_waiting_for_probes(program: Program) -> None:
    async with FaultServer(hangs) as server:
        program.configure('provider = "demo"\n' + providers(ollama=server.url))
        runtime = runtime_of(program)
        assert await runtime.choose_provider() == DEMO
        await runtime.aclose()


@pytest.mark.parametrize("provider", ['provider = ""\n', 'provider = "ollama"\n', ""])
async def test_demo_starts_if_no_provider_answers(program: Program, provider: str) -> None:
    with refused_port() as port:
        url = f"http://127.0.0.1:{port}"
        program.configure(provider + providers(ollama=url, lmstudio=url))
        runtime = runtime_of(program)
        probes: list[ProbeResult] = []
        assert await runtime.choose_provider(probes.append) == DEMO
        await eventually(lambda: sorted(probe.name for probe in probes) == ["lmstudio", "ollama"])
        assert all(isinstance(probe.error, ServerUnreachable) for probe in probes)
        await runtime.aclose()


async def test_first_answering_provider_starts_if_none_is_configured(program: Program) -> None:
    with refused_port() as port:
        async with FaultServer(REFUSES) as refuses, FaultServer(ANSWERS) as third, FaultServer(ANSWERS) as fourth:
            more = {"third": third.url, "fourth": fourth.url}
            program.configure(
                'provider = ""\n' + providers(ollama=f"http://127.0.0.1:{port}", lmstudio=refuses.url, **more)
            )
            runtime = runtime_of(program)
            assert await runtime.choose_provider() == "third"
            await runtime.aclose()


async def test_models_that_the_probe_listed_are_not_asked_for_again(program: Program) -> None:
    async with FaultServer(replies(200, b'{"data":[{"id":"smol"}]}', JSON)) as server:
        program.configure(f'provider = ""\n[providers.only]\ntype = "openai"\nbase_url = "{server.url}"\n')
        runtime = runtime_of(program)
        name = await runtime.choose_provider()
        assert (name, await runtime.choose_model(name)) == ("only", "smol")
        assert [request.target for request in server.requests] == ["/v1/models"]
        # Later the server may have other models.
        await runtime.choose_model(name)
        await runtime.aclose()
        assert [request.target for request in server.requests] == ["/v1/models"] * 2


async def test_slow_provider_gives_way_to_a_later_one_that_answers(program: Program) -> None:
    async with FaultServer(hangs) as first, FaultServer(ANSWERS) as second:
        program.configure('provider = ""\n' + providers(ollama=first.url, lmstudio=second.url))
        runtime = runtime_of(program)
        assert await runtime.choose_provider() == "lmstudio"
        assert first.open_connections == 1
        # Closing cancels the probe that still hangs.
        await runtime.aclose()
        await first.wait_until_disconnected()


async def test_probe_results_are_reported_even_after_the_choice(program: Program) -> None:
    may_answer = asyncio.Event()

    async def answers_later(connection: Connection) -> None:
        await may_answer.wait()
        await ANSWERS(connection)

    async with FaultServer(ANSWERS) as first, FaultServer(answers_later) as second:
        program.configure('provider = ""\n' + providers(ollama=first.url, lmstudio=second.url))
        runtime = runtime_of(program)
        reported: list[str] = []
        assert await runtime.choose_provider(lambda probe: reported.append(probe.name)) == "ollama"
        await eventually(lambda: reported == ["ollama"])
        may_answer.set()
        await eventually(lambda: reported == ["ollama", "lmstudio"])
        await runtime.aclose()


async def test_check_reports_a_status_or_an_error(program: Program, demo: DemoServer) -> None:
    with refused_port() as port:
        program.configure(providers(ollama=demo.url, lmstudio=f"http://127.0.0.1:{port}"))
        runtime = runtime_of(program)
        reached, not_reached = await runtime.check("ollama"), await runtime.check("lmstudio")
        unknown = await runtime.check("unknown")
        assert reached.status is not None
        assert reached.error is None
        assert not_reached.status is None
        assert isinstance(not_reached.error, ServerUnreachable)
        assert isinstance(unknown.error, UsageError)
        assert "ollama, lmstudio, demo" in unknown.error.hint
        await runtime.aclose()


async def test_built_in_demo_is_last_and_is_started_once(program: Program) -> None:
    program.configure(
        '[providers.demo]\ntype = "demo"\n[providers.mine]\ntype = "openai"\nbase_url = "http://x.test"\n'
    )
    runtime = runtime_of(program)
    assert runtime.provider_names == ("ollama", "lmstudio", "mine", "demo")
    first, second = await asyncio.gather(runtime.provider(DEMO), runtime.provider(DEMO))
    assert first is second
    assert "guide" in [model.name for model in await runtime.list_models(DEMO)]
    address = first.address
    await runtime.aclose()
    program.use_server(address if "://" in address else f"http://{address}")
    runtime = runtime_of(program)
    assert isinstance((await runtime.check("server")).error, ServerUnreachable)
    await runtime.aclose()


async def test_configured_demo_server_is_a_demo(program: Program, demo: DemoServer) -> None:
    program.configure(f'[providers.mine]\ntype = "demo"\nbase_url = "{demo.url}"\n')
    runtime = runtime_of(program)
    assert runtime.is_demo("mine")
    assert not runtime.is_demo("ollama")
    assert "guide" in [model.name for model in await runtime.list_models("mine")]
    await runtime.aclose()


async def test_wanted_or_configured_model_needs_no_request(program: Program) -> None:
    async with FaultServer(hangs) as server:
        program.use_server(server.url, more='model = "configured"\n')
        runtime = runtime_of(program)
        assert await runtime.choose_model("server", "wanted") == "wanted"
        assert await runtime.choose_model("server") == "configured"
        assert server.requests == []
        await runtime.aclose()


async def test_last_used_model_is_chosen_while_it_is_offered(program: Program) -> None:
    models = replies(200, listing("first", "second"), JSON)
    async with FaultServer(models) as server:
        program.use_server(server.url)
        runtime = runtime_of(program)
        assert await runtime.choose_model("server") == "first"
        for last_used, chosen in (("second", "second"), ("removed", "first")):
            prompt = ChatMessage("p" + last_used, "user", "hi", created_at=1.0)
            answer = ChatMessage(
                "a" + last_used,
                "assistant",
                "x",
                parent_id=prompt.id,
                provider="server",
                model=last_used,
                created_at=2.0,
            )
            conversation = Conversation("c" + last_used, provider="server", model=last_used, created_at=1.0)
            await runtime.conversations.call(
                ConversationStore.begin_turn, conversation.append(prompt, answer), prompt, answer
            )
            assert await runtime.choose_model("server") == chosen
        await runtime.aclose()


async def test_embedding_model_is_not_chosen(program: Program) -> None:
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
async def test_provider_without_models_is_an_error_with_a_hint(
    program: Program, kind: str, body: bytes, hint: str
) -> None:
    async with FaultServer(replies(200, body, JSON)) as server:
        program.use_server(server.url, kind)
        runtime = runtime_of(program)
        with pytest.raises(ModelNotFound, match="server has no model yet") as raised:
            await runtime.choose_model("server")
        assert hint in raised.value.hint
        await runtime.aclose()


async def test_model_is_chosen_if_conversations_cannot_be_loaded(program: Program) -> None:
    async with FaultServer(replies(200, listing("first"), JSON)) as server:
        program.use_server(server.url)
        program.data.write_text("a file where a folder should be")
        runtime = runtime_of(program)
        assert await runtime.choose_model("server") == "first"
        await runtime.aclose()


async def test_store_errors_are_reported(program: Program) -> None:
    program.configure("")
    program.data.write_text("a file where a folder should be")
    runtime = runtime_of(program)
    errors: list[StoreError] = []
    runtime.on_store_error = errors.append
    prompt, answer = ChatMessage("p", "user", "hi"), ChatMessage("a", "assistant", "", parent_id="p")
    runtime.conversations.begin_turn(Conversation("c").append(prompt, answer), prompt, answer)
    await eventually(lambda: bool(errors))
    assert "Cannot save or load conversations" in str(errors[0])
    await runtime.aclose()


async def test_send_options_are_those_of_the_provider(program: Program) -> None:
    program.use_server("http://x.test", more='system_prompt = "Be brief."\noptions = { temperature = 0.5 }\n')
    runtime = runtime_of(program)
    options = runtime.send_options("server")
    assert (options.system_prompt, options.options) == ("Be brief.", {"temperature": 0.5})
    await runtime.aclose()


@pytest.mark.parametrize(
    ("settings", "length"),
    [
        ("context_length = 8192\n", 8192),
        ("context_length = 8192\noptions = { num_ctx = 4096 }\n", 4096),
        ("", None),
        ('type = "llamacpp"\ncontext_length = 8192\n', None),
    ],
)
async def test_ollama_keeps_the_context_length_of_the_config(
    program: Program, settings: str, length: int | None
) -> None:
    program.configure(
        f'[providers.mine]\nbase_url = "http://nas:1"\n{settings}' + ("" if "type" in settings else 'type = "ollama"\n')
    )
    runtime = runtime_of(program)
    assert runtime.send_options("mine").options.get("num_ctx") == length
    await runtime.aclose()


@pytest.mark.parametrize(
    ("settings", "think"),
    [('think = "off"\n', "off"), ('think = "off"\noptions = { think = "high" }\n', "high"), ("", None)],
)
async def test_thinking_of_the_provider_is_an_option_below_its_own_options(
    program: Program, settings: str, think: str | None
) -> None:
    program.use_server("http://nas:1", more=settings)
    runtime = runtime_of(program)
    assert runtime.send_options("server").options.get("think") == think
    await runtime.aclose()


async def test_api_key_from_the_environment_is_sent_or_rejected(program: Program) -> None:
    async with FaultServer(replies(200, b'{"object":"list","data":[]}', JSON)) as server:
        program.use_server(server.url, "openai", 'api_key_env = "MINE"\n')
        runtime = runtime_of(program, MINE="abc")
        await runtime.check("server")
        assert server.requests[-1].headers["authorization"] == "Bearer abc"
        await runtime.aclose()
        runtime = runtime_of(program, MINE="ключ")
        probe = await runtime.check("server")
        assert isinstance(probe.error, ConfigError)
        assert "ключ" not in str(probe.error)
        await runtime.aclose()


async def test_changed_settings_are_saved_and_used_by_new_providers(program: Program) -> None:
    async with FaultServer(ANSWERS) as server:
        program.use_server(server.url, more="# mine\n")
        runtime = runtime_of(program)
        before = await runtime.provider("server")
        await runtime.change_settings({"timeouts.connect": 2.5, "retry.attempts": 1})
        assert runtime.settings.timeouts.connect == 2.5
        assert runtime.settings_for("server").retry.attempts == 1
        assert "# mine" in program.config.read_text()
        after = await runtime.provider("server")
        assert after is not before
        # A provider that is still streaming keeps its connection.
        await before.check()
        assert server.open_connections == 1
        await runtime.aclose()
        await server.wait_until_disconnected()


async def test_invalid_settings_change_nothing(program: Program) -> None:
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


async def test_changed_settings_do_not_override_the_command_line(program: Program) -> None:
    program.use_server("http://x.test")
    runtime = runtime_of(program, named="lmstudio")
    await runtime.change_settings({"timeouts.connect": 2.5})
    assert runtime.settings.provider == "lmstudio"
    assert 'provider = "server"' in program.config.read_text()
    await runtime.aclose()


async def test_removed_setting_has_its_default_again(program: Program) -> None:
    program.use_server("http://x.test", more="[timeouts]\nidle = 7.0\n")
    runtime = runtime_of(program)
    assert runtime.settings.timeouts.idle == 7.0
    await runtime.change_settings({"timeouts.idle": None})
    assert runtime.settings.timeouts.idle == 60.0
    assert "idle" not in program.config.read_text()
    await runtime.aclose()


@pytest.mark.parametrize(
    ("config", "environ", "named", "configured"),
    [
        ("", {}, None, {"demo": False, "ollama": False, "lmstudio": False}),
        ("", {"OLLAMA_HOST": "nas"}, None, {"ollama": True, "lmstudio": False}),
        ("", {}, "lmstudio", {"ollama": False, "lmstudio": True}),
        ('provider = "ollama"\n', {}, None, {"ollama": True, "lmstudio": False}),
        ('[providers.lmstudio]\nmodel = "m"\n', {}, None, {"ollama": False, "lmstudio": True}),
        ('[providers.mine]\ntype = "openai"\nbase_url = "nas"\n', {}, None, {"mine": True, "ollama": False}),
    ],
)
async def test_provider_is_configured_once_the_user_mentions_it(
    program: Program, config: str, environ: dict[str, str], named: str | None, configured: dict[str, bool]
) -> None:
    program.configure(config)
    runtime = runtime_of(program, named=named, **environ)
    assert {name: runtime.is_configured(name) for name in configured} == configured
    await runtime.aclose()


@pytest.mark.parametrize(
    ("url", "is_remote"),
    [
        ("http://127.0.0.1:1", False),
        ("http://nas:11434", False),
        ("http://192.168.1.5:1234", False),
        ("https://example.org/v1", True),
        ("http://93.184.216.34", True),
    ],
)
def test_only_servers_outside_of_the_network_are_remote(program: Program, url: str, is_remote: bool) -> None:
    program.configure(providers(mine=url))
    runtime = runtime_of(program)

    assert runtime.is_remote("mine") is is_remote
    assert not runtime.is_remote("demo")


async def test_disabled_provider_is_neither_listed_nor_probed(program: Program) -> None:
    async with FaultServer(ANSWERS) as disabled, FaultServer(ANSWERS) as other:
        text = 'provider = "off"\n' + providers(off=disabled.url, on=other.url)
        program.configure(text.replace("[providers.off]", "[providers.off]\nenabled = false"))
        runtime = runtime_of(program)

        assert await runtime.choose_provider() == "on"

        assert runtime.provider_names == ("ollama", "lmstudio", "on", DEMO)
        assert disabled.connections == []
        with pytest.raises(UsageError, match="The provider 'off' is disabled") as raised:
            await runtime.provider("off")
        assert "/providers" in raised.value.hint
        await runtime.aclose()


async def test_demo_stands_in_even_if_it_is_disabled(program: Program) -> None:
    program.configure(providers() + "[providers.demo]\nenabled = false\n")
    runtime = runtime_of(program)

    assert await runtime.choose_provider() == DEMO
    assert DEMO not in runtime.provider_names
    assert await runtime.choose_model(DEMO)
    await runtime.aclose()


KEY_COMMAND = """\
type = "openai"
api_key_command = ["sh", "-c", "echo x >> $COUNT; echo sk-$(wc -l < $COUNT | tr -d ' ')"]
"""


async def test_key_command_does_not_run_at_start_unless_its_provider_is_configured(
    program: Program, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    async with FaultServer(replies(200, b'{"data":[]}', JSON)) as server, FaultServer(ANSWERS) as other:
        keyed = f'[providers.keyed]\nbase_url = "{server.url}"\n' + KEY_COMMAND
        program.configure(providers(ollama=other.url) + keyed)
        runtime = runtime_of(program, COUNT=str(count))
        assert await runtime.choose_provider() == "ollama"
        await runtime.aclose()
        assert not count.exists()
        assert server.connections == []

        program.configure('provider = "keyed"\n' + providers(ollama=other.url) + keyed)
        runtime = runtime_of(program, COUNT=str(count))
        assert await runtime.choose_provider() == "keyed"
        await runtime.aclose()
        assert server.requests[0].headers["authorization"] == "Bearer sk-1"


async def test_key_command_runs_again_when_its_key_is_refused(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "_MIN_AGE_S", 0.0)
    async with FaultServer(replies(401, b"{}", JSON), replies(200, b'{"data":[]}', JSON)) as server:
        program.configure(f'[providers.keyed]\nbase_url = "{server.url}"\n' + KEY_COMMAND)
        runtime = runtime_of(program, COUNT=str(tmp_path / "count"))

        assert (await runtime.check("keyed")).status is not None
        assert (await runtime.check("keyed")).status is not None

        sent = [request.headers["authorization"] for request in server.requests]
        assert sent == ["Bearer sk-1", "Bearer sk-2", "Bearer sk-2"]
        await runtime.aclose()


async def test_key_command_is_not_repeated_for_a_key_that_it_just_returned(program: Program, tmp_path: Path) -> None:
    async with FaultServer(replies(401, b"{}", JSON)) as server:
        program.configure(f'[providers.keyed]\nbase_url = "{server.url}"\n' + KEY_COMMAND)
        runtime = runtime_of(program, COUNT=str(tmp_path / "count"))

        assert isinstance((await runtime.check("keyed")).error, AuthRefused)

        assert [request.headers["authorization"] for request in server.requests] == ["Bearer sk-1"]
        await runtime.aclose()


@pytest.mark.parametrize(("kind", "length"), [("ollama", 8192), ("lmstudio", 8192), ("llamacpp", 0), ("openai", 0)])
async def test_context_length_is_that_of_servers_whose_loads_can_choose_it(
    program: Program, kind: str, length: int
) -> None:
    program.configure(f'[providers.mine]\ntype = "{kind}"\nbase_url = "nas"\ncontext_length = 8192\n')
    runtime = runtime_of(program)
    assert runtime.context_length("mine") == length
    await runtime.aclose()
