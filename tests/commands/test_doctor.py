"""`llm-tui doctor`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

from tests.commands.test_export import save
from tests.fault_server import JSON, Connection, FaultServer, hangs, refused_port, replies
from tests.program import Program
from tests.tools.conftest import STDIO_SERVER, Record, processes_marked, wait_until_gone
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


async def rows_of(program: Program, *arguments: str, **environment: str) -> tuple[int, dict[str, dict[str, object]]]:
    """The exit code of `doctor --json`, and its rows by check."""
    result = await program.run("doctor", "--json", *arguments, piped=None, **environment)
    return result.code, {row["check"]: row for row in json.loads(result.out)}


async def test_wrong_address_or_type_of_a_known_server_is_corrected(program: Program) -> None:
    async def vllm(connection: Connection) -> None:
        listed = replies(200, b'{"data":[{"id":"m","owned_by":"vllm"}]}', JSON)
        await (listed if connection.request.target == "/v1/models" else replies(404, b"{}", JSON))(connection)

    async with FaultServer(vllm) as server:
        program.use_server(
            f"{server.url}/api", "openai", f'[providers.two]\ntype = "ollama"\nbase_url = "{server.url}"\n'
        )
        result = await program.run("doctor", "--json")
    hints = {row["check"]: row["hint"] for row in json.loads(result.out)}
    assert hints["server"] == f"vLLM answers at {server.url}: use that address."
    assert hints["two"] == "Set the type to openai."


async def test_servers_that_hang_are_asked_at_once_and_only_once(program: Program) -> None:
    async with FaultServer(hangs) as one, FaultServer(hangs) as other:
        table = f'[providers.other]\ntype = "openai"\nbase_url = "{other.url}"\n'
        program.use_server(one.url, more=f"timeouts = {{ first_token = 1.0 }}\n{table}")
        running = asyncio.create_task(program.run("doctor", "--json"))
        # The second one is asked while the first one is silent.
        await asyncio.gather(one.wait_for_requests(1), other.wait_for_requests(1))
        result = await running
    rows = {row["check"]: row for row in json.loads(result.out)}
    assert "did not answer GET /api/version within 1 s" in rows["server"]["detail"]
    assert "within 5 s" in rows["other"]["detail"]
    assert (len(one.requests), len(other.requests)) == (1, 1)


async def test_built_in_providers_that_nothing_mentions_do_not_count(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    code, rows = await rows_of(program)
    assert code == 0
    for name in ("ollama", "lmstudio"):
        # A real server may run on the machine of the tests.
        if not rows[name]["counts"]:
            assert "not found" in str(rows[name]["detail"])
    assert "providers" not in rows


async def test_no_server_at_all_is_a_failed_check(program: Program) -> None:
    code, rows = await rows_of(program)
    # A real server may run on the machine of the tests.
    if not any(rows[name]["counts"] for name in ("ollama", "lmstudio")):
        assert code == 1
        assert "only the demo works" in str(rows["providers"]["detail"])
        assert "ollama serve" in str(rows["providers"]["hint"])


async def test_built_in_provider_counts_once_the_user_mentions_it(program: Program, demo: DemoServer) -> None:
    with refused_port() as port:
        for more, environment in (
            (f'[providers.ollama]\nbase_url = "http://127.0.0.1:{port}"\n', {}),
            ("", {"OLLAMA_HOST": f"127.0.0.1:{port}"}),
        ):
            program.use_server(demo.url, more=more)
            code, rows = await rows_of(program, **environment)
            assert code == 1
            assert (rows["ollama"]["ok"], rows["ollama"]["counts"]) == (False, True)


async def test_theme_and_keys_are_checked(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url, more='model = "echo"\n')
    program.configure(
        'theme = "drakula"\n' + program.config.read_text() + '[keys]\nquit = "ctrl+nokey"\nquiet = "f12"\n'
    )
    code, rows = await rows_of(program)
    assert code == 1
    assert "Did you mean 'dracula'?" in str(rows["theme"]["detail"])
    assert "'ctrl+nokey' is not a key" in str(rows["keys"]["detail"])
    assert "unknown action 'quiet'" in str(rows["keys"]["detail"])
    assert str(program.config) in str(rows["keys"]["hint"])


async def test_unknown_loaded_state_is_not_reported_as_none_loaded(program: Program) -> None:
    async with FaultServer(replies(200, b'{"data":[{"id":"m"}]}', JSON)) as server:
        program.use_server(server.url, "openai")
        _, rows = await rows_of(program)
    assert str(rows["server"]["detail"]).endswith("1 model")
    assert "loaded" not in str(rows["server"]["detail"])


async def test_provider_whose_models_cannot_chat_is_a_failed_check(program: Program) -> None:
    body = b'{"data":[{"id":"m","type":"embeddings","state":"loaded"}]}'
    async with FaultServer(replies(200, body, JSON)) as server:
        program.use_server(server.url, "lmstudio")
        code, rows = await rows_of(program)
    assert code == 1
    assert str(rows["server"]["detail"]).endswith("1 model, 1 loaded, none of which can chat")


async def test_tool_servers_are_started_and_their_tools_listed(
    program: Program, demo: DemoServer, tmp_path: Path
) -> None:
    command = json.dumps([sys.executable, str(STDIO_SERVER), str(tmp_path)])
    program.use_server(
        demo.url,
        more=f'[mcp.good]\ncommand = {command}\nallow = ["echo"]\nmode = "legacy"\n'
        f'[mcp.bad]\ncommand = {command}\nenv = {{ FAULTS = "exit", KEY = "pa55" }}\nallow = ["x"]\n'
        f'[mcp.typo]\ncommand = {command}\nallow = ["ehco"]\nmode = "legacy"\n'
        f'[mcp.off]\ncommand = ["no-such-program"]\nenabled = false\n',
    )

    code, rows = await rows_of(program)

    assert code == 1
    assert rows["mcp.good"]["ok"]
    assert "2025-06-18, 15 tools: echo (allowed), add, " in str(rows["mcp.good"]["detail"])
    assert rows["mcp.good"]["tools"][:2] == ["echo", "add"]  # type: ignore[index]
    assert not rows["mcp.bad"]["ok"]
    assert "No license ␛[31mfound." in str(rows["mcp.bad"]["detail"])
    assert str(program.data / "tool-servers" / "bad.log") in str(rows["mcp.bad"]["hint"])
    assert rows["mcp.typo"]["hint"] == "`allow` names tools that it does not have: ehco."
    assert "mcp.off" not in rows
    assert "pa55" not in str(rows)
    assert processes_marked(str(STDIO_SERVER)) == {}


async def test_tool_servers_without_the_package_have_a_hint(program: Program, demo: DemoServer, tmp_path: Path) -> None:
    program.use_server(demo.url, more='[mcp.x]\ncommand = ["uvx"]\n')
    # A package of the same name that is too old has other contents.
    (tmp_path / "mcp.py").write_text("")

    _, rows = await rows_of(program, PYTHONPATH=str(tmp_path))

    assert rows["mcp.x"]["detail"] == "Tools need the package mcp, version 2.3 or later, which is not installed."
    assert rows["mcp.x"]["hint"] == "Run `pip install 'llm-tui[tools]'`."


async def test_interrupted_check_of_a_tool_server_leaves_no_process(program: Program, tmp_path: Path) -> None:
    command = json.dumps([sys.executable, str(STDIO_SERVER), str(tmp_path)])
    program.configure(f'[mcp.slow]\ncommand = {command}\nenv = {{ FAULTS = "hang fork" }}\nmode = "legacy"\n')
    process = await program.start("doctor")
    record = Record(tmp_path)
    await record.wait_for("method")

    process.send_signal(signal.SIGINT)
    await process.communicate()

    assert process.returncode == 130
    await wait_until_gone(str(STDIO_SERVER))


async def test_conversations_are_counted_and_what_happens_to_them_is_said(program: Program) -> None:
    save(program, ("abc1", "About cats"), ("abd2", "About dogs"))
    kept = await program.run("doctor")
    assert f"conversations  {program.data}: 2 conversations, " in kept.out
    assert "kept until you delete them" in kept.out
    program.configure("keep_days = 90\n")
    assert "deleted after 90 days without use" in (await program.run("doctor")).out
