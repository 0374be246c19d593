"""Where the API key of a provider comes from, and where it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fault_server import JSON, FaultServer, eventually, no_leaked_tasks, replies
from tests.providers.client import provider_at
from tui.config.secret import Secret
from tui.config.settings import ProviderSettings, ProviderType
from tui.errors import ConfigError, ProviderError
from tui.runtime.api_keys import ApiKeys, documented_variable

VARIABLES = {
    "OPENAI_API_KEY": "sk-openai",
    "OLLAMA_API_KEY": "sk-ollama",
    "OPENROUTER_API_KEY": "sk-openrouter",
    "LM_API_TOKEN": "sk-lm",
}


def provider(kind: ProviderType = "openai", base_url: str = "http://server.test", **more: Any) -> ProviderSettings:
    return ProviderSettings("mine", kind, base_url, **more)


def command(code: str) -> tuple[str, ...]:
    """A command that runs Python code."""
    return (sys.executable, "-c", code)


def environ(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **more}


@pytest.mark.parametrize(
    ("kind", "base_url", "key"),
    [
        ("openai", "https://api.openai.com/v1", "sk-openai"),
        ("openai", "api.openai.com", "sk-openai"),
        ("openai", "HTTPS://API.OpenAI.com:443", "sk-openai"),
        ("openai", "https://openrouter.ai/api/v1", "sk-openrouter"),
        ("ollama", "https://ollama.com", "sk-ollama"),
        ("openai", "https://ollama.com/v1", "sk-ollama"),
        ("lmstudio", "http://127.0.0.1:1234", "sk-lm"),
        ("lmstudio", "http://192.168.1.20:1234", "sk-lm"),
    ],
)
async def test_documented_variable_is_found_without_config(kind: ProviderType, base_url: str, key: str) -> None:
    assert await ApiKeys(VARIABLES).key_of(provider(kind, base_url)) == key


@pytest.mark.parametrize(
    ("kind", "base_url"),
    [
        ("openai", "http://api.openai.com/v1"),
        ("openai", "https://api.openai.com:8443/v1"),
        ("openai", "api.openai.com:8443"),
        ("openai", "https://api.openai.com.example.org/v1"),
        ("openai", "https://api.openai.com@example.org/v1"),
        ("openai", "https://example.org/api.openai.com"),
        ("openai", "https://example.org/?https://api.openai.com"),
        ("openai", "https://eu.api.openai.com"),
        ("openai", "https://openrouter.ai.example.org"),
        ("ollama", "https://api.ollama.com"),
        ("ollama", "http://ollama.com"),
        ("ollama", "http://127.0.0.1:11434"),
        ("openai", "http://127.0.0.1:1234"),
        ("llamacpp", "http://127.0.0.1:9931"),
        ("demo", ""),
    ],
)
async def test_documented_variable_is_sent_to_no_other_host(kind: ProviderType, base_url: str) -> None:
    assert await ApiKeys(VARIABLES).key_of(provider(kind, base_url)) is None


async def test_configured_keys_come_before_the_documented_variable() -> None:
    keys = ApiKeys({**environ(**VARIABLES), "MINE": "sk-mine"})
    url = "https://api.openai.com"
    printing = command("print('sk-command')")

    assert await keys.key_of(provider(base_url=url, api_key=Secret("sk-file"), api_key_env="MINE")) == "sk-file"
    assert await keys.key_of(provider(base_url=url, api_key_env="MINE", api_key_command=printing)) == "sk-mine"
    assert await keys.key_of(provider(base_url=url, api_key_command=printing)) == "sk-command"
    assert await keys.key_of(provider(base_url=url, api_key_env="NOT_SET")) == "sk-openai"


async def test_invalid_documented_variable_is_reported_by_name_only() -> None:
    with pytest.raises(ConfigError, match="LM_API_TOKEN, the API key of mine, contains an invalid") as raised:
        await ApiKeys({"LM_API_TOKEN": "ключ"}).key_of(provider("lmstudio"))
    assert "ключ" not in str(raised.value) + raised.value.hint


async def test_key_is_the_first_line_that_the_command_prints() -> None:
    printing = command("print('  sk-command  '); print('user: me'); print('x' * 1_000_000)")

    assert await ApiKeys(environ()).key_of(provider(api_key_command=printing)) == "sk-command"


async def test_command_runs_once_until_the_key_is_refused(tmp_path: Path) -> None:
    count = tmp_path / "count"
    keys = ApiKeys(environ(COUNT=str(count)))
    settings = provider(
        api_key_command=command("import os; open(os.environ['COUNT'], 'a').write('x'); print('sk-command')")
    )

    assert await asyncio.gather(*(keys.key_of(settings) for _ in range(3))) == ["sk-command"] * 3
    assert count.read_text() == "x"

    keys.forget(settings)
    await keys.key_of(settings)
    assert count.read_text() == "xx"


async def test_command_runs_once_for_all_requests_with_an_expired_key(tmp_path: Path) -> None:
    now = [100.0]
    keys = ApiKeys(environ(COUNT=str(tmp_path / "count")), monotonic=lambda: now[0])
    code = "import os; open(os.environ['COUNT'], 'a').write('x'); print('sk', os.path.getsize(os.environ['COUNT']))"
    settings = provider(api_key_command=command(code))
    refused = await keys.key_of(settings)
    assert refused == "sk 1"

    # A key that is a second old has not expired.
    now[0] = 101.0
    assert await keys.renew(settings, refused) == "sk 1"

    now[0] = 3_700.0
    assert await asyncio.gather(*(keys.renew(settings, refused) for _ in range(3))) == ["sk 2"] * 3
    assert await keys.renew(settings, refused) == "sk 2"


@pytest.mark.parametrize(
    ("more", "comes_from_command"),
    [({}, True), ({"api_key_env": "MINE"}, False), ({"api_key": Secret("sk")}, False), ({"api_key_env": "NO"}, True)],
)
def test_key_of_file_or_variable_goes_before_the_command(more: dict[str, Any], comes_from_command: bool) -> None:
    settings = provider(api_key_command=command("print('sk-command')"), **more)
    assert ApiKeys(environ(MINE="sk-mine")).comes_from_command(settings) is comes_from_command


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("/no/such/program",), "api_key_command of mine cannot be run: /no/such/program: No such file or directory."),
        (("/",), "api_key_command of mine cannot be run: /: Permission denied."),
        (
            command("import sys; sys.exit('gpg: decryption failed: No secret key.')"),
            "api_key_command of mine failed with exit status 1: gpg: decryption failed: No secret key.",
        ),
        (command("import sys; print('sk-1'); sys.exit('got sk-1')"), "mine failed with exit status 1."),
        (command("import sys; sys.exit(3)"), "api_key_command of mine failed with exit status 3."),
        (command(""), "api_key_command of mine printed no key on the first line of its output."),
        (command("print(); print('sk-1')"), "api_key_command of mine printed no key on the first line of its output."),
        (command("print('sk-1\\x1b')"), "The output of api_key_command of mine contains an invalid character."),
    ],
)
async def test_failing_command_says_what_is_wrong_but_not_the_key(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        await ApiKeys(environ()).key_of(provider(api_key_command=words))

    assert message in str(raised.value)
    assert raised.value.hint
    assert "sk-1" not in str(raised.value)


async def test_failed_command_is_run_again(tmp_path: Path) -> None:
    settings = provider(api_key_command=command("import os; print(open(os.environ['FILE']).read())"))
    keys = ApiKeys(environ(FILE=str(tmp_path / "key")))
    with pytest.raises(ConfigError):
        await keys.key_of(settings)

    (tmp_path / "key").write_text("sk-now")
    assert await keys.key_of(settings) == "sk-now"


async def test_command_that_does_not_end_is_killed_with_what_it_started(tmp_path: Path) -> None:
    # Its reader sees the end of the file when the last process that has it open is gone.
    held_open = tmp_path / "held_open"
    os.mkfifo(held_open)
    reader = os.open(held_open, os.O_RDONLY | os.O_NONBLOCK)
    child = "import os, time; file = open(os.environ['FIFO'], 'w'); file.write('x'); file.flush(); time.sleep(600)"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
    keys = ApiKeys(environ(FIFO=str(held_open)), command_timeout_s=2)

    def is_closed() -> bool:
        with contextlib.suppress(BlockingIOError):
            return os.read(reader, 1) == b""
        return False

    async with no_leaked_tasks():
        with pytest.raises(ConfigError, match="api_key_command of mine did not end within 2 s") as raised:
            await keys.key_of(provider(api_key_command=command(code)))

    assert "passphrase" in raised.value.hint
    assert os.read(reader, 1) == b"x"
    await eventually(is_closed)
    os.close(reader)


async def test_long_command_is_reported_once() -> None:
    said: list[str] = []
    slow = provider(api_key_command=command("import time; time.sleep(1); print('sk-slow')"))
    keys = ApiKeys(environ(), said.append, report_after_s=0.01)

    assert await asyncio.gather(*(keys.key_of(slow) for _ in range(2))) == ["sk-slow", "sk-slow"]
    assert said == [f"Waiting for api_key_command of mine, {sys.executable}, for up to 60 s."]


async def test_quick_command_is_not_reported() -> None:
    said: list[str] = []
    keys = ApiKeys(environ(), said.append, report_after_s=600)

    await keys.key_of(provider(api_key_command=command("print('sk-quick')")))
    assert said == []


async def test_what_a_command_left_running_is_killed_when_it_is_given_up(tmp_path: Path) -> None:
    held_open = tmp_path / "held_open"
    os.mkfifo(held_open)
    reader = os.open(held_open, os.O_RDONLY | os.O_NONBLOCK)
    # The command ends; what it started keeps its output open.
    child = "import os, time; file = open(os.environ['FIFO'], 'w'); file.write('x'); file.flush(); time.sleep(600)"
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); print('sk-1')"
    asking = asyncio.create_task(ApiKeys(environ(FIFO=str(held_open))).key_of(provider(api_key_command=command(code))))

    def reads(expected: bytes) -> bool:
        with contextlib.suppress(BlockingIOError):
            return os.read(reader, 1) == expected
        return False

    await eventually(lambda: reads(b"x"))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await eventually(lambda: reads(b""))
    os.close(reader)


async def test_command_has_no_terminal_and_no_input() -> None:
    code = (
        "import sys\n"
        "try: open('/dev/tty'); print('has a terminal')\n"
        "except OSError: print('none', repr(sys.stdin.read()))"
    )
    assert await ApiKeys(environ()).key_of(provider(api_key_command=command(code))) == "none ''"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("kind", ["ollama", "openai", "lmstudio"])
async def test_key_is_not_sent_on_after_a_redirect(kind: str, status: int) -> None:
    async with FaultServer(replies(200, b'{"data":[],"models":[]}', JSON)) as other:
        redirect = replies(status, b"", headers={"Location": f"{other.url}/v1/models"})
        async with FaultServer(redirect) as server, provider_at(kind, server, key="sk-mine") as redirected:
            with pytest.raises(ProviderError, match=f"answered {status}") as raised:
                await redirected.list_models()

        assert "set base_url to that address" in raised.value.hint
        assert server.requests[0].headers["authorization"] == "Bearer sk-mine"
        assert other.requests == []


def test_demo_needs_no_variable_of_others() -> None:
    assert documented_variable("ollama", "http://127.0.0.1:11434") == ""
