"""`llm-tui models show|pull|rm|copy|load|unload`, with real processes and sockets."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from typing import Any

import pytest

from tests.fake_lmstudio import FakeLMStudio, instance, row, running_lmstudio
from tests.fake_ollama import FakeOllama, Layer, running_ollama
from tests.fault_server import Connection, FaultServer, eventually, refused_port, replies
from tests.program import Program
from tests.terminal import StartTerminal

WEIGHTS, TEMPLATE = "sha256:aaaaaaaaaaaaaaaa", "sha256:bbbbbbbbbbbbbbbb"

SHOWN = {
    "details": {"parameter_size": "8.0B", "quantization_level": "Q4_K_M"},
    "model_info": {"general.architecture": "llama", "llama.context_length": 131_072},
    "capabilities": ["completion", "thinking"],
    "thinking": {"values": ["low", "high"], "default": "low"},
}


def with_llama(**fields: Any) -> FakeOllama:
    """A server with the model `llama`."""
    return FakeOllama(shown={"llama:latest": SHOWN}, **fields)


def in_catalogue(**fields: Any) -> FakeOllama:
    """A server from which `llama` can be downloaded, in two layers of 2,500 and 300 bytes."""
    return FakeOllama(catalogue={"llama": [Layer(WEIGHTS, 2_500), Layer(TEMPLATE, 300)]}, **fields)


def use_servers(program: Program, **servers: tuple[str, str]) -> None:
    """Configure providers by name, each with its type and URL. The first is the default."""
    tables = "".join(
        f'[providers.{name}]\ntype = "{kind}"\nbase_url = "{url}"\n' for name, (kind, url) in servers.items()
    )
    program.configure(f'provider = "{next(iter(servers))}"\n{tables}')


def progress_in(events: list[dict[str, Any]]) -> list[tuple[int | None, int | None]]:
    return [(event["done_bytes"], event["total_bytes"]) for event in events if event["type"] == "progress"]


# pull


async def test_pull_reports_every_byte_as_json(program: Program) -> None:
    async with running_ollama(in_catalogue()) as server:
        program.use_server(server.url)
        result = await program.run("models", "pull", "llama", "--json")
    assert result.code == 0
    assert result.err == ""
    assert result.events[0] == {"type": "start", "action": "pull", "provider": "server", "model": "llama"}
    assert progress_in(result.events) == [
        (None, None),
        (0, 2_500),
        (1_000, 2_500),
        (2_000, 2_500),
        (2_500, 2_500),
        (2_500, 2_800),
        (2_800, 2_800),
        (2_800, 2_800),
        (2_800, 2_800),
        (2_800, 2_800),
    ]
    assert result.events[-2]["fraction"] == 1.0
    assert result.events[-1] == {"type": "done"}


async def test_pull_prints_each_status_and_tenth_without_a_terminal(program: Program) -> None:
    async with running_ollama(in_catalogue()) as server:
        program.use_server(server.url)
        result = await program.run("models", "pull", "llama")
    assert result.code == 0
    assert result.out == "Pulled llama to server.\n"
    # The speed depends on the machine.
    assert [re.sub(r"  [\d.,]+ \w?B/s  .* left$", "", line) for line in result.err.splitlines()] == [
        "pulling manifest",
        "pulling aaaaaaaaaaaa  0 %  0 B of 2 kB",
        "pulling aaaaaaaaaaaa  40 %  1 kB of 2 kB",
        "pulling aaaaaaaaaaaa  80 %  2 kB of 2 kB",
        "pulling aaaaaaaaaaaa  100 %  2 kB of 2 kB",
        "pulling bbbbbbbbbbbb  89 %  2 kB of 3 kB",
        "pulling bbbbbbbbbbbb  100 %  3 kB of 3 kB",
        "verifying sha256 digest  100 %  3 kB of 3 kB",
        "writing manifest  100 %  3 kB of 3 kB",
        "success  100 %  3 kB of 3 kB",
    ]


async def test_slow_pull_is_reported_as_it_arrives_and_ctrl_c_stops_it(program: Program) -> None:
    fake = in_catalogue(steps=asyncio.Semaphore(0))
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        process = await program.start("models", "pull", "llama", "--json")
        assert process.stdout is not None
        done = 0
        while done < 2_000:
            event = json.loads(await process.stdout.readline())
            done = event.get("done_bytes") or 0
            if event.get("total_bytes") == 2_500 and done < 2_000:
                fake.allow_steps(1)
        process.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in (await process.stdout.read()).splitlines()]
        assert await process.wait() == 130
        await eventually(lambda: server.open_connections == 0)
        assert rest[-1]["type"] == "error"
        assert (rest[-1]["kind"], rest[-1]["hint"]) == (
            "cancelled",
            "`llm-tui models pull llama` continues the download.",
        )
        fake.steps = None
        result = await program.run("models", "pull", "llama", "--json")
    assert result.code == 0
    assert progress_in(result.events)[1] == (2_000, 2_500)
    assert "llama" in fake.shown


async def test_pull_continues_after_kill_9(program: Program) -> None:
    fake = in_catalogue(steps=asyncio.Semaphore(1))
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        process = await program.start("models", "pull", "llama", "--json")
        await eventually(lambda: fake.catalogue["llama"][0].done == 1_000)
        process.kill()
        assert await process.wait() == -signal.SIGKILL
        await eventually(lambda: server.open_connections == 0)
        fake.steps = None
        result = await program.run("models", "pull", "llama", "--json")
    assert result.code == 0
    assert progress_in(result.events)[-1] == (2_800, 2_800)


async def test_pull_that_was_cut_says_how_to_continue(program: Program) -> None:
    fake = in_catalogue(cut_after=2)
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        cut = await program.run("models", "pull", "llama")
        again = await program.run("models", "pull", "llama", "--json")
    assert cut.code == 1
    assert cut.out == ""
    assert "closed the connection in the middle of its response. Pull the model again" in cut.err
    assert again.code == 0
    assert progress_in(again.events)[1] == (2_000, 2_500)


@pytest.mark.parametrize(
    ("fields", "model", "kind", "words", "hint"),
    [
        ({"disk_bytes": 1_500}, "llama", "stream_error", "no space left on device", "Free disk space"),
        ({}, "lama", "model_not_found", "file does not exist", "Check the name"),
    ],
)
async def test_pull_that_fails_says_what_to_do(
    program: Program, fields: dict[str, Any], model: str, kind: str, words: str, hint: str
) -> None:
    async with running_ollama(in_catalogue(**fields)) as server:
        program.use_server(server.url)
        text = await program.run("models", "pull", model)
        as_json = await program.run("models", "pull", model, "--json")
    assert (text.code, text.out) == (1, "")
    assert words in text.err
    assert hint in text.err
    error = as_json.events[-1]
    assert (as_json.code, error["type"], error["kind"]) == (1, "error", kind)
    assert words in error["message"]
    assert hint in error["hint"]


async def test_two_pulls_at_once_both_succeed(program: Program) -> None:
    fake = in_catalogue(steps=asyncio.Semaphore(0))
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        pulls = [asyncio.ensure_future(program.run("models", "pull", "llama", "--json")) for _ in range(2)]
        await eventually(lambda: fake.pulls == 2)
        fake.allow_steps(10)
        results = await asyncio.gather(*pulls)
    assert [result.code for result in results] == [0, 0]
    assert [progress_in(result.events)[-1] for result in results] == [(2_800, 2_800)] * 2


async def test_pull_draws_one_line_on_a_terminal(program: Program, start_terminal: StartTerminal) -> None:
    fake = in_catalogue(steps=asyncio.Semaphore(1))
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        terminal = await start_terminal("models", "pull", "llama", wait=False)
        await terminal.shows("1 kB of 2 kB")
        fake.allow_steps(10)
        assert await terminal.ended() == 0
    drawn = terminal.received.decode()
    lines = drawn.split("\r")
    assert any(re.search(r"pulling aaaaaaaaaaaa  \[#+-+\] +40 %  1 kB of 2 kB", line) for line in lines)
    assert all(len(line) <= 80 for line in lines)
    assert "\x1b" not in drawn
    assert drawn.count("\n") == 1
    assert lines[-2] == "Pulled llama to server."


async def test_ctrl_c_on_a_terminal_keeps_the_line_and_says_how_to_continue(
    program: Program, start_terminal: StartTerminal
) -> None:
    async with running_ollama(in_catalogue(steps=asyncio.Semaphore(1))) as server:
        program.use_server(server.url)
        terminal = await start_terminal("models", "pull", "llama", wait=False)
        await terminal.shows("1 kB of 2 kB")
        terminal.type("\x03")
        assert await terminal.ended() == 130
    last_lines = terminal.received.decode().split("\n")[-3:]
    assert "1 kB of 2 kB" in last_lines[0]
    assert "`llm-tui models pull llama` continues the download." in last_lines[1]


async def test_pull_follows_a_download_of_lm_studio(program: Program) -> None:
    states = [("downloading", 10), ("completed", 1_000)]
    jobs = [{"job_id": "j", "status": name, "downloaded_bytes": n, "total_size_bytes": 1_000} for name, n in states]
    async with running_lmstudio(FakeLMStudio([], jobs=jobs)) as server:
        program.use_server(server.url, "lmstudio")
        result = await program.run("models", "pull", "qwen", "--json")
    assert result.code == 0
    assert progress_in(result.events) == [(10, 1_000), (1_000, 1_000)]


async def test_ctrl_c_at_a_pull_of_lm_studio_says_that_the_server_continues(program: Program) -> None:
    job = {"job_id": "j", "status": "downloading", "downloaded_bytes": 10, "total_size_bytes": 1_000}
    async with running_lmstudio(FakeLMStudio([], jobs=[job] * 1_000)) as server:
        program.use_server(server.url, "lmstudio")
        process = await program.start("models", "pull", "qwen", "--provider", "server", "--json")
        assert process.stdout is not None
        while json.loads(await process.stdout.readline())["type"] != "progress":
            pass
        process.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in (await process.stdout.read()).splitlines()]
        assert await process.wait() == 130
    assert rest[-1]["hint"] == (
        "The server continues the download by itself, and cannot be stopped. "
        "`llm-tui models pull qwen --provider server` shows its progress."
    )


async def test_ctrl_c_before_a_pull_began_promises_nothing(program: Program) -> None:
    async def never(connection: Connection) -> None:
        await connection.request.disconnected.wait()

    async with FaultServer(never) as server:
        program.use_server(server.url)
        process = await program.start("models", "pull", "llama", "--json")
        assert process.stdout is not None
        await eventually(lambda: bool(server.requests))
        process.send_signal(signal.SIGINT)
        events = [json.loads(line) for line in (await process.stdout.read()).splitlines()]
        assert await process.wait() == 130
    assert [(event["kind"], event["hint"]) for event in events] == [("cancelled", "")]


# rm


async def test_rm_needs_yes_without_a_terminal(program: Program) -> None:
    fake = with_llama()
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        refused = await program.run("models", "rm", "llama")
        assert set(fake.shown) == {"llama:latest"}
        removed = await program.run("models", "rm", "llama", "--yes")
    assert (refused.code, refused.out) == (2, "")
    assert "--yes" in refused.err
    assert (removed.code, removed.out) == (0, "Removed llama:latest from server.\n")
    assert fake.shown == {}


@pytest.mark.parametrize(("typed", "code", "is_removed"), [("y\n", 0, True), ("\n", 1, False), ("no\n", 1, False)])
async def test_rm_asks_on_a_terminal(
    program: Program, start_terminal: StartTerminal, typed: str, code: int, is_removed: bool
) -> None:
    fake = with_llama()
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        terminal = await start_terminal("models", "rm", "llama", wait=False)
        await terminal.shows("Remove llama:latest (4.7 GB) from server? [y/N] ")
        terminal.type(typed)
        assert await terminal.ended() == code
    assert (fake.shown == {}) is is_removed
    assert (b"Nothing was removed." in terminal.received) is not is_removed


async def test_ctrl_c_at_the_question_removes_nothing(program: Program, start_terminal: StartTerminal) -> None:
    fake = with_llama()
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        terminal = await start_terminal("models", "rm", "llama", wait=False)
        await terminal.shows("[y/N]")
        terminal.type("\x03")
        assert await terminal.ended() == 130
    assert set(fake.shown) == {"llama:latest"}


@pytest.mark.parametrize("action", ["rm llama --yes", "show llama", "load llama", "unload llama", "copy llama x"])
async def test_model_on_several_servers_needs_the_provider(program: Program, action: str) -> None:
    fakes = [with_llama(), with_llama(), with_llama()]
    async with running_ollama(fakes[0]) as one, running_ollama(fakes[1]) as two, running_ollama(fakes[2]) as three:
        use_servers(program, one=("ollama", one.url), two=("ollama", two.url), three=("ollama", three.url))
        ambiguous = await program.run("models", *action.split())
    assert (ambiguous.code, ambiguous.out) == (2, "")
    assert "one, two and three have a model llama. Choose one with --provider, as in `--provider one`" in ambiguous.err
    assert all(list(fake.shown) == ["llama:latest"] and not fake.running for fake in fakes)


async def test_exact_name_wins_over_an_implied_tag_on_another_server(program: Program) -> None:
    ollama, studio = with_llama(), FakeLMStudio([row("llama", instance("llama", 4096))])
    async with running_ollama(ollama) as one, running_lmstudio(studio) as two:
        use_servers(program, one=("ollama", one.url), two=("lmstudio", two.url))
        shown = await program.run("models", "show", "llama", "--json")
        unloaded = await program.run("models", "unload", "llama")
        # Not the other model of a similar name: that would delete what was not named.
        refused = await program.run("models", "rm", "llama", "--yes")
    assert json.loads(shown.out)["provider"] == "two"
    assert unloaded.out == "Unloaded llama on two.\n"
    assert refused.code == 1
    assert "two cannot remove models." in refused.err
    assert list(ollama.shown) == ["llama:latest"]


async def test_pull_prefers_a_server_that_can_pull(program: Program) -> None:
    fake = in_catalogue()
    async with FaultServer(replies(200, b'{"data": [{"id": "llama"}]}')) as other, running_ollama(fake) as server:
        use_servers(program, one=("openai", other.url), two=("ollama", server.url))
        result = await program.run("models", "pull", "llama")
    assert result.out == "Pulled llama to two.\n"


async def test_rm_removes_from_the_provider_that_is_named(program: Program) -> None:
    first, second = with_llama(), with_llama()
    async with running_ollama(first) as one, running_ollama(second) as two:
        use_servers(program, one=("ollama", one.url), two=("ollama", two.url))
        named = await program.run("models", "rm", "llama", "--yes", "--provider", "two")
    assert named.out == "Removed llama:latest from two.\n"
    assert first.shown
    assert not second.shown


# copy, load, unload


async def test_copy_gives_another_name(program: Program) -> None:
    fake = with_llama()
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        result = await program.run("models", "copy", "llama", "mine", "--json")
    assert [event["type"] for event in result.events] == ["start", "done"]
    assert set(fake.shown) == {"llama:latest", "mine"}


async def test_model_is_loaded_with_a_context_and_unloaded(program: Program) -> None:
    fake = with_llama()
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        loaded = await program.run("models", "load", "llama", "--context-length", "8192")
        assert fake.running["llama:latest"]["context_length"] == 8192
        unloaded = await program.run("models", "unload", "llama")
        again = await program.run("models", "unload", "llama")
    assert (again.code, again.out) == (0, "llama:latest was not loaded on server.\n")
    assert (loaded.code, loaded.out) == (0, "Loaded llama:latest on server.\n")
    assert (unloaded.code, unloaded.out) == (0, "Unloaded llama:latest on server.\n")
    assert fake.running == {}


async def test_model_is_loaded_with_the_context_of_the_config(program: Program) -> None:
    fake = with_llama()
    async with running_ollama(fake) as server:
        program.use_server(server.url, more="context_length = 4096\n")
        await program.run("models", "load", "llama")
    assert fake.running["llama:latest"]["context_length"] == 4096


@pytest.mark.parametrize("length", ["0", "-1", "many", "1e9"])
async def test_context_length_must_be_a_number_of_tokens(program: Program, length: str) -> None:
    result = await program.run("models", "load", "llama", "--context-length", length)
    assert result.code == 2
    assert "is not a number of tokens" in result.err or "expected one argument" in result.err


async def test_model_is_looked_for_on_all_providers(program: Program) -> None:
    studio = FakeLMStudio([row("qwen", instance("qwen", 4096))])
    async with running_ollama(with_llama()) as ollama, running_lmstudio(studio) as lmstudio:
        use_servers(program, one=("ollama", ollama.url), two=("lmstudio", lmstudio.url))
        result = await program.run("models", "unload", "qwen")
    assert result.out == "Unloaded qwen on two.\n"
    assert studio.rows[0]["loaded_instances"] == []


# show


async def test_show_prints_what_the_server_reports(program: Program) -> None:
    fake = with_llama()
    async with running_ollama(fake) as server:
        program.use_server(server.url)
        await program.run("models", "load", "llama")
        shown = await program.run("models", "show", "llama")
        as_json = await program.run("models", "show", "llama", "--json")
    rows = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in shown.out.splitlines())
    assert rows.pop("loaded").startswith("yes, context 4,096 tokens, 25% on the GPU, until 2026-11-30")
    assert rows == {
        "model": "llama:latest",
        "provider": "server",
        "size": "4.7 GB",
        "parameters": "8.0B",
        "quantization": "Q4_K_M",
        "context": "131,072 tokens",
        "capabilities": "completion, thinking",
        "thinking": "low, high (default: low)",
    }
    described = json.loads(as_json.out)
    assert (described["thinking"], described["thinking_default"]) == (["low", "high"], "low")
    assert (described["gpu_fraction"], described["is_remote"]) == (0.25, False)


async def test_show_has_the_context_alone_where_the_server_does_not_say_what_is_loaded(program: Program) -> None:
    listed = {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 2_048}]}
    async with FaultServer(replies(200, json.dumps(listed).encode())) as server:
        program.use_server(server.url, "openai")
        result = await program.run("models", "show", "m")
    assert re.search(r"^loaded +context 2,048 tokens$", result.out, re.MULTILINE)


async def test_show_asks_llama_cpp_about_its_model(program: Program) -> None:
    listed = {"data": [{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 2_048}}]}
    template = "{% if enable_thinking %}{% endif %}"
    server_tells = {"/v1/models": listed, "/props": {"is_sleeping": False, "chat_template": template}}

    async def answer(connection: Connection) -> None:
        await replies(200, json.dumps(server_tells[connection.request.target]).encode())(connection)

    async with FaultServer(answer) as server:
        program.use_server(server.url, "llamacpp")
        result = await program.run("models", "show", "m")
    assert re.search(r"^loaded +yes, context 2,048 tokens$", result.out, re.MULTILINE)
    assert re.search(r"^thinking +off, on$", result.out, re.MULTILINE)


async def test_show_says_cloud_where_a_model_leaves_this_machine(program: Program) -> None:
    cloud = {"remote_model": "glm-5", "remote_host": "https://ollama.com:443", "capabilities": ["completion"]}
    async with running_ollama(FakeOllama(shown={"glm-5:cloud": cloud})) as server:
        program.use_server(server.url)
        result = await program.run("models", "show", "glm-5:cloud")
        table = await program.run("models", "--provider", "server")
        rows = json.loads((await program.run("models", "--provider", "server", "--json")).out)
    assert re.search(r"^notes +cloud$", result.out, re.MULTILINE)
    assert re.search(r"^thinking +cannot be switched$", result.out, re.MULTILINE)
    assert "loaded" not in result.out
    assert table.out.splitlines()[1].split() == ["server", "glm-5:cloud", "cloud"]
    assert [(each["name"], each["is_remote"], each["loaded"]) for each in rows] == [("glm-5:cloud", True, None)]


# What cannot be done


async def test_server_that_cannot_says_what_can(program: Program) -> None:
    listing = replies(200, b'{"data": [{"id": "gpt"}]}')
    async with FaultServer(listing) as server:
        program.use_server(server.url, "openai")
        for action in ("pull gpt", "rm gpt --yes", "copy gpt x", "load gpt", "unload gpt"):
            result = await program.run("models", *action.split())
            assert (result.code, result.out) == (1, "")
            assert re.search(r"server cannot (pull|remove|copy|load|unload) models\. Ollama", result.err)


async def test_server_that_cannot_do_one_thing_says_what_it_can(program: Program) -> None:
    async with running_lmstudio(FakeLMStudio([row("qwen")])) as server:
        program.use_server(server.url, "lmstudio")
        result = await program.run("models", "rm", "qwen", "--yes", "--json")
    assert result.code == 1
    assert result.events == [
        {
            "type": "error",
            "kind": "bad_request",
            "message": "server cannot remove models.",
            "status": None,
            "hint": "Ollama and llama.cpp's router can. server can load, pull and unload models.",
        }
    ]


async def test_unknown_model_is_reported_with_the_servers_that_were_asked(program: Program) -> None:
    async with running_ollama(with_llama()) as server:
        program.use_server(server.url)
        anywhere = await program.run("models", "show", "gone")
        there = await program.run("models", "unload", "gone", "--provider", "server")
    assert (anywhere.code, there.code) == (1, 1)
    assert "No provider that answers has a model gone: server." in anywhere.err
    assert "server has no model gone. `llm-tui models --provider server` lists" in there.err


async def test_unreachable_and_unknown_providers_are_reported(program: Program) -> None:
    with refused_port() as port:
        program.use_server(f"http://127.0.0.1:{port}")
        unreachable = await program.run("models", "pull", "llama", "--provider", "server")
        unknown = await program.run("models", "pull", "llama", "--provider", "nowhere")
    assert (unreachable.code, unknown.code) == (1, 2)
    assert "ollama serve" in unreachable.err
    assert 'provider is "nowhere"' in unknown.err


@pytest.mark.parametrize("arguments", [["show"], ["copy", "llama"], ["frob", "llama"], ["show", "llama", "--yes"]])
async def test_wrong_arguments_are_bad_usage(program: Program, arguments: list[str]) -> None:
    result = await program.run("models", *arguments)
    assert result.code == 2
    assert "--help" in result.err
