"""`llm-tui doctor`."""

from __future__ import annotations

import json

from tests.fault_server import JSON, FaultServer, refused_port, replies
from tests.program import Program
from tui.demo.server import DemoServer


async def test_succeeds_if_every_provider_responds(program: Program, demo: DemoServer) -> None:
    address = f'base_url = "{demo.url}"\n'
    program.use_server(demo.url, more=f"[providers.ollama]\n{address}[providers.lmstudio]\n{address}")
    result = await program.run("doctor")
    assert result.code == 0, result.out
    assert "FAIL" not in result.out
    assert "version 0.0.0-demo" in result.out
    assert str(program.config) in result.out
    assert str(program.data) in result.out


async def test_each_failure_has_a_hint(program: Program, demo: DemoServer) -> None:
    with refused_port() as port:
        address = f'base_url = "http://127.0.0.1:{port}"\n'
        program.use_server(demo.url, more=f"[providers.ollama]\n{address}[providers.lmstudio]\n{address}")
        result = await program.run("doctor", "--json")
    rows = {row["check"]: row for row in json.loads(result.out)}
    assert result.code == 1
    assert [name for name, row in rows.items() if not row["ok"]] == ["ollama", "lmstudio"]
    assert "ollama serve" in rows["ollama"]["hint"]
    assert "lms server start" in rows["lmstudio"]["hint"]
    assert rows["server"]["ok"]
    assert rows["demo"]["ok"]


async def test_invalid_config_is_a_failed_check(program: Program) -> None:
    program.configure("[timeouts]\nidle = 'soon'\n")
    result = await program.run("doctor", "--json")
    rows = {row["check"]: row for row in json.loads(result.out)}
    assert result.code == 1
    assert "timeouts.idle" in rows["config"]["detail"]


async def test_unknown_key_and_bad_data_folder_are_failed_checks(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url, more="[timeouts]\nidel = 3\n")
    program.data.write_text("not a folder")
    result = await program.run("doctor")
    rows = result.out.split("\nok ")
    assert result.code == 1
    assert "idel" in result.out
    assert "Cannot save or load conversations" in result.out
    assert rows


async def test_server_without_models_or_with_an_error_is_a_failed_check(program: Program) -> None:
    version, no_models = replies(200, b'{"version":"1"}', JSON), replies(200, b'{"models":[]}', JSON)
    async with FaultServer(version, no_models, no_models) as server:
        program.use_server(server.url)
        empty = json.loads((await program.run("doctor", "--json")).out)
    async with FaultServer(version, replies(500, b'{"error":"boom"}', JSON)) as server:
        program.use_server(server.url)
        broken = json.loads((await program.run("doctor", "--json")).out)
    assert next(row for row in empty if row["check"] == "server")["hint"] == "Download a model on that server."
    assert "boom" in next(row for row in broken if row["check"] == "server")["detail"]
