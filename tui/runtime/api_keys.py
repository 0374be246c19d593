"""Finds the API key of a provider: in the config file, in an environment variable, or as the output of a command."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Final

from tui.chat.safe_text import safe_line
from tui.config.key_types import is_ascii_line
from tui.config.settings import ProviderSettings
from tui.errors import ConfigError

COMMAND_TIMEOUT_S: Final = 60.0
"""How long a command may take. It may ask the user for a passphrase, in a window of its own."""

REPORT_AFTER_S: Final = 3.0
"""After how long the user is told what is waited for, in seconds."""

_MIN_AGE_S: Final = 5.0
"""A key that the command returned less than this time ago is not expired, but refused for another reason, in seconds.
The command is not run again then: it may ask for a passphrase each time."""

_MAX_OUTPUT_BYTES: Final = 65_536
_MAX_REASON_CHARS: Final = 200

_VARIABLES: Final = {
    "api.openai.com": "OPENAI_API_KEY",
    "ollama.com": "OLLAMA_API_KEY",
    "openrouter.ai": "OPENROUTER_API_KEY",
}
"""The variable that the documentation of each service names for its key, by its host."""

_LM_STUDIO_VARIABLE: Final = "LM_API_TOKEN"
"""Source: https://lmstudio.ai/docs/developer/core/authentication"""


def documented_variable(kind: str, base_url: str) -> str:
    """The variable that holds a server's key according to its documentation. Empty if there is none.

    A service's key is sent to that service only: over https, to its own host, at its usual port.

    Args:
        kind: The provider's type.
        base_url: The address of the server.

    Raises:
        ConfigError: If the address is invalid.
    """
    if kind == "lmstudio":
        return _LM_STUDIO_VARIABLE
    from tui.providers.network.address import parse_address

    # The parser that the request uses: another one might find another host in the same text.
    address = parse_address(base_url)
    if (address.scheme, address.port) != ("https", 443):
        return ""
    return _VARIABLES.get(address.host, "")


class ApiKeys:
    """Looks keys up when they are first needed. Owns those that commands returned."""

    def __init__(
        self,
        environ: Mapping[str, str],
        on_wait: Callable[[str], None] = lambda _: None,
        *,
        command_timeout_s: float = COMMAND_TIMEOUT_S,
        report_after_s: float = REPORT_AFTER_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        environ: The environment variables.
        on_wait: Called with a sentence when a command takes long.
        command_timeout_s: How long a command may take, in seconds.
        report_after_s: After how long `on_wait` is called, in seconds.
        monotonic: A monotonic clock, in seconds.
        """
        self._environ = environ
        self._on_wait = on_wait
        self._command_timeout_s = command_timeout_s
        self._report_after_s = report_after_s
        self._monotonic = monotonic
        self._returned: dict[tuple[str, ...], tuple[str, float]] = {}
        """The key that each command returned, and when."""
        self._running: dict[tuple[str, ...], asyncio.Lock] = {}

    async def key_of(self, settings: ProviderSettings) -> str | None:
        """The key of a provider: of the file, else of its variable, its command, or its documented variable.

        None if there is none.

        Raises:
            ConfigError: If the key cannot be sent, or the command fails.
        """
        if self.comes_from_command(settings):
            return await self._from_command(settings)
        if key := settings.resolve_key(self._environ):
            return key.reveal()
        if settings.type == "demo":
            return None
        variable = documented_variable(settings.type, settings.base_url)
        text = self._environ.get(variable, "").strip() if variable else ""
        if not is_ascii_line(text):
            raise ConfigError(
                f"{variable}, the API key of {settings.name}, contains an invalid character.",
                hint="A key consists of printable ASCII characters on one line. Set the variable again.",
            )
        return text or None

    def comes_from_command(self, settings: ProviderSettings) -> bool:
        """Whether a provider's key is what its command prints: the file and the variable go before it."""
        return bool(settings.api_key_command) and settings.resolve_key(self._environ) is None

    def forget(self, settings: ProviderSettings) -> None:
        """Run the provider's command again the next time its key is needed."""
        self._returned.pop(settings.api_key_command, None)

    async def renew(self, settings: ProviderSettings, refused: str) -> str:
        """The key that the provider's command returns now, after the server refused an earlier one.

        The command runs once for all requests with that key, and not at all if it has just returned that key.

        Raises:
            ConfigError: If the key cannot be sent, or the command fails.
        """
        key, returned_at = self._returned.get(settings.api_key_command, ("", 0.0))
        if key == refused and self._monotonic() - returned_at >= _MIN_AGE_S:
            self.forget(settings)
        return await self._from_command(settings)

    async def _from_command(self, settings: ProviderSettings) -> str:
        command = settings.api_key_command
        async with self._running.setdefault(command, asyncio.Lock()):
            if command not in self._returned:
                self._returned[command] = (await self._run(settings), self._monotonic())
            return self._returned[command][0]

    async def _run(self, settings: ProviderSettings) -> str:
        command, whose = settings.api_key_command, f"api_key_command of {settings.name}"
        correct = f"Correct it in [providers.{settings.name}]."
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=dict(self._environ),
                # Without a terminal, so that it cannot read the keys that are meant for the chat.
                start_new_session=True,
            )
        except OSError as cause:
            reason = cause.strerror or type(cause).__name__
            raise ConfigError(f"{whose} cannot be run: {safe_line(command[0])}: {reason}.", hint=correct) from cause
        waiting = f"Waiting for {whose}, {safe_line(command[0])}, for up to {self._command_timeout_s:g} s."
        report = asyncio.get_running_loop().call_later(self._report_after_s, self._on_wait, waiting)
        has_ended = False
        try:
            async with asyncio.timeout(self._command_timeout_s):
                assert process.stdout is not None
                assert process.stderr is not None
                output, errors = await asyncio.gather(_read(process.stdout), _read(process.stderr))
                status = await process.wait()
                has_ended = True
        except TimeoutError as cause:
            raise ConfigError(
                f"{whose} did not end within {self._command_timeout_s:g} s.",
                hint="Run it in another terminal: it may wait for a passphrase there.",
            ) from cause
        finally:
            report.cancel()
            if not has_ended:
                _kill(process)
                # Without this, the event loop reports a process that nobody waited for.
                await process.wait()
        key = (output.splitlines() or [""])[0].strip()
        if status != 0:
            raise ConfigError(f"{whose} failed with exit status {status}{_reason(errors, output)}.", hint=correct)
        if not key:
            raise ConfigError(f"{whose} printed no key on the first line of its output.", hint=correct)
        if not is_ascii_line(key):
            hint = "A key consists of printable ASCII characters on one line."
            raise ConfigError(f"The output of {whose} contains an invalid character.", hint=hint)
        return key


async def _read(stream: asyncio.StreamReader) -> str:
    """What a command printed, up to a limit. What follows is read and dropped, so that the command can end."""
    kept = bytearray()
    while data := await stream.read(_MAX_OUTPUT_BYTES):
        kept += data[: _MAX_OUTPUT_BYTES - len(kept)]
    return kept.decode("utf-8", "replace")


def _reason(errors: str, output: str) -> str:
    """The last error that a failed command printed. Empty if it quotes the command's output, which may be a key."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    secrets = [line.strip() for line in output.splitlines() if line.strip()]
    if not lines or any(secret in lines[-1] for secret in secrets):
        return ""
    return f": {safe_line(lines[-1])[:_MAX_REASON_CHARS].rstrip('.')}"


def _kill(process: asyncio.subprocess.Process) -> None:
    """End a command, and what it started: that may still run, and hold the output open, when the command has ended."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
