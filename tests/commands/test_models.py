"""`llm-tui models`."""

from __future__ import annotations

import json

import pytest

from tests.fault_server import JSON, Connection, FaultServer, Script, refused_port, replies
from tests.program import Program
from tui.demo.server import DemoServer


async def test_lists_models_in_aligned_columns(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    result = await program.run("models", "--provider", "server")
    header, *rows = result.out.splitlines()
    assert header.split() == ["PROVIDER", "MODEL", "LOADED", "SIZE", "CONTEXT", "PARAMETERS"]
    assert rows[0].split()[:3] == ["server", "guide", "no"]
    assert result.code == 0


async def test_lists_the_demo_if_the_user_chose_it(program: Program) -> None:
    disabled = "".join(f"[providers.{name}]\nenabled = false\n" for name in ("ollama", "lmstudio"))
    program.configure(f'provider = "demo"\n{disabled}')
    result = await program.run("models")
    assert ["demo", "guide"] in [row.split()[:2] for row in result.out.splitlines()]
    assert result.code == 0


async def test_json_is_one_array(program: Program) -> None:
    listed = {
        "data": [
            {"id": "big", "type": "llm", "state": "loaded", "max_context_length": 8192, "loaded_context_length": 4096},
            {"id": "embed", "type": "embeddings", "state": "not-loaded", "max_context_length": 512},
        ]
    }
    async with FaultServer(replies(200, json.dumps(listed).encode(), JSON)) as server:
        program.use_server(server.url, "lmstudio")
        result = await program.run("models", "--provider", "server", "--json")
    rows = json.loads(result.out)
    assert [(row["provider"], row["name"], row["loaded"]) for row in rows] == [
        ("server", "big", True),
        ("server", "embed", False),
    ]
    assert rows[0]["context_length"] == 8192
    assert rows[0]["loaded_context_length"] == 4096
    assert rows[0]["size_bytes"] is None


async def test_unreachable_provider_does_not_hide_others(program: Program, demo: DemoServer) -> None:
    with refused_port() as port:
        address = f'base_url = "http://127.0.0.1:{port}"'
        program.use_server(demo.url, more=f"[providers.ollama]\n{address}\n[providers.lmstudio]\n{address}\n")
        result = await program.run("models")
    assert "guide" in result.out
    assert result.err.count("\n") == 2
    assert result.code == 0


async def test_fails_if_no_provider_responds(program: Program) -> None:
    with refused_port() as port:
        program.use_server(f"http://127.0.0.1:{port}")
        result = await program.run("models", "--provider", "server", "--json")
    assert result.code == 1
    assert json.loads(result.out) == []
    assert "ollama serve" in result.err


async def test_no_table_is_printed_without_models(program: Program) -> None:
    with refused_port() as port:
        program.use_server(f"http://127.0.0.1:{port}")
        result = await program.run("models", "--provider", "server")
    assert (result.code, result.out) == (1, "")
    script, _ = listing_server([], replies(404))
    async with FaultServer(script) as server:
        program.use_server(server.url)
        result = await program.run("models", "--provider", "server")
    assert (result.code, result.out) == (0, "")
    assert result.err == "llm-tui: No models yet. Download a model on the server.\n"


async def test_unknown_provider_is_bad_usage(program: Program) -> None:
    result = await program.run("models", "--provider", "unknown")
    assert result.code == 2
    assert "unknown" in result.err


def listing_server(names: list[str], show: Script) -> tuple[Script, list[str]]:
    """A server that lists models in Ollama's and OpenAI's format, and the paths that it is asked for."""
    paths: list[str] = []
    tags = json.dumps({"models": [{"name": name} for name in names], "data": [{"id": name} for name in names]}).encode()

    async def serve(connection: Connection) -> None:
        path = connection.request.target
        paths.append(path)
        script = show if path == "/api/show" else replies(200, tags, JSON)
        await script(connection)

    return serve, paths


async def test_server_that_lists_everything_is_asked_once(program: Program) -> None:
    script, paths = listing_server([f"m{number}" for number in range(200)], replies(404))
    async with FaultServer(script) as server:
        program.use_server(server.url, "openai")
        result = await program.run("models", "--provider", "server")
    assert paths == ["/v1/models"]
    assert result.out.count("\n") == 201
    assert result.err == ""


async def test_details_are_requested_for_a_bounded_number_of_models(program: Program) -> None:
    shown = json.dumps({"model_info": {"general.architecture": "x", "x.context_length": 4096}}).encode()
    script, paths = listing_server([f"m{number}" for number in range(300)], replies(200, shown, JSON))
    async with FaultServer(script) as server:
        program.use_server(server.url)
        result = await program.run("models", "--provider", "server")
    assert paths.count("/api/show") == 100
    assert result.out.count("4,096") == 100
    assert result.out.count("\n") == 301
    assert "only the first 100" in result.err


async def test_failing_details_are_not_requested_for_every_model(program: Program) -> None:
    script, paths = listing_server([f"m{number}" for number in range(50)], replies(500))
    async with FaultServer(script) as server:
        program.use_server(server.url)
        result = await program.run("models", "--provider", "server")
    assert paths.count("/api/show") <= 8
    assert result.out.count("\n") == 51
    assert result.code == 0


@pytest.mark.parametrize(("is_sleeping", "loaded"), [(False, True), (True, False)])
async def test_single_llama_server_reports_whether_its_model_is_loaded(
    program: Program, is_sleeping: bool, loaded: bool
) -> None:
    row = {"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 512, "n_ctx_train": 8192}}

    async def serve(connection: Connection) -> None:
        body: dict[str, object] = {"is_sleeping": is_sleeping}
        if connection.request.target == "/v1/models":
            body = {"data": [row]}
        await replies(200, json.dumps(body).encode(), JSON)(connection)

    async with FaultServer(serve) as server:
        program.use_server(server.url, "openai")
        result = await program.run("models", "--provider", "server", "--json")
    assert [model["loaded"] for model in json.loads(result.out)] == [loaded]


async def test_removed_model_does_not_stop_the_details_of_others(program: Program) -> None:
    async def show(connection: Connection) -> None:
        is_missing = b"gone" in connection.request.body
        info = b'{"model_info": {"general.architecture": "x", "x.context_length": 4096}}'
        await (replies(404, b'{"error": "model not found"}') if is_missing else replies(200, info, JSON))(connection)

    script, _ = listing_server(["gone", "m1", "m2"], show)
    async with FaultServer(script) as server:
        program.use_server(server.url)
        result = await program.run("models", "--provider", "server")
    assert result.out.count("4,096") == 2


async def test_models_that_may_not_chat_are_last_and_marked(program: Program) -> None:
    script, _ = listing_server(["whisper-1", "real"], replies(404))
    async with FaultServer(script) as server:
        program.use_server(server.url, "openai")
        table = (await program.run("models", "--provider", "server")).out.splitlines()
        rows = json.loads((await program.run("models", "--provider", "server", "--json")).out)
    assert [line.split() for line in table] == [
        ["PROVIDER", "MODEL", "LOADED", "SIZE", "CONTEXT", "PARAMETERS", "NOTES"],
        ["server", "real"],
        ["server", "whisper-1", "may", "not", "chat"],
    ]
    assert [(row["name"], row["can_chat"]) for row in rows] == [("real", True), ("whisper-1", None)]


async def test_absent_built_in_providers_are_not_reported_beside_others(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    result = await program.run("models")
    assert result.code == 0
    assert "server" in result.out
    assert "refused" not in result.err


async def test_models_of_a_public_server_are_marked_as_cloud(program: Program) -> None:
    async with FaultServer(replies(200, b'{"data": [{"id": "gpt"}]}', JSON)) as proxy:
        program.use_server("http://models.example.org", "openai")
        table = await program.run("models", "--provider", "server", http_proxy=proxy.url)
        rows = json.loads((await program.run("models", "--provider", "server", "--json", http_proxy=proxy.url)).out)
        shown = await program.run("models", "show", "gpt", "--provider", "server", http_proxy=proxy.url)
    assert table.out.splitlines()[1].split() == ["server", "gpt", "cloud"]
    assert rows[0]["is_remote"] is True
    assert "cloud" in shown.out
