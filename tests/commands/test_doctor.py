"""`llm-tui doctor`."""

from __future__ import annotations

import json

from tests.fault_server import JSON, FaultServer, refused_port, replies
from tests.program import Program
from tui.demo.server import DemoServer


async def test_all_is_well_when_everything_answers(program: Program, demo: DemoServer) -> None:
    address = f'base_url = "{demo.url}"\n'
    program.use_server(demo.url, more=f"[providers.ollama]\n{address}[providers.lmstudio]\n{address}")
    ended = await program.run("doctor")
    assert ended.code == 0, ended.out
    assert "FAIL" not in ended.out
    assert "version 0.0.0-demo" in ended.out
    assert str(program.config) in ended.out
    assert str(program.data) in ended.out


async def test_each_failure_says_what_to_do_and_hides_no_other(program: Program, demo: DemoServer) -> None:
    with refused_port() as port:
        address = f'base_url = "http://127.0.0.1:{port}"\n'
        program.use_server(demo.url, more=f"[providers.ollama]\n{address}[providers.lmstudio]\n{address}")
        ended = await program.run("doctor", "--json")
    found = {row["check"]: row for row in json.loads(ended.out)}
    assert ended.code == 1
    assert [name for name, row in found.items() if not row["ok"]] == ["ollama", "lmstudio"]
    assert "ollama serve" in found["ollama"]["hint"]
    assert "lms server start" in found["lmstudio"]["hint"]
    assert found["server"]["ok"]
    assert found["demo"]["ok"]


async def test_a_config_that_cannot_be_used_is_a_finding(program: Program) -> None:
    program.configure("[timeouts]\nidle = 'soon'\n")
    ended = await program.run("doctor", "--json")
    found = {row["check"]: row for row in json.loads(ended.out)}
    assert ended.code == 1
    assert "timeouts.idle" in found["config"]["detail"]


async def test_an_unknown_key_and_a_data_folder_that_is_none_are_findings(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url, more="[timeouts]\nidel = 3\n")
    program.data.write_text("no folder")
    ended = await program.run("doctor")
    rows = ended.out.split("\nok ")
    assert ended.code == 1
    assert "idel" in ended.out
    assert "Cannot save or load conversations" in ended.out
    assert rows


async def test_a_server_without_a_model_or_of_another_kind_is_a_finding(program: Program) -> None:
    version, none = replies(200, b'{"version":"1"}', JSON), replies(200, b'{"models":[]}', JSON)
    async with FaultServer(version, none, none) as server:
        program.use_server(server.url)
        empty = json.loads((await program.run("doctor", "--json")).out)
    async with FaultServer(version, replies(500, b'{"error":"boom"}', JSON)) as server:
        program.use_server(server.url)
        broken = json.loads((await program.run("doctor", "--json")).out)
    assert next(row for row in empty if row["check"] == "server")["hint"] == "It has no model yet: get one there."
    assert "boom" in next(row for row in broken if row["check"] == "server")["detail"]
