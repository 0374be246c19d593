"""`llm-tui models`."""

from __future__ import annotations

import json

from tests.fault_server import JSON, FaultServer, refused_port, replies
from tests.program import Program
from tui.demo.server import DemoServer


async def test_lists_models_in_aligned_columns(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    result = await program.run("models", "--provider", "server")
    header, *rows = result.out.splitlines()
    assert header.split() == ["PROVIDER", "MODEL", "LOADED", "SIZE", "CONTEXT", "PARAMETERS"]
    assert rows[0].split()[:3] == ["server", "guide", "no"]
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


async def test_unknown_provider_is_bad_usage(program: Program) -> None:
    result = await program.run("models", "--provider", "unknown")
    assert result.code == 2
    assert "unknown" in result.err
