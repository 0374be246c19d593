"""Tool servers over stdio: real programs, with every fault they can have."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.tools.conftest import (
    MakeServers,
    Record,
    faster,
    processes_marked,
    stdio_options,
    wait_until_gone,
)
from tui.chat.tool_servers import Elicitation, ElicitationAnswer, PromptArgument, PromptSpec
from tui.errors import ToolServerError
from tui.tools.options import ServerOptions, ToolServerConfig
from tui.tools.servers import ToolServers


async def test_starts_when_tools_are_first_needed(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers()
    assert record.starts == 0
    assert servers.state("test").status == "down"

    specs = await servers.specs()

    assert record.starts == 1
    assert servers.state("test").status == "up"
    assert servers.state("test").version == "2025-06-18"
    assert servers.state("test").instructions == "Use echo."
    echo = specs[0]
    assert (echo.full_name, echo.description, echo.read_only, echo.destructive) == (
        "test.echo",
        "The tool echo.",
        True,
        None,
    )
    assert echo.schema["required"] == ["text"]


async def test_concurrent_callers_share_one_start(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers()

    results = await asyncio.gather(*(servers.call("test", "echo", {"text": f"{i}"}) for i in range(20)))

    assert [result.text for result in results] == [f"{i}" for i in range(20)]
    assert record.starts == 1


async def test_only_named_servers_are_started(make_servers: MakeServers, tmp_path: Path) -> None:
    other = stdio_options(tmp_path / "other")
    servers = make_servers(more={"other": ServerOptions("other", other.command)})

    specs = await servers.specs(["test", "unknown"])

    assert {spec.server for spec in specs} == {"test"}
    assert servers.state("other").status == "down"


async def test_closing_ends_every_server_and_its_processes(make_servers: MakeServers, tmp_path: Path) -> None:
    servers = make_servers("fork", "daemon", "ignore-end")
    assert await servers.specs()
    # The guard, the server, its child, and the one that left the group.
    assert len(processes_marked(str(tmp_path))) == 4

    await servers.aclose()

    assert processes_marked(str(tmp_path)) == {}
    assert servers.state("test").status == "down"


async def test_closing_while_a_server_hangs_in_its_start(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers("hang", mode="legacy")
    starting = asyncio.create_task(servers.specs())
    await record.wait_for("method")

    await servers.aclose()

    assert await starting == ()


async def test_closing_finishes_although_it_is_cancelled(make_servers: MakeServers, tmp_path: Path) -> None:
    servers = make_servers("ignore-end")
    await servers.specs()
    closing = asyncio.create_task(servers.aclose())
    for _ in range(3):
        await asyncio.sleep(0.01)
        closing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await closing

    assert processes_marked(str(tmp_path)) == {}


async def test_closed_servers_start_again_when_needed(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers()
    await servers.specs()
    await servers.aclose()

    assert (await servers.call("test", "echo", {"text": "again"})).text == "again"
    assert record.starts == 2


# Starts that fail.


async def test_server_that_exits_at_the_start_fails_with_its_words(make_servers: MakeServers) -> None:
    servers = make_servers("exit")

    assert await servers.specs() == ()

    state = servers.state("test")
    assert state.status == "failed"
    assert "ended before it answered" in state.reason
    assert state.log_lines == ("No license ␛[31mfound.",)
    assert state.log is not None
    assert "No license" in state.log.read_text()


async def test_server_that_hangs_at_the_start_fails_at_the_limit(make_servers: MakeServers) -> None:
    servers = make_servers("hang", limits=faster(open_s=0.5))

    assert await servers.specs() == ()

    assert servers.state("test").status == "failed"
    assert "did not answer within 0.5 seconds" in servers.state("test").reason


async def test_failed_start_is_not_repeated_before_restart(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers("exit", mode="legacy")
    await servers.specs()
    await servers.specs()
    result = await servers.call("test", "echo", {"text": "x"})
    assert result.is_error
    assert "ended before it answered" in result.text
    assert record.starts == 1

    with pytest.raises(ToolServerError, match="ended before it answered"):
        await servers.restart("test")
    assert record.starts == 2


async def test_missing_program_is_named(tmp_path: Path) -> None:
    servers = ToolServers(ToolServerConfig({"x": ServerOptions("x", ("no-such-program", "--now"))}))

    assert await servers.specs() == ()
    assert "there is no program no-such-program" in servers.state("x").reason


async def test_program_that_is_not_executable_is_a_failed_start(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("not a program")
    program.chmod(0o755)
    servers = ToolServers(ToolServerConfig({"x": ServerOptions("x", (str(program),))}))

    assert await servers.specs() == ()
    assert servers.state("x").status == "failed"
    assert any("Exec format error" in line for line in servers.state("x").log_lines)


async def test_dies_on_an_unknown_method_and_is_opened_the_old_way(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers("die-on-unknown")

    assert await servers.specs()
    assert record.starts == 2
    assert servers.state("test").status == "up"


async def test_legacy_mode_sends_no_unknown_method(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers("die-on-unknown", "deaf", mode="legacy")

    assert await servers.specs()
    assert record.starts == 1


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_older_protocol_versions_are_spoken(make_servers: MakeServers, version: str) -> None:
    servers = make_servers(VERSION=version)

    assert (await servers.call("test", "echo", {"text": "hi"})).text == "hi"
    assert servers.state("test").version == version


async def test_unknown_protocol_version_is_a_failed_start(make_servers: MakeServers) -> None:
    servers = make_servers(VERSION="1999-01-01")

    assert await servers.specs() == ()
    assert "1999-01-01" in servers.state("test").reason


# What servers write.


@pytest.mark.parametrize("fault", ["garbage", "bad-byte", "flood"])
async def test_noise_between_messages_is_ignored(
    make_servers: MakeServers, fault: str, capfd: pytest.CaptureFixture[str]
) -> None:
    servers = make_servers(fault, mode="legacy")

    result = await servers.call("test", "echo", {"text": "hi"})

    assert result.text == "hi"
    # Nothing is written over the screen.
    assert capfd.readouterr() == ("", "")


async def test_tools_are_listed_page_by_page(make_servers: MakeServers, record: Record) -> None:
    specs = await make_servers("pages").specs()

    assert len(specs) == 15
    assert record.count("tools/list") == 15


async def test_endless_pages_end_at_the_limit(make_servers: MakeServers, record: Record) -> None:
    specs = await make_servers("endless-pages", limits=faster(listed=40)).specs()

    # Of tools with the same name, the first is used.
    assert len(specs) == 15
    assert record.count("tools/list") == 3


async def test_invalid_list_is_a_reason_and_not_a_crash(make_servers: MakeServers) -> None:
    servers = make_servers("bad-list")

    assert await servers.specs() == ()
    assert servers.state("test").status == "up"
    assert "invalid answer (tools.0" in servers.state("test").reason


async def test_stderr_is_kept_in_a_small_file(make_servers: MakeServers, tmp_path: Path) -> None:
    servers = make_servers(limits=faster(log_bytes=2000))
    for number in range(30):
        await servers.call("test", "complain", {"text": f"line {number} " + "x" * 200})
    await servers.aclose()

    log = tmp_path / "logs" / "test.log"
    assert servers.state("test").log == log
    assert log.stat().st_size <= 2000
    assert "line 29" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


async def test_too_long_message_ends_the_server(make_servers: MakeServers) -> None:
    servers = make_servers(limits=faster(message_bytes=100_000))

    result = await servers.call("test", "big", {"size": 200_000})

    assert result.is_error
    assert "ended before it answered" in result.text
    assert (await servers.call("test", "echo", {"text": "again"})).text == "again"
    log = servers.state("test").log
    assert log is not None
    assert "a line of more than 100000 bytes" in log.read_text()


# Calls.


async def test_long_result_is_cut_with_a_word(make_servers: MakeServers) -> None:
    servers = make_servers()

    result = await servers.call("test", "big", {"size": 1_000_000})

    assert result.text.startswith("x" * 100_000 + "\n[Cut by llm-tui: the first 100,000 of 1,000,000 characters.]")


async def test_structured_result_is_not_repeated(make_servers: MakeServers) -> None:
    assert (await make_servers().call("test", "add", {"a": 1, "b": 2})).text == '{"sum": 3}'


async def test_blocks_of_every_kind_are_understood(make_servers: MakeServers) -> None:
    result = await make_servers().call("test", "blocks", {})

    assert result.text.splitlines() == [
        "first",
        "[image: image/png]",
        "[image/png: damaged data]",
        "[data: audio/wav, 4 bytes, not shown]",
        "[file:///notes.txt]",
        "the notes",
        "[file:///data.bin: application/octet-stream, 3 bytes, not shown]",
        "[link: more https://example.org/x]",
    ]
    assert [(image.media_type, image.data[:4]) for image in result.images] == [("image/png", b"\x89PNG")]
    assert result.links == ("https://example.org/x",)


async def test_failures_are_results_for_the_model(make_servers: MakeServers) -> None:
    servers = make_servers()

    failed = await servers.call("test", "fail", {})
    refused = await servers.call("test", "refuse", {})
    malformed = await servers.call("test", "malformed", {})
    unknown = await servers.call("test", "nothing", {})
    elsewhere = await servers.call("nowhere", "echo", {})

    # As the server sent it: it is cleaned where it is shown.
    assert (failed.is_error, failed.text) == (True, "It failed\x1b[2J.")
    assert (refused.is_error, refused.text) == (
        True,
        "The tool server test failed at the tool refuse: No, thank you.",
    )
    assert malformed.is_error
    assert "invalid answer (content" in malformed.text
    assert (unknown.is_error, unknown.text) == (True, "The tool server test has no tool nothing.")
    assert elsewhere.is_error


async def test_arguments_that_do_not_fit_are_not_sent(make_servers: MakeServers, record: Record) -> None:
    result = await make_servers().call("test", "echo", {"text": 5, "more": 1})

    assert result.is_error
    assert "Nothing was run." in result.text
    assert "text: 5 is not of type 'string'" in result.text
    assert record.count("tools/call") == 0


async def test_death_in_a_call_is_a_result_and_the_next_call_starts_anew(
    make_servers: MakeServers, record: Record
) -> None:
    servers = make_servers()

    result = await servers.call("test", "die", {})

    assert result.is_error
    assert result.text == "The tool server test ended before it answered."
    assert (await servers.call("test", "echo", {"text": "hi"})).text == "hi"
    assert record.starts == 2


async def test_death_between_calls_is_noticed(make_servers: MakeServers, record: Record, tmp_path: Path) -> None:
    servers = make_servers()
    await servers.specs()
    changed = asyncio.Event()
    servers.on_changed = lambda _: changed.set()
    (server,) = (pid for pid, command in processes_marked(str(tmp_path)).items() if "guard.py" not in command)
    os.kill(server, signal.SIGKILL)

    await changed.wait()

    assert servers.state("test").status == "failed"
    assert servers.state("test").reason == "The tool server test ended."
    assert (await servers.call("test", "echo", {"text": "hi"})).text == "hi"
    assert record.starts == 2


async def test_cancelled_call_is_cancelled_on_the_server(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers()
    call = asyncio.create_task(servers.call("test", "wait", {}))
    await record.wait_for("waiting")

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    await record.wait_for("cancelled")
    assert (await servers.call("test", "echo", {"text": "hi"})).text == "hi"


async def test_call_that_takes_too_long_is_cancelled_on_the_server(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers(limits=faster(call_s=0.2))

    result = await servers.call("test", "wait", {})

    assert result.is_error
    assert "took too long and was cancelled" in result.text
    await record.wait_for("cancelled")


async def test_closing_in_a_call_is_a_result(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers()
    call = asyncio.create_task(servers.call("test", "wait", {}))
    await record.wait_for("waiting")

    await servers.aclose()

    result = await call
    assert (result.is_error, result.text) == (True, "The tool server test was closed.")


async def test_progress_is_reported(make_servers: MakeServers) -> None:
    reports: list[tuple[float, float | None, str]] = []

    result = await make_servers().call("test", "progress", {}, lambda *report: reports.append(report))

    assert result.text == "done"
    assert result.seconds > 0
    assert reports == [(1, 2, "1"), (2, 2, "2")]


# Changes of tools.


@pytest.mark.parametrize("faults", [(), ("quiet",)])
async def test_changed_tool_has_another_fingerprint(make_servers: MakeServers, faults: tuple[str, ...]) -> None:
    servers = make_servers(*faults)
    before = (await servers.specs())[0]
    assert before.fingerprint == (await servers.specs())[0].fingerprint
    await servers.call("test", "change", {})

    after = await servers.specs()

    assert after[0].name == before.name
    assert after[0].fingerprint != before.fingerprint
    assert "new" in {spec.name for spec in after}


async def test_tool_that_changed_after_its_approval_does_not_run(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers()
    approved = (await servers.specs())[0]
    changed = asyncio.Event()
    servers.on_changed = lambda _: changed.set()
    await servers.call("test", "change", {})
    await changed.wait()
    calls = record.count("tools/call")

    result = await servers.call("test", "echo", {"text": "hi"}, fingerprint=approved.fingerprint)

    assert result.is_error
    assert "changed this tool since it was approved" in result.text
    assert record.count("tools/call") == calls


async def test_unchanged_tool_runs_with_its_fingerprint(make_servers: MakeServers) -> None:
    servers = make_servers()
    approved = (await servers.specs())[0]

    result = await servers.call("test", "echo", {"text": "hi"}, fingerprint=approved.fingerprint)

    assert result.text == "hi"


# Prompts, resources, questions.


async def test_prompts_are_listed_and_filled_in(make_servers: MakeServers) -> None:
    servers = make_servers()

    assert await servers.prompts() == (
        PromptSpec("test", "review", "Review it.", (PromptArgument("code", "The code.", is_required=True),)),
    )
    assert (await servers.get_prompt("test", "review", {"code": "x = 1"})).text == "Review x = 1."
    with pytest.raises(ToolServerError, match="no such prompt"):
        await servers.get_prompt("test", "other", {"code": ""})


async def test_resources_are_listed_and_read(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers()

    found = await servers.resources()
    await servers.resources()

    assert [(resource.uri, resource.is_template) for resource in found] == [
        ("test://a", False),
        ("test://{name}", True),
    ]
    # Completion asks for each key that is typed.
    assert record.count("resources/list") == 1
    content = await servers.read_resource("test", "test://a")
    assert content.text == "content\n[image: test://a]"
    assert [image.media_type for image in content.images] == ["image/png"]


async def test_question_of_a_server_is_answered_by_the_user(make_servers: MakeServers) -> None:
    servers = make_servers()
    questions: list[Elicitation] = []

    async def answer(question: Elicitation) -> ElicitationAnswer:
        questions.append(question)
        return ElicitationAnswer("accept", {"name": "Ada"})

    servers.on_elicitation = answer

    result = await servers.call("test", "ask", {})

    assert json.loads(result.text) == {"action": "accept", "content": {"name": "Ada"}}
    assert (questions[0].server, questions[0].message) == ("test", "Your name?")
    assert questions[0].schema["properties"] == {"name": {"type": "string"}}


async def test_time_limit_stands_still_while_the_user_answers(make_servers: MakeServers) -> None:
    servers = make_servers(limits=faster(call_s=0.5))

    async def answer_late(_: Elicitation) -> ElicitationAnswer:
        await asyncio.sleep(1.0)
        return ElicitationAnswer("cancel")

    servers.on_elicitation = answer_late
    await servers.specs()

    assert json.loads((await servers.call("test", "ask", {})).text) == {"action": "cancel"}


async def test_question_ends_with_its_call(make_servers: MakeServers) -> None:
    servers = make_servers(limits=faster(call_s=0.5))
    asked, ended = asyncio.Event(), asyncio.Event()

    async def never_answer(_: Elicitation) -> ElicitationAnswer:
        asked.set()
        try:
            return await asyncio.Future()
        finally:
            ended.set()

    servers.on_elicitation = never_answer
    call = asyncio.create_task(servers.call("test", "ask", {}))
    await asked.wait()
    call.cancel()

    await ended.wait()
    # The clock of the next call runs again.
    assert "took too long" in (await servers.call("test", "wait", {})).text


async def test_refused_question_has_no_content(make_servers: MakeServers) -> None:
    servers = make_servers()

    async def decline(_: Elicitation) -> ElicitationAnswer:
        return ElicitationAnswer("decline", {"name": "left over"})

    servers.on_elicitation = decline

    assert json.loads((await servers.call("test", "ask", {})).text) == {"action": "decline"}


@pytest.mark.parametrize("tool", ["ask", "sample"])
async def test_questions_to_nobody_and_to_the_model_are_refused(make_servers: MakeServers, tool: str) -> None:
    error = json.loads((await make_servers().call("test", tool, {})).text)

    assert error["code"] < 0


# Settings.


async def test_environment_of_a_server_is_minimal(make_servers: MakeServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    servers = make_servers(MINE="yes; $(id)")

    environment = json.loads((await servers.call("test", "environment", {})).text)

    assert environment["MINE"] == "yes; $(id)"
    allowed = {"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "FAULTS", "MINE"}
    # Python itself sets the last two, on Linux and macOS.
    assert set(environment) <= allowed | {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}


async def test_command_is_not_read_by_a_shell(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write(repr(sys.argv[1:]))"
    options = ServerOptions("x", (sys.executable, "-c", code, "$HOME; touch x", str(tmp_path)), mode="legacy")
    servers = ToolServers(ToolServerConfig({"x": options}))

    await servers.specs()

    assert servers.state("x").log_lines == (f"['$HOME; touch x', '{tmp_path}']",)


async def test_other_settings_restart_only_the_servers_they_concern(
    make_servers: MakeServers, record: Record, tmp_path: Path
) -> None:
    servers = make_servers()
    await servers.specs()
    same = {"test": stdio_options(tmp_path)}
    limits, folder = servers._config.limits, tmp_path / "logs"

    await servers.configure(ToolServerConfig({**same, "new": ServerOptions("new", ("x",))}, limits, folder))
    await servers.specs(["test"])
    assert servers.names == ("test", "new")
    assert record.starts == 1

    await servers.configure(ToolServerConfig({"test": stdio_options(tmp_path, A="1")}, limits, folder))
    assert servers.state("test").status == "down"
    await servers.specs()
    assert record.starts == 2

    await servers.configure(ToolServerConfig())
    assert not servers.names
    assert processes_marked(str(tmp_path)) == {}


async def test_options_hide_their_secrets() -> None:
    options = ServerOptions("x", env={"KEY": "pa55"}, url="http://me:pa55@host", headers={"Authorization": "pa55"})

    assert "pa55" not in repr(options)
    assert "pa55" not in repr(ToolServerConfig({"x": options}))


async def test_servers_without_use_start_nothing(make_servers: MakeServers, record: Record) -> None:
    servers = make_servers()
    await servers.aclose()
    assert record.starts == 0
    await wait_until_gone(str(record._path.parent))
