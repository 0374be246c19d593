"""`llm-tui serve`: the app in a browser. Needs the extra `web`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import ipaddress
import signal
import sys
from typing import TYPE_CHECKING, Final

from tui.commands.bootstrap import configure_logging, load_settings
from tui.commands.output import print_error, print_text
from tui.errors import INTERRUPTED_EXIT_CODE, UsageError
from tui.on_demand import shlex

if TYPE_CHECKING:
    from aiohttp import web

_SHARED: Final = ("config", "data_dir", "log_file", "provider", "model")
"""The options that each app is started with."""


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve the app until Ctrl+C."""
    is_remote = not is_loopback(arguments.host)
    if is_remote and not arguments.allow_remote:
        raise UsageError(
            f"Whoever reaches {arguments.host} could use llm-tui and read everything.",
            hint="Add --allow-remote if that is wanted.",
        )
    try:
        from tui.commands.web_server import WebServer
    except ImportError as cause:
        raise UsageError("`llm-tui serve` needs the extra `web`.", hint="pip install 'llm-tui[web]'") from cause
    # Checked here, because a browser would only show that the app has ended.
    load_settings(arguments)
    configure_logging(arguments)
    server = WebServer(command_line(arguments), is_remote=is_remote)
    return asyncio.run(_serve(server.application(), arguments.host, arguments.port, is_remote=is_remote))


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def command_line(arguments: argparse.Namespace) -> str:
    """The command of the app that each page runs, for a shell."""
    # Not from the working folder, which may have a folder of that name.
    words = [sys.executable, "-P", "-m", "tui"]
    for name in _SHARED:
        if value := getattr(arguments, name, None):
            words += [f"--{name.replace('_', '-')}", value]
    return shlex.join(words)


async def _serve(application: web.Application, host: str, port: int, *, is_remote: bool) -> int:
    from aiohttp import web

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not available on Windows, where Ctrl+C ends the loop.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as cause:
            reason = "the port is in use" if cause.errno == errno.EADDRINUSE else cause.strerror
            raise UsageError(f"Cannot listen on {host}:{port}: {reason}.", hint="Choose another --port.") from cause
        used = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        print_text(f"http://{shown}:{used}/")
        if is_remote:
            print_error("Whoever reaches this address can use llm-tui and read everything.")
        print_error("Open the address in a browser.", "Ctrl+C stops it.")
        await stopped.wait()
    finally:
        await runner.cleanup()
    return INTERRUPTED_EXIT_CODE
