"""Runs llm-tui in forks of a process that has imported it already: a new interpreter would take longer than most runs.

Each run is a process with its own standard streams, environment and exit code. Only the imports are shared.

Run as a program, this module is the server. It gets requests through a socket that it inherits: the arguments, the
environment and the working directory as JSON, with four descriptors: three standard streams, and where to write the
process id and, at its end, the exit code.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]

CAN_FORK = sys.platform == "linux"
"""Whether runs can be forked here. The sockets that keep messages apart exist only on Linux."""

_MAX_REQUEST = 200_000
"""Bytes of the longest request."""

_PACKAGES = ("tui.commands", "tui.runtime", "tui.providers", "tui.session", "tui.store")


async def run(arguments: Sequence[str], environment: Mapping[str, str], piped: bytes) -> tuple[int, str, str]:
    """Run llm-tui to its end.

    Args:
        arguments: The command line.
        environment: All environment variables.
        piped: The piped input.

    Returns:
        The exit code, the output and the error output.
    """
    folder = str(Path.cwd())
    request = json.dumps({"arguments": arguments, "environment": dict(environment), "folder": folder}).encode()
    assert len(request) < _MAX_REQUEST
    (stdin, to_stdin), (from_stdout, stdout), (from_stderr, stderr), (from_code, code) = (os.pipe() for _ in range(4))
    theirs = (stdin, stdout, stderr, code)
    socket.send_fds(_server(), [request], theirs)
    for descriptor in theirs:
        os.close(descriptor)
    loop = asyncio.get_running_loop()
    # Threads of its own: those of the loop are few, and tests run several programs at a time.
    threads = ThreadPoolExecutor(4)
    try:
        begun = await loop.run_in_executor(threads, os.read, from_code, 20)
        pid, _, ended = begun.partition(b"\n")
        readers = [loop.run_in_executor(threads, _read, each) for each in (from_stdout, from_stderr, from_code)]
        writer = loop.run_in_executor(threads, _write, to_stdin, piped)
        try:
            out, err, rest = await asyncio.gather(*readers)
            await writer
        except asyncio.CancelledError:
            # The threads read until it has ended.
            os.kill(int(pid), signal.SIGKILL)
            raise
    finally:
        threads.shutdown(wait=False)
    return int(ended + rest), out.decode(), err.decode()


def _write(descriptor: int, data: bytes) -> None:
    # The program may end before it has read all.
    with contextlib.suppress(BrokenPipeError), open(descriptor, "wb") as file:
        file.write(data)


def _read(descriptor: int) -> bytes:
    with open(descriptor, "rb") as file:
        return file.read()


@functools.cache
def _server() -> socket.socket:
    """The socket of the server of this process, which is started by the first call."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _MAX_REQUEST)
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())], pass_fds=[theirs.fileno()], cwd=ROOT
    )
    theirs.close()

    def stop() -> None:
        ours.close()
        server.wait()

    atexit.register(stop)
    return ours


# The server.


def _serve(requests: socket.socket) -> None:
    """Fork for each request, until the tests have ended."""
    codes: dict[int, int] = {}
    """Where to write the exit code of each running process."""

    signals, wakeup = socket.socketpair()
    signals.setblocking(False)
    wakeup.setblocking(False)
    signal.set_wakeup_fd(wakeup.fileno())
    # A handler makes the signal wake the process; the work is done below.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gc.freeze()
    while True:
        readable, _, _ = select.select([requests, signals], [], [])
        if signals in readable:
            signals.recv(1_000)
            _report_ended(codes)
        if requests not in readable:
            continue
        data, descriptors, _, _ = socket.recv_fds(requests, _MAX_REQUEST, 4)
        if not data:
            return
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            for inherited in (requests, signals, wakeup):
                inherited.close()
            for descriptor in codes.values():
                os.close(descriptor)
            _be_the_program(data, descriptors)
        codes[pid] = descriptors[3]
        os.write(descriptors[3], b"%d\n" % pid)
        for descriptor in descriptors[:3]:
            os.close(descriptor)


def _report_ended(codes: dict[int, int]) -> None:
    """Write the exit codes of the processes that have ended."""
    while codes:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        descriptor = codes.pop(pid)
        os.write(descriptor, b"%d" % os.waitstatus_to_exitcode(status))
        os.close(descriptor)


def _be_the_program(data: bytes, descriptors: Sequence[int]) -> None:
    """Run llm-tui in this process, and end it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request = json.loads(data)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = ["llm-tui", *request["arguments"]]
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    for descriptor in descriptors:
        os.close(descriptor)
    # As the interpreter opens them.
    sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    code = 1
    try:
        from tui.cli import main

        code = main()
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _preload() -> None:
    for name in _PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)


if __name__ == "__main__":
    _preload()
    _serve(socket.socket(fileno=int(sys.argv[1])))
